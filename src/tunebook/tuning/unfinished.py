"""What a run keeps in its folder until it has ended: a checkpoint, a line for each step, and its estimate.

note(folder, {"step": 3, "train": 1.24})     a page that draws the curve reads it
save(folder, state)                          whole or not at all
saved(folder, device)                        →  the state, on the device
tidy(folder)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.models.disk import whole

CHECKPOINT, LIVE, ESTIMATE = "checkpoint.pt", "live.jsonl", "estimate.json"
SCRATCH = "checkpoint.tmp"  # what a kill leaves of a checkpoint that was being written


def note(folder: Path, line: Mapping[str, float]) -> None:
    with journal.adding(folder / LIVE) as add:
        add(line)


def save(folder: Path, state: Mapping[str, Any]) -> None:
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    with whole(folder / CHECKPOINT) as scratch:
        torch.save(state, scratch)


def saved(folder: Path, device: Any) -> dict[str, Any]:
    """What the checkpoint holds; nothing where there is none, or a damaged one."""
    import torch

    try:
        found: dict[str, Any] = torch.load(folder / CHECKPOINT, weights_only=True, map_location=device)
    except Exception:  # of bytes that are no pickle it raises whatever their reading comes to
        return {}
    return found


def tidy(folder: Path) -> None:
    """Removes it all; what was live is in the manifest from now on."""
    for passing in (CHECKPOINT, SCRATCH, LIVE, ESTIMATE):
        (folder / passing).unlink(missing_ok=True)

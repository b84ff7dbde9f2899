"""One adapter of several trainings that differ in their seed: each is made, or found, as any adapter is, and their mean kept.

    if wanted(parts):                            tuning.soup > 1
        made = make(parts, folder, train, progress)         made.manifest["soup"]  →  ["hybrid-3f2ac9…", …]

A killed run goes on with the training that it was at; trainings that a trial made with `trial.seeds` are found again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.errors import BadSettings
from tunebook.progress import Progress
from tunebook.project.parts import Parts
from tunebook.project.training import Made, settle, what_was_forgotten
from tunebook.tuning import soup
from tunebook.values import content_hash

Train = Callable[[int, Progress], Made]  # number of the training, from 0


def wanted(parts: Parts) -> bool:
    """An endpoint refuses it, as whatever needs the weights."""
    return parts.settings.tuning.soup > 1 and not parts.settings.model.endpoint


def singles(parts: Parts) -> list[Parts]:
    """The project under the seed of each training; itself where there is one."""
    settings = parts.settings
    if not wanted(parts):
        return [parts]
    first = settings.tuning.seed
    found = []
    for seed in range(first, first + settings.tuning.soup):
        tuning = settings.tuning.model_copy(update={"seed": seed, "soup": 1})
        found.append(parts.with_settings(settings.model_copy(update={"tuning": tuning})))
    return found


def folder_of(parts: Parts, target: str, trained: Sequence[Path]) -> Path:
    """Named after the adapters that go in."""
    return parts.adapters.folder(target, content_hash("soup", *(folder.name for folder in trained)))


def make(parts: Parts, folder: Path, train: Train, progress: Progress) -> Made:
    """Trains what is missing, then writes the mean, and what was forgotten of it.  Raises BadSettings for DoRA."""
    tuning = parts.settings.tuning
    if tuning.method == "dora":
        raise BadSettings("tuning.soup cannot be set for DoRA, which is not linear in it", 'use tuning.method = "lora"')
    made = [train(n, _numbered(progress, n + 1, tuning.soup)) for n in range(tuning.soup)]
    progress("mixing", 0, 0, f"the mean of {tuning.soup} trainings")
    with parts.folder.lock():
        soup.write(folder, [one.folder for one in made])
        forgotten = what_was_forgotten(parts, folder, progress)
        return settle(parts, folder, _manifest(parts, folder, made) | {"forgetting": forgotten})


def _manifest(parts: Parts, folder: Path, made: Sequence[Made]) -> dict[str, Any]:
    """The first training's, whose curve stands for the others', with what they took together."""
    each = [one.manifest for one in made]
    costs = [one["cost"] for one in each if one["cost"] is not None]
    stale = [why for one in each for why in one.get("stale", [])]
    return {
        **each[0],
        "adapter": folder.name,
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "soup": [one.folder.name for one in made],
        "tokens": sum(one["tokens"] for one in each),
        "seconds": round(sum(one["seconds"] for one in each), 1),
        "memory_bytes": max(one["memory_bytes"] for one in each),
        "cost": sum(costs) if costs else None,
        "settings": each[0]["settings"] | {"soup": len(made)},
        "documents": sorted({document for one in each for document in one["documents"]}),
        **({"stale": stale} if stale else {}),
    }


def _numbered(progress: Progress, number: int, count: int) -> Progress:
    def say(phase: str, done: int, total: int, detail: str = "") -> None:
        progress(f"{phase}, {number} of {count}" if phase.startswith("tuning ") else phase, done, total, detail)

    return say

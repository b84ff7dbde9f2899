"""What syncs did, one line each in `syncs.jsonl`: how long indexing took, and how often the documents change.

    {"when": "2026-11-22T14:05:09+00:00", "added": 14, "updated": 0, "deleted": 0, "seconds": 3.1}

A sync that found nothing new writes no line.  Left out on purpose: which documents; a deleted one is to leave no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook import journal

FILE = "syncs.jsonl"
COUNTED = ("added", "updated", "deleted")
DAYS_A_MONTH = 30.4
FEW_DAYS = 7  # a shorter history says nothing about a month


def note(state: Path, result: Mapping[str, Any]) -> None:
    """Appends what a sync did, if it did anything."""
    if not any(result[key] for key in COUNTED):
        return
    line = {"when": datetime.now(UTC).isoformat(timespec="seconds")} | {key: result[key] for key in COUNTED}
    with journal.adding(state / FILE) as add:
        add(line | {"seconds": round(result["seconds"], 2)})


def indexing_seconds(state: Path) -> float:
    """Seconds that all syncs took together: what it cost to have the library."""
    return float(sum(line["seconds"] for line in journal.rows(state / FILE)))


def changed_a_month(state: Path, now: datetime | None = None) -> float | None:
    """Documents added, changed or deleted in a month, the first sync aside; None below a week of history."""
    lines = list(journal.rows(state / FILE))
    if not lines:
        return None
    days = ((now or datetime.now(UTC)) - datetime.fromisoformat(lines[0]["when"])).total_seconds() / 86400
    if days < FEW_DAYS:
        return None
    changed = sum(line[key] for line in lines[1:] for key in COUNTED)
    return float(changed * DAYS_A_MONTH / days)

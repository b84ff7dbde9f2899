"""The history of syncs: what indexing cost, and how often documents change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tunebook.project.history import changed_a_month, indexing_seconds, note


def result(**counts: float) -> dict[str, float]:
    return {"added": 0, "updated": 0, "deleted": 0, "seconds": 0.0} | counts


def test_an_empty_history_says_nothing(tmp_path: Path) -> None:
    note(tmp_path, result(seconds=9))
    assert not (tmp_path / "syncs.jsonl").exists()
    assert (indexing_seconds(tmp_path), changed_a_month(tmp_path)) == (0, None)


def test_changes_are_counted_from_the_second_sync_on(tmp_path: Path) -> None:
    note(tmp_path, result(added=40, seconds=3.0))
    note(tmp_path, result(updated=2, deleted=1, seconds=0.5))
    with (tmp_path / "syncs.jsonl").open("a") as lines:
        lines.write('{"when": "2026')
    assert indexing_seconds(tmp_path) == 3.5
    assert changed_a_month(tmp_path) is None, "a day says nothing about a month"
    later = datetime.now(UTC) + timedelta(days=30.4)
    assert changed_a_month(tmp_path, later) == pytest.approx(3, abs=0.01)

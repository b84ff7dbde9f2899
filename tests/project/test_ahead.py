"""Work done ahead in a thread: the same items in order, failures passed on, nothing left running."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from tunebook.project.ahead import ahead


def numbers(count: int, ended: list[str], fails_at: int | None = None) -> Generator[int]:
    try:
        for number in range(count):
            if number == fails_at:
                raise ValueError("no more")
            yield number
    finally:
        ended.append("closed")


def test_the_same_items_come_in_order():
    ended: list[str] = []
    assert list(ahead(ahead(numbers(100, ended), 3), 2)) == list(range(100))
    assert ended == ["closed"]


def test_a_failure_comes_where_its_item_would():
    ended: list[str] = []
    items = ahead(numbers(9, ended, fails_at=2), 5)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(ValueError, match="no more"):
        next(items)
    assert ended == ["closed"]


def test_who_stops_asking_stops_the_work():
    ended: list[str] = []
    items = ahead(numbers(1_000_000, ended), 2)
    assert next(items) == 0
    items.close()
    assert ended == ["closed"]
    assert "tunebook-ahead" not in [thread.name for thread in threading.enumerate()]

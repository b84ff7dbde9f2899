"""What is kept of the texts that were read last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tunebook.answer import recall
from tunebook.answer.recall import recalled


@pytest.fixture
def read(monkeypatch):
    """A function with room for ten characters, and the texts that it had to read."""
    monkeypatch.setattr(recall, "ROOM_CHARS", 10)
    seen: list[str] = []
    return recalled(lambda text: seen.append(text) or text.upper()), seen


def test_the_last_texts_are_kept_and_the_longest_unused_goes_first(read):
    upper, seen = read
    assert [upper(text) for text in ("four", "five", "four", "sixsix", "four", "five")][-1] == "FIVE"
    assert seen == ["four", "five", "sixsix", "five"]


def test_a_text_that_fills_the_room_alone_drives_nothing_out(read):
    upper, seen = read
    for text in ("four", "eleven long", "eleven long", "four"):
        upper(text)
    assert seen == ["four", "eleven long", "eleven long"]


def test_threads_share_it(read):
    upper, _ = read
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(upper, ["four", "five", "sixsix"] * 200)) == {"FOUR", "FIVE", "SIXSIX"}

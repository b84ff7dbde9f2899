"""What is made of a text, kept for when the same text comes again: the last texts, as many as there is room for.

    @recalled
    def words(text: str) -> tuple[Word, ...]: …

By characters and not by texts: what is made of them takes some thirty times their size, and one may be a long document.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Made = TypeVar("Made")

ROOM_CHARS = 2**20


def recalled(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """Safe to share between threads; a text that would fill the room alone is made each time."""
    kept: OrderedDict[str, Made] = OrderedDict()  # oldest first
    lock = threading.Lock()
    free = ROOM_CHARS

    @wraps(make)
    def made(text: str) -> Made:
        nonlocal free
        with lock:
            if text in kept:
                kept.move_to_end(text)
                return kept[text]
        fresh = make(text)
        if len(text) > ROOM_CHARS:
            return fresh
        with lock:
            if text not in kept:
                kept[text], free = fresh, free - len(text)
            while free < 0:
                oldest, _ = kept.popitem(last=False)
                free += len(oldest)
        return fresh

    return made

"""Numbers that an answer bears out itself: how many things it lists.

    counted("Pay in three ways: card, cash and invoice.", 0, 42)     →  {"3"}

Counted are the parts behind the sentence's last colon, or, where it ends in one, the items of the list that follows.
Left out on purpose: whether these are all that there are.
"""

from __future__ import annotations

import re

from tunebook.answer.text import words

_PARTS = re.compile(r"[,;]\s*(?:(?:and|or)\s+)?|\s(?:and|or)\s")
_ITEM = re.compile(r"\n\s*(?:[-*+\u2022]|\(?\d{1,3}[.)])[ \t]+\S[^\n]*")


def counted(text: str, start: int, end: int) -> frozenset[str]:
    """The normal forms of the sentence's numbers that are how many things it lists."""
    said, colon, listed = text[start:end].rpartition(":")
    if not colon:
        return frozenset()
    many = len(_parts(listed)) if listed.strip("*_ ") else len(_items(text, end))
    return frozenset(word.norm for word in words(said) if word.kind == "number" and word.norm == str(many))


def _parts(listed: str) -> list[str]:
    return [part for part in _PARTS.split(listed.rstrip(" .!")) if part.strip()]


def _items(text: str, at: int) -> list[str]:
    found = []
    while match := _ITEM.match(text, at):
        found.append(match[0])
        at = match.end()
    return found

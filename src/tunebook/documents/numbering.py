"""The numbers that a word processor shows before headings and list items: a DOCX file holds how they count, not the numbers.

    numbering.label("3", 0)  →  "2."      the second item of list 3
    numbering.label("3", 1)  →  "2.1"     the first below it, where the level's text is "%1.%2"

Left out on purpose: lists that take their levels from a style of lists, and numbers in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix"}
_ROMAN |= {5: "v", 4: "iv", 1: "i"}
_MAX_ROMAN = 4000
BULLET = "-"


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    format: str
    text: str  # "%1.%2": the numbers of the levels, from 1
    style: str  # of the paragraphs that stand on it


@dataclass(slots=True)
class _List:
    levels: Mapping[int, _Level]
    counts: dict[int, int]  # shared by the lists of one definition
    restarts: dict[int, int] = field(default_factory=dict)  # level → number, at its first item


class Numbering:
    """Counts the items of a document's lists; asked for each once, in order."""

    def __init__(self, root: Element | None) -> None:
        """`root`: of word/numbering.xml, where there is one."""
        self._lists: dict[str, _List] = {}
        if root is None:
            return
        defined = {_get(one, "abstractNumId"): _levels(one) for one in root.iterfind(f"{_W}abstractNum")}
        counts: dict[str, dict[int, int]] = {id: {} for id in defined}
        for one in root.iterfind(f"{_W}num"):
            id = _get(one.find(f"{_W}abstractNumId"))
            if id in defined:
                changed, restarts = _changes(one)
                self._lists[_get(one, "numId")] = _List(defined[id] | changed, counts[id], restarts)

    def level_of(self, number: str, style: str) -> int | None:
        """The level of a list that is for paragraphs of a style."""
        levels = self._lists[number].levels if number in self._lists else {}
        return next((at for at, level in levels.items() if style and level.style == style), None)

    def label(self, number: str, level: int) -> str:
        """What stands before the next item of a list: "2.1", `BULLET`, or nothing."""
        one = self._lists.get(number)
        if one is None or level not in one.levels:
            return BULLET
        own = one.levels[level]
        restart = one.restarts.pop(level, None)
        one.counts[level] = one.counts.get(level, own.start - 1) + 1 if restart is None else restart
        for deeper in [at for at in one.counts if at > level]:
            del one.counts[deeper]
        if own.format == "bullet":
            return BULLET
        return re.sub(r"%([1-9])", lambda match: self._number(one, int(match[1]) - 1), own.text).strip()

    def _number(self, one: _List, level: int) -> str:
        upper = one.levels.get(level)
        if upper is None:
            return ""
        return _FORMATS.get(upper.format, str)(one.counts.get(level, upper.start))


def _levels(holder: Element) -> dict[int, _Level]:
    found = {}
    for one in holder.iterfind(f"{_W}lvl"):
        start = _get(one.find(f"{_W}start"))
        level = _Level(
            int(start) if start.isdecimal() else 1,
            _get(one.find(f"{_W}numFmt")) or "decimal",
            _get(one.find(f"{_W}lvlText")),
            _get(one.find(f"{_W}pStyle")),
        )
        found[_place(one)] = level if level.format != "none" else replace(level, text="")
    return found


def _changes(number: Element) -> tuple[dict[int, _Level], dict[int, int]]:
    """Levels that one list has otherwise, and those that it starts anew."""
    levels: dict[int, _Level] = {}
    restarts: dict[int, int] = {}
    for change in number.iterfind(f"{_W}lvlOverride"):
        levels |= _levels(change)
        start = _get(change.find(f"{_W}startOverride"))
        if start.isdecimal():
            restarts[_place(change)] = int(start)
    return levels, restarts


def _place(element: Element) -> int:
    level = _get(element, "ilvl")
    return int(level) if level.isdecimal() else 0


def _get(element: Element | None, name: str = "val") -> str:
    return "" if element is None else element.get(f"{_W}{name}", "")


def _letters(number: int) -> str:
    """a, b … z, aa, bb, as a word processor counts on."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number < _MAX_ROMAN else str(number)


def _roman(number: int) -> str:
    if not 0 < number < _MAX_ROMAN:
        return str(number)
    told = ""
    for value, letters in _ROMAN.items():
        told += letters * (number // value)
        number %= value
    return told


_FORMATS: Mapping[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
}

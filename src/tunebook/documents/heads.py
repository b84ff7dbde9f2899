"""What a row of a table needs beside it to be understood where its table is cut, and how a row too long is cut.

>>> head = Head("| Model | Kind | Load |", above="The fleet", group="Hire")
>>> head.told
'The fleet > | Model | Kind | Load | > Hire'
>>> row = "| Wren | city | at most 80 kg |"
>>> [(row[start:end], own.names) for start, end, own in row_parts(row, head, 2)]
[('| Wren | city', '| Model | Kind |'), ('| at most 80 kg |', '| Model: Wren | Load |')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

_BAR = re.compile(r"(?<!\\)\|")
_MAX_HEAD_CHARS = 600
_MAX_ABOVE_CHARS = 120  # a longer paragraph above a table is no title of it
_MAX_KEY_CHARS = 60


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table, the line right above it, and the row that names the rows below it."""

    names: str = ""  # as it stands there, "| Plan | Deposit |"
    above: str = ""
    group: str = ""

    @property
    def told(self) -> str:
        """As part of a path of headings."""
        names = self.names
        if len(names) > _MAX_HEAD_CHARS:
            bars = [bar.start() for bar in _BAR.finditer(names, 1, _MAX_HEAD_CHARS)]
            names = names[: bars[-1] + 1 if bars else _MAX_HEAD_CHARS]
        return " > ".join(part for part in (self.above, names, self.group) if part)


def title_above(text: str) -> str:
    """The paragraph right above a table as its title; "" where it says more than a title does."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_ABOVE_CHARS else ""


def cells_of(row: str) -> list[tuple[int, int]]:
    """(start, end) of each cell, with the bar before it; with a bar at the end, too, the last."""
    bars = [bar.start() for bar in _BAR.finditer(row)]
    outer = {at for at in bars[:1] if not row[:at].strip()} | {at for at in bars[-1:] if not row[at + 1 :].strip()}
    return list(pairwise([0, *(at for at in bars if at not in outer), len(row)]))


def row_parts(row: str, head: Head, parts: int) -> Iterator[tuple[int, int, Head]]:
    """About `parts` pieces of a row, cut between cells: (start, end), and its columns' names with the row's first cell."""
    cells, names = cells_of(row), cells_of(head.names)
    length, first = -(-len(row) // parts), 0
    for last in range(len(cells)):
        if last + 1 == len(cells) or cells[last + 1][1] - cells[first][0] > length:
            own = _said(head.names, names[first : last + 1])
            key = _key(row, cells[:first], head.names, names)
            told = " ".join(f"| {part}" for part in (key, own) if part)
            start, end = cells[first][0], cells[last][1]
            yield start, start + len(row[start:end].rstrip()), replace(head, names=told and f"{told} |")
            first = last + 1


def _key(row: str, before: list[tuple[int, int]], head: str, names: list[tuple[int, int]]) -> str:
    """The first cell of a row that says something, under its name: "Model: Wren"."""
    for at, cell in enumerate(before):
        if value := _said(row, [cell]):
            name = _said(head, names[at : at + 1])
            return ": ".join(part for part in (name, value[:_MAX_KEY_CHARS]) if part)
    return ""


def _said(row: str, cells: list[tuple[int, int]]) -> str:
    """The words of neighbouring cells, without the outer bars."""
    return row[cells[0][0] : cells[-1][1]].strip().removeprefix("|").removesuffix("|").strip() if cells else ""


def group_name(row: str) -> str:
    """What a row says that fills its first of three or more cells alone: it names the rows below it."""
    first, *others = cells_of(row)
    return "" if len(others) < 2 or any(_said(row, [cell]) for cell in others) else _said(row, [first])

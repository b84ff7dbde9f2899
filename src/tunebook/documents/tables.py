"""A grid of cells to Markdown: titles above their table, and a header on one line.

>>> rows = [["Prices of 2024"], ["Plan", "Bicycle", ""], ["", "city", "cargo"], ["Day | night", "10", "20"]]
>>> print("\\n\\n".join(tables(rows, across={(1, 1): 2})))
Prices of 2024
<BLANKLINE>
| Plan | Bicycle city | Bicycle cargo |
| --- | --- | --- |
| Day \\| night | 10 | 20 |

A grid may hold several tables: rows after an empty one are a table of their own where the first is all words and stands
over numbers.  Left out on purpose: tables side by side, and headers of several rows that no cell spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high
from types import MappingProxyType

Spans = Mapping[tuple[int, int], int]  # (row, column) → columns, of a cell that stands in several
_NO_SPANS: Spans = MappingProxyType({})
_MOST_TITLES = 5  # rows
_NUMBER = re.compile(r"\W{0,3}\d")


@dataclass(slots=True)
class _Row:
    cells: list[str]
    spans: dict[int, int]

    @property
    def first(self) -> int:
        return next(column for column, cell in enumerate(self.cells) if cell)

    @property
    def has_numbers(self) -> bool:
        return any(map(_NUMBER.match, self.cells))


def tables(cells: Sequence[Sequence[str]], across: Spans = _NO_SPANS) -> list[str]:
    """Blocks of text; empty rows and columns are left out."""
    width = max(map(len, cells), default=0)
    rows = [_Row([" ".join(cell.split()) for cell in row] + [""] * (width - len(row)), {}) for row in cells]
    for (row, column), columns in across.items():
        rows[row].spans[column] = columns
    return [block for part in _parts(rows) for block in _blocks(part)]


def _parts(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """The rows of each table, without the empty ones."""
    part: list[_Row] = []
    run: list[_Row] = []  # between two empty rows
    for row in [*rows, None]:
        if row and any(row.cells):
            run.append(row)
        elif run:
            if part and _begins(run) and not _is_title(part, run):
                yield part
                part = []
            part, run = part + run, []
    if part:
        yield part


def _is_title(rows: Sequence[_Row], below: Sequence[_Row]) -> bool:
    """Whether rows over an empty one say what a table is about: single cells, or a few rows that are far from as wide."""
    filled = [_filled(row) for row in rows]
    return max(filled) == 1 or (len(rows) <= _MOST_TITLES and 2 * max(filled) < median_high(map(_filled, below)))


def _begins(rows: Sequence[_Row]) -> bool:
    """Whether rows after an empty one are another table: the first, without titles, is all words and stands over numbers."""
    head, *below = rows[_titles(rows) :]
    named = [column for column, cell in enumerate(head.cells) if cell]
    if len(named) < 2 or head.has_numbers:
        return False
    columns = ([row.cells[column] for row in below if row.cells[column]] for column in named)
    return any(column and all(map(_NUMBER.match, column)) for column in columns)


def _blocks(rows: Sequence[_Row]) -> Iterator[str]:
    titles = _titles(rows)
    if titles:
        yield "\n".join(" ".join(filter(None, row.cells)) for row in rows[:titles])
    head, height = _header(rows[titles:])
    yield _markdown([head, *(row.cells for row in rows[titles + height :])])


def _titles(rows: Sequence[_Row]) -> int:
    """How many of the first rows fill one cell, or less than half of what most rows fill, and are no row of a header."""
    filled = list(map(_filled, rows))
    usual, left = median_high(filled), min(row.first for row in rows)
    if usual == 1:
        return 0
    for at, (row, count) in enumerate(zip(rows, filled, strict=True)):
        outermost = row.first == left
        alone = count == 1 and (outermost or (usual > 2 and not row.spans))
        if not (alone or (outermost and 2 * count < usual and not row.spans)):
            return at
    return 0


def _filled(row: _Row) -> int:
    return sum(map(bool, row.cells))


def _header(rows: Sequence[_Row]) -> tuple[list[str], int]:
    """The header on one line, and of how many rows it was made: names that stand over several columns are said in each."""
    names, height = list(rows[0].cells), 1
    while height < len(rows) - 1 and _goes_on(names, rows[height - 1].spans, rows[height]):
        for column, columns in rows[height - 1].spans.items():
            names[column : column + columns] = [names[column]] * columns
        pairs = zip(names, rows[height].cells, strict=True)
        names = [" ".join(dict.fromkeys(filter(None, pair))) for pair in pairs]
        height += 1
    return names, height


def _goes_on(names: Sequence[str], spans: Mapping[int, int], below: _Row) -> bool:
    """Whether a row is more of the header: it names the columns that a cell above spans, and renames no other."""
    spanned = {one for column, columns in spans.items() for one in range(column, column + columns)}
    others = [column for column in range(len(names)) if column not in spanned]
    new = [column for column in others if below.cells[column] not in ("", names[column])]
    if not spanned or not all(below.cells[column] for column in spanned) or any(names[column] for column in new):
        return False
    return not below.has_numbers or (not new and bool(names[0]) and 0 not in spanned)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    used = [column for column in range(len(rows[0])) if any(row[column] for row in rows)]
    lines = ["| " + " | ".join(row[column].replace("|", "\\|") for column in used) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(used), *lines[1:]])

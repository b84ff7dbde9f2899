"""Which cells of an XLSX file are merged: a reader of values gives each merged cell once, and says not how far it reaches.

>>> merges(Path("prices.xlsx"))
[(Merge(row=0, column=0, rows=1, columns=4),), ()]        of each sheet, counted from its first filled row and column
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MARK = b"<mergeCell "
_CHUNK_BYTES = 1 << 20
_MAX_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Merge:
    row: int
    column: int
    rows: int
    columns: int


def merges(path: Path) -> list[tuple[Merge, ...]]:
    """Of each sheet, in the book's order; none where that cannot be told, for values can be read all the same."""
    try:
        return _merges(path)
    except (BadZipFile, KeyError, ValueError, ElementTree.ParseError):
        return []


def spread(cells: list[list[str]], merged: tuple[Merge, ...]) -> dict[tuple[int, int], int]:
    """Says a cell that is merged over rows in each of them; (row, column) → columns, of those that are merged over columns."""
    across: dict[tuple[int, int], int] = {}
    for one in merged:
        if not (0 <= one.row < len(cells) and 0 <= one.column < len(cells[one.row])):
            continue
        for row in range(one.row, min(one.row + one.rows, len(cells))):
            cells[row][one.column] = cells[one.row][one.column]
            if one.columns > 1:
                across[row, one.column] = min(one.columns, len(cells[row]) - one.column)
    return across


def _merges(path: Path) -> list[tuple[Merge, ...]]:
    with ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets = [
            next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            for sheet in book.iterfind("{*}sheets/{*}sheet")
        ]
        parts = [posixpath.normpath(posixpath.join("/xl", targets.get(id, ""))).lstrip("/") for id in sheets]
        there = set(archive.namelist())
        return [_of_sheet(archive, part) if part in there else () for part in parts]


def _of_sheet(archive: ZipFile, part: str) -> tuple[Merge, ...]:
    if not _has_any(archive, part):
        return ()
    filled: list[tuple[int, int]] = [(_MAX_ROWS, _MAX_ROWS)]
    found: list[str] = []
    with archive.open(part) as file:
        for _, element in ElementTree.iterparse(file):
            kind = element.tag.rpartition("}")[2]
            if kind == "c" and any(inner.text or len(inner) for inner in element):
                top, left = filled[-1]
                row, column = _place(element.get("r", ""))
                filled[-1] = min(top, row), min(left, column)
            elif kind == "mergeCell":
                found.append(element.get("ref", ""))
            elif kind == "row":
                element.clear()
    return tuple(_merge(reference, *filled[-1]) for reference in found)


def _has_any(archive: ZipFile, part: str) -> bool:
    """Without parsing what is mostly without."""
    end = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            if _MARK in end + chunk:
                return True
            end = chunk[-len(_MARK) :]
    return False


def _merge(reference: str, top: int, left: int) -> Merge:
    first, _, last = reference.partition(":")
    (row, column), (end_row, end_column) = _place(first), _place(last or first)
    return Merge(row - top, column - left, end_row - row + 1, end_column - column + 1)


def _place(reference: str) -> tuple[int, int]:
    """ "B12" → (12, 2).  Raises ValueError where it names no cell."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference!r} names no cell")
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column

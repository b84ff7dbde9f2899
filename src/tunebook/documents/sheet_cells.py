"""What the XML of an XLSX file says of cells and a reader of values does not: which are merged, and how numbers are shown.

>>> told(Path("prices.xlsx"))
[Told(merges=(Merge(row=0, column=0, rows=1, columns=4),), shown={(2, 1): ("0.15", "15%")}), Told()]

Of each sheet, in the book's order; rows and columns are counted from its first filled ones.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from tunebook.documents.number_formats import BUILT_IN, shown

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_TIME = re.compile(r"(?:\d{4}-\d\d-\d\d)? ?(?:\d\d:\d\d:\d\d)?")
_MARK = b"<mergeCell "
_CHUNK_BYTES = 1 << 20
_MAX_ROWS = 1 << 20

Formats = Mapping[str, str]  # style of a cell → its format, of those that say more than the number


@dataclass(frozen=True, slots=True)
class Merge:
    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Told:
    merges: tuple[Merge, ...] = ()
    shown: Mapping[tuple[int, int], tuple[str, str]] = field(
        default_factory=dict
    )  # (row, column) → number, what people see


def told(path: Path) -> list[Told]:
    """None where that cannot be told, for values can be read all the same."""
    try:
        return _told(path)
    except (BadZipFile, LookupError, ValueError, ElementTree.ParseError):
        return []


def filled_in(cells: list[list[str]], sheet: Told) -> dict[tuple[int, int], int]:
    """Puts into the cells what they show, and into all rows of a merged one what it holds; (row, column) → columns of those
    that are merged over columns.
    """
    for (row, column), (number, text) in sheet.shown.items():
        if row < len(cells) and column < len(cells[row]) and _holds(cells[row][column], number, text):
            cells[row][column] = text
    return _spread(cells, sheet.merges)


def _holds(cell: str, number: str, text: str) -> bool:
    """Whether a cell is the one that holds the number; hours and minutes are read as a time of day."""
    try:
        return isclose(float(cell), float(number), rel_tol=1e-9)
    except ValueError:
        return ":" in text and _TIME.fullmatch(cell) is not None


def _spread(cells: list[list[str]], merged: tuple[Merge, ...]) -> dict[tuple[int, int], int]:
    across: dict[tuple[int, int], int] = {}
    for one in merged:
        if not (0 <= one.row < len(cells) and 0 <= one.column < len(cells[one.row])):
            continue
        for row in range(one.row, min(one.row + one.rows, len(cells))):
            cells[row][one.column] = cells[one.row][one.column]
            if one.columns > 1:
                across[row, one.column] = min(one.columns, len(cells[row]) - one.column)
    return across


def _told(path: Path) -> list[Told]:
    with ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        sheets = {link.get("Id", ""): link.get("Target", "") for link in links if _is_sheet(link)}  # and no charts
        listed = [
            next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            for sheet in book.iterfind("{*}sheets/{*}sheet")
        ]
        parts = [posixpath.normpath(posixpath.join("/xl", sheets[id])).lstrip("/") for id in listed if id in sheets]
        there = set(archive.namelist())
        formats = _formats(archive) if "xl/styles.xml" in there else {}
        return [_of_sheet(archive, part, formats) if part in there else Told() for part in parts]


def _is_sheet(link: ElementTree.Element) -> bool:
    return link.get("Type", "").endswith("/worksheet")


def _formats(archive: ZipFile) -> Formats:
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    codes = {str(id): code for id, code in BUILT_IN.items()}
    codes |= {one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")}
    used = [codes.get(one.get("numFmtId", ""), "") for one in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(style): code for style, code in enumerate(used) if shown("1", code) is not None}


def _of_sheet(archive: ZipFile, part: str, formats: Formats) -> Told:
    if not formats and not _has_merges(archive, part):
        return Told()
    texts: dict[tuple[int, int], tuple[str, str]] = {}
    top = left = _MAX_ROWS
    found: list[str] = []
    row = column = 0
    with archive.open(part) as file:
        for event, element in ElementTree.iterparse(file, ("start", "end")):
            kind = element.tag.rpartition("}")[2]
            if event == "start":
                row, column = (int(element.get("r") or row + 1), 0) if kind == "row" else (row, column)
            elif kind == "c":
                row, column = _place(element.get("r", "")) if element.get("r") else (row, column + 1)
                if _is_filled(element):
                    top, left = min(top, row), min(left, column)
                    value = element.findtext("{*}v") or ""
                    code = formats.get(element.get("s", "0")) if element.get("t", "n") == "n" else None
                    text = None if code is None else shown(value, code)
                    texts |= {} if text is None else {(row, column): (value, text)}
            elif kind == "mergeCell":
                found.append(element.get("ref", ""))
            elif kind == "row":
                element.clear()
    own = {(row - top, column - left): text for (row, column), text in texts.items()}
    return Told(tuple(_merge(reference, top, left) for reference in found), own)


def _is_filled(cell: ElementTree.Element) -> bool:
    """Whether it holds a value, as a formula may not."""
    return any(inner.text for kind in ("v", "is") for part in cell.iterfind(f"{{*}}{kind}") for inner in part.iter())


def _has_merges(archive: ZipFile, part: str) -> bool:
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

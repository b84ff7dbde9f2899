"""What ODT and ODS have in common: the parts of the file, the text of an element, and the rows of a table.

>>> said(ElementTree.fromstring('<p xmlns:text="…">two<text:s text:c="2"/>words</p>'))
'two  words'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from tunebook.documents.tables import tables
from tunebook.errors import ReadFailed

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
BOX = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}text-box"
UNSEEN = frozenset({f"{TEXT}tracked-changes", f"{TEXT}ruby-text", f"{OFFICE}annotation", f"{OFFICE}forms"})
ROW = f"{TABLE}table-row"
_TIME = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_ASIDE = frozenset({f"{TEXT}note", BOX})  # stand below their paragraph
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_MAX_SPAN = 1000
_MAX_COLUMNS = 1 << 14
_MAX_TEXT_SPACES = 100


@contextmanager
def parts(path: Path) -> Iterator[tuple[ZipFile, frozenset[str]]]:
    """The file's archive, and the names in it.  Raises BadZipFile where it is none, ReadFailed where it is encrypted."""
    with ZipFile(path) as archive:
        there = frozenset(archive.namelist())
        manifest = "META-INF/manifest.xml"
        if manifest in there and b"encryption-data" in archive.read(manifest):
            raise ReadFailed("it is encrypted")
        if "content.xml" not in there:
            raise ReadFailed("it is no OpenDocument file: it holds no content.xml")
        yield archive, there


def title_in(archive: ZipFile) -> str | None:
    """What the file says of itself, if it can be read."""
    with suppress(KeyError, ElementTree.ParseError):
        return ElementTree.fromstring(archive.read("meta.xml")).findtext(f".//{_TITLE}")
    return None


def grid(rows: Iterable[Element]) -> list[str]:
    """Each cell in its column: one that spans several is followed by empty ones, one that spans rows is said in each."""
    found: list[list[str]] = []
    across: dict[tuple[int, int], int] = {}
    down: dict[int, tuple[int, str]] = {}  # column → how many rows more a cell reaches, and its text
    for row in rows:
        times = min(count(row, f"{TABLE}number-rows-repeated"), _MAX_SPAN)
        while times:
            cells, spans = _cells(row, down)
            across |= {(len(found), column): columns for column, columns in spans.items()}
            found.append(cells)
            times = times - 1 if cells else 0
    width = max(map(len, found), default=0)
    return tables(
        found, {place: min(columns, width - place[1]) for place, columns in across.items() if place[1] < width}
    )


def _cells(row: Element, down: dict[int, tuple[int, str]]) -> tuple[list[str], dict[int, int]]:
    """What they say, without the empty ones at the end; and column → columns of those that span several."""
    cells: list[str] = []
    spans: dict[int, int] = {}
    empty = 0  # cells before this one: thousands where a row ends
    for cell in own(row, _CELLS):
        times = count(cell, f"{TABLE}number-columns-repeated")
        place = len(cells) + empty
        if cell.tag == _CELLS[1]:
            texts = [_above(down, column) for column in range(place, place + min(times, _MAX_SPAN))]
        else:
            text = _shown(cell)
            texts = [text] * min(times, _MAX_SPAN) if text else []
            down.pop(place, None)
            if (more := count(cell, f"{TABLE}number-rows-spanned") - 1) > 0:
                down[place] = more, text
            if (columns := min(count(cell, f"{TABLE}number-columns-spanned"), _MAX_SPAN)) > 1:
                spans[place] = columns
        if any(texts):
            cells += [""] * min(empty, _MAX_COLUMNS) + texts
            empty = 0
        else:
            empty += times
    return cells, spans


def _above(down: dict[int, tuple[int, str]], column: int) -> str:
    """What the cell says that covers this one from above, if it does."""
    rest, text = down.pop(column, (0, ""))
    if rest > 1:
        down[column] = rest - 1, text
    return text


def own(element: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    """Descendants of these tags that are not inside another table."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag not in (f"{TABLE}table", *tags):
            yield from own(child, tags)


def said(element: Element) -> str:
    """Without what stands below; a note in a cell, too."""
    told = element.text or ""
    for child in element:
        if child.tag == f"{TEXT}s":
            told += " " * min(count(child, f"{TEXT}c"), _MAX_TEXT_SPACES)
        elif child.tag in (f"{TEXT}tab", f"{TEXT}line-break"):
            told += "\t" if child.tag == f"{TEXT}tab" else "\n"
        elif child.tag not in _ASIDE and child.tag not in UNSEEN:
            told += said(child) + ("\n" if child.tag == f"{TEXT}p" else "")
        told += child.tail or ""
    return told


def count(element: Element, name: str, default: int = 1) -> int:
    found = element.get(name, "")
    return int(found) if found.isdecimal() and len(found) < 8 else default


def _shown(cell: Element) -> str:
    """What people see; of a date the day itself, which they may see without its year or century."""
    kind = cell.get(f"{OFFICE}value-type", "")
    day = cell.get(f"{OFFICE}date-value", "") if kind == "date" else ""
    return day.replace("T", " ") or " ".join(said(cell).split()) or (_valued(cell, kind) if kind else "")


def _valued(cell: Element, kind: str) -> str:
    """What some programs write without saying how it is shown."""
    value = cell.get(f"{OFFICE}value", "")
    if kind == "percentage" and value:
        return f"{float(value) * 100:.10g}%"
    if kind == "currency" and value:
        return f"{value} {cell.get(f'{OFFICE}currency', '')}".strip()
    if kind == "time":
        found = _TIME.fullmatch(cell.get(f"{OFFICE}time-value", ""))
        return ":".join(f"{int(part or 0):02}" for part in found.groups()) if found else ""
    return value or cell.get(f"{OFFICE}boolean-value", "").upper() or cell.get(f"{OFFICE}string-value", "")

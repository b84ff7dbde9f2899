"""ODT to text: headings as `#`, list items as `- ` or with their number, tables as Markdown, notes below what they are to.

Read with the standard library, because kreuzberg 4.10.4 moves the cells beside one that is merged over rows into its
column, and puts notes before what they are to.  Left out on purpose: what tracked changes deleted, comments, headers and
footers, pictures, numbers of headings.  No pages: where they break is up to the program that shows the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from tunebook.documents.parsed import Parsed, clean, join_blocks
from tunebook.documents.tables import tables

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_BOX = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}text-box"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_UNSEEN = frozenset({f"{_TEXT}tracked-changes", f"{_TEXT}ruby-text", f"{_OFFICE}annotation", f"{_OFFICE}forms"})
_ASIDE = frozenset({f"{_TEXT}note", _BOX})  # stand below their paragraph
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_MAX_SPAN = 100
_MAX_INDENT = 4

Numbered = Mapping[str, frozenset[int]]  # style of lists → its levels that are numbered, from 1


def read_odt(path: Path) -> Parsed:
    """Raises BadZipFile, KeyError or ParseError where the file is no ODT."""
    with ZipFile(path) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
        there = archive.namelist()
        meta = ElementTree.fromstring(archive.read("meta.xml")) if "meta.xml" in there else None
        styles = [content, *([ElementTree.fromstring(archive.read("styles.xml"))] if "styles.xml" in there else [])]
    numbered = {
        style.get(f"{_STYLE}name", ""): _levels(style) for root in styles for style in root.iter(f"{_TEXT}list-style")
    }
    body = content.find(f"{_OFFICE}body")
    blocks = [] if body is None else list(_blocks(body, numbered))
    return Parsed(clean(join_blocks(blocks)), title=None if meta is None else meta.findtext(f".//{_TITLE}"))


def _levels(style: Element) -> frozenset[int]:
    return frozenset(_count(level, f"{_TEXT}level") for level in style.iterfind(f"{_TEXT}list-level-style-number"))


def _blocks(container: Iterable[Element], numbered: Numbered) -> Iterator[str]:
    for child in container:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            mark = "#" * min(_count(child, f"{_TEXT}outline-level"), 6) + " " if child.tag == f"{_TEXT}h" else ""
            text = _text(child).strip()
            yield mark + (" ".join(text.split()) if mark else text) if text else ""
            yield from _aside(child, numbered)
        elif child.tag == f"{_TEXT}list":
            yield from _list(child, numbered)
        elif child.tag == f"{_TABLE}table":
            yield from _table(child)
            yield from _aside(child, numbered)
        elif child.tag not in _UNSEEN:
            yield from _blocks(child, numbered)  # sections, boxes, indexes


def _list(items: Element, numbered: Numbered, level: int = 1, style: str = "") -> Iterator[str]:
    """Items with their first block marked; what follows in one stands below it."""
    style = items.get(f"{_TEXT}style-name", style)
    number = 0
    for item in items:
        number = _count(item, f"{_TEXT}start-value", number + (item.tag == f"{_TEXT}list-item"))
        mark = f"{number}. " if level in numbered.get(style, ()) and item.tag == f"{_TEXT}list-item" else "- "
        for child in item:
            if child.tag == f"{_TEXT}list":
                yield from _list(child, numbered, level + 1, style)
                continue
            for block in _blocks([child], numbered):
                yield "  " * min(level - 1, _MAX_INDENT) + mark + block if mark and block else block
                mark = "" if block else mark


def _aside(element: Element, numbered: Numbered) -> Iterator[str]:
    """Notes and text boxes of a paragraph or a table."""
    for child in element:
        if child.tag == f"{_TEXT}note":
            yield from _blocks(child.findall(f"{_TEXT}note-body"), numbered)
        elif child.tag == _BOX:
            yield from _blocks(child, numbered)
        elif child.tag not in _UNSEEN:
            yield from _aside(child, numbered)


def _table(table: Element) -> list[str]:
    """Each cell in its column: one that spans several is followed by empty ones, one that spans rows is said in each."""
    rows: list[list[str]] = []
    across: dict[tuple[int, int], int] = {}
    down: dict[int, tuple[int, str]] = {}  # column → how many rows more a cell reaches, and its text
    for row in _own(table, (f"{_TABLE}table-row",)):
        cells: list[str] = []
        for cell in _own(row, _CELLS):
            rest, above = down.pop(len(cells), (0, ""))
            covered = cell.tag == _CELLS[1]
            text = above if covered and rest else "" if covered else " ".join(_text(cell).split())
            if rest > 1:
                down[len(cells)] = rest - 1, above
            elif (rows_more := _count(cell, f"{_TABLE}number-rows-spanned") - 1) > 0:
                down[len(cells)] = rows_more, text
            columns = min(_count(cell, f"{_TABLE}number-columns-spanned"), _MAX_SPAN)
            if columns > 1:
                across[len(rows), len(cells)] = columns
            cells += [text] * min(_count(cell, f"{_TABLE}number-columns-repeated"), _MAX_SPAN)
        rows.append(cells)
    width = max(map(len, rows), default=0)
    return tables(rows, {place: min(columns, width - place[1]) for place, columns in across.items()})


def _own(element: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    """Descendants of these tags that are not inside another table."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag not in (f"{_TABLE}table", *tags):
            yield from _own(child, tags)


def _text(element: Element) -> str:
    """Without what stands below; a note in a cell, too."""
    told = element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            told += " " * min(_count(child, f"{_TEXT}c"), _MAX_SPAN)
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            told += "\t" if child.tag == f"{_TEXT}tab" else "\n"
        elif child.tag not in _ASIDE and child.tag not in _UNSEEN:
            told += _text(child) + ("\n" if child.tag == f"{_TEXT}p" else "")
        told += child.tail or ""
    return told


def _count(element: Element, name: str, default: int = 1) -> int:
    found = element.get(name, "")
    return int(found) if found.isdecimal() and len(found) < 6 else default

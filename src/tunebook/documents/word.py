"""DOCX to text: headings as `#`, list items as `- ` or with their number, tables as Markdown, notes below what they are to.

A DOCX file is a ZIP of XML, read here with the standard library, because kreuzberg 4.10.4 loses every `&`, `<` and
`>` of it: "R&D costs <5" comes out as "RD costs 5", in every output format.

Left out on purpose: deleted text of tracked changes, headers and footers, pictures, comments.  No pages: where they
break is up to the program that shows the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from tunebook.documents.numbering import BULLET, Numbering
from tunebook.documents.parsed import Parsed, join_blocks, raised
from tunebook.documents.tables import tables

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_UNSEEN = frozenset(
    {f"{_W}{tag}" for tag in ("pPr", "rPr", "del", "moveFrom", "instrText", "footnoteRef", "endnoteRef")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}  # the same text box once more
)
_BOX = f"{_W}txbxContent"
_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_MAX_SPAN = 100
_MAX_INDENT = 4
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)
_ITEM = re.compile(r"-|\d+\.")  # is indented; "2.1" and "(b)" say their level
_NOTES = ("footnote", "endnote")


@dataclass(frozen=True, slots=True)
class _Style:
    """What paragraphs of a style are: a heading ("##"), items of a list, on a level of it."""

    heading: str = ""
    number: str = ""  # of the list; "0": of none
    level: int | None = None


@dataclass(frozen=True, slots=True)
class _Word:
    """What the paragraphs of a document refer to."""

    styles: Mapping[str, _Style]
    numbering: Numbering
    notes: dict[tuple[str, str], Element]  # (kind, id) → a note that was not told yet


def read_docx(path: Path) -> Parsed:
    """Raises BadZipFile, KeyError or ParseError where the file is no DOCX."""
    with ZipFile(path) as archive:
        names = set(archive.namelist())

        def part(name: str) -> Element | None:
            return ElementTree.fromstring(archive.read(name)) if name in names else None

        styles, core = part("word/styles.xml"), part("docProps/core.xml")
        noted = {kind: part(f"word/{kind}s.xml") for kind in _NOTES}
        notes = {
            (kind, note.get(f"{_W}id", "")): note
            for kind, root in noted.items()
            for note in ([] if root is None else root.iterfind(f"{_W}{kind}"))
        }
        word = _Word({} if styles is None else _styles(styles), Numbering(part("word/numbering.xml")), notes)
        blocks = list(_blocks(ElementTree.fromstring(archive.read("word/document.xml")), word))
    for note in list(notes.values()):  # that nothing refers to
        blocks += _blocks(note, word)
    return Parsed(join_blocks(blocks), title=None if core is None else core.findtext(_TITLE))


def _styles(root: Element) -> dict[str, _Style]:
    """A style that does not say what it is, is what the style that it is based on is."""
    found = {style.get(f"{_W}styleId", ""): style for style in root.iter(f"{_W}style")}

    def resolved(id: str, seen: frozenset[str] = frozenset()) -> _Style:
        style = found.get(id)
        if style is None or id in seen:
            return _Style()
        base = resolved(_value(style.find(f"{_W}basedOn")), seen | {id})
        name = _value(style.find(f"{_W}name")).strip()
        named = _HEADING.match(name)
        heading = "#" * int(named[1]) if named else "#" if name.lower() == "title" else _outline(style)
        number, level = _item(style)
        return _Style(heading or base.heading, number or base.number, base.level if level is None else level)

    return {id: resolved(id) for id in found}


def _outline(holder: Element) -> str:
    level = _value(holder.find(f"{_W}pPr/{_W}outlineLvl"))
    return "#" * (int(level) + 1) if level in ("0", "1", "2", "3", "4", "5") else ""


def _item(holder: Element) -> tuple[str, int | None]:
    """The list that a paragraph or a style is of, and its level there."""
    level = _value(holder.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
    return _value(holder.find(f"{_W}pPr/{_W}numPr/{_W}numId")), int(level) if level.isdecimal() else None


def _value(element: Element | None) -> str:
    return "" if element is None else element.get(f"{_W}val", "")


def _blocks(container: Element, word: _Word) -> Iterator[str]:
    for child in container:
        if child.tag == f"{_W}p":
            yield _paragraph(child, word)
            for box in _nearest(child, _BOX):
                yield from _blocks(box, word)
            yield from _noted(child, word)
        elif child.tag == f"{_W}tbl":
            yield from _table(child)
            yield from _noted(child, word)
        elif child.tag not in _UNSEEN:
            yield from _blocks(child, word)  # content controls and the like


def _noted(element: Element, word: _Word) -> Iterator[str]:
    """The notes that a paragraph or a table refers to."""
    for kind in _NOTES:
        for mark in _nearest(element, f"{_W}{kind}Reference"):
            note = word.notes.pop((kind, mark.get(f"{_W}id", "")), None)
            if note is not None:
                yield from _blocks(note, word)


def _table(table: Element) -> list[str]:
    """Each cell in its column: one that spans several is followed by empty ones, one that spans rows is said in each."""
    rows: list[list[str]] = []
    across: dict[tuple[int, int], int] = {}
    for row in _nearest(table, f"{_W}tr"):
        cells: list[str] = []
        for cell in _nearest(row, f"{_W}tc"):
            above = rows[-1][len(cells) : len(cells) + 1] if rows and _goes_on(cell) else []
            span = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
            columns = min(int(span), _MAX_SPAN) if span.isdecimal() else 1
            if columns > 1:
                across[len(rows), len(cells)] = columns
            cells += [*above, _text(cell)][:1] + [""] * (columns - 1)
        rows.append(cells)
    return tables(rows, across)


def _goes_on(cell: Element) -> bool:
    """True where the cell is a part of the one above it."""
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    return merge is not None and _value(merge) != "restart"


def _nearest(element: Element, tag: str) -> Iterator[Element]:
    """Descendants of that tag that are not inside another of them: a table's own rows, not those of tables in it."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSEEN:
            yield from _nearest(child, tag)


def _paragraph(paragraph: Element, word: _Word) -> str:
    text = _text(paragraph, _UNSEEN | {_BOX}).strip()
    id = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
    style = word.styles.get(id, _Style())
    heading = style.heading or _outline(paragraph)
    number, level = _item(paragraph)
    number = number or style.number
    label = ""
    if number not in ("", "0"):
        levels = (level, word.numbering.level_of(number, id), style.level)
        level = next((one for one in levels if one is not None), 0)
        label = word.numbering.label(number, level)  # an empty item counts as well
    if not text:
        return ""
    if heading:
        return " ".join([heading, *([] if label in ("", BULLET) else [label]), *text.split()])
    indent = "  " * min(level or 0, _MAX_INDENT) if _ITEM.fullmatch(label) else ""
    return f"{indent}{label} {text}" if label else text


def _text(element: Element, unseen: frozenset[str] = _UNSEEN) -> str:
    if element.tag in (f"{_W}t", _FORMULA):
        return element.text or ""
    inner = "".join(_text(child, unseen) for child in element if child.tag not in unseen)
    if element.tag == f"{_W}r" and _value(element.find(f"{_W}rPr/{_W}vertAlign")) == "superscript":
        inner = raised(inner)
    return _CHARACTERS.get(element.tag, inner + "\n" if element.tag == f"{_W}p" else inner)

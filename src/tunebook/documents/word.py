"""DOCX to text: headings as `#`, list items as `- `, tables as Markdown, notes at the end.

A DOCX file is a ZIP of XML, read here with the standard library, because kreuzberg 4.10.4 loses every `&`, `<` and
`>` of it: "R&D costs <5" comes out as "RD costs 5", in every output format.

Left out on purpose: deleted text of tracked changes, headers and footers, pictures, comments.  No pages: where they
break is up to the program that shows the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from tunebook.documents.parsed import Parsed, join_blocks, markdown_table, raised

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_UNSEEN = frozenset(
    {f"{_W}{tag}" for tag in ("pPr", "rPr", "del", "moveFrom", "instrText", "footnoteRef", "endnoteRef")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}  # the same text box once more
)
_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_MAX_SPAN = 100
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)

Roles = Mapping[str, str]  # style id → "#", "##", …, "-" or ""


def read_docx(path: Path) -> Parsed:
    """Raises BadZipFile, KeyError or ParseError where the file is no DOCX."""
    with ZipFile(path) as archive:
        names = set(archive.namelist())
        roles = _roles(ElementTree.fromstring(archive.read("word/styles.xml"))) if "word/styles.xml" in names else {}
        body = ElementTree.fromstring(archive.read("word/document.xml"))
        blocks = list(_blocks(body, roles))
        for notes in ("word/footnotes.xml", "word/endnotes.xml"):
            if notes in names:
                blocks += _blocks(ElementTree.fromstring(archive.read(notes)), roles)
        title = None
        if "docProps/core.xml" in names:
            title = ElementTree.fromstring(archive.read("docProps/core.xml")).findtext(_TITLE)
    return Parsed(join_blocks(blocks), title=title)


def _roles(styles: Element) -> Roles:
    """What a style stands for; a style that says nothing is what the style that it is based on is."""
    found = {style.get(f"{_W}styleId", ""): style for style in styles.iter(f"{_W}style")}

    def role(id: str, seen: frozenset[str] = frozenset()) -> str:
        style = found.get(id)
        if style is None or id in seen:
            return ""
        name = _value(style.find(f"{_W}name")).strip()
        heading = _HEADING.match(name)
        if heading or name.lower() == "title":
            return "#" * int(heading[1] if heading else 1)
        return _direct_role(style) or role(_value(style.find(f"{_W}basedOn")), seen | {id})

    return {id: role(id) for id in found}


def _direct_role(holder: Element) -> str:
    outline = _value(holder.find(f"{_W}pPr/{_W}outlineLvl"))
    if outline in ("0", "1", "2", "3", "4", "5"):
        return "#" * (int(outline) + 1)
    numbering = _value(holder.find(f"{_W}pPr/{_W}numPr/{_W}numId"))
    return "-" if numbering not in ("", "0") else ""


def _value(element: Element | None) -> str:
    return "" if element is None else element.get(f"{_W}val", "")


def _blocks(container: Element, roles: Roles) -> Iterator[str]:
    for child in container:
        if child.tag == f"{_W}p":
            yield _paragraph(child, roles)
        elif child.tag == f"{_W}tbl":
            rows = _nearest(child, f"{_W}tr")
            yield markdown_table([list(_cells(row)) for row in rows])
        elif child.tag not in _UNSEEN:
            yield from _blocks(child, roles)  # content controls and the like


def _cells(row: Element) -> Iterator[str]:
    """Each in its column: one that spans several is followed by empty ones."""
    for cell in _nearest(row, f"{_W}tc"):
        yield _text(cell)
        across = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
        yield from [""] * (min(int(across), _MAX_SPAN) - 1 if across.isdecimal() else 0)


def _nearest(element: Element, tag: str) -> Iterator[Element]:
    """Descendants of that tag that are not inside another of them: a table's own rows, not those of tables in it."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSEEN:
            yield from _nearest(child, tag)


def _paragraph(paragraph: Element, roles: Roles) -> str:
    text = _text(paragraph).strip()
    role = roles.get(_value(paragraph.find(f"{_W}pPr/{_W}pStyle")), "")
    direct = _direct_role(paragraph)
    role = direct if direct and not role.startswith("#") else role
    if not text or not role:
        return text
    if role.startswith("#"):
        return f"{role} {' '.join(text.split())}"
    level = _value(paragraph.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
    return "  " * min(int(level) if level.isdecimal() else 0, 4) + f"- {text}"


def _text(element: Element) -> str:
    if element.tag in (f"{_W}t", _FORMULA):
        return element.text or ""
    inner = "".join(_text(child) for child in element if child.tag not in _UNSEEN)
    if element.tag == f"{_W}r" and _value(element.find(f"{_W}rPr/{_W}vertAlign")) == "superscript":
        inner = raised(inner)
    return _CHARACTERS.get(element.tag, inner + "\n" if element.tag == f"{_W}p" else inner)

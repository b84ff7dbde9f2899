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

from tunebook.documents.opendocument import (
    BOX,
    OFFICE,
    ROW,
    TABLE,
    TEXT,
    UNSEEN,
    count,
    grid,
    own,
    parts,
    said,
    title_in,
)
from tunebook.documents.parsed import Parsed, clean, join_blocks

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_MAX_INDENT = 4

Numbered = Mapping[str, frozenset[int]]  # style of lists → its levels that are numbered, from 1


def read_odt(path: Path) -> Parsed:
    """Raises BadZipFile, ReadFailed or ParseError where the file is no ODT."""
    with parts(path) as (archive, there):
        content = ElementTree.fromstring(archive.read("content.xml"))
        title = title_in(archive)
        styles = [content, *([ElementTree.fromstring(archive.read("styles.xml"))] if "styles.xml" in there else [])]
    numbered = {
        style.get(f"{_STYLE}name", ""): _levels(style) for root in styles for style in root.iter(f"{TEXT}list-style")
    }
    body = content.find(f"{OFFICE}body")
    blocks = [] if body is None else list(_blocks(body, numbered))
    return Parsed(clean(join_blocks(blocks)), title=title)


def _levels(style: Element) -> frozenset[int]:
    return frozenset(count(level, f"{TEXT}level") for level in style.iterfind(f"{TEXT}list-level-style-number"))


def _blocks(container: Iterable[Element], numbered: Numbered) -> Iterator[str]:
    for child in container:
        if child.tag in (f"{TEXT}p", f"{TEXT}h"):
            mark = "#" * min(count(child, f"{TEXT}outline-level"), 6) + " " if child.tag == f"{TEXT}h" else ""
            text = said(child).strip()
            yield mark + (" ".join(text.split()) if mark else text) if text else ""
            yield from _aside(child, numbered)
        elif child.tag == f"{TEXT}list":
            yield from _list(child, numbered)
        elif child.tag == f"{TABLE}table":
            yield from grid(own(child, (ROW,)))
            yield from _aside(child, numbered)
        elif child.tag not in UNSEEN:
            yield from _blocks(child, numbered)  # sections, boxes, indexes


def _list(items: Element, numbered: Numbered, level: int = 1, style: str = "") -> Iterator[str]:
    """Items with their first block marked; what follows in one stands below it."""
    style = items.get(f"{TEXT}style-name", style)
    number = 0
    for item in items:
        number = count(item, f"{TEXT}start-value", number + (item.tag == f"{TEXT}list-item"))
        mark = f"{number}. " if level in numbered.get(style, ()) and item.tag == f"{TEXT}list-item" else "- "
        for child in item:
            if child.tag == f"{TEXT}list":
                yield from _list(child, numbered, level + 1, style)
                continue
            for block in _blocks([child], numbered):
                yield "  " * min(level - 1, _MAX_INDENT) + mark + block if mark and block else block
                mark = "" if block else mark


def _aside(element: Element, numbered: Numbered) -> Iterator[str]:
    """Notes and text boxes of a paragraph or a table."""
    for child in element:
        if child.tag == f"{TEXT}note":
            yield from _blocks(child.findall(f"{TEXT}note-body"), numbered)
        elif child.tag == BOX:
            yield from _blocks(child, numbered)
        elif child.tag not in UNSEEN:
            yield from _aside(child, numbered)

"""PPTX to text, a page a slide: its title as a heading, its shapes in their order, tables as Markdown, then its notes.

    ## Prices

    - Deposits are paid back.

    | Plan | Deposit |
    | --- | --- |
    | Day | 10 |

Read with the standard library, because kreuzberg 4.10.4 gives rows of a table as lines with tabs, without its header as one
and without the cells that are empty; in Markdown it swallows where a slide ends.  Left out on purpose: pictures, charts,
comments, and what each slide repeats (its number, date and footer).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from tunebook.documents.parsed import Parsed, clean, join_blocks, join_pages, raised
from tunebook.documents.tables import tables

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_TITLES = ("title", "ctrTitle")
_REPEATED = ("dt", "ftr", "hdr", "sldNum", "sldImg")
_MAX_SPAN = 100
_MAX_INDENT = 4


def read_slides(path: Path) -> Parsed:
    """A slide that is listed and not there is an empty page.  Raises BadZipFile, KeyError or ParseError where it is no PPTX."""
    with ZipFile(path) as archive:
        there = set(archive.namelist())
        show = ElementTree.fromstring(archive.read("ppt/presentation.xml"))
        links = _links(archive, "ppt/presentation.xml")
        parts = [links.get(_reference(slide), ("", ""))[1] for slide in show.iterfind(f"{_P}sldIdLst/{_P}sldId")]
        pages = [clean(join_blocks(_slide(archive, part))) if part in there else "" for part in parts]
        core = ElementTree.fromstring(archive.read("docProps/core.xml")) if "docProps/core.xml" in there else None
    parsed = join_pages(enumerate(pages, 1))
    missing = tuple(f"slide {number}" for number, part in enumerate(parts, 1) if part not in there)
    return Parsed(parsed.text, parsed.pages, None if core is None else core.findtext(_TITLE), missing=missing)


def _slide(archive: ZipFile, part: str) -> Iterator[str]:
    yield from _shapes(ElementTree.fromstring(archive.read(part)))
    for kind, target in _links(archive, part).values():
        if kind == "notesSlide" and target in archive.namelist():
            yield from _shapes(ElementTree.fromstring(archive.read(target)))


def _links(archive: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Id → (kind, part) of what a part refers to."""
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in archive.namelist():
        return {}
    found = ElementTree.fromstring(archive.read(rels))
    return {
        link.get("Id", ""): (
            link.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
        )
        for link in found
    }


def _reference(element: Element) -> str:
    return next((value for name, value in element.attrib.items() if name.endswith("}id")), "")


def _shapes(container: Element) -> Iterator[str]:
    for child in container:
        if child.tag == f"{_P}sp":
            yield _shape(child)
        elif child.tag == f"{_A}tbl":
            yield from _table(child)
        elif child.tag != _FALLBACK:
            yield from _shapes(child)  # groups and frames


def _shape(shape: Element) -> str:
    """Lines; items where it is one of the layout's own places for text, which have bullets."""
    place = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    kind = "" if place is None else place.get("type", "")
    lines = [(_level(line), _text(line)) for line in shape.iterfind(f"{_P}txBody/{_A}p")]
    lines = [(level, text) for level, text in lines if text]
    if kind in _REPEATED or not lines:
        return ""
    if kind in _TITLES:
        return " ".join(["##", *(word for _, text in lines for word in text.split())])
    items = place is not None and len(lines) > 1
    return "\n".join("  " * level + "- " * items + text for level, text in lines)


def _table(table: Element) -> list[str]:
    rows: list[list[str]] = []
    across: dict[tuple[int, int], int] = {}
    for row in table.iterfind(f"{_A}tr"):
        cells: list[str] = []
        for cell in row.iterfind(f"{_A}tc"):
            above = rows[-1][len(cells) : len(cells) + 1] if rows and cell.get("vMerge") in ("1", "true") else []
            span = cell.get("gridSpan", "")
            if span.isdecimal() and int(span) > 1:
                across[len(rows), len(cells)] = min(int(span), _MAX_SPAN)
            cells += [*above, " ".join(_text(line) for line in cell.iter(f"{_A}p"))][:1]
        rows.append(cells)
    width = max(map(len, rows), default=0)
    within = {place: min(columns, width - place[1]) for place, columns in across.items()}
    return tables(rows, within)


def _level(paragraph: Element) -> int:
    properties = paragraph.find(f"{_A}pPr")
    level = "" if properties is None else properties.get("lvl", "")
    return min(int(level), _MAX_INDENT) if level.isdecimal() else 0


def _text(paragraph: Element) -> str:
    return "".join(map(_run, paragraph)).strip()


def _run(run: Element) -> str:
    if run.tag == f"{_A}br":
        return "\n"
    if run.get("type") == "slidenum":
        return ""
    properties = run.find(f"{_A}rPr")
    baseline = "" if properties is None else properties.get("baseline", "")
    text = "".join(part.text or "" for part in run.iter() if part.tag.rpartition("}")[2] == "t")  # of formulas, too
    return raised(text) if baseline.isdecimal() and int(baseline) else text

"""ODS to text: a `## sheet` section and Markdown tables a sheet, numbers as they are shown.

Read with the standard library, row by row, because kreuzberg 4.10.4 gives values (0.15 for 15%) and says nothing of merged
cells.  Hidden sheets and rows are read, as those of XLSX are; what filters and groups do to rows is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tunebook.documents.opendocument import ROW, TABLE, grid, parts, title_in
from tunebook.documents.parsed import Parsed, clean, join_blocks

_SHEET = f"{TABLE}table"
_SOURCE = f"{TABLE}table-source"


def read_ods(path: Path) -> Parsed:
    """Raises BadZipFile, ReadFailed or ParseError where the file is no ODS."""
    with parts(path) as (archive, _), archive.open("content.xml") as content:
        blocks: list[str] = []
        for name, rows in _sheets(content):
            found = grid(rows)
            blocks += [f"## {name}", *found] if found else []
        return Parsed(clean(join_blocks(blocks)), title=title_in(archive) or path.stem)


def _sheets(content: IO[bytes]) -> Iterator[tuple[str, Iterator[Element]]]:
    """Name and rows of each, to be taken one after the other."""
    events = ElementTree.iterparse(content, ("start", "end"))
    for event, element in events:
        if event == "start" and element.tag == _SHEET and (name := element.get(f"{TABLE}name")):
            yield name, _rows(events)


def _rows(events: Iterator[tuple[str, Element]]) -> Iterator[Element]:
    """Until the sheet ends; a table within a cell is part of it, and what is kept of another file is none of this one."""
    depth, elsewhere = 1, False
    for event, element in events:
        if element.tag == _SHEET:
            depth += 1 if event == "start" else -1
            if not depth:
                return
        elif element.tag == _SOURCE and depth == 1:
            elsewhere = True
        elif event == "end" and element.tag == ROW and depth == 1:
            if not elsewhere:
                yield element
            element.clear()

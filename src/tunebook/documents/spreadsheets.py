"""Spreadsheets to text, by kreuzberg's Rust parsers: a section and Markdown tables a sheet.

Its cache is off: a deleted document would live on.  Hostile files take gigabytes and ignore its time limit, so `read_many`
calls this in a child process.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebook.documents.parsed import Parsed, join_blocks
from tunebook.documents.sheet_cells import Told, filled_in, told
from tunebook.documents.tables import tables

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_NO_DAY = re.compile(r"^1899-12-3[01] (?=\d\d:)")  # of a time alone: spreadsheets count days from there


def read_sheets(path: Path) -> Parsed:
    """One `## sheet` section a sheet, hidden ones too, its cells as Markdown tables; a formula without a stored value is empty."""
    result = _extract(path)
    names: list[str] = dict[str, Any](result.metadata).get("sheet_names") or []
    sheets = dict(enumerate(told(path), 1))
    blocks: list[str] = []
    for table in result.tables:
        number = table.page_number
        cells = [[_NO_DAY.sub("", _MIDNIGHT.sub(r"\1", cell)) for cell in row] for row in table.cells]
        found = tables(cells, filled_in(cells, sheets.get(number, Told())))
        name = names[number - 1] if 0 < number <= len(names) else f"Sheet {number}"
        blocks += [f"## {name}", *found] if found else []
    return Parsed(join_blocks(blocks), title=_title(result) or path.stem)  # "Sheet1" is no title


def _extract(path: Path) -> ExtractionResult:
    from kreuzberg import ExtractionConfig, PageConfig, extract_file_sync

    options: dict[str, Any] = {"use_cache": False, "disable_ocr": True, "pages": PageConfig(extract_pages=True)}
    return extract_file_sync(path, config=ExtractionConfig(**options))


def _title(result: ExtractionResult) -> str | None:
    title = dict(result.metadata).get("title")
    return title if isinstance(title, str) else None

"""Formats that kreuzberg's Rust parsers read: spreadsheets, slides, ODT.

Its cache is off: a deleted document would live on.
Hostile files take gigabytes and ignore its time limit, so `read_many` calls these in a child process.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebook.documents.merges import merges, spread
from tunebook.documents.parsed import Parsed, clean, join_blocks, join_pages
from tunebook.documents.tables import tables

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

_SLIDE = "@@tunebook slide {page_num}@@"
_SLIDE_NUMBER = re.compile(r"@@tunebook slide (\d+)@@")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_NO_DAY = re.compile(r"^1899-12-3[01] (?=\d\d:)")  # of a time alone: spreadsheets count days from there


def read_sheets(path: Path) -> Parsed:
    """One `## sheet` section a sheet, hidden ones too, its cells as Markdown tables; a formula without a stored value is empty."""
    result = _extract(path, {"extract_pages": True})
    names: list[str] = dict[str, Any](result.metadata).get("sheet_names") or []
    merged = merges(path) if path.suffix.lower() != ".ods" else []
    blocks: list[str] = []
    for table in result.tables:
        number = table.page_number
        cells = [[_NO_DAY.sub("", _MIDNIGHT.sub(r"\1", cell)) for cell in row] for row in table.cells]
        found = tables(cells, spread(cells, merged[number - 1]) if 0 < number <= len(merged) else {})
        name = names[number - 1] if 0 < number <= len(names) else f"Sheet {number}"
        blocks += [f"## {name}", *found] if found else []
    return Parsed(join_blocks(blocks), title=_title(result) or path.stem)  # "Sheet1" is no title


def read_slides(path: Path) -> Parsed:
    """One page a slide, with its speaker notes."""
    result = _extract(path, {"extract_pages": True, "insert_page_markers": True, "marker_format": _SLIDE})
    parts = _SLIDE_NUMBER.split(clean(result.content))  # before the first, number, slide, number, slide …
    numbers, slides = parts[1::2], parts[2::2]
    if not numbers:
        return Parsed(parts[0].strip(), title=_title(result))
    pages = [(int(number), slide.strip()) for number, slide in zip(numbers, slides, strict=True)]
    return join_pages(pages, title=_title(result))


def read_odt(path: Path) -> Parsed:
    """Headings, lists and tables as Markdown, without the backslashes that kreuzberg puts before punctuation."""
    result = _extract(path, {}, output_format="markdown")
    lines = clean(result.content).split("\n")
    text = "\n".join(_ESCAPED.sub(_unescape_cell if line.startswith("|") else r"\1", line) for line in lines)
    return Parsed(text.strip(), title=_title(result))


def _unescape_cell(match: re.Match[str]) -> str:
    return match[0] if match[1] == "|" else match[1]


def _extract(path: Path, pages: dict[str, Any], output_format: str = "plain") -> ExtractionResult:
    from kreuzberg import ExtractionConfig, PageConfig, extract_file_sync

    options: dict[str, Any] = {"use_cache": False, "disable_ocr": True, "output_format": output_format}
    if pages:
        options["pages"] = PageConfig(**pages)
    return extract_file_sync(path, config=ExtractionConfig(**options))


def _title(result: ExtractionResult) -> str | None:
    title = dict(result.metadata).get("title")
    return title if isinstance(title, str) else None

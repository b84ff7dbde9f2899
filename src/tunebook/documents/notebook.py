"""Jupyter notebooks to Markdown: text cells as they are, code between fences, and the text that it printed.

>>> read_notebook(Path("load.ipynb")).text
'# Loads\\n\\n```python\\nprint(80)\\n```\\n\\n```\\n80\\n```'

Left out on purpose: pictures, HTML and tracebacks among the outputs, and outputs beyond 2,000 characters a cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed, clean, join_blocks
from tunebook.errors import ReadFailed

_MOST_OUTPUT = 2000


def read_notebook(path: Path) -> Parsed:
    """Of format 3 and 4.  Raises ReadFailed where the file is no notebook."""
    try:
        notebook = json.loads(decode(path.read_bytes()))
    except (ValueError, RecursionError):
        raise ReadFailed("it is no JSON, as notebooks are") from None
    cells = _cells(notebook) if isinstance(notebook, dict) else None
    if cells is None:
        raise ReadFailed("it has no cells, as notebooks have")
    about = notebook.get("metadata")
    about = about if isinstance(about, dict) else {}
    language = about.get("language_info")
    name = language.get("name") if isinstance(language, dict) else None
    title = about.get("title")
    blocks = [block for cell in cells if isinstance(cell, dict) for block in _blocks(cell, name or "python")]
    return Parsed(clean(join_blocks(blocks)), title=title if isinstance(title, str) else None)


def _cells(notebook: Mapping[str, Any]) -> list[Any] | None:
    """Format 3 keeps them in worksheets."""
    if isinstance(cells := notebook.get("cells"), list):
        return cells
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]


def _blocks(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    kind, text = cell.get("cell_type"), _text(cell.get("source", cell.get("input"))).strip("\n")
    if kind == "heading":
        yield f"{'#' * max(1, min(int(cell.get('level') or 1), 6))} {' '.join(text.split())}"
    elif kind != "code":
        yield text
    elif text.strip():
        yield _fenced(text, language)
    for output in cell.get("outputs") or [] if kind == "code" else []:
        if isinstance(output, dict) and (printed := _printed(output).strip("\n")[:_MOST_OUTPUT]).strip():
            yield _fenced(printed, "")


def _printed(output: Mapping[str, Any]) -> str:
    data = output.get("data")
    plain = data.get("text/plain") if isinstance(data, dict) else None
    return _text(output.get("text") or plain)


def _text(source: Any) -> str:
    """A cell's text is one string, or its lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"

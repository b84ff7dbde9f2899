"""Jupyter notebooks to Markdown: text cells as they are, code between fences, and the text that it printed.

>>> read_notebook(Path("load.ipynb")).text
'# Loads\\n\\n```python\\nprint(80)\\n```\\n\\n```\\n80\\n```'

Left out on purpose: pictures, HTML and tracebacks among the outputs, and outputs beyond 2,000 characters a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed, clean, join_blocks, unmarked
from tunebook.errors import ReadFailed

_MOST_OUTPUT = 2000
_PICTURE = re.compile(r"data:image/[\w.+-]+;base64,[\w+/=\s]{40,}")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OVERWRITTEN = re.compile(r"[^\r\n]*\r(?=[^\r\n])")


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
    name = name if isinstance(name, str) and name.isalnum() else "python"
    blocks = [block for cell in cells if isinstance(cell, dict) for block in _blocks(cell, name)]
    return Parsed(clean(join_blocks(blocks)), title=_text(about.get("title")) or None)


def _cells(notebook: Mapping[str, Any]) -> list[Any] | None:
    """Format 3 keeps them in worksheets."""
    if isinstance(cells := notebook.get("cells"), list):
        return cells
    if not isinstance(sheets := notebook.get("worksheets"), list):
        return None
    return [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]


def _blocks(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    kind, text = cell.get("cell_type"), _text(cell.get("source", cell.get("input"))).strip("\n")
    if kind == "heading":
        level = cell.get("level")
        yield f"{'#' * max(1, min(level, 6) if isinstance(level, int) else 1)} {' '.join(text.split())}"
    elif kind in ("markdown", "html"):
        yield _closed(_PICTURE.sub("", text))
    elif kind != "code":
        yield unmarked(text)
    elif text.strip():
        yield _fenced(text, language)
    room = _MOST_OUTPUT
    for output in _list(cell.get("outputs")) if kind == "code" else []:
        printed = _printed(output).strip("\n")[:room] if isinstance(output, dict) else ""
        room -= len(printed)
        if printed.strip():
            yield _fenced(printed, "")


def _printed(output: Mapping[str, Any]) -> str:
    """As a terminal shows it: without colours, and of a line that is written over and over its last state."""
    data = output.get("data")
    plain = data.get("text/plain") if isinstance(data, dict) else None
    return _OVERWRITTEN.sub("", _COLOUR.sub("", _text(output.get("text") or plain)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(source: Any) -> str:
    """A cell's text is one string, or its lines; U+FFFD for half a character."""
    lines = [source] if isinstance(source, str) else [line for line in _list(source) if isinstance(line, str)]
    return "".join(lines).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _closed(text: str) -> str:
    """With the fence closed that it leaves open, for a cell is shown by itself."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if found and (not fence or (found[1].startswith(fence) and not line.strip().strip(fence[0]))):
            fence = "" if fence else found[1]
    return f"{text}\n{fence}" if fence else text


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"

"""Documents from a JSON Lines file, one a line.

    {"_id": "wren", "title": "The Wren", "text": "It carries 80 kg.", "metadata": {"year": 2024}, "groups": ["sales"]}

A bad row costs itself only: it comes out as a `RowFailure` that names file and row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.errors import ReadFailed
from tunebook.values import EVERYONE, Document, document_id

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # JSON can spell NUL and half a character; no store takes them


@dataclass(frozen=True, slots=True)
class RowFailure:
    """Why row `row` (from 1) of the file is no document."""

    path: Path
    row: int
    why: str


def holds_rows(path: Path) -> bool:
    """Whether it is read as many documents, a row each."""
    return path.suffix.lower() == ".jsonl"


def read_jsonl(path: Path) -> Iterator[Document | RowFailure]:
    """The rows in order; empty lines are passed over.  Raises ReadFailed where the file cannot be read."""
    seen: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            for row, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    document = _document(_storable(json.loads(line.decode("utf-8-sig"))))
                    if document.id in seen:
                        raise ValueError(f"_id {document.id!r} is that of row {seen[document.id]} too")
                except (ValueError, RecursionError) as error:
                    yield RowFailure(path, row, _why(error))
                else:
                    seen[document.id] = row
                    yield document
    except OSError as error:
        raise ReadFailed(f"cannot be read: {error.strerror}", hint="give a JSON Lines file") from error


def _document(row: Any) -> Document:
    if not isinstance(row, dict):
        raise ValueError("is not an object")
    id, text, title = (_string(row, key) for key in ("_id", "text", "title"))
    if not id:
        raise ValueError(f"_id is missing or empty; {_given(row)}")
    if "text" not in row:
        raise ValueError(f"text is missing; {_given(row)}")
    if not text.strip():
        raise ValueError("text is empty")
    metadata, groups = row.get("metadata"), row.get("groups")
    metadata = {} if metadata is None else metadata
    if not isinstance(metadata, dict):
        raise ValueError("metadata is not an object")
    groups = [] if groups is None else groups
    if not isinstance(groups, list) or not all(isinstance(group, str) and group for group in groups):
        raise ValueError("groups is not a list of non-empty strings")
    if EVERYONE in groups:
        raise ValueError(f"groups holds {EVERYONE!r}, which is no group; where everyone may read, leave them out")
    title = " ".join(title.split()) or id
    return Document(document_id(id), title, text, metadata=metadata, groups=tuple(groups))


def _given(row: dict[str, Any]) -> str:
    return f"the row has {', '.join(sorted(row)[:8]) or 'no field'}; allowed: _id, title, text, metadata, groups"


def _storable(value: Any) -> Any:
    """The same with `\\ufffd` for each letter that no store takes, in keys and values at every depth."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def _string(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a string")
    return value


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    return "is nested too deeply" if isinstance(error, RecursionError) else str(error)

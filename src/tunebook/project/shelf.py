"""What is in the library, as a reader in some groups may see it: a list, a document's text, its passages, its file.

`groups=None` sees everything.  A document that the reader may not read is one that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunebook.documents import holds_rows
from tunebook.errors import BadInput
from tunebook.library import Listed
from tunebook.models.disk import read_json
from tunebook.project.parts import Parts
from tunebook.project.sync import LAST
from tunebook.values import Document, Passage, may_read


class NoDocument(BadInput):
    """There is no such document, or none that the reader may read."""


def documents(parts: Parts, groups: Sequence[str] | None) -> list[Listed]:
    """Every readable document, by id; empty where nothing was synced."""
    if not parts.synced:
        return []
    return [one for one in parts.library.store.listing() if may_read(one.groups, groups)]


def document(parts: Parts, id: str, groups: Sequence[str] | None) -> Document:
    """Raises NoDocument."""
    has_library = parts.synced
    found = parts.library.store.document(id) if has_library else None
    if found is None or not may_read(found.groups, groups):
        raise NoDocument(f"no document {id!r}", "the list of documents shows the ids")
    return found


def passages(parts: Parts, id: str, groups: Sequence[str] | None) -> list[Passage]:
    """How a document was split, in order.  Raises NoDocument."""
    return parts.library.store.passages_of(document(parts, id, groups).id)


def source_file(parts: Parts, id: str, groups: Sequence[str] | None) -> Path:
    """The file that a document was read from.  Raises NoDocument, also where the file is gone or holds many documents."""
    document(parts, id, groups)
    entry = parts.library.store.entries()[id]
    path = parts.folder.file(entry.file)
    if holds_rows(path) or not path.is_file():
        raise NoDocument(f"{id!r} has no file of its own", "its text is what there is")
    return path


def last_sync(parts: Parts) -> dict[str, Any] | None:
    """What the last sync did, with `failed: [{path, error}]`; None before the first."""
    found: dict[str, Any] | None = read_json(parts.folder.state / LAST)
    return found

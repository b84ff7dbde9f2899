"""What stands in the library and beside it: every document with its state, and the files that became none.

    states(parts, Wanted(text="wren"))["documents"][0]
    {"document": "documents/products/wren.md", "title": "The Wren", "state": "current", "passages": 7, …}

States: `current`; `changed` (the file is newer than what was read); `gone` (the file is no longer there, the next sync
deletes it); `new` (never read); `failed` (could not be read at the last sync, with the reason).  A failed file whose
last good version is still in the library has passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.documents import SourceFile, find_files
from tunebook.errors import BadInput
from tunebook.library import Listed
from tunebook.library.store import Entry
from tunebook.project import shelf
from tunebook.project.parts import Parts


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: ids or titles that hold `text`, of one state or any, `limit` of them from `offset` on."""

    text: str = ""
    state: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    state: str
    why: str
    size: int  # bytes
    listed: Listed | None = None

    @property
    def title(self) -> str:
        return self.listed.title if self.listed else Path(self.id).stem

    def holds(self, text: str) -> bool:
        return any(text.lower() in name.lower() for name in (self.id, self.title))


def states(parts: Parts, wanted: Wanted, groups: Sequence[str] | None = None) -> dict[str, Any]:
    """{"documents": rows sorted by id, "total": that match, "counts": {state: n}, "synced": time of the last sync}.

    Only who may read everything (`groups=None`) is told of files that are not in the library.
    """
    rows = list(_rows(parts, groups))
    found = [row for row in rows if row.holds(wanted.text) and wanted.state in ("", row.state)]
    found.sort(key=lambda row: row.id)
    page = found[wanted.offset : wanted.offset + wanted.limit]
    read = [row.id for row in page if row.listed]
    passages = parts.library.store.passage_counts(read) if read else {}
    return {
        "documents": [_told(row, passages.get(row.id, 0)) for row in page],
        "total": len(found),
        "counts": dict(Counter(row.state for row in rows)),
        "synced": (shelf.last_sync(parts) or {}).get("at"),
    }


def _rows(parts: Parts, groups: Sequence[str] | None) -> Iterator[_Row]:
    failed = {one["path"]: one["error"] for one in (shelf.last_sync(parts) or {}).get("failed", [])}
    files = _files(parts)
    listed = shelf.documents(parts, groups)
    entries = parts.library.store.entries() if listed else {}
    for one in listed:
        if entry := entries.get(one.id):  # a sync that goes on may have deleted it since the listing
            state, why = _state(entry, files.get(one.file), failed)
            yield _Row(one.id, state, why, one.size, one)
    if groups is not None:
        return
    known = {one.file for one in listed}
    for id, file in files.items():
        if id not in known and id not in failed:
            yield _Row(id, "new", "not read yet; the next sync reads it", file.size)
    for id, why in failed.items():
        if id not in known:
            yield _Row(id, "failed", why, files[id].size if id in files else 0)


def _files(parts: Parts) -> dict[str, SourceFile]:
    """The files that a sync would read now, by id; what cannot be listed is no file."""
    folder = parts.folder
    try:
        return {file.id: file for file in find_files(folder.documents(), folder.root, folder.state)}
    except BadInput:
        return {}


def _state(entry: Entry, file: SourceFile | None, failed: dict[str, str]) -> tuple[str, str]:
    if entry.file in failed:
        return "failed", failed[entry.file]
    if file is None:
        return "gone", "the file is not there any more; the next sync deletes it here too"
    if (file.size, file.mtime_ns) != (entry.size, entry.mtime_ns):
        return "changed", "the file has changed since it was read; the next sync reads it again"
    return "current", ""


def _told(row: _Row, passages: int) -> dict[str, Any]:
    told = {"document": row.id, "state": row.state, "why": row.why, "bytes": row.size, "passages": passages}
    return told | {"title": row.title, "groups": list(row.listed.groups) if row.listed else []}

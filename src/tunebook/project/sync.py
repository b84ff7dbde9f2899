"""Makes the library mirror a set of files: what is new is added, what changed replaced, what is gone deleted.

A file whose size and time are those of the last sync is not read again, unless that sync was stopped: while it runs,
`library/unfinished.json` names the files of rows that may be in the library in part, and those with a broken row.
A file that cannot be read keeps its last good version in the library, is listed with its reason, and is tried again
next time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from tunebook.documents import RowFailure, SourceFile, find_files, read_jsonl, read_many
from tunebook.errors import BadInput, ReadFailed
from tunebook.library import SyncResult
from tunebook.library.store import Entry
from tunebook.progress import Progress
from tunebook.project.folder import read_json, write_json
from tunebook.project.history import note
from tunebook.project.parts import Parts
from tunebook.values import Document

LAST = "last-sync.json"  # in the state folder: what the last sync did, and what it could not read
BATCH_CHARS = 200_000  # documents are embedded and committed in batches of about this size


def sync(parts: Parts, paths: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """The contract's JSON of `tunebook sync`."""
    begin = time.perf_counter()
    folder = parts.folder
    named = [path if path.is_absolute() else (Path.cwd() / path) for path in paths] or folder.documents()
    if not named:
        raise BadInput(f"no documents: {folder.root} has no documents/ and no documents.jsonl", "tunebook sync PATH…")
    with folder.lock():
        files = find_files(named, folder.root)  # a wrong path is refused before any model is loaded
        result = _Mirror(parts, progress).run(files)
        parts.note_passages()
        if paths:
            write_json(folder.state / "sync.json", {"paths": [str(path) for path in named]})
    result.passages = parts.library.store.count()
    result.seconds = time.perf_counter() - begin
    write_json(folder.state / LAST, asdict(result))
    note(folder.state, asdict(result))
    return asdict(result)


class _Mirror:
    """One sync: what the library knew before it, what was seen on the way, and what came of it."""

    def __init__(self, parts: Parts, progress: Progress) -> None:
        self.library = parts.library
        self.progress = progress
        self.anew = parts.cut_otherwise
        self.marker = parts.folder.state / "library" / "unfinished.json"
        self.unfinished: list[str] | None = (read_json(self.marker) or {}).get("files")
        self.known = self.library.store.entries()
        self.by_file: dict[str, list[Entry]] = {}
        for entry in self.known.values():
            self.by_file.setdefault(entry.file, []).append(entry)
        self.seen: set[str] = set()
        self.result = SyncResult()

    def run(self, files: Sequence[SourceFile]) -> SyncResult:
        fresh = [file for file in files if not self._unchanged(file)]
        tables = [file for file in fresh if file.path.suffix == ".jsonl"]
        if fresh:
            write_json(self.marker, {"files": [file.id for file in tables]})
        batch: list[tuple[Document, Entry]] = []
        others = [file for file in fresh if file.path.suffix != ".jsonl"]
        for document, entry in chain(self._read_files(others), self._read_tables(tables)):
            if self._wanted(document, entry):
                batch.append((document, entry))
            if sum(len(document.text) for document, _ in batch) > BATCH_CHARS:
                self.library.add(batch)
                batch = []
        self.library.add(batch)
        self._finish([file.id for file in tables])
        return self.result

    def _unchanged(self, file: SourceFile) -> bool:
        """Whether a file is as the last sync left it; then its documents are taken as seen."""
        entries = self.by_file.get(file.id, [])
        same = all((entry.size, entry.mtime_ns) == (file.size, file.mtime_ns) for entry in entries)
        if not entries or not same or self.anew or file.id in (self.unfinished or ()):
            return False
        self.seen |= {entry.document for entry in entries}
        self.result.unchanged += len(entries)
        return True

    def _wanted(self, document: Document, entry: Entry) -> bool:
        """Counts a document that was read; True where it, or what is known of its file, has to be written."""
        if document.id in self.seen:
            why = f"its id {document.id!r} is another document's too"
            self.result.failed.append({"path": entry.file, "error": why})
            return False
        self.seen.add(document.id)
        old = self.known.get(document.id)
        same = old is not None and old.hash == entry.hash and not self.anew
        self.result.unchanged += same
        self.result.updated += old is not None and not same
        self.result.added += old is None
        return not same or old != entry

    def _read_files(self, files: Sequence[SourceFile]) -> Iterator[tuple[Document, Entry]]:
        """A file that fails is listed, and keeps what the library has of it."""
        for number, (file, document) in enumerate(read_many(files), 1):
            self.progress("reading", number, len(files), file.id)
            if isinstance(document, ReadFailed):
                self.result.failed.append({"path": file.id, "error": document.message})
                self._keep(file)
            else:
                yield document, _entry(document, file)

    def _read_tables(self, files: Sequence[SourceFile]) -> Iterator[tuple[Document, Entry]]:
        for file in files:
            failed = len(self.result.failed)
            for number, row in enumerate(read_jsonl(file.path), 1):
                if number % 100 == 0:
                    self.progress("reading", number, 0, file.id)
                if isinstance(row, RowFailure):
                    self.result.failed.append({"path": f"{file.id}, row {row.row}", "error": row.why})
                else:
                    yield row, _entry(row, file)
            if len(self.result.failed) > failed:  # nobody can tell whose row is broken: none of them is deleted
                self._keep(file)

    def _keep(self, file: SourceFile) -> None:
        self.seen |= {entry.document for entry in self.by_file.get(file.id, [])}

    def _finish(self, tables: Sequence[str]) -> None:
        """Deletes what is gone, refreshes the indexes, and remembers the files of rows that have a broken one."""
        result = self.result
        gone = sorted(set(self.known) - self.seen)
        self.library.store.delete(gone)
        result.deleted = len(gone)
        if result.added or result.updated or result.deleted or self.unfinished is not None:
            self.library.store.index()
        broken = [id for id in tables if any(f"{failure['path']},".startswith(f"{id},") for failure in result.failed)]
        if broken:
            write_json(self.marker, {"files": broken})
        else:
            self.marker.unlink(missing_ok=True)


def _entry(document: Document, file: SourceFile) -> Entry:
    return Entry(document.id, document.hash, file.id, file.size, file.mtime_ns)

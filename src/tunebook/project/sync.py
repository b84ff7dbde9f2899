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
from pathlib import Path
from typing import Any

from tunebook.documents import RowFailure, SourceFile, find_files, read_jsonl, read_many
from tunebook.errors import BadInput, ReadFailed
from tunebook.library import SyncResult
from tunebook.library.store import Entry
from tunebook.progress import Progress
from tunebook.project.folder import read_json, write_json
from tunebook.project.parts import Parts
from tunebook.values import Document

BATCH_CHARS = 200_000  # documents are embedded and committed in batches of about this size


def sync(parts: Parts, paths: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """The contract's JSON of `tunebook sync`."""
    begin = time.perf_counter()
    folder = parts.folder
    named = [path if path.is_absolute() else (Path.cwd() / path) for path in paths] or folder.documents()
    if not named:
        raise BadInput(f"no documents: {folder.root} has no documents/ and no documents.jsonl", "tunebook sync PATH…")
    with folder.lock():
        files = find_files(named, folder.root)
        result = _mirror(parts, files, progress)
        if paths:
            write_json(folder.state / "sync.json", {"paths": [str(path) for path in named]})
    result.passages = parts.library.store.count()
    result.seconds = time.perf_counter() - begin
    return asdict(result)


def _mirror(parts: Parts, files: Sequence[SourceFile], progress: Progress) -> SyncResult:
    library = parts.library
    known = library.store.entries()
    result = SyncResult()
    seen: set[str] = set()
    by_file: dict[str, list[Entry]] = {}
    for entry in known.values():
        by_file.setdefault(entry.file, []).append(entry)
    marker = parts.folder.state / "library" / "unfinished.json"
    unfinished: list[str] | None = (read_json(marker) or {}).get("files")
    fresh = []
    for file in files:
        entries = by_file.get(file.id, [])
        if (
            entries
            and file.id not in (unfinished or ())
            and all((entry.size, entry.mtime_ns) == (file.size, file.mtime_ns) for entry in entries)
        ):
            seen |= {entry.document for entry in entries}
            result.unchanged += len(entries)
        else:
            fresh.append(file)
    tables = [file.id for file in fresh if file.path.suffix == ".jsonl"]
    if fresh:
        write_json(marker, {"files": tables})
    batch: list[tuple[Document, Entry]] = []
    for document, entry in _documents(fresh, by_file, result, seen, progress):
        if document.id in seen:
            result.failed.append({"path": entry.file, "error": f"its id {document.id!r} is another document's too"})
            continue
        seen.add(document.id)
        old = known.get(document.id)
        if old is not None and old == entry:
            result.unchanged += 1
            continue
        unchanged = old is not None and old.hash == entry.hash
        result.unchanged += unchanged
        result.updated += old is not None and not unchanged
        result.added += old is None
        batch.append((document, entry))
        if sum(len(document.text) for document, _ in batch) > BATCH_CHARS:
            library.add(batch)
            batch = []
    library.add(batch)
    gone = sorted(set(known) - seen)
    library.store.delete(gone)
    result.deleted = len(gone)
    if result.added or result.updated or result.deleted or unfinished is not None:
        library.store.index()
    broken = [id for id in tables if any(f"{failure['path']},".startswith(f"{id},") for failure in result.failed)]
    if broken:
        write_json(marker, {"files": broken})
    else:
        marker.unlink(missing_ok=True)
    return result


def _documents(
    files: Sequence[SourceFile],
    by_file: dict[str, list[Entry]],
    result: SyncResult,
    seen: set[str],
    progress: Progress,
) -> Iterator[tuple[Document, Entry]]:
    """Documents of the files that changed; a failed file is listed, and keeps what the library has of it."""
    tables = [file for file in files if file.path.suffix == ".jsonl"]
    others = [file for file in files if file.path.suffix != ".jsonl"]
    for number, (file, document) in enumerate(read_many(others), 1):
        progress("reading", number, len(others), file.id)
        if isinstance(document, ReadFailed):
            result.failed.append({"path": file.id, "error": document.message})
            seen |= {entry.document for entry in by_file.get(file.id, [])}
        else:
            yield document, _entry(document, file)
    for file in tables:
        failed = len(result.failed)
        for number, row in enumerate(read_jsonl(file.path), 1):
            if number % 100 == 0:
                progress("reading", number, 0, file.id)
            if isinstance(row, RowFailure):
                result.failed.append({"path": f"{file.id}, row {row.row}", "error": row.why})
            else:
                yield row, _entry(row, file)
        if len(result.failed) > failed:  # nobody can tell whose row is broken: none of the file's documents is deleted
            seen |= {entry.document for entry in by_file.get(file.id, [])}


def _entry(document: Document, file: SourceFile) -> Entry:
    return Entry(document.id, document.hash, file.id, file.size, file.mtime_ns)

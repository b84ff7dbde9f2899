"""Makes the library mirror a set of files: what is new is added, what changed replaced, what is gone deleted.

    sync(parts, [], progress)     →  {"added": 3, "updated": 1, "unchanged": 41, "deleted": 0, "failed": [], …}

Reading, splitting, embedding and writing go on at once.  A file whose size, time and readers are those of the last sync is
not read again, unless files are read otherwise since (`documents.READING`).  A file that cannot be read keeps its last good
version in the library, is listed with its reason, and is tried again next time.  The rows of a `.jsonl` file are entered as
unfinished until all of them are in, so that a killed sync is finished by the next.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.documents import Rights, RowFailure, SourceFile, find_files, holds_rows, left_out, read_jsonl, read_many
from tunebook.errors import BadInput, ReadFailed
from tunebook.library import Batch, Generation, Library, SyncResult
from tunebook.library.store import Entry
from tunebook.progress import Progress
from tunebook.project.ahead import ahead, left
from tunebook.project.folder import write_json
from tunebook.project.forget import erase, unfinished
from tunebook.project.history import note
from tunebook.project.parts import Parts
from tunebook.project.renames import Renames
from tunebook.project.unfit import SAMPLE_CHARS, unfit
from tunebook.values import Document, Passage

LAST = "last-sync.json"  # in the state folder: what the last sync did, and what it could not read
BATCH_CHARS = 200_000  # documents are embedded and committed in batches of about this size
READ_AHEAD = 64  # documents
UNFINISHED = -1  # size of a file whose rows are not all in yet


def sync(
    parts: Parts, paths: Sequence[Path], progress: Progress, listed: list[SourceFile] | None = None
) -> dict[str, Any]:
    """The contract's JSON of `tunebook sync`; `listed`: what was just found under these paths."""
    begin = time.perf_counter()
    folder = parts.folder
    named = [path if path.is_absolute() else (Path.cwd() / path) for path in paths] or folder.documents()
    if not named:
        raise BadInput(f"no documents: {folder.root} has no documents/ and no documents.jsonl", "tunebook sync PATH…")
    parts.follow()
    with parts.builds.writing():
        there = all(path.exists() for path in named)  # else: a wrong path is refused before any model is loaded
        files = listed if listed is not None and there else find_files(named, folder.root, folder.state)
        rights = Rights(parts.settings.documents.groups, folder.root)
        readers = {file.id: rights.of(file) for file in files}
        generation = parts.builds.wanted(lambda: int(parts.embedder.embed(["dimension"]).shape[1]))
        library = parts.library_of(generation)
        finished = _finish(parts, progress)
        renames = Renames(library.store.entries(), files)
        mirror = _Mirror(library, readers, renames, parts.settings.documents.ocr_languages, progress)
        mirror.read_otherwise = parts.builds.reads_otherwise(generation)
        result = mirror.run(files)
        result.receipt = finished
        result.left_out = left_out(files, named, folder.root)
        for pattern in sorted(rights.unused if files else ()):
            result.failed.append({"path": "documents.groups", "error": f"{pattern!r} fits no file, so it guards none"})
        if not files:
            result.warnings.append(f"there is no file in {', '.join(map(str, named))}")
        result.warnings += unfit(parts, mirror.sample if result.added + result.updated > result.unchanged else "")
        result.names_old = mirror.renames.follow(parts)
        _delete(parts, generation, mirror, progress)
        parts.builds.finish(generation)
        if paths:
            folder.remember(named)
    result.passages = library.store.count()
    result.seconds = time.perf_counter() - begin
    write_json(folder.state / LAST, {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(result)})
    note(folder.state, asdict(result))
    return asdict(result)


def _finish(parts: Parts, progress: Progress) -> dict[str, Any] | None:
    """What a killed sync or `forget` did not finish erasing goes before anything is read: a document may be back by now."""
    left = unfinished(parts)
    if not left:
        return None
    progress("erasing", 0, 0, f"{len(left)} documents that a killed run was at")
    return erase(parts, [])


def _delete(parts: Parts, generation: Generation, mirror: _Mirror, progress: Progress) -> None:
    """What is gone leaves every generation."""
    elsewhere = {id for store in parts.builds.stores(but=generation) for id in store.entries()}
    gone = sorted((mirror.known.keys() | elsewhere) - mirror.seen - mirror.renames.found.keys())
    mirror.result.deleted = len(gone)
    if gone:
        progress("erasing", 0, 0, f"{len(gone)} documents")
        mirror.result.receipt = erase(parts, gone)


@dataclass(slots=True)
class _Piece:
    """What is written together: documents to embed, and files' states to note after them."""

    documents: list[tuple[Document, Entry]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)
    done: int = 0  # documents read so far

    @property
    def chars(self) -> int:
        return sum(len(document.text) for document, _ in self.documents)


_Read = tuple[SourceFile, Document | ReadFailed | RowFailure | None]  # None: the file's rows are all read


class _Mirror:
    """One sync: what the library knew before it, what was seen on the way, and what came of it."""

    def __init__(
        self,
        library: Library,
        readers: dict[str, tuple[str, ...]],
        renames: Renames,
        ocr_languages: str,
        progress: Progress,
    ) -> None:
        self.library = library
        self.readers = readers
        self.renames = renames
        self.progress = progress
        self.ocr_languages = ocr_languages
        self.read_otherwise = False  # than the files' last readers did: all are read once more
        self.known = library.store.entries()
        self.by_file: dict[str, list[Entry]] = {}
        for entry in self.known.values():
            self.by_file.setdefault(entry.file, []).append(entry)
        self.seen: set[str] = set()
        self.rows: list[Entry] = []  # of the file of rows that is being read, as they are once all are in
        self.broken = False  # it is, or one of its rows
        self.sample = ""  # of what was read, to tell its language by
        self.result = SyncResult()

    def run(self, files: Sequence[SourceFile]) -> SyncResult:
        fresh = [file for file in files if not self._unchanged(file)]
        total = sum(_documents_in(file) for file in fresh)
        if fresh:
            self.progress("syncing", 0, total, fresh[0].id)
        read = ahead(_read(fresh, self.ocr_languages), READ_AHEAD)
        for piece, batch in ahead(self._embedded(ahead(self._pieces(read), 1)), 1):
            if batch is not None:
                self.library.write(batch)
            self.library.store.note(piece.notes)
            if fresh:
                self.progress("syncing", piece.done, total, piece.documents[-1][0].id if piece.documents else "")
        if fresh:
            self.library.store.index()
        return self.result

    def _unchanged(self, file: SourceFile) -> bool:
        """Whether a file is as the last sync left it; then its documents are taken as seen."""
        entries = self.by_file.get(file.id, [])
        state = (file.size, file.mtime_ns, self.readers[file.id])
        if (
            self.read_otherwise
            or not entries
            or any((entry.size, entry.mtime_ns, entry.rights) != state for entry in entries)
        ):
            return False
        self.seen |= {entry.document for entry in entries}
        self.result.unchanged += len(entries)
        return True

    def _pieces(self, found: Iterable[_Read]) -> Generator[_Piece]:
        """What was read, sorted and split, in pieces of about BATCH_CHARS."""
        piece = _Piece()
        for done, (file, read) in enumerate(found, 1):
            piece.done = done
            self._sort(file, read, piece)
            if piece.chars > BATCH_CHARS:
                yield self._split(piece)
                piece = _Piece()
        yield self._split(piece)

    def _split(self, piece: _Piece) -> _Piece:
        piece.passages = [passage for document, _ in piece.documents for passage in self.library.split(document)]
        return piece

    def _embedded(self, pieces: Iterable[_Piece]) -> Generator[tuple[_Piece, Batch | None]]:
        for piece in pieces:
            ids = [self.renames.old.get(document.id, document.id) for document, _ in piece.documents]
            known = [id for id in ids if id in self.known]
            documents = piece.documents
            yield piece, self.library.embedded(documents, piece.passages, known) if documents else None

    def _sort(self, file: SourceFile, read: Document | ReadFailed | RowFailure | None, piece: _Piece) -> None:
        if isinstance(read, ReadFailed):
            failure = {"path": file.id, "error": read.message.removeprefix(file.id).lstrip(": ")}
            self.result.failed.append(failure | ({"hint": read.hint} if read.hint else {}))
            self.broken = True
            self._close(file, piece)
        elif isinstance(read, RowFailure):
            self.result.failed.append({"path": f"{file.id}, row {read.row}", "error": read.why})
            self.broken = True
        elif read is None:
            self._close(file, piece)
        else:
            document = replace(read, groups=read.groups or self.readers[file.id])
            if not holds_rows(file.path) and (missing := document.metadata.get("missing_parts")):
                told = f"read without what it lists and does not hold: {', '.join(missing)}"
                self.result.failed.append({"path": file.id, "error": told})
            self._take(document, self._entry(document, file), holds_rows(file.path), piece)

    def _take(self, document: Document, entry: Entry, is_row: bool, piece: _Piece) -> None:
        """Counts a document that was read, and puts it, or its file's new state, among what is to be written."""
        if document.id in self.seen:
            why = f"its id {document.id!r} is another document's too"
            self.result.failed.append({"path": entry.file, "error": why})
            self.broken |= is_row
            return
        self.seen.add(document.id)
        old = self.known.get(document.id)
        same = old is not None and old.hash == document.hash
        self.result.unchanged += same
        self.result.updated += old is not None and not same
        if old is None:
            before = None if is_row else self.renames.before(document, entry.size)
            self.result.added += before is None
            if before is not None:
                self.result.renamed.append({"from": before, "to": document.id})
        if is_row:
            self.rows.append(entry)
        if not same:
            self.sample += document.text[: SAMPLE_CHARS // 20] if len(self.sample) < SAMPLE_CHARS else ""
            piece.documents.append((document, replace(entry, size=UNFINISHED) if is_row else entry))
        elif not is_row and old != entry:
            piece.notes.append(entry)

    def _close(self, file: SourceFile, piece: _Piece) -> None:
        """A file is read.  Where it is broken, or one of its rows, nobody can tell whose: none is deleted, all read again."""
        if self.broken:
            self._keep(file, piece)
        else:
            piece.notes += [entry for entry in self.rows if self.known.get(entry.document) != entry]
        self.rows, self.broken = [], False

    def _keep(self, file: SourceFile, piece: _Piece) -> None:
        """What the library has of a file that failed stays, for those alone who may read the file now."""
        rights = self.readers[file.id]
        for entry in self.by_file.get(file.id, []):
            if entry.document in self.seen:
                continue
            self.seen.add(entry.document)
            old = self.library.store.document(entry.document) if entry.rights != rights else None
            if old is not None and old.groups == entry.rights:
                document = replace(old, groups=rights)
                noted = replace(entry, hash=document.hash, size=UNFINISHED, rights=rights)
                piece.documents.append((document, noted))
            elif self.read_otherwise:  # it is tried again next time, though by then the others are not
                piece.notes.append(replace(entry, mtime_ns=0))

    def _entry(self, document: Document, file: SourceFile) -> Entry:
        rights = self.readers[file.id]
        return Entry(document.id, document.hash, file.id, file.size, file.mtime_ns, rights)


def _read(files: Sequence[SourceFile], ocr_languages: str) -> Generator[_Read]:
    """Every file's document, then the rows of the files of rows."""
    yield from read_many([file for file in files if not holds_rows(file.path)], ocr_languages=ocr_languages, left=left)
    for file in (file for file in files if holds_rows(file.path)):
        try:
            for row in read_jsonl(file.path):
                yield file, row
        except ReadFailed as failure:
            yield file, failure
        else:
            yield file, None


def _documents_in(file: SourceFile) -> int:
    """For the progress: one, or the lines of a file of rows and its end."""
    if not holds_rows(file.path):
        return 1
    try:
        with file.path.open("rb") as opened:
            return sum(block.count(b"\n") for block in iter(lambda: opened.read(1 << 20), b"")) + 1
    except OSError:
        return 1  # reading it will say why

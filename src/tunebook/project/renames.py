"""Which new documents are files of before under another path: a file that was moved is not deleted and read anew.

    renames = Renames(known, files)                  what the library knows, and the files that there are now
    renames.before(document, file.size)              →  "documents/wren.md" for what lies in documents/old/wren.md now

A document's hash covers its path, so the new document is hashed under each path that is gone: equal hashes mean that
text, title, pages and metadata are the same.  Who may read it is asked of the rules anew and does not count here.
Left out on purpose: rows of `.jsonl` files, which have ids of their own, and files that replace another document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from tunebook.documents import SourceFile
from tunebook.library.store import Entry
from tunebook.project.casebook import Casebook
from tunebook.project.forget import naming
from tunebook.project.parts import Parts
from tunebook.values import Document


class Renames:
    """`found` is old path → new path; each old one is taken once, by a file of its own name if there is one."""

    def __init__(self, known: Mapping[str, Entry], files: Iterable[SourceFile]) -> None:
        there = {file.id for file in files}
        self.found: dict[str, str] = {}
        self.old: dict[str, str] = {}  # the other way round
        self._gone: dict[int, list[Entry]] = {}  # by size in bytes
        for entry in known.values():
            if entry.document == entry.file and entry.file not in there:
                self._gone.setdefault(entry.size, []).append(entry)

    def before(self, document: Document, size: int) -> str | None:
        """The path that a new document had before, if it had one; then nothing else can have had it."""
        name = _name(document.id)
        gone = [entry for entry in self._gone.get(size, []) if entry.document not in self.found]
        for entry in sorted(gone, key=lambda entry: _name(entry.document) != name):
            if _same(document, entry):
                self.found[entry.document] = document.id
                self.old[document.id] = entry.document
                return entry.document
        return None

    def follow(self, parts: Parts) -> dict[str, list[str]]:
        """Takes the old documents out and what tunebook keeps over to the new paths; ids of the team's own rows that name
        an old one, which are the team's to change."""
        if not self.found:
            return {}
        parts.adapters.rename(self.found)
        Casebook(parts.folder).rename(self.found)
        for store in parts.builds.stores():
            store.delete(list(self.found))
        return {kind: ids for kind, ids in naming(parts.folder, set(self.found)).items() if ids}


def _same(document: Document, entry: Entry) -> bool:
    """Where a file has no title its name is the title, so the old name is tried as well."""
    titles = {document.title, PurePosixPath(entry.document).stem}
    if document.title != PurePosixPath(document.id).stem:
        titles = {document.title}
    as_it_was = (replace(document, id=entry.document, title=title, groups=entry.rights) for title in titles)
    return any(one.hash == entry.hash for one in as_it_was)


def _name(path: str) -> str:
    return PurePosixPath(path).name

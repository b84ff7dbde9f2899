"""Which files there are to read, in an order that never changes.

>>> [file.id for file in find_files([Path("documents")], root=Path("."))]
['documents/manual.pdf', 'documents/policies/refunds.md']

Left out: hidden files and folders, the lock files that office programs leave (`~$plan.docx`), what Windows leaves
(`Thumbs.db`), what is no regular file, and below a folder that is named, the state folder, and the settings and
questions of a project or data set (`ASIDE`) beside its documents (`MARKS`).  A folder that is removed while it is
listed holds nothing.  A file of an unknown kind and a link to a folder, which is not followed, are listed: reading them
says why they cannot be read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import is_normalized

from tunebook.errors import BadInput
from tunebook.values import document_id

SETTINGS = "tunebook.toml"
MARKS = frozenset({"corpus.jsonl", "documents.jsonl", SETTINGS})  # a folder with one is a data set or a project
ASIDE = frozenset(
    {"queries.jsonl", "qrels", "qrels.tsv", "cases.jsonl", "examples.jsonl", SETTINGS}
)  # then these are no documents
LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})  # of the Windows Explorer, hidden there


GONE = "name what is there: tunebook sync PATH…; without a PATH, what the last sync was pointed at is read"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may become a document; size and time are zero for a link that leads nowhere."""

    name: str  # its path as the system has it: of ten thousand files few are ever opened
    id: str  # path relative to the project folder, with slashes, in NFC; absolute where the file lies outside
    size: int  # bytes
    mtime_ns: int

    @property
    def path(self) -> Path:
        return Path(self.name)


def find_files(paths: Sequence[Path], root: Path, state: Path | None = None) -> list[SourceFile]:
    """All files at or under `paths`, each once, sorted by id; `state` is the folder that tunebook writes to.

    Raises BadInput where a path does not exist or a folder cannot be listed.
    """
    named: list[tuple[str, str]] = []
    for path in paths:
        if not path.exists():
            raise BadInput(f"there is no file or folder {path}", hint=GONE)
        named += _walk(path, root, state) if path.is_dir() else [(str(path), _identify(str(path), root))]
    found: dict[str, SourceFile] = {}
    for name, path_id in sorted(named, key=lambda one: not is_normalized("NFC", one[1])):
        other = found.get(id := document_id(path_id))
        apart = other and id != path_id and os.path.realpath(other.name) != os.path.realpath(name)
        source = _source(name, path_id if apart else id)
        if source is not None:
            found.setdefault(source.id, source)
    return [found[id] for id in sorted(found)]


def left_out(files: Sequence[SourceFile], paths: Sequence[Path], root: Path) -> list[str]:
    """The settings and questions beside the documents that were found under `paths`."""
    named = {str(path) for path in paths}
    walked = {os.path.dirname(file.name) for file in files if file.name not in named} | {*filter(os.path.isdir, named)}
    folders = [Path(one) for one in walked if any(os.path.isfile(os.path.join(one, mark)) for mark in MARKS)]
    return sorted(_identify(str(path), root) for folder in folders for path in folder.iterdir() if path.name in ASIDE)


def _walk(folder: Path, root: Path, state: Path | None) -> Iterator[tuple[str, str]]:
    """Names of files with their ids."""
    own, own_name = os.path.split(os.path.realpath(state)) if state else ("", "")

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError) and Path(error.filename) != folder:
            return  # removed since its parent was listed
        raise BadInput(f"cannot list {error.filename}: {error.strerror}", hint="check who may read it") from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        aside = ASIDE if MARKS & set(names) else frozenset()
        if own_name in folders and os.path.realpath(parent) == own:
            folders.remove(own_name)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in aside)
        inside = _below(os.path.join(os.path.abspath(parent), ""), os.path.abspath(root))
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted(names + links):
            if not name.startswith((".", "~$")) and name not in aside and name.lower() not in LITTER:
                path = os.path.join(parent, name)
                yield path, _identify(path, root) if inside is None else _valid(inside + name)


def _source(name: str, id: str) -> SourceFile | None:
    try:
        status = os.stat(name)
    except OSError:
        return SourceFile(name, id, 0, 0)
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        return None
    return SourceFile(name, id, status.st_size, status.st_mtime_ns)


def _identify(name: str, root: Path) -> str:
    """By strings: links are followed only for what does not lie below the project's folder by its name."""
    absolute = os.path.abspath(name)
    inside = _below(absolute, os.path.abspath(root)) or _below(os.path.realpath(name), os.path.realpath(root))
    return _valid(inside or absolute)


def _valid(name: str) -> str:
    """With slashes; a name in another encoding must still be a valid string, and another one than its neighbour's."""
    return os.fsencode(name.replace(os.sep, "/")).decode("utf-8", "backslashreplace")


def _below(name: str, folder: str) -> str | None:
    start = os.path.join(folder, "")
    return name[len(start) :] if name.startswith(start) else None

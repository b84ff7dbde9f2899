"""Where passages live: the protocol of a store, and what every store writes down of a document.

    store.replace(documents, passages, vectors, entries)     one commit: every document whole, or as it was
    store.lexical("wren payload", 50, Scope(("crew",)))      →  {row: BM25}
    store.dense(vector, 50)                                  →  {row: cosine}
    store.passages([row, …])                                 →  {row: passage}

Two stores keep it: `lance` (a folder, or object storage by URL) and `postgres` (pgvector).  One suite of tests runs on
both.  Who may not read a passage does not meet it: groups are filtered before anything is ranked.

A row is a store's own name of a passage, which names that content or nothing: a passage that is written or moved has
another one.  So lists are short to read, and whoever reads the passages of a list sees what is gone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tunebook.values import EVERYONE, Document, Page, Passage

_FILE = re.compile(r"([^/]+)\.[A-Za-z][A-Za-z0-9]{0,5}$")
_NO_WORD = re.compile(r"[\W_]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
PUBLIC = EVERYONE  # stored as the group of what everyone may read
INDEX_VECTORS_ABOVE = 20_000  # passages; below it an exact scan is as fast as an index


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store knows of one document: its hash, and the file (with its state) that it was read from.

    `rights` are the groups that the rules for folders gave the file.  A size of -1 says that the file was not read to
    its end: the next sync reads it again.
    """

    document: str
    hash: str
    file: str
    size: int
    mtime_ns: int
    rights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as a list shows it; `groups` empty: everyone may read it."""

    id: str
    title: str
    file: str
    size: int  # bytes of its file
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search looks at: what readers in these groups may read (None: everything), in these documents (None: all)."""

    groups: tuple[str, ...] | None = None
    documents: tuple[str, ...] | None = None


EVERYTHING = Scope()


class Store(Protocol):
    """Passages with vectors, searched both ways.

    Every method raises LibraryFailed where the store cannot be read or written.
    """

    def entries(self) -> dict[str, Entry]:
        """What is known of every document, by its id."""
        ...

    def replace(
        self,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        entries: Sequence[Entry],
    ) -> None:
        """All passages of these documents, old for new, in one commit.  vectors: float32 (len(passages), dim)."""
        ...

    def note(self, entries: Sequence[Entry]) -> None:
        """Writes down new states of the files of documents that are there; the documents stay as they are."""
        ...

    def vectors_of(self, documents: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Searched text → vector (dim,) of every passage of these documents."""
        ...

    def delete(self, documents: Sequence[str]) -> int:
        """Removes documents and their passages; how many passages went."""
        ...

    def remaining(self, documents: Sequence[str]) -> int:
        """How many rows there still are of these documents, in any table."""
        ...

    def erase(self) -> None:
        """What was deleted or replaced leaves the disk as well.  Nobody else may be writing."""
        ...

    def lexical(self, query: str, limit: int, scope: Scope = EVERYTHING) -> dict[str, float]: ...

    def dense(self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING) -> dict[str, float]: ...

    def passages(self, rows: Iterable[str]) -> dict[str, Passage]:
        """Those that are still there, under the rows of the lists above."""
        ...

    def passages_of(self, document: str) -> list[Passage]:
        """In the order of the text."""
        ...

    def passage_counts(self, documents: Sequence[str]) -> dict[str, int]:
        """How many passages each of these documents has; one that has none is left out."""
        ...

    def document(self, id: str) -> Document | None: ...

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """The hash of each of these documents that is there, without reading its text."""
        ...

    def listing(self) -> list[Listed]:
        """Every document, by id."""
        ...

    def metadata(self) -> dict[str, dict[str, Any]]:
        """Of every document, by its id."""
        ...

    def count(self, scope: Scope = EVERYTHING) -> int:
        """How many passages there are."""
        ...

    def index(self) -> None:
        """Builds or refreshes the indexes; what is not yet in one is found all the same."""
        ...


def searched_text(passage: Passage) -> str:
    """What is indexed and embedded: the file's name, the title and the heading path before the passage's own words.

    People name files for what is in them, "acme-annual-report-2023.pdf", where the title is often a number or missing.
    Letters are as `composed` has them, in queries too.
    """
    named = _words_of_file(passage.document)
    if named.lower() in _plain(passage.title).lower():
        named = ""
    return composed("\n".join(part for part in (named, passage.title, passage.heading, passage.text) if part))


def composed(text: str) -> str:
    """Letters with their accents as one character (NFC), and without soft hyphens and marks of no width: é is é."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def _words_of_file(document: str) -> str:
    """ "terms/haul-agreement.pdf" → "haul agreement"; "" for an id that is no file's."""
    file = _FILE.search(document)
    return _plain(file[1]) if file else ""


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text).strip()


PASSAGE_COLUMNS = ("document", "title", "heading", "page", "start", "end", "text", "groups")
ENTRY_COLUMNS = ("id", "hash", "file", "size", "mtime_ns", "rights")
LISTED_COLUMNS = ("id", "title", "file", "size", "groups")


def passage_row(passage: Passage) -> dict[str, Any]:
    """The columns of a passage without its vector; both stores name them alike."""
    row = {name: getattr(passage, name) for name in PASSAGE_COLUMNS}
    return row | {"id": passage.id, "searched": searched_text(passage), "groups": shared_with(passage.groups)}


def passage_of(row: dict[str, Any]) -> Passage:
    return Passage(**{name: row[name] for name in PASSAGE_COLUMNS} | {"groups": readers(row["groups"])})


def entry_row(entry: Entry) -> dict[str, Any]:
    fields = {"id": entry.document, "hash": entry.hash, "file": entry.file, "size": entry.size}
    return fields | {"mtime_ns": entry.mtime_ns, "rights": list(entry.rights)}


def entry_of(row: dict[str, Any]) -> Entry:
    return Entry(row["id"], row["hash"], row["file"], row["size"], row["mtime_ns"], tuple(row["rights"]))


def listed_of(row: dict[str, Any]) -> Listed:
    return Listed(**row | {"groups": readers(row["groups"])})


def document_row(document: Document, entry: Entry) -> dict[str, Any]:
    pages = json.dumps([[page.number, page.start, page.end] for page in document.pages])
    metadata = json.dumps(dict(document.metadata), ensure_ascii=False, default=str)
    fields = {"title": document.title, "text": document.text, "pages": pages, "metadata": metadata}
    return entry_row(entry) | fields | {"hash": document.hash, "groups": shared_with(document.groups)}


def document_of(row: dict[str, Any]) -> Document:
    pages = tuple(Page(*page) for page in json.loads(row["pages"]))
    return Document(row["id"], row["title"], row["text"], pages, json.loads(row["metadata"]), readers(row["groups"]))


def shared_with(groups: Sequence[str]) -> list[str]:
    """Groups as they are stored: no group means everyone."""
    return list(groups) or [PUBLIC]


def readers(stored: Sequence[str]) -> tuple[str, ...]:
    """Groups as a document has them."""
    return tuple(group for group in stored if group != PUBLIC)

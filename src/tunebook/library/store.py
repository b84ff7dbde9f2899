"""Where passages live: a protocol, and LanceDB behind it.

    store.replace(documents, passages, vectors)     one commit: every document whole, or as it was
    store.lexical("wren payload", 50)               →  {passage id: BM25}
    store.dense(vector, 50)                         →  {passage id: cosine}

Two tables: `passages` (what is searched) and `documents` (what was read, and from which file).  The first is
written first, so that a killed sync finds the document's old entry, sees the difference and finishes the work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import LibraryFailed
from tunebook.values import Document, Page, Passage

PUBLIC = "*"  # stored as the group of what everyone may read
INDEX_VECTORS_ABOVE = 20_000  # rows; below it an exact scan is as fast as an index


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store knows of one document: its hash, and the file (with its state) that it was read from."""

    document: str
    hash: str
    file: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as a list shows it; `groups` empty: everyone may read it."""

    id: str
    title: str
    file: str
    size: int  # bytes of its file
    groups: tuple[str, ...]


class Store(Protocol):
    """Passages with vectors, searched both ways; `groups=None` sees everything."""

    def entries(self) -> dict[str, Entry]: ...

    def replace(
        self,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        entries: Sequence[Entry],
    ) -> None: ...

    def delete(self, documents: Sequence[str]) -> int: ...

    def lexical(self, query: str, limit: int, groups: Sequence[str] | None = None) -> dict[str, float]: ...

    def dense(
        self, vector: NDArray[np.float32], limit: int, groups: Sequence[str] | None = None
    ) -> dict[str, float]: ...

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]: ...

    def passages_of(self, document: str) -> list[Passage]: ...

    def document(self, id: str) -> Document | None: ...

    def listing(self) -> list[Listed]: ...

    def count(self) -> int: ...

    def index(self) -> None: ...


class LanceStore:
    """LanceDB in a folder.  Raises LibraryFailed where the store cannot be opened, read or written."""

    def __init__(self, folder: Path, dim: int) -> None:
        os.environ.setdefault("LANCEDB_LOG", "error")
        import lancedb

        with _mapped(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = folder
            self._db = lancedb.connect(str(folder), read_consistency_interval=timedelta(0))
            self._passages = self._open("passages", _passage_schema(dim))
            self._documents = self._open("documents", _document_schema())

    def _open(self, name: str, schema: Any) -> Any:
        if name in self._db.list_tables().tables:
            return self._db.open_table(name)
        return self._db.create_table(name, schema=schema, exist_ok=True)

    def entries(self) -> dict[str, Entry]:
        with _mapped(self._folder):
            columns = ["id", "hash", "file", "size", "mtime_ns"]
            rows = self._documents.search().select(columns).limit(None).to_arrow().to_pylist()
        return {row["id"]: Entry(row["id"], row["hash"], row["file"], row["size"], row["mtime_ns"]) for row in rows}

    def replace(
        self,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        entries: Sequence[Entry],
    ) -> None:
        """All passages of these documents, old for new, in one commit.  vectors: float32 (len(passages), dim)."""
        if not documents:
            return
        owned = f"document IN ({', '.join(map(_quote, (document.id for document in documents)))})"
        with _mapped(self._folder):
            merge = self._passages.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            rows = [_passage_row(p, v) for p, v in zip(passages, vectors, strict=True)]
            if rows:
                merge.when_not_matched_by_source_delete(owned).execute(rows)
            else:
                self._passages.delete(owned)
            (
                self._documents.merge_insert("id")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .execute([_document_row(d, e) for d, e in zip(documents, entries, strict=True)])
            )

    def delete(self, documents: Sequence[str]) -> int:
        """Removes documents and their passages; how many passages went."""
        if not documents:
            return 0
        names = ", ".join(map(_quote, documents))
        with _mapped(self._folder):
            before = self._passages.count_rows()
            self._passages.delete(f"document IN ({names})")
            self._documents.delete(f"id IN ({names})")
            return int(before - self._passages.count_rows())

    def erase_history(self) -> None:
        """Rewrites both tables without what was deleted and drops old versions, so that it is gone from the disk."""
        with _mapped(self._folder):
            for table, key in ((self._passages, "id"), (self._documents, "id")):
                if table.count_rows():
                    table.update(where="true", values_sql={key: key})
                table.optimize(cleanup_older_than=timedelta(0))
            self.index()
            self._passages.optimize(cleanup_older_than=timedelta(0))

    def lexical(self, query: str, limit: int, groups: Sequence[str] | None = None) -> dict[str, float]:
        words = _plain(query)
        if not words or not self.count():
            return {}
        with _mapped(self._folder):
            search = self._passages.search(words, query_type="fts", fts_columns="searched")
            rows = _allowed(search, groups).select(["id", "_score"]).limit(limit).to_arrow().to_pylist()
        return {row["id"]: float(row["_score"]) for row in rows}

    def dense(self, vector: NDArray[np.float32], limit: int, groups: Sequence[str] | None = None) -> dict[str, float]:
        if not self.count():
            return {}
        with _mapped(self._folder):
            search = self._passages.search(vector, vector_column_name="vector").distance_type("cosine")
            search = search.nprobes(20).refine_factor(2)
            rows = _allowed(search, groups).select(["id", "_distance"]).limit(limit).to_arrow().to_pylist()
        return {row["id"]: 1.0 - float(row["_distance"]) for row in rows}

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        names = ", ".join(map(_quote, ids))
        if not names:
            return {}
        return {passage.id: passage for passage in self._where(f"id IN ({names})")}

    def passages_of(self, document: str) -> list[Passage]:
        return sorted(self._where(f"document = {_quote(document)}"), key=lambda passage: passage.start)

    def _where(self, condition: str) -> list[Passage]:
        with _mapped(self._folder):
            rows = self._passages.search().where(condition).select(_PASSAGE_COLUMNS).limit(None).to_arrow().to_pylist()
        return [_passage(row) for row in rows]

    def document(self, id: str) -> Document | None:
        with _mapped(self._folder):
            rows = self._documents.search().where(f"id = {_quote(id)}").limit(1).to_arrow().to_pylist()
        return _document(rows[0]) if rows else None

    def listing(self) -> list[Listed]:
        """Every document, by id."""
        with _mapped(self._folder):
            columns = ["id", "title", "file", "size", "groups"]
            rows = self._documents.search().select(columns).limit(None).to_arrow().to_pylist()
        found = [Listed(**row | {"groups": tuple(g for g in row["groups"] if g != PUBLIC)}) for row in rows]
        return sorted(found, key=lambda one: one.id)

    def count(self) -> int:
        with _mapped(self._folder):
            return int(self._passages.count_rows())

    def index(self) -> None:
        """Builds or refreshes the full-text index, and the vector index where the library is large."""
        from lancedb.index import FTS, IvfSq

        rows = self.count()
        if not rows:
            return
        with _mapped(self._folder):
            names = {index.name for index in self._passages.list_indices()}
            fts = FTS(language="English", stem=True, remove_stop_words=True, with_position=False)
            if "searched_idx" not in names:
                self._passages.create_index("searched", config=fts, replace=True)
            if rows > INDEX_VECTORS_ABOVE and "vector_idx" not in names:
                self._passages.create_index("vector", config=IvfSq(distance_type="cosine"))
            self._passages.optimize()
            self._documents.optimize()


_PASSAGE_COLUMNS = ["document", "title", "heading", "page", "start", "end", "text", "groups"]


def _passage_schema(dim: int) -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    fields = {"id": text, "document": text, "title": text, "heading": text, "page": number, "start": number}
    fields |= {"end": number, "text": text, "searched": text, "groups": pa.list_(text)}
    return pa.schema([*fields.items(), ("vector", pa.list_(pa.float32(), dim))])


def _document_schema() -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    fields = {"id": text, "hash": text, "file": text, "size": number, "mtime_ns": number, "title": text, "text": text}
    return pa.schema([*fields.items(), ("pages", text), ("metadata", text), ("groups", pa.list_(text))])


def _passage_row(passage: Passage, vector: NDArray[np.float32]) -> dict[str, Any]:
    row = {name: getattr(passage, name) for name in _PASSAGE_COLUMNS}
    row["groups"] = list(passage.groups) or [PUBLIC]
    return row | {"id": passage.id, "searched": searched_text(passage), "vector": vector}


def searched_text(passage: Passage) -> str:
    """What is indexed and embedded: the title and the heading path before the passage's own words."""
    return "\n".join(part for part in (passage.title, passage.heading, passage.text) if part)


def _passage(row: Mapping[str, Any]) -> Passage:
    groups = tuple(group for group in row["groups"] if group != PUBLIC)
    return Passage(**{name: row[name] for name in _PASSAGE_COLUMNS if name != "groups"}, groups=groups)


def _document_row(document: Document, entry: Entry) -> dict[str, Any]:
    pages = json.dumps([[page.number, page.start, page.end] for page in document.pages])
    fields = {"id": document.id, "hash": document.hash, "title": document.title, "text": document.text, "pages": pages}
    source = {"file": entry.file, "size": entry.size, "mtime_ns": entry.mtime_ns}
    metadata = json.dumps(dict(document.metadata), ensure_ascii=False, default=str)
    return fields | source | {"metadata": metadata, "groups": list(document.groups) or [PUBLIC]}


def _document(row: Mapping[str, Any]) -> Document:
    pages = tuple(Page(*page) for page in json.loads(row["pages"]))
    groups = tuple(group for group in row["groups"] if group != PUBLIC)
    return Document(row["id"], row["title"], row["text"], pages, json.loads(row["metadata"]), groups)


def _allowed(search: Any, groups: Sequence[str] | None) -> Any:
    if groups is None:
        return search
    names = ", ".join(map(_quote, [PUBLIC, *groups]))
    return search.where(f"array_has_any(groups, [{names}])", prefilter=True)


def _quote(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _plain(query: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in query).split())


@contextmanager
def _mapped(folder: Path) -> Any:
    """LanceDB's errors, mapped once."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        text = " ".join(str(error).split())
        kept = "what was committed before is whole; "
        if "No space left" in text or getattr(error, "errno", None) == 28:
            raise LibraryFailed(f"{folder}: no space left on the disk", kept + "free space and sync again") from error
        raise LibraryFailed(f"{folder}: {text[:300]}", kept + "sync again") from error

"""LanceDB as a store: a folder, or object storage by URL, with nothing to run beside it.

    LanceStore(Path(".tunebook/library"), dim=384)        LanceStore("s3://bucket/library", dim=384)

Two tables: `passages` (what is searched) and `documents` (what was read, and from which file).  The first is
written first, so that a killed sync finds the document's old entry, sees the difference and finishes the work.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import LibraryFailed
from tunebook.library.language import ENGLISH, index_of
from tunebook.library.lighter import import_lancedb
from tunebook.library.store import (
    ENTRY_COLUMNS,
    EVERYTHING,
    INDEX_VECTORS_ABOVE,
    LISTED_COLUMNS,
    PASSAGE_COLUMNS,
    PUBLIC,
    Entry,
    Listed,
    Scope,
    document_of,
    document_row,
    entry_of,
    entry_row,
    listed_of,
    passage_of,
    passage_row,
)
from tunebook.values import Document, Passage

READ_TRIES = 4
PROBES = 40  # partitions of the vector index that are searched, of some 8,000 passages each
LONG_LIST = 100  # from here on cosines are as the index has them, .006 off at most; shorter lists are exact
_BEGUN = re.compile(r"\A\.|#\d+\Z")  # what is written beside a file before it takes its name: ".tmpXYZ", "1.manifest#1"
VERSION_HINT = "latest_version_hint.json"  # a number alone; written over in place


class LanceStore:
    """One generation of a library in LanceDB."""

    def __init__(self, place: Path | str, dim: int, generation: int = 1, language: str = ENGLISH) -> None:
        self._place = place
        self._language = language
        with mapped(place):
            self._db = connect(place)
            new = f"passages_{generation}" not in self._db.list_tables().tables
            self._passages = self._open(f"passages_{generation}", _passage_schema(dim))
            self._documents = self._open(f"documents_{generation}", _document_schema())
            if new:  # words are stemmed from the first commit on
                self._make_indexes()

    def _open(self, name: str, schema: Any) -> Any:
        if name in self._db.list_tables().tables:
            return self._db.open_table(name)
        return self._db.create_table(name, schema=schema, exist_ok=True)

    def entries(self) -> dict[str, Entry]:
        rows = self._rows(self._documents, ENTRY_COLUMNS)
        return {row["id"]: entry_of(row) for row in rows}

    def replace(
        self,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        entries: Sequence[Entry],
    ) -> None:
        if not documents:
            return
        owned = _among("document", (document.id for document in documents))
        with mapped(self._place):
            rows = [passage_row(p) | {"vector": v} for p, v in zip(passages, vectors, strict=True)]
            if rows:
                _upsert(self._passages).when_not_matched_by_source_delete(owned).execute(rows)
            else:
                self._passages.delete(owned)
            _upsert(self._documents).execute([document_row(d, e) for d, e in zip(documents, entries, strict=True)])

    def note(self, entries: Sequence[Entry]) -> None:
        if entries:
            with mapped(self._place):
                rows = list(map(entry_row, entries))
                self._documents.merge_insert("id").when_matched_update_all().execute(rows)

    def vectors_of(self, documents: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        if not documents:
            return {}
        rows = self._rows(self._passages, ("searched", "vector"), _among("document", documents))
        return {row["searched"]: np.array(row["vector"], dtype=np.float32) for row in rows}

    def delete(self, documents: Sequence[str]) -> int:
        if not documents:
            return 0
        with mapped(self._place):
            before = self._passages.count_rows()
            self._passages.delete(_among("document", documents))
            self._documents.delete(_among("id", documents))
            return int(before - self._passages.count_rows())

    def remaining(self, documents: Sequence[str]) -> int:
        if not documents:
            return 0
        with mapped(self._place):
            rows = self._passages.count_rows(_among("document", documents))
            return int(rows + self._documents.count_rows(_among("id", documents)))

    def erase(self) -> None:
        """Rewrites both tables and their indexes, and drops every file that was there before.

        Raises LibraryFailed where a file of before is still there: only then could it hold what was deleted.
        """
        before = self._files()
        with mapped(self._place):
            for table in (self._passages, self._documents):
                if table.count_rows():
                    table.update(where="true", values_sql={"id": "id"})
                else:
                    self._db.create_table(table.name, schema=table.schema, mode="overwrite")
                    table.checkout_latest()
            self._make_indexes(anew=True)
            for table in (self._passages, self._documents):
                table.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)
        left = sorted(path for path in before & self._files() if path.name != VERSION_HINT)
        for path in left:
            if _BEGUN.search(path.name):  # by a writer that was killed; no clean-up of Lance's finds it
                path.unlink()
            else:
                raise LibraryFailed(f"{path} could not be erased", "end other readers of the library and try again")

    def _files(self) -> set[Path]:
        """The files of both tables; of object storage nothing is known."""
        if not isinstance(self._place, Path):
            return set()
        folders = [self._place / f"{table.name}.lance" for table in (self._passages, self._documents)]
        return {path for folder in folders for path in folder.rglob("*") if path.is_file()}

    def lexical(self, query: str, limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        words = _plain(query)
        if not words or not self.count():
            return {}

        def asked() -> Any:
            search = self._passages.search(words, query_type="fts", fts_columns="searched")
            return _within(search, scope).select(["_score"]).with_row_id(True).limit(limit)

        return {str(row["_rowid"]): float(row["_score"]) for row in self._read(asked)}

    def dense(self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        if not self.count():
            return {}
        unit = vector / max(float(np.linalg.norm(vector)), 1e-12)

        def asked() -> Any:
            search = self._passages.search(unit, vector_column_name="vector").distance_type("l2").nprobes(PROBES)
            search = search.refine_factor(2) if limit < LONG_LIST else search
            search = search if scope == EVERYTHING else search.maximum_nprobes(0)  # a filter must not end it early
            return _within(search, scope).select(["_distance"]).with_row_id(True).limit(limit)

        # of unit vectors |a - b|² = 2 - 2 cos(a, b).  Asked for cosines, LanceDB gives this or 1 - cos(a, b): the
        # first where its index holds every row, the second as soon as one was added
        return {str(row["_rowid"]): 1.0 - float(row["_distance"]) / 2 for row in self._read(asked)}

    def passages(self, rows: Iterable[str]) -> dict[str, Passage]:
        places = [int(row) for row in rows]
        if not places:
            return {}
        found = self._read(lambda: self._passages.take_row_ids(places).select(list(PASSAGE_COLUMNS)).with_row_id())
        return {str(row["_rowid"]): passage_of(row) for row in found}

    def passages_of(self, document: str) -> list[Passage]:
        rows = self._rows(self._passages, PASSAGE_COLUMNS, _among("document", [document]))
        return sorted(map(passage_of, rows), key=lambda passage: passage.start)

    def passage_counts(self, documents: Sequence[str]) -> dict[str, int]:
        rows = self._rows(self._passages, ("document",), _among("document", documents)) if documents else []
        return dict(Counter(row["document"] for row in rows))

    def document(self, id: str) -> Document | None:
        rows = self._rows(self._documents, None, _among("id", [id]))
        return document_of(rows[0]) if rows else None

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        rows = self._rows(self._documents, ("id", "hash"), _among("id", ids)) if ids else []
        return {row["id"]: row["hash"] for row in rows}

    def listing(self) -> list[Listed]:
        return sorted(map(listed_of, self._rows(self._documents, LISTED_COLUMNS)), key=lambda one: one.id)

    def metadata(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: json.loads(row["metadata"]) for row in self._rows(self._documents, ("id", "metadata"))}

    def count(self, scope: Scope = EVERYTHING) -> int:
        with mapped(self._place):
            return int(self._passages.count_rows(_condition(scope)))

    def index(self) -> None:
        """The word index always, those of vectors and groups where the library is large."""
        with mapped(self._place):
            self._make_indexes()
            self._passages.optimize()
            self._documents.optimize()

    def _make_indexes(self, anew: bool = False) -> None:
        """Those that are wanted and missing; anew: all that are wanted, and no other, which would keep what was erased."""
        from lancedb.index import IvfSq, LabelList

        wanted: dict[str, Any] = {"searched": index_of(self._language)}
        if self.count() > INDEX_VECTORS_ABOVE:
            wanted |= {"groups": LabelList(), "vector": IvfSq(distance_type="l2")}
        there = {index.columns[0]: index.name for index in self._passages.list_indices()}
        for column in there.keys() - wanted.keys() if anew else ():
            self._passages.drop_index(there[column])
        for column, config in wanted.items():
            if anew or column not in there:
                self._passages.create_index(column, config=config, replace=True)

    def _rows(self, table: Any, columns: Sequence[str] | None, where: str | None = None) -> list[dict[str, Any]]:
        def asked() -> Any:
            search = table.search()
            search = search.where(where) if where else search
            search = search.select(list(columns)) if columns else search
            return search.limit(None)

        return self._read(asked)

    def _read(self, asked: Callable[[], Any]) -> list[dict[str, Any]]:
        """The rows of a query, asked again where an erasure took the files of the version that it began with."""
        with mapped(self._place):
            for _ in range(READ_TRIES - 1):
                try:
                    return list(asked().to_arrow().to_pylist())
                except (RuntimeError, OSError, ValueError) as error:
                    if "Not found" not in str(error):
                        raise
            return list(asked().to_arrow().to_pylist())


def connect(place: Path | str) -> Any:
    """A connection that sees the commits of other processes at once."""
    os.environ.setdefault("LANCEDB_LOG", "error")
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
    return import_lancedb().connect(str(place), read_consistency_interval=timedelta(0))


def _passage_schema(dim: int) -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    fields = {"id": text, "document": text, "title": text, "heading": text, "page": number, "start": number}
    fields |= {"end": number, "text": text, "searched": text, "groups": pa.list_(text)}
    return pa.schema([*fields.items(), ("vector", pa.list_(pa.float32(), dim))])


def _document_schema() -> Any:
    import pyarrow as pa

    text, number, names = pa.string(), pa.int64(), pa.list_(pa.string())
    fields = {"id": text, "hash": text, "file": text, "size": number, "mtime_ns": number, "rights": names}
    fields |= {"title": text, "text": text, "pages": text, "metadata": text, "groups": names}
    return pa.schema(fields.items())


def _upsert(table: Any) -> Any:
    return table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()


def _within(search: Any, scope: Scope) -> Any:
    condition = _condition(scope)
    return search.where(condition, prefilter=True) if condition else search


def _condition(scope: Scope) -> str | None:
    conditions = []
    if scope.groups is not None:
        names = ", ".join(map(_quote, [PUBLIC, *scope.groups]))
        conditions.append(f"array_has_any(groups, [{names}])")
    if scope.documents is not None:
        conditions.append(_among("document", scope.documents))
    return " AND ".join(conditions) or None


def _among(column: str, names: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(map(_quote, names))})"


def _quote(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _plain(query: str) -> str:
    """Its words alone; a vowel sign of Hindi or Thai is part of one."""
    return " ".join("".join(char if category(char)[0] in "LMN" else " " for char in query).split())


@contextmanager
def mapped(place: Path | str) -> Iterator[None]:
    """LanceDB's errors, mapped once."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        text = " ".join(str(error).split())
        kept = "what was committed before is whole; "
        if "No space left" in text or getattr(error, "errno", None) == 28:
            raise LibraryFailed(f"{place}: no space left on the disk", kept + "free space and sync again") from error
        raise LibraryFailed(f"{place}: {text[:300]}", kept + "sync again") from error

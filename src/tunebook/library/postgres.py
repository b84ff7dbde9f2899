"""PostgreSQL with pgvector as a store: for a library that several machines share.

    PostgresStore("postgresql://db.example/team", dim=384)        tables in the schema `tunebook`

A document is replaced in one transaction.  `ts_rank` knows no document frequencies, so BM25 is computed: each
passage keeps how often it holds each lexeme, and `terms` how many passages hold it:

    bm25(q, p) = Σ ln(1 + (N - n + ½) / (n + ½)) · f (k₁ + 1) / (f + k₁ (1 - b + b |p| / avg)),   k₁ = 1.2, b = 0.75

(Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009.)  Left out on purpose: passwords.  libpq takes
them from PGPASSWORD or ~/.pgpass.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.library.connections import Server
from tunebook.library.language import ENGLISH, config_of, divided
from tunebook.library.store import (
    EVERYTHING,
    INDEX_VECTORS_ABOVE,
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

MAX_INDEXED_DIM = 2000  # pgvector's own limit
SCHEMA = "tunebook"

_TABLES = """
CREATE TABLE IF NOT EXISTS passages_{n} (
    id text PRIMARY KEY, document text NOT NULL, title text NOT NULL, heading text NOT NULL, page int,
    start int NOT NULL, "end" int NOT NULL, text text NOT NULL, searched text NOT NULL, groups text[] NOT NULL,
    vector vector({dim}) NOT NULL, frequency jsonb NOT NULL, length int NOT NULL);
CREATE INDEX IF NOT EXISTS passages_{n}_document ON passages_{n} (document);
CREATE INDEX IF NOT EXISTS passages_{n}_groups ON passages_{n} USING gin (groups);
CREATE INDEX IF NOT EXISTS passages_{n}_frequency ON passages_{n} USING gin (frequency) WITH (fastupdate = off);
CREATE TABLE IF NOT EXISTS documents_{n} (
    id text PRIMARY KEY, hash text NOT NULL, file text NOT NULL, size bigint NOT NULL, mtime_ns bigint NOT NULL,
    rights text[] NOT NULL, title text NOT NULL, text text NOT NULL, pages text NOT NULL, metadata text NOT NULL,
    groups text[] NOT NULL);
CREATE TABLE IF NOT EXISTS terms_{n} (term text PRIMARY KEY, passages int NOT NULL);
CREATE TABLE IF NOT EXISTS totals_{n} (one bool PRIMARY KEY DEFAULT true, passages bigint NOT NULL, length bigint NOT NULL);
INSERT INTO totals_{n} VALUES (true, 0, 0) ON CONFLICT DO NOTHING
"""
_ADD_PASSAGE = """
INSERT INTO passages_{n} (id, document, title, heading, page, start, "end", text, searched, groups, vector, frequency, length)
SELECT %(id)s, %(document)s, %(title)s, %(heading)s, %(page)s, %(start)s, %(end)s, %(text)s, %(searched)s, %(groups)s,
       %(vector)s, coalesce(jsonb_object_agg(lexeme, cardinality(positions)), '{{}}'), coalesce(sum(cardinality(positions)), 0)
FROM unnest(to_tsvector(%(config)s::regconfig, %(indexed)s))
"""
_ADD_DOCUMENT = """
INSERT INTO documents_{n} (id, hash, file, size, mtime_ns, rights, title, text, pages, metadata, groups)
VALUES (%(id)s, %(hash)s, %(file)s, %(size)s, %(mtime_ns)s, %(rights)s, %(title)s, %(text)s, %(pages)s, %(metadata)s,
        %(groups)s)
"""
_COUNT_TERMS = """
WITH own AS MATERIALIZED (SELECT frequency, length FROM passages_{n} WHERE document = ANY(%(documents)s)),
whole AS (
    UPDATE totals_{n} AS old
    SET passages = old.passages + %(sign)s * found.passages, length = old.length + %(sign)s * found.length
    FROM (SELECT count(*) AS passages, coalesce(sum(length), 0) AS length FROM own) AS found)
INSERT INTO terms_{n} SELECT term, %(sign)s * count(*) FROM own, jsonb_object_keys(frequency) AS term GROUP BY term
ON CONFLICT (term) DO UPDATE SET passages = terms_{n}.passages + excluded.passages
"""
# one look at each passage, at those alone that both indexes name
_LEXICAL = """
WITH asked AS MATERIALIZED (
    SELECT term, ln(1 + (totals.passages - terms.passages + 0.5) / (terms.passages + 0.5))::float8 AS idf,
           (totals.length::float8 / totals.passages) AS average
    FROM terms_{n} AS terms, totals_{n} AS totals
    WHERE term = ANY(tsvector_to_array(to_tsvector(%(config)s::regconfig, %(query)s))) AND terms.passages > 0)
SELECT id, score FROM (
    SELECT id, (SELECT sum(idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * length / average)))
                FROM asked, LATERAL (SELECT (frequency ->> term)::float8 AS f) AS found) AS score
    FROM passages_{n} WHERE frequency ?| (SELECT array_agg(term) FROM asked) {allowed}) AS scored
ORDER BY score DESC, id LIMIT %(limit)s
"""
_DENSE = """
SELECT id, 1 - (vector <=> %(vector)s::vector) AS cosine FROM passages_{n}
WHERE true {allowed} ORDER BY vector <=> %(vector)s::vector LIMIT %(limit)s
"""


class PostgresStore:
    """One generation of a library in PostgreSQL."""

    def __init__(self, url: str, dim: int, generation: int = 1, schema: str = SCHEMA, language: str = ENGLISH) -> None:
        self._server = Server(url, schema)
        self._n = generation
        self._dim = dim
        self._language = language
        with self._server.transaction() as cursor:
            cursor.execute(_TABLES.format(n=generation, dim=dim))

    def entries(self) -> dict[str, Entry]:
        rows = self._rows("SELECT id, hash, file, size, mtime_ns, rights FROM documents_{n}")
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
        names = [document.id for document in documents]
        rows = [self._row(p) | {"vector": _literal(v)} for p, v in zip(passages, vectors, strict=True)]
        with self._server.transaction() as cursor:
            self._remove(cursor, names)
            cursor.executemany(self._sql(_ADD_PASSAGE), rows)
            cursor.executemany(
                self._sql(_ADD_DOCUMENT), [document_row(d, e) for d, e in zip(documents, entries, strict=True)]
            )
            cursor.execute(self._sql(_COUNT_TERMS), {"documents": names, "sign": 1})

    def _row(self, passage: Passage) -> dict[str, Any]:
        row = passage_row(passage)
        return row | {"config": config_of(self._language), "indexed": divided(self._language, row["searched"])}

    def note(self, entries: Sequence[Entry]) -> None:
        update = """
            UPDATE documents_{n} AS old SET hash = new.hash, file = new.file, size = new.size, mtime_ns = new.mtime_ns,
                   rights = new.rights
            FROM jsonb_to_recordset(%(rows)s)
                 AS new (id text, hash text, file text, size bigint, mtime_ns bigint, rights text[])
            WHERE old.id = new.id"""
        if entries:
            self._rows(update, rows=json.dumps(list(map(entry_row, entries))))

    def vectors_of(self, documents: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        rows = self._rows(
            "SELECT searched, vector::text AS vector FROM passages_{n} WHERE document = ANY(%(names)s)",
            names=list(documents),
        )
        return {row["searched"]: np.array(row["vector"][1:-1].split(","), dtype=np.float32) for row in rows}

    def delete(self, documents: Sequence[str]) -> int:
        if not documents:
            return 0
        with self._server.transaction() as cursor:
            return self._remove(cursor, documents)

    def _remove(self, cursor: Any, documents: Sequence[str]) -> int:
        names = {"documents": list(documents), "sign": -1}
        cursor.execute(self._sql(_COUNT_TERMS), names)
        cursor.execute(self._sql("DELETE FROM documents_{n} WHERE id = ANY(%(documents)s)"), names)
        cursor.execute(self._sql("DELETE FROM passages_{n} WHERE document = ANY(%(documents)s)"), names)
        return int(cursor.rowcount)

    def remaining(self, documents: Sequence[str]) -> int:
        find = "(SELECT count(*) FROM documents_{n} WHERE id = ANY(%(names)s))"
        count = f"SELECT count(*) + {find} AS found FROM passages_{{n}} WHERE document = ANY(%(names)s)"
        return int(self._rows(count, names=list(documents))[0]["found"])

    def erase(self) -> None:
        """Rewrites the tables and their indexes; the server's log and backups are its administrator's."""
        with self._server.transaction() as cursor:
            cursor.execute(self._sql("DELETE FROM terms_{n} WHERE passages <= 0"))
        for table in ("passages", "documents", "terms"):
            self._rows(f"VACUUM (FULL, ANALYZE) {table}_{{n}}")

    def lexical(self, query: str, limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        words = divided(self._language, query.replace("\0", " "))
        rows = self._rows(_LEXICAL, scope, query=words, config=config_of(self._language), limit=limit)
        return {row["id"]: float(row["score"]) for row in rows}

    def dense(self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        rows = self._rows(_DENSE, scope, vector=_literal(vector), limit=limit)
        return {row["id"]: float(row["cosine"]) for row in rows}

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        rows = self._rows("SELECT * FROM passages_{n} WHERE id = ANY(%(ids)s)", ids=list(ids))
        return {row["id"]: passage_of(row) for row in rows}

    def passages_of(self, document: str) -> list[Passage]:
        rows = self._rows("SELECT * FROM passages_{n} WHERE document = %(document)s ORDER BY start", document=document)
        return list(map(passage_of, rows))

    def passage_counts(self, documents: Sequence[str]) -> dict[str, int]:
        count = "SELECT document, count(*) AS found FROM passages_{n} WHERE document = ANY(%(names)s) GROUP BY document"
        return {row["document"]: int(row["found"]) for row in self._rows(count, names=list(documents))}

    def document(self, id: str) -> Document | None:
        rows = self._rows("SELECT * FROM documents_{n} WHERE id = %(id)s", id=id)
        return document_of(rows[0]) if rows else None

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        rows = self._rows("SELECT id, hash FROM documents_{n} WHERE id = ANY(%(ids)s)", ids=list(ids)) if ids else []
        return {row["id"]: row["hash"] for row in rows}

    def listing(self) -> list[Listed]:
        rows = self._rows("SELECT id, title, file, size, groups FROM documents_{n}")
        return sorted(map(listed_of, rows), key=lambda one: one.id)

    def metadata(self) -> dict[str, dict[str, Any]]:
        rows = self._rows("SELECT id, metadata FROM documents_{n}")
        return {row["id"]: json.loads(row["metadata"]) for row in rows}

    def count(self, scope: Scope = EVERYTHING) -> int:
        if scope == EVERYTHING:
            return int(self._rows("SELECT passages FROM totals_{n}")[0]["passages"])
        return int(self._rows("SELECT count(*) AS found FROM passages_{n} WHERE true {allowed}", scope)[0]["found"])

    def index(self) -> None:
        """Word and group indexes are kept by the server; the vector index is built where the library is large."""
        if self.count() > INDEX_VECTORS_ABOVE and self._dim <= MAX_INDEXED_DIM:
            self._rows(
                "CREATE INDEX IF NOT EXISTS passages_{n}_vector ON passages_{n} USING hnsw (vector vector_cosine_ops)"
            )
        self._rows("ANALYZE passages_{n}")

    def _rows(self, sql: str, scope: Scope = EVERYTHING, **values: Any) -> list[dict[str, Any]]:
        allowed = ""
        if scope.groups is not None:
            allowed += " AND groups && %(readers)s::text[]"
            values["readers"] = [PUBLIC, *scope.groups]
        if scope.documents is not None:
            allowed += " AND document = ANY(%(within)s::text[])"
            values["within"] = list(scope.documents)
        return self._server.rows(self._sql(sql, allowed), values)

    def _sql(self, text: str, allowed: str = "") -> str:
        return text.format(n=self._n, allowed=allowed)


def _literal(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(map(str, vector.tolist())) + "]"

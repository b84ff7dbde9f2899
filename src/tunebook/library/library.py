"""The library of a project: documents in, hits out.

    library.add([(document, entry)])                 split, embedded and stored, each document in one commit
    library.search(["how heavy is the Wren"], k=3)   →  [[Hit(rank=1, …), …]]

Left out on purpose: where documents come from (`project` walks the folder) and what becomes of the hits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.library.filters import Condition, holds, need_keys
from tunebook.library.fusion import Scores
from tunebook.library.ranking import Candidates, Ranking, Reranker, rank
from tunebook.library.store import Entry, Scope, Store, composed, searched_text
from tunebook.library.view import ReaderView
from tunebook.values import Document, Hit, Passage, content_hash

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Split = Callable[[Document], list[Passage]]

LIST_TRIES = 4
BLOCK_QUERIES = 64  # searched together: their passages are read again in one batch


@dataclass(slots=True)
class SyncResult:
    """What a sync did; `failed` are {path, error}, `renamed` {from, to}, `names_old` the ids of cases and examples that
    name a path of before, `left_out` the settings and questions beside documents, `warnings` what the settings
    let go by, or that there was no file."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    renamed: list[dict[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    names_old: dict[str, list[str]] = field(default_factory=dict)
    passages: int = 0
    seconds: float = 0.0
    receipt: dict[str, Any] | None = None  # of what was deleted


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents ready to be stored in one commit; vectors are float32 (passages, dim)."""

    documents: Sequence[Document]
    entries: Sequence[Entry]
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Library:
    """A store with the embedder that its vectors come from."""

    store: Store
    embed: Embed
    split: Split
    reranker: Reranker | None = None
    ranking: Ranking = field(default_factory=Ranking)
    embed_queries: Embed | None = None  # None: as passages are
    before: Store | None = None  # another, whose vectors are the same embedder's: none of them is made again

    def add(self, documents: Sequence[tuple[Document, Entry]]) -> None:
        """Stores documents, new or changed; at every moment a reader sees each of them whole, old or new."""
        if documents:
            passages = [passage for document, _ in documents for passage in self.split(document)]
            self.write(self.embedded(documents, passages, [document.id for document, _ in documents]))

    def embedded(
        self, documents: Sequence[tuple[Document, Entry]], passages: Sequence[Passage], known: Sequence[str] = ()
    ) -> Batch:
        """Documents ready to be stored; a passage that one of the `known` has already keeps its vector."""
        texts = [searched_text(passage) for passage in passages]
        vectors = self.before.vectors_of([document.id for document, _ in documents]) if self.before else {}
        vectors |= self.store.vectors_of(known) if known else {}
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        if missing:
            vectors |= dict(zip(missing, self.embed(missing), strict=True))
        stacked = np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, 0), np.float32)
        return Batch([d for d, _ in documents], [entry for _, entry in documents], passages, stacked)

    def write(self, batch: Batch) -> None:
        self.store.replace(batch.documents, batch.passages, batch.vectors, batch.entries)

    def search(
        self, queries: Sequence[str], k: int, groups: Sequence[str] | None = None, where: Sequence[Condition] = ()
    ) -> list[list[Hit]]:
        """The k best passages of each query; `groups=None` sees everything, `where` is about documents' metadata.

        Raises BadInput for a condition on a key that no document has.

        A hit's stages hold `bm25`, `cosine`, `document`, `fused` and the reranker's, each where the passage was in that list.
        """
        scope = self._scope(groups, where)
        if scope.documents == ():
            return [[] for _ in queries]
        queries = list(map(composed, queries))
        hits: list[list[Hit]] = []
        for start in range(0, len(queries), BLOCK_QUERIES):
            block = queries[start : start + BLOCK_QUERIES]
            words = [self._words(query, k, scope) for query in block]  # looked for while the queries are embedded
            vectors = (self.embed_queries or self.embed)(block)
            found = [
                self._candidates(query, its, vector, k, scope)
                for query, its, vector in zip(block, words, vectors, strict=True)
            ]
            hits += [ranked[:k] for ranked in rank(block, found, self.reranker, self.ranking)]
        return hits

    def _scope(self, groups: Sequence[str] | None, where: Sequence[Condition]) -> Scope:
        """Conditions become a list of documents: metadata is free in form, and no store has to know of it.

        Raises BadInput for a key that no document has, of those that the reader may read.
        """
        documents = None
        if where:
            metadata = (self.store if groups is None else ReaderView(self.store, tuple(groups))).metadata()
            documents = tuple(id for id, known in metadata.items() if holds(where, known))
            if not documents:
                need_keys(where, metadata.values())
        return Scope(None if groups is None else tuple(groups), documents)

    def _words(self, query: str, k: int, scope: Scope) -> Future[Scores]:
        how = self.ranking
        limit = max(k, how.candidates) if how.dense_weight < 1 else 0
        return _beside().submit(lambda: self.store.lexical(query, limit, scope) if limit else {})

    def _candidates(
        self, query: str, words: Future[Scores], vector: NDArray[np.float32], k: int, scope: Scope
    ) -> Candidates:
        """Both lists and the best passages of both.  Asked again where a writer replaced or moved one in between."""
        how = self.ranking
        limit = max(k, how.candidates)
        for tries_left in reversed(range(LIST_TRIES)):
            dense = self.store.dense(vector, limit, scope) if how.dense_weight > 0 or not words.result() else {}
            lexical = words.result()
            added = how.fuse(lexical, dense)
            rows = list(added)[: how.fetched(k)]
            passages = self.store.passages(rows)
            if len(passages) == len(rows) or not tries_left:
                break
            words = self._words(query, k, scope)
        return Candidates.of(lexical, dense, added, passages)

    def versions(self, documents: Sequence[str]) -> dict[str, str]:
        """The hash of each document as it is now; "" where it is not there (any more)."""
        found = self.store.hashes(documents)
        return {document: found.get(document, "") for document in documents}

    @property
    def hash(self) -> str:
        """Changes whenever any document in the library does."""
        return content_hash(*sorted(f"{id}={entry.hash}" for id, entry in self.store.entries().items()))


@cache
def _beside() -> ThreadPoolExecutor:
    """Threads for the word lists: a store looks for words while the query is embedded and the vectors are searched."""
    return ThreadPoolExecutor(thread_name_prefix="tunebook-words")

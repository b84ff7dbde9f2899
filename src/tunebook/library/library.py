"""The library of a project: documents in, hits out.

    library.add([(document, entry)])                 split, embedded and stored, each document in one commit
    library.search(["how heavy is the Wren"], k=3)   →  [[Hit(rank=1, …), …]]

Left out on purpose: where documents come from (`project` walks the folder) and what becomes of the hits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunebook.library.fusion import fuse
from tunebook.library.store import Entry, Store, searched_text
from tunebook.values import Document, Hit, Passage, content_hash

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Split = Callable[[Document], list[Passage]]


@dataclass(slots=True)
class SyncResult:
    """What a sync did; `failed` are {path, error}."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Library:
    """A store with the embedder that its vectors come from."""

    store: Store
    embed: Embed
    split: Split
    candidates: int = 50
    dense_weight: float = 0.5

    def add(self, documents: Sequence[tuple[Document, Entry]]) -> None:
        """Stores documents, new or changed; at every moment a reader sees each of them whole, old or new."""
        if not documents:
            return
        passages = [passage for document, _ in documents for passage in self.split(document)]
        vectors = self.embed([searched_text(passage) for passage in passages])
        self.store.replace([d for d, _ in documents], passages, vectors, [entry for _, entry in documents])

    def search(self, queries: Sequence[str], k: int, groups: Sequence[str] | None = None) -> list[list[Hit]]:
        """The k best passages of each query, lexical and dense lists fused; `groups=None` sees everything.

        A hit's stages hold `bm25` and `cosine` where the passage was in that list.
        """
        if not queries:
            return []
        vectors = self.embed(list(queries))
        return [self._search(query, vector, k, groups) for query, vector in zip(queries, vectors, strict=True)]

    def _search(self, query: str, vector: NDArray[np.float32], k: int, groups: Sequence[str] | None) -> list[Hit]:
        limit = max(k, self.candidates)
        lexical = self.store.lexical(query, limit, groups) if self.dense_weight < 1 else {}
        dense = self.store.dense(vector, limit, groups) if self.dense_weight > 0 or not lexical else {}
        fused = list(fuse(lexical, dense, self.dense_weight).items())[:k]
        passages = self.store.passages(id for id, _ in fused)
        found = [(id, score) for id, score in fused if id in passages]
        return [
            Hit(rank, score, passages[id], _stages(lexical.get(id), dense.get(id)))
            for rank, (id, score) in enumerate(found, 1)
        ]

    @property
    def hash(self) -> str:
        """Changes whenever any document in the library does."""
        return content_hash(*sorted(f"{id}={entry.hash}" for id, entry in self.store.entries().items()))


def _stages(bm25: float | None, cosine: float | None) -> dict[str, float]:
    stages = {"bm25": bm25, "cosine": cosine}
    return {name: value for name, value in stages.items() if value is not None}

"""A store with other vectors for the same passages, in memory: how the library would be searched with another embedder.

    Library(reembedded(store, embedder.embed), embedder.embed, …).search(["how heavy is the Wren"], k=3)

Words are looked for in the store itself.  Left out on purpose: writing, conditions on documents, and an index; who
wants to keep another embedder's vectors builds a generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tunebook.library.store import EVERYTHING, Scope, Store, searched_text
from tunebook.values import Passage


def reembedded(store: Store, embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> Store:
    """All passages of the store are embedded now."""
    found = [passage for id in sorted(store.entries()) for passage in store.passages_of(id)]
    held = {passage.id: passage for passage in found}
    vectors = embed([searched_text(passage) for passage in held.values()])
    return cast(Store, _Reembedded(store, held, tuple(held), vectors))


@dataclass(frozen=True, slots=True)
class _Reembedded:
    """Its rows are the passages' ids; `ids` in the order of the vectors, float32 (passages, dim)."""

    store: Store
    held: dict[str, Passage]
    ids: tuple[str, ...]
    vectors: NDArray[np.float32]

    def lexical(self, query: str, limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        scores = self.store.lexical(query, limit, scope)
        passages = self.store.passages(scores)
        return {passages[row].id: score for row, score in scores.items() if row in passages}

    def dense(self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        cosines = self.vectors @ vector  # (passages,)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return {self.ids[place]: float(cosines[place]) for place in best}

    def passages(self, rows: Iterable[str]) -> dict[str, Passage]:
        return {row: self.held[row] for row in rows if row in self.held}

    def __getattr__(self, name: str) -> Any:
        """All else is the store's."""
        return getattr(self.store, name)

"""A cross-encoder as the library's reranker: what it reads of a passage is what is searched for and embedded of it.

Crossed(encoder.scores).scores(["who leased the barn"], [[passage, other]])   →  [array([0.98, 0.03])]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebook.library.store import searched_text
from tunebook.values import Passage

Score = Callable[[Sequence[str], Sequence[Sequence[str]]], list[NDArray[np.float32]]]  # queries, and the texts of each


@dataclass(frozen=True, slots=True)
class Crossed:
    """Scores passages against queries by reading each with its query."""

    score: Score
    stage: str = "reranker"

    def scores(self, queries: Sequence[str], candidates: Sequence[Sequence[Passage]]) -> list[NDArray[np.float32]]:
        """For each query the score of each of its candidates, float32 (candidates,)."""
        return self.score(queries, [list(map(searched_text, passages)) for passages in candidates])

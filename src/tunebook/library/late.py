"""Late interaction: a passage is read again word by word, each word of the query looking for its best match.

    Late(embedder.tokens).scores(["who leased the barn"], [[passage, other]])   →  [array([0.71, 0.44])]

    late(q, p) = 1/|q| · Σ_i max_j cos(q_i, p_j)        q_i, p_j: the tokens' own vectors in the encoder's last layer

The MaxSim operator of ColBERT (Khattab & Zaharia 2020, arXiv:2004.12832) over an encoder that was trained for mean
pooling only: measured, it finds exact words better than the pooled vector and paraphrases better than BM25.
Left out on purpose: token vectors on the disk, some 60 KB a passage.  They are computed for the few passages that are
read again, and the last ones are kept in memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tunebook.library.store import searched_text
from tunebook.values import Passage

TokenVectors = Callable[[Sequence[str]], list[NDArray[np.float32]]]  # text → unit vectors (tokens, dim)

KEPT_BYTES = 256 * 2**20
SCALE = 127  # a component of a unit vector as a byte: cosines change by some .003


class Late:
    """Scores passages against queries; safe to share between threads."""

    stage = "late"

    def __init__(self, tokens: TokenVectors, kept_bytes: int = KEPT_BYTES) -> None:
        self._tokens = tokens
        self._room_bytes = kept_bytes
        self._kept: OrderedDict[str, NDArray[np.int8]] = OrderedDict()  # passage id → (tokens, dim), oldest first
        self._lock = threading.Lock()

    def scores(self, queries: Sequence[str], candidates: Sequence[Sequence[Passage]]) -> list[NDArray[np.float32]]:
        """For each query the late interaction with each of its candidates, float32 (candidates,), in [-1, 1]."""
        wanted = {passage.id: searched_text(passage) for passages in candidates for passage in passages}
        if not wanted:
            return [np.zeros(0, np.float32) for _ in candidates]
        vectors = self._vectors(wanted)
        return [
            max_similarity(words, [vectors[passage.id] for passage in passages])
            for words, passages in zip(self._tokens(list(queries)), candidates, strict=True)
        ]

    def _vectors(self, texts: Mapping[str, str]) -> dict[str, NDArray[np.int8]]:
        with self._lock:
            found = {id: self._kept[id] for id in texts if id in self._kept}
        missing = [id for id in texts if id not in found]
        computed = self._tokens([texts[id] for id in missing]) if missing else []
        fresh = {id: np.rint(one * SCALE).astype(np.int8) for id, one in zip(missing, computed, strict=True)}
        with self._lock:
            self._keep(found | fresh)
        return found | fresh

    def _keep(self, used: Mapping[str, NDArray[np.int8]]) -> None:
        for id, vectors in used.items():
            if self._kept.pop(id, None) is None:
                self._room_bytes -= vectors.nbytes
            self._kept[id] = vectors
        while self._room_bytes < 0:
            _, oldest = self._kept.popitem(last=False)
            self._room_bytes += oldest.nbytes


def max_similarity(query: NDArray[np.float32], passages: Sequence[NDArray[np.int8]]) -> NDArray[np.float32]:
    """query: (words, dim); passages: (tokens, dim) each, at least one token.  float32 (passages,)."""
    if not passages:
        return np.zeros(0, np.float32)
    starts = np.cumsum([0, *(len(tokens) for tokens in passages[:-1])])
    tokens = np.concatenate(passages).astype(np.float32) / SCALE  # (all tokens, dim)
    best = np.maximum.reduceat(tokens @ query.T, starts, axis=0)  # (passages, words)
    found: NDArray[np.float32] = best.mean(axis=1)
    return found

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
        self._kept: OrderedDict[str, NDArray[np.int8]] = OrderedDict()  # of each text (tokens, dim), oldest first
        self._lock = threading.Lock()

    def scores(self, queries: Sequence[str], candidates: Sequence[Sequence[Passage]]) -> list[NDArray[np.float32]]:
        """For each query the late interaction with each of its candidates, float32 (candidates,), in [-1, 1]."""
        read = [list(map(searched_text, passages)) for passages in candidates]
        wanted = list(dict.fromkeys(text for texts in read for text in texts))
        if not wanted:
            return [np.zeros(0, np.float32) for _ in candidates]
        vectors = self._vectors(wanted)
        return [
            max_similarity(words, [vectors[text] for text in texts])
            for words, texts in zip(self._tokens(list(queries)), read, strict=True)
        ]

    def _vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in texts if text not in found]
        computed = self._tokens(missing) if missing else []
        fresh = {text: np.rint(one * SCALE).astype(np.int8) for text, one in zip(missing, computed, strict=True)}
        with self._lock:
            self._keep(found | fresh)
        return found | fresh

    def _keep(self, used: Mapping[str, NDArray[np.int8]]) -> None:
        for text, vectors in used.items():
            if self._kept.pop(text, None) is None:
                self._room_bytes -= vectors.nbytes
            self._kept[text] = vectors
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

"""An embedder behind any OpenAI-compatible endpoint: vLLM, TEI, Ollama, llama.cpp, a hosted one.

    [embedder]
    endpoint = "http://localhost:8080/v1"
    name = "bge-m3"

Speaks `POST /embeddings`, by way of calls.py.  Such a server gives no tokens: lengths are estimated, from letters alone, so
that passages are cut the same on every machine; and the second reading (late interaction) is left to an embedder in process,
the starter.
Left out on purpose: shortened vectors (`dimensions`), prices.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.models.base import Embedder
from tunebook.models.calls import Call, Calls, Told, batches
from tunebook.models.failures import Failure
from tunebook.settings import EmbedderSettings

LETTERS_A_TOKEN = 8
_WORDS = re.compile(r"[^\W_]+|[^\w\s]|_")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class EndpointEmbedder:
    """Safe to share between threads.  `reader` gives the embedder whose tokens' vectors stand for its own; once `left` says
    that nobody waits for the vectors any more, what is under way ends with Stopped."""

    def __init__(
        self, settings: EmbedderSettings, reader: Callable[[], Embedder], left: Callable[[], bool] = lambda: False
    ) -> None:
        self.name = settings.known_as
        self._settings = settings
        self._reader = reader
        hint = "is embedder.endpoint right?  it often ends in /v1; is embedder.name one that embeds?"
        self._calls = Calls(settings, Told("embedder", settings.name, "vectors", hint), left)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages, float32 (len(texts), dim).  Raises EndpointFailed."""
        return self._embed([(self._settings.passage_prompt or "") + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, float32 (len(texts), dim).  Raises EndpointFailed."""
        return self._embed([(self._settings.query_prompt or "") + text for text in texts])

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return self._reader().tokens(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Estimated; within a tenth of the starter's own count on most texts."""
        return [estimated_tokens(text) for text in texts]

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, 0), np.float32)
        calls = [Call(batch, self._asked) for batch in batches(texts, self._calls.most_texts)]
        found = [rows for pieces in self._calls.all(calls) for rows in pieces]
        if len({rows.shape[1] for rows in found}) > 1:
            raise self._calls.explained(Failure("its vectors are of several lengths", "see the server's log"))
        return np.concatenate(found)

    def _asked(self, texts: Sequence[str]) -> NDArray[np.float32]:
        answer = self._calls.client.embeddings.create(
            model=self._settings.name, input=[text or " " for text in texts], encoding_format="float"
        )
        return unit_vectors(answer.data, len(texts))


def estimated_tokens(text: str) -> int:
    """A token for each sign, and each eight letters of a word; scripts that are written without spaces have one a letter."""
    unspaced = len(_UNSPACED.findall(text))
    words = _WORDS.findall(_UNSPACED.sub(" ", text))
    return unspaced + sum(1 + (len(word) - 1) // LETTERS_A_TOKEN for word in words)


def unit_vectors(data: Sequence[Any], count: int) -> NDArray[np.float32]:
    """What a server sent for `count` texts, in their order, as unit vectors.  Raises ValueError for anything else."""
    numbers = [getattr(one, "index", None) for one in data]
    places = [place if number is None else number for place, number in enumerate(numbers)]
    if len(places) != count:
        raise ValueError(f"{len(places)} vectors for {count} texts")
    if sorted(places) != list(range(count)):
        raise ValueError(f"their index is not 0 to {count - 1}, each once")
    rows = np.asarray(
        [_numbers(data[at].embedding) for at in np.argsort(places)], dtype=np.float64
    )  # ragged rows raise
    if rows.ndim != 2:
        raise ValueError("an embedding that is no list of numbers")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("a vector without a direction (of zeros, or not of numbers)")
    unit: NDArray[np.float32] = (rows / lengths).astype(np.float32)
    return unit


def _numbers(embedding: Any) -> Any:
    """A list as it is; the base64 of fp32 values, which some servers send whatever they are asked for, as what it stands for."""
    if not isinstance(embedding, str):
        return embedding
    return np.frombuffer(b64decode(embedding, validate=True), "<f4")

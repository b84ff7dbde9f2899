"""An embedder behind any OpenAI-compatible endpoint: vLLM, TEI, Ollama, llama.cpp, a hosted one.

    [embedder]
    endpoint = "http://localhost:8080/v1"
    name = "bge-m3"

Speaks `POST /embeddings`.  At most `concurrency` requests are under way; what may pass is tried again, after the same pauses
as a chat model's endpoint.  Such a server gives no tokens: lengths are estimated, from letters alone, so that passages are
cut the same on every machine; and the second reading (late interaction) is left to an embedder in process, the starter.
Left out on purpose: shortened vectors (`dimensions`), prices.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import EndpointFailed
from tunebook.models.base import Embedder
from tunebook.models.endpoint import key_in, pause_seconds
from tunebook.models.exchange import Stopped
from tunebook.models.failures import Failure, told
from tunebook.settings import EmbedderSettings

BATCH_TEXTS, BATCH_CHARS = 32, 48_000  # of a request: what servers take as they come
CONNECT_SECONDS = 5.0
LETTERS_A_TOKEN = 8
_WORDS = re.compile(r"[^\W_]+|[^\w\s]|_")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class EndpointEmbedder:
    """Safe to share between threads.  `reader` gives the embedder whose tokens' vectors stand for its own."""

    def __init__(self, settings: EmbedderSettings, reader: Callable[[], Embedder]) -> None:
        from openai import OpenAI, Timeout

        self.name = settings.known_as
        self._settings = settings
        self._reader = reader
        self._free = threading.BoundedSemaphore(settings.concurrency)
        waits = Timeout(settings.timeout_seconds, connect=min(CONNECT_SECONDS, settings.timeout_seconds))
        key = key_in(settings.key_env)
        self._client: Any = OpenAI(base_url=settings.endpoint, api_key=key, timeout=waits, max_retries=0)

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
        stop = threading.Event()
        pool = ThreadPoolExecutor(self._settings.concurrency, "embedder")
        try:
            found = list(pool.map(lambda batch: self._batch(batch, stop), batches(texts)))
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
        if len({rows.shape[1] for rows in found}) > 1:
            raise self._explained(Failure("its vectors are of several lengths", "see the server's log"), 1)
        return np.concatenate(found)

    def _batch(self, texts: Sequence[str], stop: threading.Event) -> NDArray[np.float32]:
        """One request with its attempts."""
        with self._free:
            for attempt in range(self._settings.retries + 1):
                if stop.is_set():
                    raise Stopped
                try:
                    return self._asked(texts)
                except Failure as failure:
                    pause = pause_seconds(attempt, failure.retry_after_seconds)
                    last = attempt == self._settings.retries or pause > self._settings.timeout_seconds
                    if last or not failure.may_pass:
                        raise self._explained(failure, attempt + 1) from failure
                    if stop.wait(pause):
                        raise Stopped from None
        raise AssertionError("the last attempt returns or raises")

    def _asked(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Raises Failure."""
        import openai

        begin = time.monotonic()
        try:
            answer = self._client.embeddings.create(
                model=self._settings.name, input=[text or " " for text in texts], encoding_format="float"
            )
            return unit_vectors(answer.data, len(texts))
        except (ValueError, TypeError, AttributeError) as error:
            hint = "is embedder.endpoint right?  it often ends in /v1; is embedder.name one that embeds?"
            raise Failure(f"what it sends is no list of vectors: {str(error)[:200]}", hint) from error
        except openai.APITimeoutError as error:
            late = f"no vectors in {time.monotonic() - begin:.3g} seconds"
            hint = "raise embedder.timeout_seconds, or lower embedder.concurrency"
            raise Failure(late, hint, may_pass=True) from error
        except openai.OpenAIError as error:
            raise told(error, self._settings.name, "embedder") from error

    def _explained(self, failure: Failure, attempts: int) -> EndpointFailed:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        return EndpointFailed(f"{self._settings.endpoint}: {failure.message}{tries}", failure.hint)


def estimated_tokens(text: str) -> int:
    """A token for each sign, and each eight letters of a word; scripts that are written without spaces have one a letter."""
    unspaced = len(_UNSPACED.findall(text))
    words = _WORDS.findall(_UNSPACED.sub(" ", text))
    return unspaced + sum(1 + (len(word) - 1) // LETTERS_A_TOKEN for word in words)


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """In their order, each within what servers take; one text always fits."""
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == BATCH_TEXTS or sum(map(len, batch)) + len(text) > BATCH_CHARS):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def unit_vectors(data: Sequence[Any], count: int) -> NDArray[np.float32]:
    """What a server sent for `count` texts, in their order, as unit vectors.  Raises ValueError for anything else."""
    ordered = sorted(data, key=lambda one: one.index)
    if [one.index for one in ordered] != list(range(count)):
        raise ValueError(f"{len(ordered)} vectors for {count} texts")
    rows = np.asarray([one.embedding for one in ordered], dtype=np.float64)  # ragged rows raise
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("a vector without a direction (of zeros, or not of numbers)")
    unit: NDArray[np.float32] = (rows / lengths).astype(np.float32)
    return unit

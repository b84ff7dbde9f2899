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
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import EndpointFailed
from tunebook.models.base import Embedder
from tunebook.models.endpoint import key_in, pause_seconds
from tunebook.models.exchange import Stopped
from tunebook.models.failures import Failure, is_too_long, line_of, told
from tunebook.settings import EmbedderSettings

BATCH_TEXTS, BATCH_CHARS = 32, 48_000  # of a request: what servers take as they come
CONNECT_SECONDS = 5.0
LOOK_SECONDS = 0.1  # how often who waits for a server looks whether anybody still wants it
LETTERS_A_TOKEN = 8
_WORDS = re.compile(r"[^\W_]+|[^\w\s]|_")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class TooMuch(Failure):
    """Refused as it is: with fewer texts a request may be taken."""


class EndpointEmbedder:
    """Safe to share between threads.  `reader` gives the embedder whose tokens' vectors stand for its own; once `left` says
    that nobody waits for the vectors any more, what is under way ends with Stopped."""

    def __init__(
        self, settings: EmbedderSettings, reader: Callable[[], Embedder], left: Callable[[], bool] = lambda: False
    ) -> None:
        from openai import OpenAI, Timeout

        self.name = settings.known_as
        self._settings = settings
        self._reader = reader
        self._left = left
        self._most_texts = BATCH_TEXTS  # fewer where the server was found to take fewer
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
            waiting = [pool.submit(self._vectors, batch, stop) for batch in batches(texts, self._most_texts)]
            more = set(waiting)
            while more:
                if self._left():
                    raise Stopped
                done, more = wait(waiting, LOOK_SECONDS, FIRST_EXCEPTION)
                for one in done:
                    one.result()  # raises what went wrong
            found = [rows for one in waiting for rows in one.result()]
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
        if len({rows.shape[1] for rows in found}) > 1:
            raise self._explained(Failure("its vectors are of several lengths", "see the server's log"), 1)
        return np.concatenate(found)

    def _vectors(self, texts: Sequence[str], stop: threading.Event) -> list[NDArray[np.float32]]:
        """Of a batch; where the server takes fewer texts at once, or less text, of its halves."""
        try:
            return [self._batch(texts, stop)]
        except EndpointFailed as failed:
            if len(texts) == 1 or not isinstance(failed.__cause__, TooMuch):
                raise
        half = (len(texts) + 1) // 2
        found = self._vectors(texts[:half], stop) + self._vectors(texts[half:], stop)
        self._most_texts = min(self._most_texts, half)
        return found

    def _batch(self, texts: Sequence[str], stop: threading.Event) -> NDArray[np.float32]:
        """One request with its attempts."""
        with self._free:
            for attempt in range(self._settings.retries + 1):
                if stop.is_set():
                    raise Stopped
                try:
                    return self._answered(texts, stop)
                except Failure as failure:
                    pause = pause_seconds(attempt, failure.retry_after_seconds)
                    last = attempt == self._settings.retries or pause > self._settings.timeout_seconds
                    if last or not failure.may_pass:
                        raise self._explained(failure, attempt + 1) from failure
                    if stop.wait(pause):
                        raise Stopped from None
        raise AssertionError("the last attempt returns or raises")

    def _answered(self, texts: Sequence[str], stop: threading.Event) -> NDArray[np.float32]:
        """Asked in a thread that ends with its request, or with the program: it is not waited for once `stop` is set, nor past
        the time limit, which the client keeps between bytes alone."""
        answers: Queue[NDArray[np.float32] | Exception] = Queue()

        def ask() -> None:
            try:
                answers.put(self._asked(texts))
            except Exception as error:  # raised again where the answer is waited for
                answers.put(error)

        begin = time.monotonic()
        threading.Thread(target=ask, name="embedder request", daemon=True).start()
        while not stop.is_set():
            if time.monotonic() - begin > self._settings.timeout_seconds + LOOK_SECONDS:
                raise late(begin)
            with suppress(Empty):
                answer = answers.get(timeout=LOOK_SECONDS)
                if isinstance(answer, Exception):
                    raise answer
                return answer
        raise Stopped

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
            raise late(begin) from error
        except openai.OpenAIError as error:
            raise refused(error, self._settings.name) from error

    def _explained(self, failure: Failure, attempts: int) -> EndpointFailed:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        return EndpointFailed(f"{self._settings.endpoint}: {failure.message}{tries}", failure.hint)


def estimated_tokens(text: str) -> int:
    """A token for each sign, and each eight letters of a word; scripts that are written without spaces have one a letter."""
    unspaced = len(_UNSPACED.findall(text))
    words = _WORDS.findall(_UNSPACED.sub(" ", text))
    return unspaced + sum(1 + (len(word) - 1) // LETTERS_A_TOKEN for word in words)


def batches(texts: Sequence[str], most_texts: int = BATCH_TEXTS) -> Iterator[list[str]]:
    """In their order, each within what servers take; one text always fits."""
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == most_texts or sum(map(len, batch)) + len(text) > BATCH_CHARS):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def late(begin: float) -> Failure:
    told = f"no vectors in {time.monotonic() - begin:.3g} seconds"
    return Failure(told, "raise embedder.timeout_seconds, or lower embedder.concurrency", may_pass=True)


def refused(error: Exception, model: str) -> Failure:
    """An error of the client in words; TooMuch where the server minds the request, which fewer texts may mend."""
    failure, said, status = told(error, model, "embedder"), line_of(error), getattr(error, "status_code", 0)
    if status == 413 or (status in (400, 422, 500) and (is_too_long(said) or "too large" in said)):
        hint = "lower passages.max_tokens, or have the server cut what is too long"
        return TooMuch(f"a text is too long for {model}: {said}", hint)
    return TooMuch(failure.message, failure.hint) if status in (400, 422) else failure


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

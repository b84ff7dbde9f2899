"""Requests of texts to an endpoint that answers each as a whole: an embedder's, a reranker's.

    calls = Calls(settings, Told("embedder", "bge-m3", "vectors", hint))
    calls.all([Call(texts, ask), …])     →  of each call what `ask(texts)` made, in pieces where the texts were asked in parts

At most `concurrency` requests are under way; what may pass is tried again, after the same pauses as a chat model's endpoint.
What is refused as it is is asked in halves, and once those pass later requests are as small.  `ask` speaks through
`calls.client`; what it raises is put in words here.  Left out on purpose: streams, which exchange.py follows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any, Generic, Protocol, TypeVar

from tunebook.errors import EndpointFailed
from tunebook.models.endpoint import key_in, pause_seconds
from tunebook.models.exchange import Stopped
from tunebook.models.failures import Failure, is_too_long, line_of, told

BATCH_TEXTS, BATCH_CHARS = 32, 48_000  # of a request: what servers take as they come
CONNECT_SECONDS = 5.0
LOOK_SECONDS = 0.1  # how often who waits for a server looks whether anybody still wants it
OFTEN = "often ends in /v1"

Got = TypeVar("Got")


class Serving(Protocol):
    """The settings of what answers."""

    @property
    def endpoint(self) -> str | None: ...
    @property
    def key_env(self) -> str: ...
    @property
    def timeout_seconds(self) -> float: ...
    @property
    def retries(self) -> int: ...
    @property
    def concurrency(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a message: the section of the settings, the model's name, what it gives, and a hint where it gives none;
    `place`: what is to be said of the endpoint's address."""

    section: str
    model: str
    gives: str
    hint: str
    place: str = OFTEN


@dataclass(frozen=True, slots=True)
class Call(Generic[Got]):
    """One request: `ask` may be given a part of the texts.  It raises ValueError for an answer that is none."""

    texts: Sequence[str]
    ask: Callable[[Sequence[str]], Got]


class TooMuch(Failure):
    """Refused as it is: with fewer texts a request may be taken."""


class Calls:
    """Safe to share between threads.  Once `left` says that nobody waits any more, what is under way ends with Stopped."""

    def __init__(self, settings: Serving, words: Told, left: Callable[[], bool] = lambda: False) -> None:
        from openai import OpenAI, Timeout

        self.most_texts = BATCH_TEXTS  # fewer where the server was found to take fewer
        self._settings = settings
        self._words = words
        self._left = left
        self._free = threading.BoundedSemaphore(settings.concurrency)
        waits = Timeout(settings.timeout_seconds, connect=min(CONNECT_SECONDS, settings.timeout_seconds))
        key = key_in(settings.key_env)
        self.client: Any = OpenAI(base_url=settings.endpoint, api_key=key, timeout=waits, max_retries=0)

    def all(self, calls: Sequence[Call[Got]]) -> list[list[Got]]:
        """The pieces of each call, in order.  Raises EndpointFailed."""
        stop = threading.Event()
        pool = ThreadPoolExecutor(self._settings.concurrency, self._words.section)
        try:
            waiting = [pool.submit(self._pieces, call, stop) for call in calls]
            more = set(waiting)
            while more:
                if self._left():
                    raise Stopped
                done, more = wait(waiting, LOOK_SECONDS, FIRST_EXCEPTION)
                for one in done:
                    one.result()  # raises what went wrong
            return [one.result() for one in waiting]
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def explained(self, failure: Failure, attempts: int = 1) -> EndpointFailed:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        return EndpointFailed(f"{self._settings.endpoint}: {failure.message}{tries}", failure.hint)

    def _pieces(self, call: Call[Got], stop: threading.Event) -> list[Got]:
        """Of a call; where the server takes fewer texts at once, or less text, of its halves."""
        try:
            return [self._tried(call, stop)]
        except EndpointFailed as failed:
            if len(call.texts) == 1 or not isinstance(failed.__cause__, TooMuch):
                raise
        half = (len(call.texts) + 1) // 2
        halves = [Call(texts, call.ask) for texts in (call.texts[:half], call.texts[half:])]
        found = [piece for one in halves for piece in self._pieces(one, stop)]
        self.most_texts = min(self.most_texts, half)
        return found

    def _tried(self, call: Call[Got], stop: threading.Event) -> Got:
        """One request with its attempts."""
        with self._free:
            for attempt in range(self._settings.retries + 1):
                if stop.is_set():
                    raise Stopped
                try:
                    return self._answered(call, stop)
                except Failure as failure:
                    pause = pause_seconds(attempt, failure.retry_after_seconds)
                    last = attempt == self._settings.retries or pause > self._settings.timeout_seconds
                    if last or not failure.may_pass:
                        raise self.explained(failure, attempt + 1) from failure
                    if stop.wait(pause):
                        raise Stopped from None
        raise AssertionError("the last attempt returns or raises")

    def _answered(self, call: Call[Got], stop: threading.Event) -> Got:
        """Asked in a thread that ends with its request, or with the program: it is not waited for once `stop` is set, nor past
        the time limit, which the client keeps between bytes alone."""
        answers: Queue[tuple[Got | None, Exception | None]] = Queue()

        def ask() -> None:
            try:
                answers.put((self._asked(call), None))
            except Exception as error:  # raised again where the answer is waited for
                answers.put((None, error))

        begin = time.monotonic()
        threading.Thread(target=ask, name=f"{self._words.section} request", daemon=True).start()
        while not stop.is_set():
            if time.monotonic() - begin > self._settings.timeout_seconds + LOOK_SECONDS:
                raise self._late(begin)
            with suppress(Empty):
                answer, error = answers.get(timeout=LOOK_SECONDS)
                if error is not None:
                    raise error
                return answer  # type: ignore[return-value]  # there is one where there is no error
        raise Stopped

    def _asked(self, call: Call[Got]) -> Got:
        """Raises Failure."""
        import openai

        begin = time.monotonic()
        try:
            return call.ask(call.texts)
        except (ValueError, TypeError, AttributeError) as error:
            said = f"what it sends is no list of {self._words.gives}: {str(error)[:200]}"
            raise Failure(said, self._words.hint) from error
        except openai.APITimeoutError as error:
            raise self._late(begin) from error
        except openai.OpenAIError as error:
            raise refused(error, self._words) from error

    def _late(self, begin: float) -> Failure:
        section = self._words.section
        said = f"no {self._words.gives} in {time.monotonic() - begin:.3g} seconds"
        return Failure(said, f"raise {section}.timeout_seconds, or lower {section}.concurrency", may_pass=True)


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


def refused(error: Exception, words: Told) -> Failure:
    """An error of the client in words; TooMuch where the server minds the request, which fewer texts may mend."""
    failure = told(error, words.model, words.section)
    failure.hint = failure.hint.replace(OFTEN, words.place)
    said, status = line_of(error), getattr(error, "status_code", 0)
    if status == 413 or (status in (400, 422, 500) and (is_too_long(said) or "too large" in said)):
        hint = "lower passages.max_tokens, or have the server cut what is too long"
        return TooMuch(f"a text is too long for {words.model}: {said}", hint)
    return TooMuch(failure.message, failure.hint) if status in (400, 422) else failure

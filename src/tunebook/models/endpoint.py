"""A chat model behind any OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp, a hosted model.

    [model]
    endpoint = "http://localhost:8000/v1"
    name = "Qwen2.5-7B-Instruct"

At most `concurrency` requests are under way, whoever asks.  Each has four time limits: to connect, to the first word,
between words, and for all attempts together.  What may pass (408, 409, 429, 5xx, a line that broke, a stall) is tried
again:

    pause before attempt n + 1 = min(cap, base · 2ⁿ) · uniform(½, 1), or what the server's Retry-After asks

but not once words were passed on to a listener.  Leaving the iterator (or an interrupt) ends what is under way.  An adapter
here is a folder that names a model which the endpoint tuned (tuning/hosted.py).
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.errors import BadModel, BadSettings, EndpointFailed
from tunebook.models.base import Generation, Request
from tunebook.models.dialect import Dialect
from tunebook.models.exchange import Exchange, Limits, Stopped
from tunebook.models.failures import Failure, Withheld
from tunebook.settings import ModelSettings

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 20.0
HOSTED = "hosted.json"  # in an adapter's folder: what the endpoint calls the model that it tuned


def served_name(folder: Path) -> str:
    """What the endpoint calls the model that was tuned for this folder.  Raises BadModel where it has made none."""
    try:
        return str(json.loads((folder / HOSTED).read_text(encoding="utf-8"))["model"])
    except (OSError, ValueError, KeyError):
        raise BadModel(
            f"{folder.name}: an endpoint cannot load this adapter, which was not tuned there",
            "leave out model.endpoint",
        ) from None


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that a server said that it read and wrote, over all attempts that ended well."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class EndpointChatModel:
    """Speaks `POST /chat/completions`, streaming; safe to share between threads."""

    def __init__(
        self,
        name: str,
        endpoint: str,
        key_env: str = "OPENAI_API_KEY",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        concurrency: int = 4,
        retries: int = 4,
    ) -> None:
        from openai import OpenAI, Timeout

        self.name = name
        self.spent = Spent()
        self._endpoint = endpoint
        self._limits = limits
        self._dialect = Dialect()
        self._retries = retries
        self._concurrency = concurrency
        self._free = threading.BoundedSemaphore(concurrency)
        self._counting = threading.Lock()
        # a second more than the longer limit: Exchange's own clock is to be the first, as it says which limit it was
        waits = Timeout(max(limits.first_seconds, limits.stall_seconds) + 1, connect=limits.connect_seconds)
        self.client: Any = OpenAI(base_url=endpoint, api_key=key_in(key_env), timeout=waits, max_retries=0)

    @classmethod
    def load(cls, settings: ModelSettings) -> EndpointChatModel:
        """The model that answers at `settings.endpoint`."""
        limits = Limits(
            settings.connect_seconds, settings.first_seconds, settings.stall_seconds, settings.timeout_seconds
        )
        at = settings.endpoint or ""
        return cls(settings.name, at, settings.key_env, limits, settings.concurrency, settings.retries)

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        """Yields answers as they finish.  Raises EndpointFailed with what went wrong and what to do about it."""
        name = self.name if adapter is None else served_name(adapter)
        stop = threading.Event()
        with ThreadPoolExecutor(self._concurrency, "endpoint") as pool:
            waiting = {pool.submit(self._one, name, request, stop): index for index, request in enumerate(requests)}
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            finally:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, name: str, request: Request, stop: threading.Event) -> Generation:
        """One request with its attempts; the limit for all of them starts when it is its turn."""
        while not self._free.acquire(timeout=0.1):
            if stop.is_set():
                raise Stopped
        try:
            deadline = time.monotonic() + self._limits.total_seconds
            for attempt in range(self._retries + 1):
                exchange = Exchange(self.client, name, request, self._limits, self._dialect)
                try:
                    generation = exchange.run(deadline, stop)
                except Withheld as failure:
                    return Generation("", None, None, finished=False, withheld=failure.message)
                except Failure as failure:
                    pause = pause_seconds(attempt, failure.retry_after_seconds)
                    last = attempt == self._retries or time.monotonic() + pause >= deadline
                    if last or not failure.may_pass or exchange.shown_any:
                        raise self._explained(failure, attempt + 1) from failure
                    if stop.wait(pause):
                        raise Stopped from None
                else:
                    self._count(generation)
                    return generation
            raise AssertionError("the last attempt returns or raises")
        finally:
            self._free.release()

    def _count(self, generation: Generation) -> None:
        with self._counting:
            before = self.spent
            self.spent = Spent(
                before.requests + 1,
                before.prompt_tokens + (generation.prompt_tokens or 0),
                before.completion_tokens + (generation.completion_tokens or 0),
            )

    def _explained(self, failure: Failure, attempts: int) -> EndpointFailed:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        return EndpointFailed(f"{self._endpoint}: {failure.message}{tries}", failure.hint)


def key_in(variable: str) -> str:
    """The key in a variable, without the line end that a file leaves on it.

    Raises BadSettings where it cannot stand in a header: the client's own error would quote it.
    """
    key = os.environ.get(variable, "").strip()
    if not all("!" <= char <= "~" for char in key):
        raise BadSettings(
            f"the key in {variable} holds a blank, or a character that no key has", "set it to the key alone"
        )
    return key or "none"


def pause_seconds(attempt: int, asked_seconds: float | None) -> float:
    """Seconds before the next attempt: what the server asks, else growing, and never the same for all who wait."""
    if asked_seconds is not None:
        return asked_seconds
    return min(LONGEST_PAUSE_SECONDS, PAUSE_SECONDS * 2.0**attempt) * random.uniform(0.5, 1)

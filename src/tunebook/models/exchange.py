"""One attempt at a streamed answer, within its time limits, and what went wrong in words.

    Exchange(client, "Qwen2.5-7B-Instruct", request, Limits()).run(deadline, stop)   →  Generation, or raises Failure

A thread of its own reads the stream and hands its words over a queue, so that a server which sends one byte a second, or
nothing, or comments for ever, ends at the limit all the same: what counts is words, not bytes.
Left out on purpose: tool calls and several choices.
"""

from __future__ import annotations

import contextlib
import queue
import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from tunebook.models.base import Generation, Request, Sampling, TextStream

CHARS_A_TOKEN = 24  # more text than this for each token that was asked for is a server that does not stop
_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|maximum.{0,30}tokens|too (long|many tokens)|prompt is longer", re.I
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect; to the first word; between two words; for a request with all its attempts."""

    connect_seconds: float = 5.0
    first_seconds: float = 60.0
    stall_seconds: float = 30.0
    total_seconds: float = 120.0


class Stopped(Exception):
    """Whoever asked has gone."""


class Failure(Exception):
    """An attempt that failed; `may_pass` where another one could do better."""

    def __init__(
        self, message: str, hint: str, may_pass: bool = False, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.may_pass = may_pass
        self.retry_after_seconds = retry_after_seconds


class Exchange:
    """Used once."""

    def __init__(self, client: Any, model: str, request: Request, limits: Limits) -> None:
        self._client = client
        self._model = model
        self._request = request
        self._limits = limits
        self._arrived: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._stream: Any = None
        self._given_up = threading.Event()
        self.shown_any = False  # words were passed on to a listener

    def run(self, deadline: float, stop: threading.Event) -> Generation:
        """Raises Failure, or Stopped where `stop` was set.  `deadline` is in time.monotonic()'s seconds."""
        threading.Thread(target=self._read, name="endpoint stream", daemon=True).start()
        try:
            return self._collect(deadline, stop)
        finally:
            self._given_up.set()
            self._hang_up()

    def _collect(self, deadline: float, stop: threading.Event) -> Generation:
        heard = _Heard(TextStream("".join, self._request.on_text) if self._request.on_text else None)
        while True:
            limit = self._limits.first_seconds if heard.first is None else self._limits.stall_seconds
            kind, found = self._next(min(heard.last + limit, deadline), stop)
            if kind == "late":
                raise self._late(heard.first is not None, time.monotonic() >= deadline)
            if kind == "failed":
                raise told(found, self._model)
            if kind == "end":
                return heard.generation()
            if kind == "usage":
                heard.prompt_tokens, heard.completion_tokens = found
            elif kind == "reason":
                heard.reason = found
            else:
                self.shown_any = heard.shown is not None
                if not heard.text(found):
                    return heard.generation()
                self._guard(heard.pieces)

    def _next(self, until: float, stop: threading.Event) -> tuple[str, Any]:
        """What arrives next, or ("late", None)."""
        while True:
            if stop.is_set():
                raise Stopped
            left = until - time.monotonic()
            if left <= 0:
                return "late", None
            with contextlib.suppress(queue.Empty):
                return self._arrived.get(timeout=min(left, 0.1))

    def _late(self, begun: bool, in_total: bool) -> Failure:
        limits = self._limits
        if in_total:
            hint = "raise model.timeout_seconds, lower answer.max_new_tokens, or ask a faster model"
            return Failure(f"no complete answer in {limits.total_seconds:g} seconds", hint)
        if begun:
            hint = "is the server well?  raise model.stall_seconds if it is slow"
            return Failure(f"the stream stalled for {limits.stall_seconds:g} seconds", hint, may_pass=True)
        hint = "raise model.first_seconds, or ask a faster model"
        return Failure(f"no answer began in {limits.first_seconds:g} seconds", hint, may_pass=True)

    def _guard(self, pieces: list[str]) -> None:
        written = sum(map(len, pieces))
        if written > CHARS_A_TOKEN * self._request.max_new_tokens + 1000:
            hint = "its max_tokens has no effect; is it an OpenAI-compatible server?"
            raise Failure(f"it wrote {written} characters where {self._request.max_new_tokens} tokens were asked", hint)

    def _read(self) -> None:
        """In its own thread: the stream into the queue."""
        try:
            self._stream = self._client.chat.completions.create(
                model=self._model,
                messages=[dict(message) for message in self._request.messages],
                max_tokens=self._request.max_new_tokens,
                **_decoding(self._request.sampling),
                stream=True,
                stream_options={"include_usage": True},
            )
            heard = False
            for chunk in self._stream:
                if self._given_up.is_set():
                    return
                heard = True
                self._put(chunk)
            self._arrived.put(("end", None) if heard else ("failed", _NothingHeard("not one event came")))
        except Exception as error:  # whatever it is, the thread that waits says so
            self._arrived.put(("failed", error))

    def _put(self, chunk: Any) -> None:
        if chunk.usage:
            self._arrived.put(("usage", (_count(chunk.usage.prompt_tokens), _count(chunk.usage.completion_tokens))))
        for choice in chunk.choices or ():
            if choice.delta and choice.delta.content:
                self._arrived.put(("text", choice.delta.content))
            if choice.finish_reason:
                self._arrived.put(("reason", choice.finish_reason))

    def _hang_up(self) -> None:
        """Wakes the reading thread: closing a socket alone leaves a read waiting."""
        with contextlib.suppress(Exception):
            line = self._stream.response.extensions["network_stream"].get_extra_info("socket")
            line.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(Exception):
            self._stream.close()


class _Heard:
    """What has come of an answer so far."""

    def __init__(self, shown: TextStream | None) -> None:
        self.begin = self.last = time.monotonic()
        self.first: float | None = None  # seconds to the first word
        self.pieces: list[str] = []
        self.prompt_tokens = self.completion_tokens = 0
        self.reason: str | None = None
        self.shown = shown

    def text(self, piece: str) -> bool:
        """False where the listener has had enough."""
        self.last = time.monotonic()
        self.first = self.last - self.begin if self.first is None else self.first
        self.pieces.append(piece)
        if self.shown is None or self.shown.put(self.pieces):
            return True
        self.reason = "stop"
        return False

    def generation(self) -> Generation:
        if self.reason is None:
            raise Failure("the stream ended before the answer was complete", "is the server well?", may_pass=True)
        if self.shown:
            self.shown.put(self.pieces, last=True)
        count = self.completion_tokens or len(self.pieces)
        seconds = time.monotonic() - self.begin
        text = "".join(self.pieces).strip()
        return Generation(text, self.prompt_tokens, count, self.reason != "length", self.first, seconds)


def _decoding(how: Sampling | None) -> dict[str, Any]:
    return {"temperature": how.temperature, "top_p": how.top_p, "seed": how.seed} if how else {"temperature": 0}


class _NothingHeard(Exception):
    """A 200 without a single event."""


def _count(number: Any) -> int:
    return number if isinstance(number, int) and 0 <= number < 10**9 else 0


def told(error: Exception, model: str) -> Failure:
    """An error of the client, of the transport, or of the text that came, in words."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return Failure("no answer in time", "raise model.first_seconds, or ask a faster model", may_pass=True)
    if isinstance(error, openai.APIStatusError):
        return _refused(error, model)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ == "ConnectError":
            return Failure("no server answers there", "is it running, and is model.endpoint right?")
        return Failure(
            f"the connection broke: {line_of(error.__cause__ or error)}", "is the server well?", may_pass=True
        )
    if isinstance(error, openai.APIError):
        return Failure(f"it failed while it wrote: {line_of(error)}", "see the server's log", may_pass=True)
    if isinstance(error, (_NothingHeard, ValueError, AttributeError, TypeError)):
        return Failure(
            f"what it sends is no chat completion: {line_of(error)}", "is model.endpoint right?  it often ends in /v1"
        )
    return Failure(f"the stream broke: {line_of(error)}", "is the server well?", may_pass=True)


def _refused(error: Any, model: str) -> Failure:
    said, status = line_of(error), error.status_code
    if status in (401, 403):
        return Failure("the key was refused", "set the variable that model.key_env names")
    if status == 404:
        return Failure(f"it has no model {model!r}", "model.name must be one that the server lists")
    if status == 429 and "insufficient_quota" in said:
        return Failure("the account has nothing left to spend", "see the provider's billing page")
    if status == 429:
        return Failure("too many requests", "lower model.concurrency", True, _retry_after(error))
    if status in (400, 413, 422) and _TOO_LONG.search(said):
        hint = "lower search.k, passages.max_tokens or answer.max_new_tokens, or set model.window"
        return Failure(f"the prompt is too long for {model}: {said}", hint)
    if status in (408, 409) or status >= 500:
        return Failure(f"the server failed with {status}: {said}", "see the server's log", True, _retry_after(error))
    return Failure(f"the request was refused with {status}: {said}", "see the server's log")


def _retry_after(error: Any) -> float | None:
    """Seconds; dates are left to our own pauses."""
    asked = error.response.headers.get("retry-after", "")
    return float(asked) if re.fullmatch(r"\d{1,6}(\.\d+)?", asked) else None


def line_of(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]

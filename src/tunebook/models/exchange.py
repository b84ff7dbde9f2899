"""One attempt at a streamed answer, within its time limits, and what went wrong in words.

    Exchange(client, "Qwen2.5-7B-Instruct", request, Limits(), Dialect()).run(deadline, stop)   →  Generation, or raises Failure

A thread of its own reads the stream and hands its words over a queue, so that a server which sends one byte a second, or
nothing, or comments for ever, ends at the limit all the same: what counts is words, not bytes.  A model that reasons lives,
too: its reasoning (`reasoning_content`, `reasoning`, a leading <think> block) is no part of the answer, but it counts as words.
Left out on purpose: tool calls and several choices.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tunebook.models.base import Generation, Request, TextStream
from tunebook.models.dialect import Dialect
from tunebook.models.failures import Failure, NothingHeard, told, wordless
from tunebook.models.thoughts import THOUGHT, answer_in, is_unopened

LAST_SECONDS = 2.0  # for the count of tokens, once the answer is complete
CHARS_A_TOKEN = 24  # more text than this for each token that was asked for is a server that does not stop
SPENT = ("length", "max_tokens")  # reasons of an answer that the token limit cut; it may be reasoning alone
CUT = (*SPENT, "content_filter")  # of any that did not end by itself


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect; to the first word; between two words; for a request with all its attempts."""

    connect_seconds: float = 5.0
    first_seconds: float = 60.0
    stall_seconds: float = 30.0
    total_seconds: float = 120.0


class Stopped(Exception):
    """Whoever asked has gone."""


class Exchange:
    """Used once."""

    def __init__(self, client: Any, model: str, request: Request, limits: Limits, dialect: Dialect) -> None:
        self._client = client
        self._model = model
        self._request = request
        self._limits = limits
        self._dialect = dialect
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
        read = partial(spoken, held=self._dialect.reasons)
        heard = _Heard(TextStream(read, self._request.on_text) if self._request.on_text else None)
        while True:
            limit = self._limits.first_seconds if not heard.begun else self._limits.stall_seconds
            limit = min(limit, LAST_SECONDS) if heard.reason else limit
            kind, found = self._next(min(heard.last + limit, deadline), stop)
            if kind == "end" or (heard.reason and kind in ("late", "failed")):
                self._dialect.reasons = self._dialect.reasons or is_unopened("".join(heard.pieces))
                return heard.generation()
            if kind == "late":
                raise self._late(heard.begun, time.monotonic() >= deadline)
            if kind == "failed":
                raise told(found, self._model)
            if kind == "usage":
                heard.prompt_tokens, heard.completion_tokens = found
            elif kind == "reason":
                heard.reason = found
                heard.lives()
            elif kind == "thought":
                heard.lives()
            else:
                self.shown_any = heard.shown is not None and bool(read([*heard.pieces, found]))
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
            self._stream = self._opened()
            heard = False
            for chunk in _whole(self._stream.response) or self._stream:
                if self._given_up.is_set():
                    return
                heard = True
                self._put(chunk)
            self._arrived.put(("end", None) if heard else ("failed", NothingHeard("not one event came")))
        except Exception as error:  # whatever it is, the thread that waits says so
            self._arrived.put(("failed", error))

    def _opened(self) -> Any:
        """The stream; asked for once more without each argument that the server will not take."""
        import openai

        while True:
            sent = self._dialect.arguments(self._request)
            try:
                return self._client.chat.completions.create(model=self._model, **sent)
            except openai.APIStatusError as error:
                if self._given_up.is_set() or not self._dialect.learns(error, sent):
                    raise

    def _put(self, chunk: Any) -> None:
        if chunk.usage:
            self._arrived.put(("usage", (_count(chunk.usage.prompt_tokens), _count(chunk.usage.completion_tokens))))
        for choice in chunk.choices or ():
            if choice.delta and (words := _words(choice.delta.content)):
                self._arrived.put(("text", words))
            elif choice.delta and _thinks(choice.delta):
                self._arrived.put(("thought", None))
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
        self.begun = False  # it writes, or reasons
        self.first: float | None = None  # seconds to the first word
        self.pieces: list[str] = []
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self.reason: str | None = None
        self.shown = shown

    def lives(self) -> None:
        self.last = time.monotonic()
        self.begun = True

    def text(self, piece: str) -> bool:
        """False where the listener has had enough."""
        self.lives()
        self.pieces.append(piece)
        if self.first is None and spoken(self.pieces):
            self.first = self.last - self.begin
        if self.shown is None or self.shown.put(self.pieces):
            return True
        self.reason = "stop"
        return False

    def generation(self) -> Generation:
        if self.reason is None:
            raise Failure("the stream ended before the answer was complete", "is the server well?", may_pass=True)
        text = spoken(self.pieces, last=True).strip()
        if not text and self.reason not in ("stop", *SPENT):
            raise wordless(self.reason)
        if self.shown:
            self.shown.put(self.pieces, last=True)
        seconds = time.monotonic() - self.begin
        return Generation(text, self.prompt_tokens, self.completion_tokens, self.reason not in CUT, self.first, seconds)


def _whole(response: Any) -> list[Any] | None:
    """What came at once although a stream was asked for, as one chunk; None of a stream, whose length nobody knows."""
    import openai
    from openai.types.chat import ChatCompletionChunk

    kind = response.headers.get("content-type", "")
    if not kind.startswith("application/json") or "content-length" not in response.headers:
        return None
    body = json.loads(response.read())
    if not isinstance(body, dict) or not {"choices", "error"} & body.keys():
        raise NothingHeard(f"not one event came, but {body!r}"[:200])
    if error := body.get("error"):
        told = error.get("message") if isinstance(error, dict) else None
        raise openai.APIError(told or "it sent an error", response.request, body=error)
    choices = [choice | {"delta": choice["message"]} for choice in body["choices"]]
    return [ChatCompletionChunk.construct(**body | {"choices": choices})]


def _count(number: Any) -> int | None:
    return number if isinstance(number, int) and 0 <= number < 10**9 else None


def spoken(pieces: Sequence[str], last: bool = False, held: bool = False) -> str:
    """The answer in what was written: without reasoning, and with halves of characters put together.

    `held`: it is taken to begin with reasoning, so that there is none before that ends.
    """
    text = "".join(pieces)
    if held and not last and THOUGHT not in text:
        return ""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return answer_in(text, last)


def _thinks(delta: Any) -> bool:
    """Whether a delta holds reasoning, under either of its two names, or in parts."""
    return bool(getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or delta.content)


def _words(content: Any) -> str:
    """The text of a delta: itself, or the parts of a list of them.  Raises ValueError."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    if not isinstance(content, str | None):
        raise ValueError(f"its content is no text: {content!r}")
    return content or ""

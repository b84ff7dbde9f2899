"""One request on its way through an engine: what was asked, what was written so far, and when it is done.

jobs = Job.all(tokens, requests)        job.take([504], [-0.34])        if job.done: job.generation(alone=True)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tunebook.models.base import Generation, Request, TextStream
from tunebook.models.tokenizer import ChatTokenizer


@dataclass(slots=True)
class Job:
    """`written` are the tokens of the answer, the one that ended it left out; `logprobs` (nats) hold that one's too."""

    index: int
    prompt: list[int]
    request: Request
    tokens: ChatTokenizer
    stream: TextStream | None
    written: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finished: bool = False  # the model ended the answer by itself
    heard: bool = True  # False once the listener wants no more
    begin: float = field(default_factory=time.perf_counter)
    first_seconds: float | None = None
    seconds: float = 0.0
    handle: Any = None  # an engine's own

    @classmethod
    def all(cls, tokens: ChatTokenizer, requests: Sequence[Request]) -> list[Job]:
        """Raises BadInput for a prompt that does not fit."""
        prompts = tokens.encode_all(requests)
        return [
            cls(
                index,
                prompt,
                request,
                tokens,
                TextStream(partial(tokens.decode, last=False), listener) if listener else None,
            )
            for index, (prompt, request) in enumerate(zip(prompts, requests, strict=True))
            for listener in [request.on_text]
        ]

    @property
    def done(self) -> bool:
        return self.finished or not self.heard or len(self.written) >= self.request.max_new_tokens

    def take(self, ids: Sequence[int], logprobs: Sequence[float]) -> None:
        """The next tokens of the answer."""
        self.seconds = time.perf_counter() - self.begin
        self.first_seconds = self.first_seconds or self.seconds
        self.logprobs += logprobs
        for token in ids:
            self.finished = self.finished or token in self.tokens.stop
            if not self.finished:
                self.written.append(token)
        if self.stream:
            self.heard = self.stream.put(self.written, last=self.done)

    def restart(self, request: Request) -> None:
        """Nothing is written yet."""
        self.request = request
        self.written.clear()
        self.logprobs.clear()
        self.finished = False

    def generation(self, alone: bool) -> Generation:
        """The answer; its timings too where it ran `alone`."""
        return Generation(
            self.tokens.decode(self.written),
            len(self.prompt),
            len(self.written),
            self.finished,
            self.first_seconds if alone else None,
            self.seconds if alone else None,
            sum(self.logprobs) / len(self.logprobs) if self.logprobs else None,
        )

"""What a chat model, an embedder and a reranker must do, whatever runs them.

    model.generate([Request(messages=({"role": "user", "content": "How heavy is it?"},))])  →  [Generation("12 kg.", …)]

A batch is one call, so that an engine may order and pack it as it likes; results come back in the order asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tunebook.values import Message

OnText = Callable[[str], bool | None]  # given each new piece of an answer as it is written; False stops the work


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn: from softmax(logits / temperature), among the likeliest that together hold `top_p` of it.

    `temperature` > 0, 0 < `top_p` ≤ 1.  The same seed draws the same answer from the same engine on the same machine.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt: chat messages, and the longest answer in tokens.  `sampling` None takes the likeliest token each time.

    With a `schema` an engine that can takes no token that would keep the answer from being JSON that fits it; whoever
    asked checks the answer all the same: the token limit may cut it, and other engines do nothing about it.
    `on_text` streams: it is given the answer piece by piece, and the pieces together are the answer's text.
    """

    messages: tuple[Message, ...]
    max_new_tokens: int = 96
    on_text: OnText | None = field(default=None, compare=False)
    sampling: Sampling | None = None
    schema: Mapping[str, Any] | None = None


def without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with the system's text at the head of the first question, for models that take none by itself."""
    head, *rest = messages
    if head["role"] != "system":
        return tuple(messages)
    if rest and rest[0]["role"] == "user":
        return ({"role": "user", "content": f"{head['content']}\n\n{rest[0]['content']}"}, *rest[1:])
    return ({"role": "user", "content": head["content"]}, *rest)


class TextStream:
    """Turns the growing list of an answer's tokens into pieces of text.

    Half a character (a token may be one byte of three) and white space at the end are held back until more follows, so
    that the pieces together equal the whole answer, stripped.
    """

    def __init__(self, decode: Callable[[Sequence[Any]], str], on_text: OnText) -> None:
        self._decode = decode
        self._on_text = on_text
        self._shown = ""

    def put(self, tokens: Sequence[Any], last: bool = False) -> bool:
        """Shows what is new in the answer's tokens so far; False where the listener wants no more."""
        text = self._decode(tokens).strip()
        if not last:
            text = text.rstrip("\ufffd").rstrip()
        if len(text) <= len(self._shown) or not text.startswith(self._shown):
            return True
        piece, self._shown = text[len(self._shown) :], text
        return self._on_text(piece) is not False


@dataclass(frozen=True, slots=True)
class Generation:
    """A model's answer.  `finished` is False where the token limit, or a server's filter, cut it.

    Tokens are None where a server does not count them.
    `withheld`: what a server's filter said that let nothing through; the text is empty then.
    `first_token_seconds` and `seconds` are None where prompts ran together and one's own time cannot be told;
    `mean_logprob` (nats a token, the stop token included) is None where the engine does not tell.
    """

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    finished: bool = True
    first_token_seconds: float | None = None
    seconds: float | None = None
    mean_logprob: float | None = None
    withheld: str | None = None


class ChatModel(Protocol):
    """A chat model, with adapters by folder; `adapter=None` is the model as it came."""

    @property
    def name(self) -> str: ...

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        """Yields (index of the request, its answer) as they finish, every index once.

        Raises BadModel for an adapter that cannot be loaded, EndpointFailed where a server does not answer.
        """
        ...


class Embedder(Protocol):
    """Texts to vectors."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages, float32 (len(texts), dim).  Raises EndpointFailed where a server does not answer."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same of questions: some encoders are told which of the two a text is."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """For each text the unit vectors of its tokens, float32 (tokens, dim), special ones left out; at least one."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the embedder's own tokens, special tokens left out."""
        ...


class Reranker(Protocol):
    """A cross-encoder: reads a query and a text together."""

    @property
    def name(self) -> str: ...

    def scores(self, queries: Sequence[str], texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """For each query a score of each of its texts, float32 (its texts,); higher is better.

        Raises EndpointFailed where a server does not answer.
        """
        ...

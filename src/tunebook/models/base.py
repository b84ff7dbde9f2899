"""What a chat model and an embedder must do, whatever runs them.

    model.generate([Request(messages=({"role": "user", "content": "How heavy is it?"},))])  →  [Generation("12 kg.", …)]

A batch is one call, so that an engine may order and pack it as it likes; results come back in the order asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tunebook.values import Message


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt: chat messages, and the longest answer in tokens.  Decoding is greedy."""

    messages: tuple[Message, ...]
    max_new_tokens: int = 96


@dataclass(frozen=True, slots=True)
class Generation:
    """A model's answer.  `finished` is False where the token limit cut it.

    `first_token_seconds` and `seconds` are None where prompts ran together and one's own time cannot be told;
    `mean_logprob` (nats a token, the stop token included) is None where the engine does not tell.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finished: bool = True
    first_token_seconds: float | None = None
    seconds: float | None = None
    mean_logprob: float | None = None


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
        """Unit vectors, float32 (len(texts), dim)."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the embedder's own tokens, special tokens left out."""
        ...

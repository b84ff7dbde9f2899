"""Small deterministic models for unit tests, and for users' own tests: no download, no torch.

FakeChatModel(lambda request: "12 kg.").generate([request])      FakeEmbedder().embed(["a b", "b a"])
FakeReranker().scores(["a b"], [["b c"]])
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebook.models.base import Generation, Request


class FakeChatModel:
    """Answers with what `reply` returns for the request; by default the last word of the prompt."""

    name = "fake"

    def __init__(self, reply: Callable[[Request], str] | None = None) -> None:
        self.reply = reply or (lambda request: request.messages[-1]["content"].split()[-1])
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        for index, request in enumerate(requests):
            self.asked.append(request)
            text = self.reply(request)
            if request.on_text:
                for piece in re.findall(r"\S+\s*", text):
                    request.on_text(piece)
            words = sum(len(message["content"].split()) for message in request.messages)
            yield index, Generation(text, words, len(text.split()), True, 0.0, 0.0)


class FakeEmbedder:
    """Hashes words into `dim` buckets: texts that share words are near each other."""

    name = "fake"

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dim] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed(texts)

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [self.embed(re.findall(r"\w+", text) or [""]) for text in texts]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class FakeReranker:
    """Scores a text by the share of the query's words that it holds."""

    name = "fake"

    def scores(self, queries: Sequence[str], texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        asked = [set(re.findall(r"\w+", query.lower())) for query in queries]
        return [
            np.array(
                [len(words & set(re.findall(r"\w+", text.lower()))) / max(len(words), 1) for text in its], np.float32
            )
            for words, its in zip(asked, texts, strict=True)
        ]

"""Models: load a chat model with or without an adapter, generate, embed; in process or at an endpoint."""

from tunebook.models.base import ChatModel, Embedder, Generation, OnText, Request, Reranker, Sampling, TextStream
from tunebook.models.fakes import FakeChatModel, FakeEmbedder, FakeReranker

__all__ = [
    "ChatModel",
    "Embedder",
    "FakeChatModel",
    "FakeEmbedder",
    "FakeReranker",
    "Generation",
    "OnText",
    "Request",
    "Reranker",
    "Sampling",
    "TextStream",
]

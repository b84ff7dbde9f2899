"""A cross-encoder behind an endpoint: TEI, vLLM, Infinity, llama.cpp, Jina, Cohere.

    [reranker]
    endpoint = "http://localhost:8000/v1"
    name = "bge-reranker-v2-m3"

Speaks `POST /rerank`, one request a query, in one of two forms:

    {"model", "query", "documents"}  →  {"results": [{"index", "relevance_score"}]}      Jina's and Cohere's, and most servers'
    {"query", "texts", "truncate"}   →  [{"index", "score"}]                             TEI's, whose server has one model

The second comes first where no name is given.  A server that says that it misses the field of the other form is asked in
that one, and from then on.  Scores are taken as they come: most servers send probabilities, llama.cpp logits.
Left out on purpose: `top_n`.  Every text that was sent needs its score.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.models.calls import Call, Calls, Told, batches
from tunebook.models.failures import Failure, line_of
from tunebook.settings import RerankerSettings

PLACE = "is what stands before /rerank, often http://HOST:PORT or http://HOST:PORT/v1"
OTHER = {"documents": "texts", "texts": "documents"}  # the field that names each form


class EndpointReranker:
    """Safe to share between threads.  Once `left` says that nobody waits any more, what is under way ends with Stopped."""

    def __init__(self, settings: RerankerSettings, left: Callable[[], bool] = lambda: False) -> None:
        self.name = settings.served_name or "the reranker"
        self._model = settings.served_name
        self._field = "documents" if self._model else "texts"
        hint = f"reranker.endpoint {PLACE}; is reranker.name one that reranks?"
        self._calls = Calls(settings, Told("reranker", self.name, "scores", hint, PLACE), left)

    def scores(self, queries: Sequence[str], texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """For each query the score of each of its texts, float32 (its texts,).  Raises EndpointFailed."""
        parts = [list(batches(its, self._calls.most_texts)) for its in texts]
        asks = [partial(self._asked, query) for query in queries]
        calls = [Call(part, ask) for ask, its in zip(asks, parts, strict=True) for part in its]
        pieces = iter(self._calls.all(calls))
        none = np.zeros(0, np.float32)
        return [np.concatenate([none, *(piece for _ in its for piece in next(pieces))]) for its in parts]

    def _asked(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        import openai

        field = self._field
        try:
            return self._sent(field, query, texts)
        except openai.APIStatusError as error:
            if misses(error, OTHER[field]):
                found = self._sent(OTHER[field], query, texts)
                self._field = OTHER[field]
                return found
            if not self._model and error.status_code == 404:
                raise Failure(f"nothing is at this path: {line_of(error)}", f"reranker.endpoint {PLACE}") from error
            if not self._model and misses(error, "model"):
                told = f"it wants to be told a model: {line_of(error)}"
                raise Failure(told, "set reranker.name to what the server calls its reranker") from error
            raise

    def _sent(self, field: str, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        body: dict[str, Any] = {"query": query or " ", field: list(texts)}
        if field == "texts":
            body["truncate"] = True  # TEI refuses what is too long by itself
        elif self._model:
            body["model"] = self._model
        return scores_in(json.loads(self._calls.client.post("/rerank", body=body, cast_to=str)), len(texts))


def misses(error: Any, field: str) -> bool:
    """Whether a server refused a request for want of that field, by its own words."""
    said = str(error)
    named = re.search(rf"[`'\"]{field}[`'\"]", said) or re.search(rf"\b{field}\b.{{0,20}}\brequired", said)
    return error.status_code in (400, 422) and bool(named) and bool(re.search("missing|required", said, re.I))


def scores_in(answer: Any, count: int) -> NDArray[np.float32]:
    """What a server sent for `count` texts, in their order.  Raises ValueError for anything else."""
    rows = answer.get("results") if isinstance(answer, Mapping) else answer
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(str(answer)[:100])
    by_place = {row.get("index"): row.get("relevance_score", row.get("score")) for row in rows}
    if len(rows) != count:
        raise ValueError(f"{len(rows)} scores for {count} texts")
    if by_place.keys() != set(range(count)):
        raise ValueError(f"their index is not 0 to {count - 1}, each once")
    scores = [by_place[place] for place in range(count)]
    found = np.array([score if isinstance(score, int | float) else np.nan for score in scores], np.float32)
    if not np.isfinite(found).all():
        raise ValueError("a score that is no number")
    return found

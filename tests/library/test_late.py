"""Late interaction against its formula by slow loops, and what is kept in memory."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from helpers import passage

from tunebook.library import Late
from tunebook.models import FakeEmbedder

row = partial(passage, document="row")
PASSAGES = [row(text) for text in ("the barn was leased", "a yellow lamp", "barn", "who? nobody")]


def slow(query: np.ndarray, tokens: np.ndarray) -> float:
    return float(np.mean([max(float(word @ token) for token in tokens) for word in query]))


@pytest.fixture
def tokens():
    random = np.random.default_rng(0)
    known: dict[str, np.ndarray] = {}

    def embed(texts):
        for text in texts:
            vectors = random.normal(size=(len(text.split()), 16)).astype(np.float32)
            known.setdefault(text, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        return [known[text] for text in texts]

    return embed


def test_it_is_the_mean_over_the_query_of_the_best_match(tokens):
    queries = ["who leased the barn", "lamp"]
    found = Late(tokens).scores(queries, [PASSAGES, PASSAGES[1:3]])
    assert [len(one) for one in found] == [4, 2]
    for query, passages, scores in zip(queries, (PASSAGES, PASSAGES[1:3]), found, strict=True):
        expected = [slow(tokens([query])[0], tokens([one.text])[0]) for one in passages]
        assert scores == pytest.approx(expected, abs=0.02)  # a byte a component


def test_words_in_common_count():
    (scores,) = Late(FakeEmbedder(dim=512).tokens).scores(["leased barn"], [PASSAGES])
    assert scores == pytest.approx([1, 0, 0.5, 0])


def test_nothing_to_score_is_nothing():
    late = Late(FakeEmbedder().tokens)
    assert late.scores([], []) == []
    assert [len(one) for one in late.scores(["a", "b"], [[], PASSAGES[:1]])] == [0, 1]


def test_what_was_read_is_kept_and_the_oldest_goes_first():
    read: list[str] = []
    embedder = FakeEmbedder(dim=8)

    def tokens(texts):
        read.extend(texts)
        return embedder.tokens(texts)

    late = Late(tokens, kept_bytes=8 * 6)  # six tokens of eight dimensions
    first, second, third = (row(text) for text in ("one two", "three four", "five six seven"))
    late.scores(["q"], [[first, second]])
    late.scores(["q"], [[first]])
    assert read == ["one two", "three four", "q", "q"]
    late.scores(["q"], [[third]])  # 'second' has to go
    read.clear()
    late.scores(["q"], [[first, third]])
    assert read == ["q"]
    late.scores(["q"], [[second]])
    assert read == ["q", "three four", "q"]


def test_a_passage_under_another_title_is_read_again():
    """Its id is the same: content and place are."""
    late = Late(FakeEmbedder(dim=512).tokens)
    before, after = (passage("it carries 80 kg", document="row", title=title) for title in ("wren", "heron"))
    assert before.id == after.id
    for one, score in ((before, 0), (after, 1)):
        assert late.scores(["heron"], [[one]])[0] == pytest.approx([score])

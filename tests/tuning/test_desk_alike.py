"""Near texts: the quick way finds what comparing all pairs finds, and the guards hold."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.tuning.checks.alike import NEAR, TEMPLATE_ROWS, Near, bare, similarity

NOUNS = (
    "lamp harbour pilot bridge rope ferry storm anchor deck gull tide chart mast crane crew barge buoy quay sail net"
)
WORDS = NOUNS.split()


def slow(a: str, b: str) -> float:
    """Jaccard of the sets of substrings of four characters."""
    one, other = ({text[at : at + 4] for at in range(max(1, len(text) - 3))} for text in (bare(a), bare(b)))
    return len(one & other) / len(one | other)


@given(st.text("ab c", min_size=4, max_size=30), st.text("ab c", min_size=4, max_size=30))
def test_similarity_is_jaccards(a: str, b: str) -> None:
    if len(bare(a)) >= 4 and len(bare(b)) >= 4:
        assert similarity(a, b) == pytest.approx(slow(a, b)) or (similarity(a, b) == 0.0 and slow(a, b) <= 0.5)


def test_candidates_miss_hardly_any_pair_that_comparing_all_finds() -> None:
    draw = random.Random(0)
    texts = []
    for _ in range(60):
        words = draw.choices(WORDS, k=20)
        texts.append(" ".join(words))
        for _ in range(2):  # a copy with one or two words changed
            changed = [*words]
            for at in draw.sample(range(20), draw.randint(1, 2)):
                changed[at] = draw.choice(WORDS)
            texts.append(" ".join(changed))
    wanted = {
        (b, a)
        for a, b in combinations(range(len(texts)), 2)
        if slow(texts[a], texts[b]) >= NEAR and texts[a] != texts[b]
    }
    found = {(pair.later, pair.earlier): pair.similarity for pair in Near(texts).pairs()}
    assert len(wanted) > 50
    near = {pair for pair in wanted if similarity(texts[pair[0]], texts[pair[1]]) >= NEAR}
    assert near == wanted
    assert len(wanted & found.keys()) >= 0.97 * len(wanted)
    for later, earlier in found:
        assert found[later, earlier] == pytest.approx(
            1.0 if texts[later] == texts[earlier] else slow(texts[later], texts[earlier])
        )


def test_known_texts_are_compared_with_the_others_alone() -> None:
    text = "the pilot left the barge at the northern quay before the storm"
    assert {(pair.later, pair.earlier) for pair in Near([text, text, text + " came"], known=2).pairs()} == {(2, 0)}


def test_what_many_rows_share_is_not_compared() -> None:
    head = "You are the harbour's desk, and sort each message that comes in by its subject, in a word.\n"
    few = [head + word * 4 for word in WORDS[: TEMPLATE_ROWS - 1]]
    many = [head + f"{word} {word} {word} {word}" for word in (*WORDS, *(word[::-1] for word in WORDS))]
    assert len(many) >= TEMPLATE_ROWS > len(few)
    assert list(Near(many).pairs()) == []
    assert list(Near(few).pairs()) == []  # shared, and what is left differs


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("How heavy  is it?", "how heavy is it", True),
        ("“Yes” — he said…", "yes he said", True),
        ("a-b", "a b", False),
        ("1.5", "15", False),
        ("5 - 3", "5 + 3", False),
        ("x < 3", "x > 3", False),
        ("don't", "dont", False),
        ("nice 👍", "nice 👎", False),
        ("「はい」。", "はい", True),
        ("What’s the fee?", "What's the fee?", True),  # apostrophes and hyphens as a word processor sets them
        ("check‑in", "check-in", True),
        ("Caf\u00e9's fee", "Cafe\u0301's fee", True),  # an accent that is a character of its own
        ("the\u200b fee\ufeff", "the fee", True),
    ],
)
def test_bare_texts(a: str, b: str, same: bool) -> None:
    assert (bare(a) == bare(b)) is same

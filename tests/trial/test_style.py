"""Style: the house's own is not told from itself, another is; few cases say nothing."""

from __future__ import annotations

import random

import pytest

from tunebook.trial.style import FEWEST, house

NOUNS = ("crane", "boat", "pier", "lamp", "engine", "sail", "anchor", "rope", "winch", "hull")
VERBS = ("lifts", "holds", "moves", "carries", "needs", "shows")


def texts(count: int, seed: int) -> list[str]:
    """Sentences of one hand, whatever they say."""
    chance = random.Random(seed)
    return [
        " ".join(f"The {chance.choice(NOUNS)} {chance.choice(VERBS)} {chance.randint(2, 99)} kg." for _ in range(4))
        for _ in range(count)
    ]


GROUPS = [f"g{number}" for number in range(60)]
REFERENCES = texts(60, 1)


def test_the_house_s_own_style_is_not_told_from_itself():
    found = house(texts(60, 2), REFERENCES, GROUPS, 0)
    assert found and found.among_references.low is not None and found.among_references.high is not None
    assert found.among_references.low <= found.told_apart.mean <= found.among_references.high
    assert found.excess.low is not None and found.excess.high is not None
    assert found.excess.low < 0.01 and abs(found.excess.mean) < 0.02


@pytest.mark.parametrize(
    "other", [str.upper, lambda text: f"Sure! Here is what I found: {text}", lambda text: "- " + text]
)
def test_another_style_is_told_apart(other):
    found = house([other(text) for text in texts(60, 2)], REFERENCES, GROUPS, 0)
    assert found and found.told_apart.low is not None and found.told_apart.low > 0.9


def test_the_further_the_larger_the_distance():
    own, said, cried = (
        house([other(text) for text in texts(60, 2)], REFERENCES, GROUPS, 0)
        for other in (str, lambda text: f"Sure! {text}", str.upper)
    )
    assert own and said and cried
    assert own.excess.mean < said.excess.mean < cried.excess.mean


def test_an_empty_answer_is_a_style_too():
    found = house([""] * 60, REFERENCES, GROUPS, 0)
    assert found and found.told_apart.mean == 1.0


def test_few_cases_or_few_groups_say_nothing():
    few = FEWEST - 1
    assert house(REFERENCES[:few], REFERENCES[:few], GROUPS[:few], 0) is None
    assert house(REFERENCES, REFERENCES, ["one"] * 60, 0) is None

"""Choices that share a question are scored as if each stood in a row of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import Letters, tiny_llama

from tunebook.tuning.choosing import _over_passage, _row, abstains, mean_nats, rights
from tunebook.tuning.encoded import Encoded, completion_nats
from tunebook.tuning.general import Choice, builtin

torch = pytest.importorskip("torch")
ITEMS = [
    Choice("Which is a fruit?", ("iron", "a pear from the tree", "sand"), 1),
    Choice("Two and two?", ("four", "five"), 0),
    Choice("?", ("x",) * 7, 3),
]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_the_scores_are_those_of_a_row_for_each_choice(attention):
    model = tiny_llama()
    model.set_attn_implementation(attention)
    rows = [_row(Letters(), item) for item in ITEMS]
    found = mean_nats(model, rows)
    with torch.inference_mode():
        for row, nats in zip(rows, found, strict=True):
            alone = [Encoded([*row.question, *choice], len(row.question)) for choice in row.choices]
            assert nats == pytest.approx([float(completion_nats(model, [one]).mean()) for one in alone], abs=1e-5)


def test_an_item_is_right_where_its_answer_is_the_likeliest():
    model = tiny_llama()
    nats = mean_nats(model, [_row(Letters(), item) for item in ITEMS])
    wanted = [scores.index(min(scores)) == item.answer for scores, item in zip(nats, ITEMS, strict=True)]
    assert rights(model, Letters(), ITEMS) == wanted
    assert rights(model, Letters(), []) == []


def test_abstaining_is_choosing_the_abstention_over_what_is_made_up():
    general = replace(builtin(), instruction="Answer from the text.", abstention="It does not say.")
    model = tiny_llama()
    asked = general.unanswerable[:1]
    rows = [_over_passage(Letters(), one, general) for one in asked]
    assert len(rows[0].choices) == 3 and rows[0].choices[0] == Letters()("It does not say.")["input_ids"]
    (nats,) = mean_nats(model, rows)
    found = abstains(model, Letters(), general)
    assert len(found) == 20 and found[0] == (nats[0] == min(nats))
    assert abstains(model, Letters(), builtin()) == [], "no abstention is known"

"""What a gate goes by: absent where it does not apply, and what the nearest sentence lacks of the question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import hits_of, passage

from tunebook.answer.signals import signals
from tunebook.models import Generation

TWO = hits_of(passage("The Heron carries 80 kg."), passage("Nothing."))


def test_signals_are_what_is_known_and_nothing_else():
    hits = hits_of(passage("The Heron carries 80 kg. It is red."), passage("Nothing."), cosine=0.5)
    seen = signals("How much does the Heron carry?", hits, Generation("80 kg.", 9, 3, mean_logprob=-0.5), 0.9)
    assert seen == {
        "cosine": 0.5,
        "lead": pytest.approx(0.5),
        "sentence_holds": pytest.approx(2 / 3),  # "much" is not there
        "lacks_negations": 0,
        "lacks_names": 0,
        "lacks_numbers": 0,
        "lacks_words": 1,
        "grounded": 0.9,
        "mean_logprob": -0.5,
        "log_tokens": pytest.approx(np.log(4)),
    }
    assert signals("How much?", [], None, None) == {}


def test_what_read_the_passages_again_is_a_signal_of_its_own_name():
    for name in ("late", "reranker"):
        hits = [replace(hit, stages={name: score}) for hit, score in zip(TWO, (0.2, 0.7), strict=True)]
        assert signals("?", hits, None, None) == {name: 0.7, "lead": pytest.approx(0.5)}


LEASED = "Ada Lind leased the barn in 1912. It burnt down. Nobody leased the mill, and Otto Vik never saw it."


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Who leased the barn in 1912?", {}),
        ("Who never leased the barn in 1912?", {"lacks_negations": 1}),
        ("Who leased the barn in 1921?", {"lacks_numbers": 1}),
        ("When did Otto lease the barn?", {"lacks_names": 1}),  # they stand in another sentence
        ("Who didn't paint the barn in May 1912?", {"lacks_negations": 1, "lacks_words": 1, "lacks_numbers": 1}),
    ],
)
def test_what_the_nearest_sentence_lacks_is_counted_by_kind(question, lacking):
    seen = signals(question, hits_of(passage("Barns are tall."), passage(LEASED)), None, None)
    counts = {name: value for name, value in seen.items() if name.startswith("lacks_")}
    assert counts == {name: lacking.get(name, 0) for name in counts}
    assert len(counts) == 4


def test_of_sentences_that_share_as_much_the_shorter_one_is_nearest():
    long, short = "The barn burnt, and nobody saw the mill.", "The barn is red."
    for texts in ((long, short), (short, long)):
        seen = signals("Was the barn never built?", hits_of(*map(passage, texts)), None, None)
        assert seen["lacks_negations"] == 1
    assert signals("Was it?", hits_of(passage("No words.")), None, None).keys() == {"cosine"}


def test_a_passage_of_no_sentence_lacks_everything():
    seen = signals("Why not the barn?", hits_of(passage("* * *")), None, None)
    assert (seen["lacks_negations"], seen["lacks_words"], seen["sentence_holds"]) == (1, 1, 0)

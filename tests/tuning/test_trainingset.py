"""Training rows: the gold passage shown unless the label is the abstention, clean distractors, shares kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import example, hits_of, passage, user

from tunebook.settings import ABSTENTION
from tunebook.tuning import form_rows, reading_rows, trainingset
from tunebook.tuning.trainingset import Reading

HOW = Reading(
    k=3,
    max_gap=1.0,
    instruction="Read.",
    abstention=ABSTENTION,
    gold_absent_share=0.0,
    abstain_share=0.2,
    form_replay=1.0,
    seed=0,
    max_tokens=1000,
    count_tokens=lambda texts: [len(text.split()) for text in texts],
)
COUNT = 60
BOOK = {
    f"b{n}.md": [
        passage(f"Bike number {n} has a wheel.", f"b{n}.md"),
        passage(f"It carries {100 + n} kilos.", f"b{n}.md", start=50, title=f"Bike {n}"),
    ]
    for n in range(COUNT)
}


def answerable(n: int):
    return example(n, f"How much does bike {n} carry?", f"{100 + n} kilos.", sources=(f"b{n}.md",), answerable=True)


def refused(n: int):
    return example(n, f"What is the colour of bike {n}?", None, answerable=False)


def search(queries, k):
    """The gold passage at rank 2 among others, one of which also holds the answer."""
    found = []
    for query in queries:
        n = int(query.split("bike ")[1].split()[0].rstrip("?"))
        decoys = [passage(f"Decoy {i} of {n}.", f"x{n}-{i}.md") for i in range(k)]
        again = passage(f"In {n} words: {100 + n} kilos, as was said.", f"again{n}.md")
        gold = BOOK.get(f"b{n}.md", [None, decoys[-1]])[1]
        found.append(hits_of(decoys[0], gold, again, *decoys[1:])[:k])
    return found


def made(examples, how=HOW):
    return reading_rows(examples, search, lambda id: BOOK.get(id, []), how)


def shown(row) -> str:
    return row.messages[-1]["content"]


def test_passages_far_behind_the_best_are_not_shown_but_the_gold_one_is():
    # as a store gives them: other objects
    again = {id: [replace(passage) for passage in its] for id, its in BOOK.items()}
    how = replace(HOW, max_gap=0.3)  # scores 1, 1/2 (gold), 1/3
    rows = reading_rows([answerable(n) for n in range(20)], search, lambda id: again[id], how).rows
    assert {shown(row).count("Decoy") for row in rows} == {1}
    assert all(f"It carries {100 + n} kilos." in shown(row) for n, row in enumerate(rows))


def test_an_answer_that_should_not_have_been_given_is_a_rejected_one():
    one = replace(refused(0), rejected="It carries 12 kilos.")
    answered = [answerable(n) for n in range(1, 20)]
    rows = [*form_rows([one], ABSTENTION).rows, *made([*answered, one]).rows]
    told = [(row.completion, row.rejected) for row in rows if row.id == one.id]
    assert told == [(ABSTENTION, "It carries 12 kilos.")] * 2


def test_a_row_that_would_be_too_long_loses_its_last_passages_and_never_the_gold_one():
    whole = made([answerable(n) for n in range(20)]).rows
    longest = max(len(f"{shown(row)} {row.completion}".split()) for row in whole)
    short = made([answerable(n) for n in range(20)], replace(HOW, max_tokens=longest - 1)).rows
    assert {shown(row).count("Decoy") for row in whole} == {2}
    assert {shown(row).count("Decoy") for row in short} == {1}
    least = made([answerable(n) for n in range(20)], replace(HOW, max_tokens=1)).rows
    assert {shown(row).count("Decoy") for row in least} == {0}
    assert all(f"It carries {100 + n} kilos." in shown(row) for n, row in enumerate(least))


def test_rows_of_form_are_the_examples_and_the_abstention():
    rows = form_rows([answerable(1), refused(2)], ABSTENTION).rows
    assert [(row.id, row.messages, row.completion) for row in rows] == [
        ("e1", answerable(1).messages, "101 kilos."),
        ("e2", refused(2).messages, ABSTENTION),
    ]
    assert rows[0].documents == ("b1.md",)


def test_the_gold_passage_is_shown_among_k_and_its_place_varies():
    rows = made([answerable(n) for n in range(COUNT)]).rows
    assert len(rows) == COUNT
    places = set()
    for row in rows:
        n = int(row.id[1:])
        assert row.messages[0] == {"role": "system", "content": "Read."}
        assert row.completion == f"{100 + n} kilos."
        assert f"It carries {100 + n} kilos." in shown(row)
        _, *passages, question = shown(row).split("\n\n")
        assert question.endswith(f": How much does bike {n} carry?")
        assert len(passages) == 3
        places.add(next(place for place, text in enumerate(passages) if text.startswith(f"Bike {n}\nIt carries")))
    assert places == {0, 1, 2}


def test_distractors_do_not_hold_the_answer():
    rows = made([answerable(n) for n in range(COUNT)], replace(HOW, gold_absent_share=0.5, abstain_share=0.9)).rows
    assert len(rows) == COUNT
    for row in rows:
        held = row.completion != ABSTENTION
        assert (f"{100 + int(row.id[1:])} kilos" in shown(row)) is held
        assert "as was said" not in shown(row)


def test_without_gold_the_label_is_the_abstention_and_only_then():
    rows = made([answerable(n) for n in range(COUNT)], replace(HOW, gold_absent_share=1.0, abstain_share=1.0)).rows
    assert {row.completion for row in rows} == {ABSTENTION}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.5])
def test_the_share_of_abstaining_rows_is_kept(share):
    examples = [answerable(n) for n in range(40)] + [refused(n) for n in range(40, 40 + 40)]
    result = made(examples, replace(HOW, abstain_share=share))
    abstaining = [row for row in result.rows if row.completion == ABSTENTION]
    assert len(abstaining) == pytest.approx(share * len(result.rows), abs=0.51)
    assert len(result.rows) + len(result.dropped) == len(examples)
    assert all("thinned" in drop["why"] for drop in result.dropped)


def test_the_share_without_gold_is_about_what_was_asked():
    result = made([answerable(n) for n in range(COUNT)], replace(HOW, gold_absent_share=0.3, abstain_share=0.9))
    assert sum(row.completion == ABSTENTION for row in result.rows) == pytest.approx(0.3 * COUNT, abs=8)


def test_a_completion_that_its_sources_do_not_bear_out_is_dropped():
    invented = replace(answerable(1), completion="Painted turquoise by Leonardo.")
    unsourced = replace(answerable(2), sources=("gone.md",))
    result = made([invented, unsourced, answerable(3)])
    assert [row.id for row in result.rows] == ["e3"]
    assert [drop["id"] for drop in result.dropped] == ["e1", "e2"]
    assert all(drop["why"].startswith("not borne out") for drop in result.dropped)


def test_rows_of_form_alone_stay_as_they_are():
    form = example(7, "Sort: the chain is off.", "workshop")
    result = made([form, answerable(1)])
    assert (result.rows[0].messages, result.rows[0].completion) == (user("Sort: the chain is off."), "workshop")


def test_of_the_rows_of_form_a_share_is_replayed():
    form = [example(n, f"Sort: number {n}.", "workshop") for n in range(10)]
    result = made([*form, answerable(1)], replace(HOW, form_replay=0.3))
    assert sum(row.completion == "workshop" for row in result.rows) == 3


def test_a_row_names_every_document_it_shows():
    (row,) = made([answerable(5)]).rows
    assert row.documents[0] == "b5.md"
    assert len(row.documents) == 3


def test_the_seed_alone_decides():
    examples = [answerable(n) for n in range(30)] + [refused(n) for n in range(30, 50)]
    how = replace(HOW, gold_absent_share=0.2)
    assert made(examples, how) == made(examples, how)
    assert made(examples, how).rows != made(examples, replace(how, seed=1)).rows


def test_no_examples_are_no_rows():
    assert made([]).rows == []


def test_most_rows_stand_in_the_order_of_deployment(monkeypatch):
    monkeypatch.setattr(trainingset, "SHUFFLED", 0.0)
    for row in made([answerable(n) for n in range(20)]).rows:
        n = row.id[1:]
        _, *passages, _ = shown(row).split("\n\n")
        assert passages[2].startswith(f"Decoy 0 of {n}."), "the best stands next to the question"
        assert passages[1].startswith(f"Bike {n}\nIt carries"), "and the gold one where the search ranks it"

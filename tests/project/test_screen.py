"""What no passage speaks of is not put to the model: learnt from the examples, the same for every approach over passages."""

from __future__ import annotations

import json

import pytest
from helpers import CountingModel, write_rows

from tunebook import Project
from tunebook.answer.gate import threshold_worth
from tunebook.progress import silent
from tunebook.project import screen
from tunebook.project.parts import Parts
from tunebook.rows import read_examples
from tunebook.settings import ABSTENTION, load_settings

COUNT = 24
BIKES = {f"documents/bike{n}.md": f"# Bike {n}\n\nBike number {n} carries {100 + n} kg." for n in range(COUNT)}
ANSWERED = [
    {
        "id": f"a{n}",
        "prompt": f"How much does bike number {n} carry?",
        "completion": f"{100 + n} kg",
        "sources": [f"documents/bike{n}.md"],
    }
    for n in range(COUNT)
]
IN_VAIN = [{"id": f"v{n}", "prompt": f"Which king reigned in {1200 + n}?", "answerable": False} for n in range(COUNT)]
SEARCH = ["search.k=1", "answer.min_similarity=-1"]


@pytest.fixture
def opened(project):
    found = project(BIKES, CountingModel(lambda request: "It carries 107 kg."), [*SEARCH, "trial.resamples=200"])
    found.sync()
    return found


def learnt(opened, rows) -> Parts:
    path = opened.root / "examples.jsonl"
    write_rows(path, rows)
    screen.fitted(opened._parts, read_examples(path), silent)
    return opened._parts


def again(opened, *more: str) -> Project:
    parts = Parts(opened._parts.folder, load_settings(None, [*SEARCH, *more]))
    parts.__dict__ |= {name: opened._parts.__dict__[name] for name in ("model", "embedder")}
    return Project(parts)


def test_what_examples_call_unanswerable_is_refused_unasked(opened):
    parts = learnt(opened, [*ANSWERED, *IN_VAIN])
    refused = opened.ask("Which king reigned in 1990?")
    assert (refused.text, refused.abstained) == (ABSTENTION, True)
    assert parts.model.asked == []
    assert not opened.ask("How much does bike number 7 carry?").abstained
    assert not again(opened, "answer.false_refusals=0").ask("Which king reigned in 1990?").abstained


def test_answerable_examples_without_their_sources_stand_in_for_the_unanswerable(opened):
    learnt(opened, ANSWERED)
    kept = screen.kept(opened._parts)
    known, unknown = (
        opened._parts.library.search([text], 1)[0] for text in ("How much does bike number 3 carry?", "Who is king?")
    )
    from tunebook.answer import signals

    assert kept.confidence(signals("How much does bike number 3 carry?", known, None, None)) > kept.confidence(
        signals("Who is king?", unknown, None, None)
    )


def test_what_is_fitted_is_read_back_until_something_changes(opened, monkeypatch):
    parts = learnt(opened, [*ANSWERED, *IN_VAIN])
    examples = read_examples(opened.root / "examples.jsonl")
    first = json.loads((opened.state / screen.FILE).read_text())
    monkeypatch.setattr(screen, "_fit", lambda *_: pytest.fail("fitted again"))
    assert screen.fitted(parts, examples, silent) == screen.kept(parts)
    assert json.loads((opened.state / screen.FILE).read_text()) == first
    assert screen.kept(again(opened, "search.dense_weight=0.1")._parts) is None
    with pytest.raises(pytest.fail.Exception):
        screen.fitted(parts, examples[1:], silent)


def test_too_few_examples_fit_nothing(opened):
    learnt(opened, ANSWERED[:5])
    assert screen.kept(opened._parts) is None
    assert not opened.ask("Which king reigned in 1990?").abstained


def test_without_examples_the_default_gate_stands_in(opened):
    def asks(*settings):
        return not again(opened, "search.k=3", *settings).ask("Which king reigned in 1990?").abstained

    assert not asks("answer.min_similarity=0")
    assert not again(opened, "answer.min_similarity=0").ask("How much does bike number 7 carry?").abstained
    assert asks("answer.min_similarity=0", "answer.false_refusals=0")
    assert asks("answer.min_similarity=-1")


def test_rag_and_hybrid_of_a_trial_refuse_the_same(opened):
    write_rows(opened.root / "examples.jsonl", [*ANSWERED, *IN_VAIN])
    cases = [{"id": "k", "prompt": "How much does bike number 7 carry?", "answers": ["107 kg"]}]
    write_rows(opened.root / "cases.jsonl", [*cases, {"id": "u", "prompt": "Which king is it?", "answerable": False}])
    report = opened.trial(approaches=["base", "rag"])
    assert report["approaches"]["rag"]["refusal_recall"]["mean"] == 1
    assert report["approaches"]["base"]["refusal_recall"]["mean"] == 0


def test_the_threshold_refuses_what_is_worth_it_and_no_more_than_its_share():
    answerable = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    others = [0.05, 0.07, 0.15, 0.25, 0.35]
    refused = {
        (share, most): sum(c < threshold_worth(answerable, others, share, most) for c in answerable)
        for share in (0.5, 0.1)
        for most in (0.0, 0.2, 0.9)
    }
    assert refused == {(0.5, 0.0): 0, (0.5, 0.2): 2, (0.5, 0.9): 3, (0.1, 0.0): 0, (0.1, 0.2): 0, (0.1, 0.9): 0}
    assert threshold_worth(answerable, others, 0.1, 0.2) == 0.1  # the two below every answerable one cost nothing
    assert threshold_worth([], others, 0.5, 0.2) == threshold_worth(answerable, [], 0.5, 0.2) == 0
    assert threshold_worth([0.1, 0.9], [0.9, 0.95], 0.5, 0.5) == 0, "a gate that tells nothing refuses nothing"

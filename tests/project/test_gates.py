"""A trial fits the gate, the report shows its curve, and a question that is asked goes through it."""

from __future__ import annotations

import pytest
from helpers import CountingModel, write_rows

from tunebook import Project
from tunebook.errors import BadInput
from tunebook.project.parts import Parts
from tunebook.settings import ABSTENTION, load_settings

BIKES = {f"documents/bike{n}.md": f"# Bike {n}\n\nBike number {n} carries {100 + n} kg." for n in range(16)}
KNOWN = [
    {"id": f"k{n}", "prompt": f"How much does bike number {n} carry?", "answers": [f"{100 + n} kg"], "sources": []}
    for n in range(16)
]
UNKNOWN = [{"id": f"u{n}", "prompt": f"Which king reigned in {1200 + n}?", "answerable": False} for n in range(16)]


def first_sentence(request) -> str:
    """Reads out the passage next to the question, whatever was asked."""
    return request.messages[-1]["content"].split("\n\n")[-2].split("\n")[-1]


@pytest.fixture
def opened(project):
    found = project(
        BIKES, CountingModel(first_sentence), ["search.k=1", "trial.resamples=200", "answer.min_similarity=-1"]
    )
    write_rows(found._parts.folder.root / "cases.jsonl", [*KNOWN, *UNKNOWN])
    return found


def again(opened, *more: str) -> Project:
    """The same project with other settings."""
    parts = Parts(opened._parts.folder, load_settings(None, ["search.k=1", "answer.min_similarity=-1", *more]))
    parts.__dict__ |= {name: opened._parts.__dict__[name] for name in ("model", "embedder")}
    return Project(parts)


def test_a_gate_keeps_the_share_of_wrong_answers_that_was_accepted(opened):
    report = opened.trial(approaches=["rag"])
    told = report["abstention"]["rag"]
    assert told["answers"] == 32
    assert told["area"] < told["area_without"] == pytest.approx(0.5, abs=0.1)
    row = next(row for row in told["at"] if row["accepted_wrong"] == 0.3)
    assert row["wrong"]["mean"] <= 0.3 and row["wrong"]["low"] <= row["wrong"]["mean"] <= row["wrong"]["high"]
    strict = again(opened, "answer.accepted_wrong=0.3")
    refused = strict.ask("Which king reigned in 1207?")
    assert (refused.text, refused.abstained, refused.citations) == (ABSTENTION, True, ())
    given = [strict.ask(row["prompt"]) for row in KNOWN]
    assert any(not answer.abstained for answer in given)
    assert 0 < refused.confidence < max(answer.confidence for answer in given) < 1
    assert again(opened).ask("Which king reigned in 1207?").abstained is False


def test_what_so_few_answers_cannot_bear_out_lets_nothing_through(opened):
    told = opened.trial(approaches=["rag"])["abstention"]["rag"]
    row = next(row for row in told["at"] if row["accepted_wrong"] == 0.05)
    assert (row["answered"], row["wrong"], row["refuses_answerable"]) == (0, None, 1), "45 right ones would do"
    assert all(again(opened, "answer.accepted_wrong=0.05").ask(row["prompt"]).abstained for row in KNOWN[:2])


def test_the_report_shows_the_curve(opened):
    opened.trial(approaches=["rag"])
    (page,) = (opened.state / "trials").glob("*/report.html")
    assert "When to abstain" in page.read_text(encoding="utf-8")


def test_without_a_trial_there_is_no_gate_to_go_by(opened):
    opened.sync()
    with pytest.raises(BadInput, match="no trial has fitted a gate"):
        again(opened, "answer.accepted_wrong=0.1").ask("How much does bike number 7 carry?")


@pytest.mark.parametrize(
    ("approach", "changed"),
    [("full_context", []), ("rag", ["search.dense_weight=0"]), ("rag", ["passages.max_tokens=64"])],
)
def test_a_gate_is_for_the_approach_and_the_search_that_it_was_fitted_with(opened, approach, changed):
    opened.trial(approaches=["rag"])
    with pytest.raises(BadInput, match=f"has fitted a gate for {approach}"):
        again(opened, "answer.accepted_wrong=0.3", *changed).ask("How much does bike number 7 carry?", approach)


def test_a_trial_that_can_fit_none_leaves_no_gate_of_an_earlier_one(opened):
    opened.trial(approaches=["rag"])
    write_rows(opened._parts.folder.root / "cases.jsonl", [*KNOWN[:5], *UNKNOWN[:5]])
    again(opened, "trial.resamples=200").trial(approaches=["rag"])
    with pytest.raises(BadInput, match="has fitted a gate for rag"):
        again(opened, "answer.accepted_wrong=0.3").ask("How much does bike number 7 carry?")

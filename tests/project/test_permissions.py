"""A trial for a reader: nothing that the reader may not read is asked about, shown, learnt from or kept."""

from __future__ import annotations

import json

import pytest
from helpers import CountingModel, write_rows

from tunebook.approaches import Question
from tunebook.errors import BadInput
from tunebook.values import Source

SECRET = "documents/board/pay.md"
FILES = {
    "documents/wren.md": "The Wren carries sixty kilograms of freight.",
    "documents/heron.md": "The Heron carries eighty kilograms of freight.",
    SECRET: "The director earns nine thousand crowns a month.",
    "documents/board/.groups": "board\n",
}
CASES = [
    {"id": "open", "prompt": "What carries eighty?", "answers": ["Heron"], "sources": ["documents/heron.md"]},
    {"id": "shut", "prompt": "What does the director earn?", "answers": ["nine thousand"], "sources": [SECRET]},
    {"id": "none", "prompt": "What does the director earn a year?", "answerable": False},
]
EXAMPLES = [
    {"id": "e1", "prompt": "What carries sixty?", "completion": "The Wren.", "sources": ["documents/wren.md"]},
    {"id": "e2", "prompt": "Who earns nine thousand?", "completion": "The director.", "sources": [SECRET]},
]
ARMS = ["base", "prompted", "rag", "full_context", "oracle"]


@pytest.fixture
def opened(project):
    found = project(FILES, CountingModel(), ["trial.resamples=200", "trial.latency_cases=0"])
    write_rows(found.root / "cases.jsonl", CASES)
    write_rows(found.root / "examples.jsonl", EXAMPLES)
    return found


def asked(opened) -> str:
    """Everything that the model was shown."""
    shown = str([request.messages for request in opened._parts.model.asked])
    opened._parts.model.asked.clear()
    return shown


@pytest.mark.parametrize("groups", [(), ("crew",)])
def test_a_trial_for_a_reader_knows_nothing_else(opened, groups):
    report = opened.trial(approaches=ARMS, groups=groups)
    assert list(report["approaches"]) == ARMS
    assert (report["counts"]["cases"], report["counts"]["documents"], report["counts"]["examples"]) == (2, 2, 1)
    assert report["reader"] == list(groups)
    volatility = next(row for row in report["factors"] if row["factor"] == "data volatility")
    assert "not for one reader" in volatility["measured"]
    kept = [path.read_text() for name in ("answers", "trials") for path in (opened.state / name).rglob("*.*")]
    assert kept
    for said in (asked(opened), json.dumps(report), *kept):
        assert "thousand" not in said
        assert "board" not in said


def test_who_may_read_it_is_asked_about_it(opened):
    report = opened.trial(approaches=["rag"], groups=("board",))
    assert report["counts"]["cases"] == 3
    assert "nine thousand" in asked(opened)


def test_answers_of_one_reader_are_not_those_of_another(opened):
    opened.trial(approaches=["rag"])
    asked(opened)
    opened.trial(approaches=["rag"], groups=())
    assert "eighty" in asked(opened), "asked anew, over what this reader may read"
    assert "thousand" not in asked(opened)


def test_a_trial_for_a_reader_is_not_what_the_advisor_goes_by(opened):
    report = opened.trial(approaches=["base"])
    opened.trial(approaches=["base"], groups=())
    assert json.loads((opened.state / "trials/last.json").read_text())["id"] == report["id"]


def test_no_case_left_is_told_without_naming_one(opened):
    write_rows(opened.root / "cases.jsonl", CASES[1:2])
    with pytest.raises(BadInput) as told:
        opened.trial(approaches=["rag"], groups=())
    assert "board" not in f"{told.value.message} {told.value.hint}"


@pytest.mark.parametrize("approach", ["rag", "full_context", "prompted"])
def test_no_approach_shows_it(opened, approach):
    opened.sync()
    question = Question(({"role": "user", "content": "What does the director earn?"},), (), (Source(SECRET),))
    ((_, answer),) = opened.answers([question], approach)
    assert "thousand" not in asked(opened) + str(answer)
    everything = Question(question.messages, ("board",), question.sources)
    ((_, answer),) = opened.answers([everything], approach)
    assert "thousand" in asked(opened)

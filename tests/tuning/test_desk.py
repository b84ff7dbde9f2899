"""The examples desk: each kind of finding, and no clean row accused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from helpers import case, example, user
from hypothesis import given
from hypothesis import strategies as st

from tunebook.rows import read_examples
from tunebook.tuning import inspect, sound
from tunebook.values import Source

CLEAN = [
    example(1, "How heavy is the Wren?", "12 kg.", sources=("wren.md",)),
    example(2, "How heavy is the Heron?", "14 kg.", sources=("heron.md",)),
    example(3, "Who was king in 1200?", None, answerable=False),
    example(4, "Sort: the chain is off.", "workshop"),
    example(5, "Sort: the bill is wrong.", "workshop"),
]
CASES = [case("k1", "How wide is the Crane?", sources=("crane.md",)), case("b1", "Sort: I want a refund.", "behaviour")]


def words(texts):
    return [len(text.split()) for text in texts]


def findings(examples, cases=CASES, limit=50, **rest):
    return [(f.row, f.kind) for f in inspect(examples, cases, words, limit, **rest).findings]


def test_clean_rows_are_used_and_not_accused():
    desk = inspect(CLEAN, CASES, words, 50)
    assert desk.used == tuple(CLEAN)
    assert (desk.findings, desk.dropped) == ((), [])


@pytest.mark.parametrize(
    ("row", "kind", "told"),
    [
        (example(9, "  "), "empty", "the prompt holds no text"),
        (example(9, "New?", None), "empty", "the completion holds no text"),
        (example(9, "New?", " \n"), "empty", "the completion holds no text"),
        (example(9, "how heavy  is the WREN?", "12 KG."), "duplicate", "row 1 (e1)"),
        (example(9, "How heavy is the Wren?", "13 kg."), "contradiction", "row 1 (e1)"),
        (example(9, "Who was king in 1200?", "John."), "contradiction", "row 3 (e3)"),
        (example(9, "Who was king in 1200?", None, answerable=False), "duplicate", "row 3 (e3)"),
        (example(9, "how wide is the crane?"), "leak", "its prompt is that of case k1"),
        (example(9, "New?", sources=("wren.md", "crane.md")), "leak", "its source crane.md is behind case k1"),
        (example(9, "word " * 40, "word " * 11), "over-long", "51 tokens; at most 50"),
    ],
)
def test_each_kind_of_finding_names_the_row_and_why(row, kind, told):
    desk = inspect([*CLEAN, row], CASES, words, 50)
    (finding,) = desk.findings
    assert (finding.row, finding.id, finding.kind, finding.fatal) == (9, "e9", kind, True)
    assert told in finding.why
    assert desk.used == tuple(CLEAN)
    assert desk.dropped == [{"id": "e9", "why": f"{kind}: {finding.why}"}]


def test_leaks_may_be_kept_and_are_told_all_the_same():
    row = example(9, "How wide is the Crane?")
    desk = inspect([*CLEAN, row], CASES, words, 50, drop_leaks=False)
    assert [(f.kind, f.fatal) for f in desk.findings] == [("leak", False)]
    assert row in desk.used
    assert desk.dropped == []


def test_of_several_faults_the_first_is_told():
    assert findings([example(1, "How wide is the Crane?", "")]) == [(1, "empty")]


def test_a_row_does_not_contradict_one_that_says_nothing():
    assert findings([example(1, "New?", ""), example(2, "New?", "Yes.")]) == [(1, "empty")]


def test_dialogues_that_end_alike_are_different_questions():
    rest = ({"role": "assistant", "content": "12 kg."}, *user("And its lid?"))
    wren, heron = ((*user(f"The {it}?"), *rest) for it in ("Wren", "Heron"))
    one, two = example(1, "", "Oak.", messages=wren), example(2, "", "Oak.", messages=heron)
    asked = replace(case("d1"), messages=two.messages)
    assert findings([one], [asked]) == []
    assert findings([two], [asked]) == [(2, "leak")]


def test_a_system_message_does_not_hide_a_leak():
    system = {"role": "system", "content": "Be brief."}
    row = example(1, "", messages=(system, *user("How wide is the Crane?")))
    assert findings([row]) == [(1, "leak")]


@given(st.lists(st.tuples(st.sampled_from("abcd "), st.sampled_from(["x", "y", "", None])), max_size=12))
def test_every_row_is_used_or_listed_once(rows):
    examples = [example(row, prompt, completion) for row, (prompt, completion) in enumerate(rows, 1)]
    desk = inspect(examples, [case("c", "d", sources=())], words, 50)
    listed = [finding.row for finding in desk.findings if finding.fatal]
    assert sorted([*listed, *(example.row for example in desk.used)]) == list(range(1, len(rows) + 1))
    prompts = [example.prompt for example in desk.used]
    assert len(set(prompts)) == len(prompts)
    assert {"a", "b", "c"} & {p for p, c in rows if c} <= set(prompts), "of each good prompt one row stays"


def test_a_source_may_name_a_page():
    paged = replace(CASES[0], sources=(Source("crane.md", 2, "wide"),))
    assert findings([example(1, "New?", sources=("crane.md",))], [paged]) == [(1, "leak")]


def test_the_rejected_answer_is_looked_at_too():
    rows = [
        example(1, "One?", "a", rejected="word " * 60),
        example(2, "Two?", "b", rejected="ends<|im_end|>"),
        example(3, "Three?", "c", rejected="Write to jo.ash@mail.net"),
    ]
    assert [(one.row, one.kind) for one in inspect(rows, CASES, words, 50).findings] == [
        (1, "over-long"),
        (2, "template-token"),
        (3, "personal-data"),
    ]


def test_an_answer_that_calls_a_tool_is_left_out_and_others_stay(tmp_path):
    asked = {"role": "user", "content": "Weather?"}
    calls = {"role": "assistant", "content": "Let me look.", "tool_calls": [{"id": "1"}]}
    rows = [{"messages": [asked, calls]}, {"prompt": "", "completion": "x"}, {"prompt": "Hm?", "completion": "So."}]
    (tmp_path / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = read_examples(tmp_path / "examples.jsonl", any_turns=True)
    assert [one.kind for one in inspect(read, CASES, words, 50).findings] == ["turns", "empty"]
    assert [one.prompt for one in sound(read)] == ["Hm?"]


def test_a_case_in_other_characters_is_a_leak_all_the_same():
    asked = case("c-1", "What’s the caf\u00e9’s fee?")
    for prompt in (
        "What's the caf\u00e9's fee?",
        "What’s the cafe\u0301’s fee?",
        "What’s the\u200b caf\u00e9’s fee?",
        "what's the cafe's fee",
    ):
        (found,) = inspect([example(1, prompt)], [asked], words, 50).findings
        assert (found.kind, found.fatal) == ("leak", True)

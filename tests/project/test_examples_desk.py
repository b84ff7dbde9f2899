"""The desk over a project: its library, its cases, files in other formats, and one row as tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tunebook.errors import BadInput

FACT = "The Wren carries up to eighty kilograms of freight in its oak box."
ROWS = [
    {"id": "form", "prompt": "Reply: the lamp broke.", "completion": "We shall send another lamp, with our apologies."},
    {"id": "fact", "prompt": "Tell me about it.", "completion": FACT},
    {"id": "named", "prompt": "What does it do?", "completion": FACT, "sources": ["documents/wren.md"]},
    {"id": "leak", "prompt": "How wide is the Crane", "completion": "86 cm."},
    {"id": "chat", "messages": [{"role": "user", "content": "Hello"}]},
]
CASE = {"id": "k1", "prompt": "How wide is the Crane?", "answers": ["86 cm"], "sources": ["documents/crane.md"]}


@pytest.fixture
def opened(project: Callable[..., Any]) -> Any:
    return project(
        {
            "documents/wren.md": f"# Wren\n\n{FACT} It is painted green.\n",
            "cases.jsonl": json.dumps(CASE),
            "examples.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
        }
    )


def test_findings_by_row_and_by_kind(opened: Any) -> None:
    found = opened.check_examples()
    assert [(f["row"], f["kind"], f["fatal"]) for f in found["findings"]] == [(4, "leak", True), (5, "empty", True)]
    assert (found["used"], found["rows"]) == (3, 5)
    assert {kind: (of["rows"], of["left_out"]) for kind, of in found["kinds"].items()} == {
        "empty": (1, 1),
        "leak": (1, 1),
    }
    assert found["documents"] == {"declared": 1, "looked_up": 0, "found": 0}


def test_all_rows_are_looked_at_where_a_sample_is_tuned_on(opened: Any, project: Callable[..., Any]) -> None:
    some = project(None, None, ["tuning.max_examples=1"])
    assert some.check_examples()["rows"] == some.workbench.examples()["examples"] == 5
    assert len(some._to_tune_on("tuned", None)[0]) == 1


def test_with_a_library_facts_are_found_where_no_source_is_named(opened: Any) -> None:
    opened.sync()
    found = opened.check_examples()
    facts = [(f["row"], f["fatal"], f["why"]) for f in found["findings"] if f["kind"] == "facts"]
    assert facts == [(2, False, "its answer stands in documents/wren.md")]
    assert found["documents"] == {"declared": 1, "looked_up": 2, "found": 1}
    assert found["used"] == 3


def test_sources_that_are_not_in_the_library_are_told(opened: Any) -> None:
    rows = [
        {"prompt": "Where is it built?", "completion": "In Norwich.", "sources": ["wren.md", "gone.md"]},
        {"prompt": "How loud is it?", "sources": ["documents/wren.md", "gone.md"], "answerable": False},
        {"prompt": "What is it?", "completion": "A bike.", "sources": ["documents/wren.md"]},
    ]
    (opened.root / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert opened.check_examples()["findings"] == []  # there is no library to hold them against
    opened.sync()
    found = opened.check_examples()
    assert [(f["row"], f["kind"], f["fatal"], f["why"]) for f in found["findings"]] == [
        (1, "astray", False, "its source wren.md (and 1 more) is not in the library"),
        (2, "astray", False, "its source gone.md is not in the library"),
    ]
    assert found["used"] == 3


def test_a_trial_leaves_out_what_the_desk_lists(opened: Any) -> None:
    report = opened.trial(approaches=("base", "prompted"))
    assert set(report["approaches"]) == {"base", "prompted"}


def test_a_file_in_another_format_is_checked_and_shown_alike(opened: Any) -> None:
    path = opened.root / "more.csv"
    path.write_text("prompt,completion,id\nHow wide is the Crane?,x,a\nNew?,,b\nNew?,y,c\n", encoding="utf-8")
    found = opened.check_examples(path)
    assert [(f["row"], f["id"], f["kind"]) for f in found["findings"]] == [(2, "a", "leak"), (3, "b", "empty")]
    assert found["used"] == 1


def test_an_example_is_shown_by_row_or_id_and_refused_where_there_is_none(opened: Any) -> None:
    shown = opened.show_example("chat")
    assert (shown["row"], shown["tokens"], shown["findings"][0]["kind"]) == (5, [], "empty")
    with pytest.raises(BadInput, match="no example '9'") as caught:
        opened.show_example("9")
    assert "rows 1 to 5" in caught.value.hint


def test_an_endpoint_shows_no_tokens(project: Callable[..., Any]) -> None:
    opened = project({"examples.jsonl": json.dumps(ROWS[0])}, overrides=["model.endpoint=http://127.0.0.1:9"])
    with pytest.raises(BadInput, match="behind an endpoint"):
        opened.show_example("1")


@pytest.mark.model
def test_a_row_as_tokens(opened: Any) -> None:
    shown = opened.show_example("4")
    assert (shown["id"], shown["cut"], shown["end"]) == ("leak", 0, "<|im_end|>")
    assert shown["masked"] + shown["learnt"] == len(shown["tokens"])
    assert "".join(token["text"] for token in shown["tokens"] if token["learnt"]) == "86 cm.<|im_end|>"
    assert [finding["kind"] for finding in shown["findings"]] == ["leak"]

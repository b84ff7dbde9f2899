"""The evaluation sets of other tools: each gives the same case, and what a case cannot hold is told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import BadInput, BadRow
from tunebook.rows import read_evaluation_set

ASKED, RIGHT, CONTEXT = "How much does the Wren carry?", "80 kg", "The Wren carries up to 80 kg."
SETS: dict[str, Any] = {
    "RAGAS": {"user_input": ASKED, "reference": RIGHT, "reference_contexts": [CONTEXT], "synthesizer_name": "x"},
    "RAGAS before 0.2": {"question": ASKED, "ground_truth": RIGHT, "contexts": [CONTEXT], "evolution_type": "simple"},
    "DeepEval": {"input": ASKED, "expected_output": RIGHT, "context": [CONTEXT], "actual_output": "90 kg"},
    "LlamaIndex": {"query": ASKED, "reference_answer": RIGHT, "reference_contexts": [CONTEXT]},
    "SQuAD": {"question": ASKED, "answers": {"text": [RIGHT, RIGHT], "answer_start": [21, 21]}, "context": CONTEXT},
    "question and answer": {"question": ASKED, "answer": RIGHT, "context": CONTEXT},
    "promptfoo": {"vars": {"query": ASKED, "context": CONTEXT}, "assert": [{"type": "icontains", "value": RIGHT}]},
}


def put(folder: Path, name: str, rows: Any) -> Path:
    path = folder / name
    if path.suffix == ".csv":
        text = io.StringIO()
        table = csv.DictWriter(text, rows[0])
        table.writeheader()
        table.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
    else:
        path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("written", ["lines", "array", "under a key"])
def test_every_set_says_the_same(name: str, written: str, tmp_path: Path) -> None:
    rows = {"lines": SETS[name], "array": [SETS[name]], "under a key": {"prompts": ["x"], "tests": [SETS[name]]}}
    (row,) = read_evaluation_set(put(tmp_path, "set.json", rows[written]), "knowledge")
    assert row.case is not None
    assert (row.case["prompt"], row.case["answers"], row.case["kind"]) == (ASKED, [RIGHT], "knowledge")
    assert (row.number, row.contexts, row.left_out) == (1, (CONTEXT,), "")


def test_lists_in_a_table_are_as_pandas_and_deepeval_write_them(tmp_path: Path) -> None:
    ragas = [{"user_input": ASKED, "reference": RIGHT, "reference_contexts": str([CONTEXT, "It's red."])}]
    deepeval = [{"input": ASKED, "expected_output": RIGHT, "context": f"{CONTEXT}|It's red."}]
    for rows in (ragas, deepeval):
        (row,) = read_evaluation_set(put(tmp_path, "set.csv", rows), "knowledge")
        assert row.contexts == (CONTEXT, "It's red.")


def test_a_table_of_cases_is_read(tmp_path: Path) -> None:
    rows = [
        {"prompt": ASKED, "answers": "80 kg\n80 kilograms", "sources": "a.md; b.md", "answerable": "", "checks": ""},
        {"prompt": "Who?", "answers": "", "sources": "", "answerable": "FALSE", "checks": ""},
        {"prompt": "Yes?", "answers": '["yes"]', "sources": "", "answerable": "",
         "checks": '[{"type": "choice", "values": ["yes", "no"]}]'},
    ]  # fmt: skip
    first, second, third = (row.case or {} for row in read_evaluation_set(put(tmp_path, "a.csv", rows), "behaviour"))
    assert (first["answers"], first["sources"], first["kind"]) == (
        ["80 kg", "80 kilograms"],
        ["a.md", "b.md"],
        "behaviour",
    )
    assert second["answerable"] is False
    assert (third["answers"], third["checks"][0]["type"]) == (["yes"], "choice")


def test_fields_of_a_case_may_stand_in_a_row_of_any_set(tmp_path: Path) -> None:
    """A table of questions and answers, with the sources that somebody has noted: they were dropped."""
    rows = [
        {"Question": ASKED, "Answer": RIGHT, "Sources": "a.md; b.md", "Group": "wren", "Answerable": ""},
        {"Question": "Who?", "Answer": "", "Sources": "", "Group": "", "Answerable": "false"},
    ]
    first, second = (row.case or {} for row in read_evaluation_set(put(tmp_path, "a.csv", rows), "knowledge"))
    assert (first["sources"], first["group"], first["answers"]) == (["a.md", "b.md"], "wren", [RIGHT])
    assert (second["answerable"], "answers" in second) == (False, False)


def test_what_a_system_retrieved_is_no_source(tmp_path: Path) -> None:
    """An evaluated set of RAGAS: `answer` is what the system said, `contexts` what it had found."""
    (row,) = read_evaluation_set(put(tmp_path, "a.json", [SETS["RAGAS before 0.2"] | {"answer": "90 kg"}]), "knowledge")
    assert row.case is not None
    assert (row.case["answers"], row.contexts) == ([RIGHT], ())


def test_no_answer_of_squad_is_a_case_that_cannot_be_answered(tmp_path: Path) -> None:
    (row,) = read_evaluation_set(put(tmp_path, "a.json", [SETS["SQuAD"] | {"answers": {"text": []}}]), "knowledge")
    assert row.case is not None
    assert (row.case["answerable"], row.contexts) == (False, ())


ASSERTIONS: dict[str, Any] = {
    "any": ([{"type": "contains-any", "value": ["80 kg", "80kg"]}], ["80 kg", "80kg"], []),
    "all": ([{"type": "contains", "value": "a"}, {"type": "contains", "value": "b"}], [], ["contains", "contains"]),
    "exact": ([{"type": "equals", "value": "yes"}], [], ["choice"]),
    "forbidden": (
        [{"type": "contains", "value": "a"}, {"type": "not-icontains", "value": "b"}],
        ["a"],
        ["not_contains"],
    ),
    "form": ([{"type": "is-json"}, {"type": "regex", "value": "^{"}], [], ["json_schema", "regex"]),
    "reference": ([{"type": "similar", "value": "It carries 80 kg.", "threshold": 0.8}], ["It carries 80 kg."], []),
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_assertions_of_promptfoo_become_answers_and_checks(name: str, tmp_path: Path) -> None:
    given, answers, checks = ASSERTIONS[name]
    (row,) = read_evaluation_set(put(tmp_path, "a.json", [{"vars": {"q": ASKED}, "assert": given}]), "knowledge")
    assert row.case is not None
    assert (row.case["answers"], [check["type"] for check in row.case["checks"]], row.left_out) == (answers, checks, "")


LEFT_OUT: dict[str, Any] = {
    "judged": ({"vars": {"q": ASKED}, "assert": [{"type": "llm-rubric", "value": "is kind"}]}, "not read: llm-rubric"),
    "none": ({"vars": {"q": ASKED}}, "no assertion"),
    "variables": ({"vars": {"language": "fr", "text": "a"}, "assert": []}, "vars language, text: the whole question"),
    "file": ({"vars": {"q": "file://a.txt"}, "assert": []}, "vars.q is no text"),
    "no reference": ({"user_input": ASKED, "reference": " "}, "reference is empty"),
    "turns": ({"user_input": [{"type": "human", "content": "a"}], "reference": "b"}, "user_input is no text"),
    "answers": ({"question": ASKED, "answers": [{"a": 1}]}, "answers is neither a text nor a list of texts"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_cannot_be_measured_is_left_out_and_told(name: str, tmp_path: Path) -> None:
    given, told = LEFT_OUT[name]
    (row,) = read_evaluation_set(put(tmp_path, "a.json", [given]), "knowledge")
    assert row.case is None
    assert told in row.left_out


def test_an_assertion_that_is_not_read_is_told_of_a_case_that_is(tmp_path: Path) -> None:
    given = [{"type": "contains", "value": "80 kg"}, {"type": "latency", "threshold": 5}]
    (row,) = read_evaluation_set(put(tmp_path, "a.json", [{"vars": {"q": ASKED}, "assert": given}]), "knowledge")
    assert row.case is not None
    assert row.left_out == "assertions that are not read: latency"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [{"question": "a", "answer": "what a system said", "contexts": ["c"]}],
            "unknown format, with the fields answer,",
        ),
        ([{"asked": "a", "wanted": "b"}], "unknown format, with the fields asked, wanted; allowed: RAGAS: user_input"),
        ([{"prompt": "a"}], "row 1: nothing to measure against"),
        ([{"question": "a", "answer": "b"}, 3], "row 2: int instead of an object"),
        ([{"vars": {"q": "a"}, "assert": [{"type": "regex", "value": "("}]}], "row 1: regex '('"),
    ],
)
def test_what_is_no_set_is_refused_with_file_and_row(rows: Any, told: str, tmp_path: Path) -> None:
    path = put(tmp_path, "a.json", rows)
    with pytest.raises(BadRow) as caught:
        read_evaluation_set(path, "knowledge")
    assert caught.value.message.startswith(str(path))
    assert told in caught.value.message


def test_yaml_is_to_be_written_as_json(tmp_path: Path) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text("tests: []\n")
    with pytest.raises(BadInput, match="YAML is not read as cases") as caught:
        read_evaluation_set(tmp_path / "promptfooconfig.yaml", "knowledge")
    assert "yq -o json" in caught.value.hint

"""cases.jsonl and examples.jsonl: good rows as values, and each kind of bad row with its file and its number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import BadInput, BadRow
from tunebook.rows import CASE_HINT, EXAMPLE_HINT, read_cases, read_examples, read_questions
from tunebook.values import Source

GOOD_CASE: dict[str, Any] = {"id": "c1", "prompt": "How heavy?", "answers": ["12 kg"]}
GOOD_EXAMPLE: dict[str, Any] = {"id": "e1", "prompt": "How heavy?", "completion": "12 kg."}


def write(folder: Path, *rows: Any) -> Path:
    """Rows that are text or bytes are written as they are."""
    path = folder / "rows.jsonl"
    lines = [row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else dumped(row) for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def dumped(row: Any) -> bytes:
    return json.dumps(row).encode()


def chat(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


# --- good rows


def test_a_case_has_every_field_of_its_row(tmp_path):
    row = GOOD_CASE | {
        "kind": "behaviour",
        "answerable": True,
        "sources": ["a.md", {"document": "b.pdf", "page": 2, "quote": "12 kg"}],
        "checks": [{"type": "max_words", "limit": 9}],
        "group": "a.md",
    }
    (case,) = read_cases(write(tmp_path, row))
    assert (case.row, case.id, case.kind, case.prompt, case.group) == (1, "c1", "behaviour", "How heavy?", "a.md")
    assert case.sources == (Source("a.md"), Source("b.pdf", 2, "12 kg"))
    assert case.answers == ("12 kg",)
    assert case.checks == ({"type": "max_words", "limit": 9},)


def test_defaults_of_a_case(tmp_path):
    (case,) = read_cases(write(tmp_path, GOOD_CASE))
    assert (case.kind, case.answerable, case.sources, case.checks, case.group) == ("knowledge", True, (), (), "c1")


def test_rows_are_numbered_as_the_file_counts_them(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbf" + dumped(GOOD_CASE), "", "  ", GOOD_CASE | {"id": "c2"})
    assert [(case.row, case.id) for case in read_cases(path)] == [(1, "c1"), (4, "c2")]


def test_an_example_from_a_prompt_or_from_messages_is_the_same(tmp_path):
    turns = chat(("user", "How heavy?"), ("assistant", "12 kg."))
    one, other = read_examples(write(tmp_path, GOOD_EXAMPLE, {"id": "e2", "messages": turns}))
    assert (one.messages, one.completion) == (other.messages, other.completion)


def test_an_example_without_id_has_its_row_number_and_knows_what_it_rests_on(tmp_path):
    rows = [
        {"prompt": "a", "completion": "b"},
        {"prompt": "c", "completion": "d", "sources": [{"document": "a.md"}]},
        {"prompt": "e", "answerable": False},
    ]
    form, sourced, refused = read_examples(write(tmp_path, *rows))
    assert [form.id, sourced.id, refused.id] == ["1", "2", "3"]
    assert [form.knows, sourced.knows, refused.knows] == [False, True, True]
    assert (sourced.sources, refused.completion) == (("a.md",), None)


def test_questions_take_either_name_of_the_id(tmp_path):
    path = write(tmp_path, {"id": "q1", "prompt": "a"}, {"_id": "q2", "text": "b"}, {"prompt": "c"})
    assert read_questions(path) == [("q1", "a"), ("q2", "b"), ("3", "c")]


# --- bad rows

BAD_CASES: dict[str, tuple[Any, str]] = {
    "no json": ('{"id": ', "not a line of JSON"),
    "no utf-8": (b'{"id": "\xff"}', "not a line of JSON"),
    "nested too deeply": ("[" * 100_000, "not a line of JSON"),
    "a number of 5000 digits": ('{"id": ' + "1" * 5000 + "}", "not a line of JSON"),
    "half a character": (r'{"id": "c2", "prompt": "\ud800", "answers": ["x"]}', "not a line of JSON"),
    "no object": ([1], "list instead of an object"),
    "no id": ({"prompt": "a", "answers": ["b"]}, "no id"),
    "no prompt": ({"id": "c2", "answers": ["b"]}, "no prompt and no messages"),
    "blank prompt": (GOOD_CASE | {"id": "c2", "prompt": " "}, "no prompt and no messages"),
    "kind": (GOOD_CASE | {"id": "c2", "kind": "style"}, "kind 'style'; allowed: knowledge, behaviour"),
    "answerable": (GOOD_CASE | {"id": "c2", "answerable": "no"}, "answerable is 'no'; allowed: true, false"),
    "answers no list": (GOOD_CASE | {"id": "c2", "answers": "12 kg"}, "answers must be a list of texts"),
    "answers no texts": (GOOD_CASE | {"id": "c2", "answers": [12]}, "answers must be a list of texts"),
    "nothing to measure": ({"id": "c2", "prompt": "a"}, "nothing to measure against"),
    "same id": (GOOD_CASE, "id 'c1' is also the id of row 1"),
    "source": (GOOD_CASE | {"id": "c2", "sources": [3]}, "a source is a document id or"),
    "source without a name": (GOOD_CASE | {"id": "c2", "sources": [{"document": ""}]}, "a source is a document id or"),
    "page as text": (GOOD_CASE | {"id": "c2", "sources": [{"document": "a", "page": "3"}]}, "page '3' of a source"),
    "page 0": (GOOD_CASE | {"id": "c2", "sources": [{"document": "a", "page": 0}]}, "allowed: 1 and more"),
    "quote no text": (GOOD_CASE | {"id": "c2", "sources": [{"document": "a", "quote": 7}]}, "quote 7 of a source"),
    "sources no list": (GOOD_CASE | {"id": "c2", "sources": 3}, "sources must be a list"),
    "checks no list": (GOOD_CASE | {"id": "c2", "checks": 3}, "checks must be a list"),
    "unknown check": (GOOD_CASE | {"id": "c2", "checks": [{"type": "smells"}]}, "check 'smells'; allowed: json_schema"),
    "check's type is a list": (GOOD_CASE | {"id": "c2", "checks": [{"type": ["regex"]}]}, "allowed: json_schema"),
    "check no object": (GOOD_CASE | {"id": "c2", "checks": ["regex"]}, "check 'regex'; allowed: json_schema"),
    "check without its field": (GOOD_CASE | {"id": "c2", "checks": [{"type": "regex"}]}, "a regex check needs pattern"),
    "regex": (GOOD_CASE | {"id": "c2", "checks": [{"type": "regex", "pattern": "("}]}, "regex '('"),
    "max_words": (GOOD_CASE | {"id": "c2", "checks": [{"type": "max_words", "limit": "few"}]}, "limit 'few'"),
    "max_words below 1": (
        GOOD_CASE | {"id": "c2", "checks": [{"type": "max_words", "limit": -3}]},
        "allowed: 1 and more",
    ),
    "no values": (
        GOOD_CASE | {"id": "c2", "checks": [{"type": "contains", "values": []}]},
        "values [] of a contains check",
    ),
    "values no texts": (
        GOOD_CASE | {"id": "c2", "checks": [{"type": "choice", "values": {"a": 1}}]},
        "a list of texts",
    ),
    "a value that is blank": (
        GOOD_CASE | {"id": "c2", "checks": [{"type": "choice", "values": ["a", " "]}]},
        "list of texts",
    ),
    "values a number": (GOOD_CASE | {"id": "c2", "checks": [{"type": "not_contains", "values": 5}]}, "a list of texts"),
    "sources empty object": (GOOD_CASE | {"id": "c2", "sources": {}}, "sources must be a list"),
    "checks zero": (GOOD_CASE | {"id": "c2", "checks": 0}, "checks must be a list"),
    "id a list": (GOOD_CASE | {"id": ["a"]}, "id ['a']; allowed: a text or a number"),
    "group a list": (GOOD_CASE | {"id": "c2", "group": [1]}, "group [1]; allowed: a text or a number"),
    "messages no list": ({"id": "c2", "messages": "a", "answers": ["b"]}, "messages must be a list"),
    "no messages": ({"id": "c2", "messages": [], "answers": ["b"]}, "messages must be a list"),
    "role": ({"id": "c2", "messages": chat(("tool", "a")), "answers": ["b"]}, "messages must be a list"),
    "no user": ({"id": "c2", "messages": chat(("system", "a")), "answers": ["b"]}, "the last message is the system's"),
}


@pytest.mark.parametrize("kind", BAD_CASES)
def test_a_bad_case_is_refused_with_file_and_row(kind, tmp_path):
    row, message = BAD_CASES[kind]
    path = write(tmp_path, GOOD_CASE, row)
    with pytest.raises(BadRow) as caught:
        read_cases(path)
    assert caught.value.message.startswith(f"{path}, row 2: ")
    assert message in caught.value.message
    assert caught.value.hint.endswith("docs/cases.md describes it")


@pytest.mark.parametrize(("hint", "read"), [(CASE_HINT, read_cases), (EXAMPLE_HINT, read_examples)])
def test_the_row_that_a_hint_shows_is_one(tmp_path, hint, read):
    path = tmp_path / "rows.jsonl"
    path.write_text(hint.removeprefix("a row: ").partition(";")[0])
    assert len(read(path)) == 1


def test_an_id_may_be_any_number(tmp_path):
    assert [case.id for case in read_cases(write(tmp_path, GOOD_CASE | {"id": 0}))] == ["0"]


BAD_EXAMPLES: dict[str, tuple[Any, str]] = {
    "no completion": ({"prompt": "a"}, "no completion"),
    "completion no text": ({"prompt": "a", "completion": 3}, "completion is int, not text"),
    "no assistant": ({"messages": chat(("user", "a"))}, "the last message is the user's, not the assistant's"),
    "no question": ({"messages": chat(("assistant", "a"))}, "no question before the answer"),
    "only a system message": ({"messages": chat(("system", "a"), ("assistant", "b"))}, "no question before the answer"),
    "answered and not": ({"prompt": "a", "completion": "b", "answerable": False}, "answerable is false and there is a"),
    "answerable": ({"prompt": "a", "completion": "b", "answerable": 0}, "answerable is 0; allowed: true, false"),
    "sources no list": ({"prompt": "a", "completion": "b", "sources": 1}, "sources must be a list"),
    "same id": (GOOD_EXAMPLE, "id 'e1' is also the id of row 1"),
}


@pytest.mark.parametrize("kind", BAD_EXAMPLES)
def test_a_bad_example_is_refused_with_file_and_row(kind, tmp_path):
    row, message = BAD_EXAMPLES[kind]
    path = write(tmp_path, GOOD_EXAMPLE, row)
    with pytest.raises(BadRow) as caught:
        read_examples(path)
    assert caught.value.message.startswith(f"{path}, row 2: ")
    assert message in caught.value.message


def test_an_id_that_is_the_number_of_a_row_without_one_is_told(tmp_path):
    row = {"prompt": "a", "completion": "b"}
    told = "id '1' is also the id of row 1, for a row without an id has its number"
    with pytest.raises(BadRow, match=told):
        read_examples(write(tmp_path, row, row | {"id": 1}))


@pytest.mark.parametrize("any_turns", [False, True])
def test_of_two_answers_none_is_dropped_in_silence(any_turns, tmp_path):
    answered = {"messages": chat(("user", "a"), ("assistant", "b"))}
    with pytest.raises(BadRow, match="row 1: "):
        read_examples(write(tmp_path, answered | {"completion": "c"}), any_turns)


def test_a_question_id_with_white_space_is_refused(tmp_path):
    with pytest.raises(BadRow, match="row 1: id 'q 1' holds white space"):
        read_questions(write(tmp_path, {"id": "q 1", "prompt": "a"}))


def test_two_queries_of_one_id_would_make_a_wrong_run(tmp_path):
    with pytest.raises(BadRow, match="row 2: id 'q1' is also the id of row 1"):
        read_questions(write(tmp_path, {"id": "q1", "prompt": "a"}, {"id": "q1", "prompt": "b"}))


@pytest.mark.parametrize("read", [read_cases, read_examples, read_questions])
def test_a_file_that_is_missing_or_empty_is_bad_input(read, tmp_path):
    with pytest.raises(BadInput, match="is not there"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(BadInput, match="is empty"):
        read(write(tmp_path, "", " "))


def test_an_example_of_id_and_group_nought_keeps_them(tmp_path):
    path = write(tmp_path, *({"id": n, "group": 0, "prompt": f"Q{n}?", "completion": "a"} for n in range(3)))
    assert [(one.id, one.group) for one in read_examples(path)] == [("0", "0"), ("1", "0"), ("2", "0")]
    with pytest.raises(BadRow, match="group True"):
        read_examples(write(tmp_path, {"group": True, "prompt": "Q?", "completion": "a"}))

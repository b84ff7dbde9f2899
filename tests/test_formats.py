"""The formats that examples come in: each gives the same examples, and a file of none is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import BadInput, BadRow
from tunebook.rows import read_examples

ALPACA = {"instruction": "Sort this.", "input": "The chain is off.", "output": "workshop"}
SHAREGPT = {
    "conversations": [
        {"from": "human", "value": "Sort this.\n\nThe chain is off."},
        {"from": "gpt", "value": "workshop"},
    ]
}
PROMPT = {"prompt": "Sort this.\n\nThe chain is off.", "completion": "workshop"}
MESSAGES = {
    "messages": [{"role": "user", "content": PROMPT["prompt"]}, {"role": "assistant", "content": PROMPT["completion"]}]
}
CSV = 'instruction,input,output\r\nSort this.,The chain is off.,workshop\r\n"Sort ""that"".\n",,office\r\n'


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("row", [ALPACA, SHAREGPT, PROMPT, MESSAGES], ids=["alpaca", "sharegpt", "prompt", "messages"])
@pytest.mark.parametrize("written", ["lines", "array", "array with mark and blanks"])
def test_every_shape_says_the_same_in_lines_and_in_an_array(row: Any, written: str, tmp_path: Path) -> None:
    text = json.dumps(row) + "\n" if written == "lines" else json.dumps([row], indent=1)
    path = put(tmp_path, "rows.json", ("\ufeff \n" if "mark" in written else "") + text)
    (example,) = read_examples(path)
    assert (example.row, example.id) == (1, "1")
    assert example.messages == ({"role": "user", "content": "Sort this.\n\nThe chain is off."},)
    assert example.completion == "workshop"


CHAT = {
    "prompt": MESSAGES["messages"][:1],
    "completion": MESSAGES["messages"][1:],
}
PAIRS = {
    "trl chats": {"prompt": CHAT["prompt"], "chosen": CHAT["completion"]} | {
        "rejected": [{"role": "assistant", "content": "desk"}]},
    "alpaca": {"instruction": "Sort this.", "input": "The chain is off.", "chosen": "workshop", "rejected": "desk"},
    "sharegpt": {"conversations": SHAREGPT["conversations"][:1], "chosen": SHAREGPT["conversations"][1],
                 "rejected": {"from": "gpt", "value": "desk"}},
}  # fmt: skip


def test_a_question_and_an_answer_may_be_chats(tmp_path: Path) -> None:
    """TRL's conversational prompt and completion: "no prompt and no messages"."""
    (example,) = read_examples(put(tmp_path, "rows.jsonl", json.dumps(CHAT)))
    assert (example.prompt, example.completion) == (PROMPT["prompt"], "workshop")


@pytest.mark.parametrize("shape", PAIRS)
def test_preference_pairs_of_every_trainer_say_the_same(shape: str, tmp_path: Path) -> None:
    (example,) = read_examples(put(tmp_path, "rows.jsonl", json.dumps(PAIRS[shape])))
    assert (example.prompt, example.completion, example.rejected) == (PROMPT["prompt"], "workshop", "desk")


QUESTIONS = {
    "question and answer": {"question": PROMPT["prompt"], "answer": "workshop"},
    "dolly": {"instruction": "Sort this.", "context": "The chain is off.", "response": "workshop", "category": "x"},
}


@pytest.mark.parametrize("shape", QUESTIONS)
@pytest.mark.parametrize("written", ["lines", "under a key"])
def test_questions_with_answers_are_examples(shape: str, written: str, tmp_path: Path) -> None:
    row = QUESTIONS[shape] | {"sources": ["a.md"]}
    path = put(tmp_path, "rows.json", json.dumps(row if written == "lines" else {"examples": [row]}, indent=None))
    (example,) = read_examples(path)
    assert (example.prompt, example.completion, example.sources) == (PROMPT["prompt"], "workshop", ("a.md",))


def test_an_answer_that_is_marked_as_bad_is_not_learnt(tmp_path: Path) -> None:
    """TRL's unpaired preferences: of a label nothing was read, and the bad answers were trained on."""
    rows = [PROMPT | {"label": True}, PROMPT | {"label": "workshop"}]
    assert len(read_examples(put(tmp_path, "good.json", json.dumps(rows)))) == 2
    with pytest.raises(BadRow, match="row 3: not as in prompt and completion: label is false"):
        read_examples(put(tmp_path, "bad.json", json.dumps([*rows, PROMPT | {"label": False}])))
    with pytest.raises(BadRow, match="label is false"):
        read_examples(put(tmp_path, "bad.csv", "prompt,completion,label\nHow wide?,86 cm,True\nHow wide?,9 cm,False\n"))


def test_system_and_history_of_alpaca_and_sharegpt(tmp_path: Path) -> None:
    alpaca = ALPACA | {"system": "Be brief.", "history": [["Hello", "Hello, the desk."]]}
    sharegpt = {"system": "Be brief.", "conversations": [*SHAREGPT["conversations"], *SHAREGPT["conversations"]]}
    one, other = read_examples(put(tmp_path, "rows.json", json.dumps([alpaca, sharegpt])))
    assert [m["role"] for m in one.messages] == [m["role"] for m in other.messages]
    assert [m["role"] for m in one.messages] == ["system", "user", "assistant", "user"]


def test_a_table_may_be_of_commas_semicolons_or_tabs(tmp_path: Path) -> None:
    comma, semicolon = put(tmp_path, "a.csv", CSV), put(tmp_path, "b.csv", "prompt;completion\na, b;c\n")
    tab = put(tmp_path, "c.tsv", "\ufeffPrompt\tCompletion\tsources\tanswerable\na, b\tc\tx.md; y.md\tTRUE\n")
    one, two = read_examples(comma)
    assert [(e.row, e.prompt, e.completion) for e in (one, two)] == [
        (2, "Sort this.\n\nThe chain is off.", "workshop"), (3, 'Sort "that".\n', "office"),
    ]  # fmt: skip
    (of_semicolons,), (of_tabs,) = read_examples(semicolon), read_examples(tab)
    assert (of_semicolons.prompt, of_semicolons.completion) == (of_tabs.prompt, of_tabs.completion) == ("a, b", "c")
    assert (of_tabs.sources, of_tabs.answerable) == (("x.md", "y.md"), True)


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    (example,) = read_examples(put(tmp_path, "a.csv", f"prompt,completion\n{'word ' * 40_000},b\n"))
    assert len(example.prompt) == 200_000


REFUSED = {
    "unknown fields": ("a.jsonl", '{"prompt": "a", "completion": "b"}\n{"question": "a", "reply": "b"}',
                       ("row 2: unknown format, with the fields question, reply", "messages; conversations")),
    "unknown columns": ("a.csv", "question,reply\na,b\n", ("row 2: unknown format, with the fields question, reply",)),
    "no object": ("a.json", '[{"prompt": "a", "completion": "b"}, 3]', ("row 2: int instead of an object",)),
    "broken array": ("a.json", '[{"prompt": "a",', ("opens with [ and is no JSON array",)),
    "column twice": ("a.csv", "prompt,completion,Prompt\na,b,c\n", ("row 1: the column 'prompt' is there twice",)),
    "short row": ("a.csv", "prompt,completion\na,b\nc\n", ("row 3: 1 cells under 2 columns",)),
    "open quote": ("a.csv", 'prompt,completion\na,"b\n', ("row 2: not a row of a table",)),
    "not utf-8": ("a.csv", b"prompt,completion\ncaf\xe9,b\n", ("line 2: byte 0xe9 is not UTF-8",)),
    "binary": ("a.jsonl", b"PAR1\x15\x04\xff\xfe", ("row 1: not a line of JSON",)),
    "Parquet that is none": ("a.parquet", b"PAR1\x15\x04\xff\xfe", ("cannot be read as Parquet",)),
    "a spreadsheet": ("a.xlsx", b"PK\x03\x04", ("a spreadsheet is not read as examples",)),
    "history": ("a.json", json.dumps([ALPACA | {"history": ["Hello"]}]), ("row 1: not as in instruction and output",)),
    "flat history": ("a.json", json.dumps([ALPACA | {"history": ["qa"]}]), ("to be a list of [question, answer]",)),
    "a context": ("a.csv", "question,answer,context\na,b,c\n", ("row 2: not as in question and answer: context would be",)),
    "an evaluation set": ("a.json", json.dumps([{"question": "a", "answer": "b", "ground_truth": "c"}]), ("cases import",)),
    "YAML": ("a.yml", "tests: []", ("YAML is not read as examples",)),
    "turns": ("a.json", '[{"conversations": [{"speaker": "x"}]}]', ("row 1: messages must be a list",)),
    "answerable": ("a.csv", "prompt,completion,answerable\na,b,maybe\n", ("row 2: answerable is 'maybe'",)),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("any_turns", [False, True])
def test_what_is_no_example_is_refused_with_file_and_row(kind: str, any_turns: bool, tmp_path: Path) -> None:
    name, content, told = REFUSED[kind]
    path = put(tmp_path, name, content)
    with pytest.raises(BadInput) as caught:
        read_examples(path, any_turns)
    assert caught.value.message.startswith(str(path))
    assert caught.value.hint
    for part in told:
        assert part in caught.value.message


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("a.csv", "prompt,completion\n"), ("a.json", "[]")])
def test_a_file_without_rows_is_refused(name: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no examples: "):
        read_examples(put(tmp_path, name, content))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.jsonl"])
def test_a_file_that_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not there"):
        read_examples(tmp_path / name)


def chat(*turns: tuple[Any, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


@pytest.mark.parametrize(
    ("row", "roles", "completion"),
    [
        (chat(("user", "a"), ("bot", "b")), ["user", "bot"], None),
        (chat(("user", "a"), ("user", "b")), ["user", "user"], None),
        (chat(("user", "a"), ("assistant", None)), ["user"], ""),
        (chat(("assistant", "a")), ["user"], "a"),
        (chat(), ["user"], None),
        ({"prompt": " ", "completion": "b"}, ["user"], "b"),
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "tool", "value": "b"}]}, ["user", "tool"], None),
    ],
)
def test_the_desk_is_given_chats_out_of_order_and_others_are_not(
    row: Any, roles: list[str], completion: str | None, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.jsonl", json.dumps(row))
    (example,) = read_examples(path, any_turns=True)
    assert ([message["role"] for message in example.messages], example.completion) == (roles, completion)
    if row != chat(("user", "a"), ("assistant", None)):
        with pytest.raises(BadRow):
            read_examples(path)


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Sum", "input": 5, "output": "10"},
        {"instruction": "Sum", "input": ["a"], "output": "a"},
        {"chosen": "Human: hi Assistant: yo", "rejected": "no"},
        {"prompt": "a", "chosen": "b", "rejected": chat(("user", "a"))["messages"]},
        {"prompt": "a", "chosen": chat(("user", "a"))["messages"], "rejected": "b"},
        {"chosen": chat(("user", "a"), ("assistant", "b"))["messages"], "rejected": chat(("user", "a"))["messages"]},
        {
            "chosen": chat(("user", "a"), ("assistant", "b"))["messages"],
            "rejected": chat(("user", "another question"), ("assistant", "c"))["messages"],
        },
    ],
)
def test_a_part_that_would_be_lost_is_refused(row: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(BadRow, match="row 1: not as in"):
        read_examples(path)


@pytest.mark.parametrize("row", [ALPACA, SHAREGPT, PROMPT, MESSAGES], ids=["alpaca", "sharegpt", "prompt", "messages"])
def test_parquet_says_what_lines_say(row: Any, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    rows = [row | {"id": "e-1", "sources": ["a.md"], "group": None}, row | {"id": "e-2", "sources": None, "group": "g"}]
    write_table(pa.Table.from_pylist(rows), tmp_path / "train-00000.parquet", row_group_size=1)
    lines = put(tmp_path, "rows.jsonl", "\n".join(json.dumps({k: v for k, v in one.items() if v}) for one in rows))
    assert read_examples(tmp_path / "train-00000.parquet") == read_examples(lines)


def test_parquet_without_a_row_is_told(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.table({"prompt": pa.array([], pa.string())}), tmp_path / "a.parquet")
    with pytest.raises(BadInput, match="is empty"):
        read_examples(tmp_path / "a.parquet")


def test_the_separator_may_be_named_before_the_header(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "\ufeffsep=;\r\nprompt;completion\r\nHow wide, how long?;86 cm, 2 m\r\n")
    (example,) = read_examples(path)
    assert (example.prompt, example.completion, example.row) == ("How wide, how long?", "86 cm, 2 m", 2)

"""Files of rows: JSON Lines, JSON arrays, CSV, TSV and Parquet; and the shapes that examples come in, as one shape.

    list(example_rows(Path("alpaca.json"), hint))
    →  [(1, {"prompt": "Sort this.\\n\\nThe chain is off.", "completion": "workshop"})]

A row's shape is known by its fields (`SHAPES`); another one is another line there.  Fields that no shape knows (id, group,
sources, …) pass through.  Rows are counted from 1: lines of JSON Lines, elements of an array, rows of a table with its
header, rows of Parquet.  Left out on purpose: spreadsheets and YAML, which can be written as one of these.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, BadRow, first_line

Fields = Mapping[str, Any]

SEPARATORS = {".csv": ",;\t|", ".tsv": "\t"}
NOT_READ = {  # kinds of file that something else can write as one that is read
    **dict.fromkeys(
        (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), ("a spreadsheet", "save its table as CSV in UTF-8")
    ),
    **dict.fromkeys((".yaml", ".yml"), ("YAML", "write it as JSON, for example: yq -o json FILE.yaml > FILE.json")),
}
_NAMES_IT = re.compile(r"\A\s*sep=(?P<separator>[^\r\n])\r?\n", re.IGNORECASE)  # as Excel writes it before the header
SPEAKERS = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
LONGEST_CELL = 100_000_000  # characters; the csv module stops at 131,072
WRAPPED = ("tests", "examples")  # what promptfoo's configuration and LlamaIndex's datasets call their rows


@dataclass(frozen=True, slots=True)
class Shape:
    """A row that has all these fields is of this shape; `made` gives it the fields of `examples.jsonl`."""

    name: str
    fields: tuple[str, ...]
    made: Callable[[Fields], Fields]


def example_rows(path: Path, hint: str) -> Iterator[tuple[int, Fields]]:
    """(number, fields of `examples.jsonl`) of each row.  Raises BadInput (no file, no rows) or BadRow."""
    for number, row in file_rows(path, "examples", hint):
        shape = next((one for one in SHAPES if all(field in row for field in one.fields)), None)
        if shape is None:
            given = ", ".join(sorted(map(str, row))[:8]) or "none"
            allowed = "; ".join(one.name for one in SHAPES)
            raise BadRow(f"{path}, row {number}: unknown format, with the fields {given}; allowed: {allowed}", hint)
        try:
            yield number, shape.made(row)
        except (TypeError, ValueError) as error:
            raise BadRow(f"{path}, row {number}: not as in {shape.name}: {error}", hint) from error


def file_rows(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """(number, fields) of each row of a file of any of the kinds; `what` names the rows in messages.  Raises BadInput or BadRow."""
    kind = path.suffix.lower()
    if kind in NOT_READ:
        raise BadInput(f"{path}: {NOT_READ[kind][0]} is not read as {what}", NOT_READ[kind][1])
    if not path.is_file():
        raise BadInput(f"no {what}: {path} is not there", hint)
    if kind == ".parquet":
        return _parquet(path, what, hint)
    if kind in SEPARATORS:
        return _table(path, SEPARATORS[kind], what, hint)
    if _is_array(path):
        return _array(path, what, hint)
    wrapped = _wrapped(path) if kind == ".json" else None
    return json_lines(path, what, hint) if wrapped is None else _elements(wrapped, path, what, hint)


def _parquet(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """A field that is null is not there: a column holds something in each row."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
            for number, row in enumerate(rows, 1):
                yield number, {name: value for name, value in row.items() if value is not None}
    except (ArrowException, OSError) as error:
        raise BadInput(f"{path}: cannot be read as Parquet: {first_line(error)}", hint) from error
    if not number:
        raise BadInput(f"no {what}: {path} is empty", hint)


def json_lines(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """(line, object) of each line that is not blank; `what` names the rows in messages.  Raises BadInput or BadRow."""
    if not path.is_file():
        raise BadInput(f"no {what}: {path} is not there", hint)
    found = False
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if not raw.strip():
                continue
            found = True
            try:
                row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
                json.dumps(row, ensure_ascii=False).encode()  # JSON can spell half a character; no tokenizer takes it
            except (ValueError, RecursionError) as error:
                raise BadRow(f"{path}, row {number}: not a line of JSON: {error}", hint) from error
            yield number, _object(row, number, path, hint)
    if not found:
        raise BadInput(f"no {what}: {path} is empty", hint)


def _is_array(path: Path) -> bool:
    """Whether the file's first character, white space and byte order mark apart, opens an array."""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _wrapped(path: Path) -> list[Any] | None:
    """The rows in a file that is one object around them; None for any other file."""
    try:
        whole = json.loads(_text(path))
        json.dumps(whole, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    lists = [whole[name] for name in WRAPPED if isinstance(whole.get(name), list)] if isinstance(whole, dict) else []
    return lists[0] if lists else None


def _array(path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    try:
        rows = json.loads(_text(path))
        json.dumps(rows, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRow(f"{path}: opens with [ and is no JSON array: {error}", hint) from error
    yield from _elements(rows, path, what, hint)


def _elements(rows: list[Any], path: Path, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    if not rows:
        raise BadInput(f"no {what}: {path} is empty", hint)
    for number, row in enumerate(rows, 1):
        yield number, _object(row, number, path, hint)


def _object(row: Any, number: int, path: Path, hint: str) -> Fields:
    if not isinstance(row, dict):
        raise BadRow(f"{path}, row {number}: {type(row).__name__} instead of an object", hint)
    return row


def _table(path: Path, separators: str, what: str, hint: str) -> Iterator[tuple[int, Fields]]:
    """Rows under a header of column names; its separator is named before it, or the one that it holds most of."""
    text = _text(path)
    named = _NAMES_IT.match(text)
    text = text[named.end() :] if named else text
    header = text.lstrip("\r\n").partition("\n")[0]
    separator = named["separator"] if named else max(separators, key=header.count)
    csv.field_size_limit(LONGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] = []
    number = 0
    try:
        for number, cells in enumerate((line for line in lines if line), 1):
            if not names:
                names = [cell.strip().lower() for cell in cells]
                if twice := next((name for name in names if name and names.count(name) > 1), None):
                    raise BadRow(f"{path}, row {number}: the column {twice!r} is there twice", hint)
            elif len(cells) != len(names):
                raise BadRow(f"{path}, row {number}: {len(cells)} cells under {len(names)} columns", hint)
            else:
                yield number, _cells(dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        raise BadRow(f"{path}, row {number + 1}: not a row of a table: {error}", hint) from error
    if number < 2:
        raise BadInput(f"no {what}: {path} holds no row under a header", hint)


def _cells(row: dict[str, str]) -> Fields:
    """What is not text in `examples.jsonl`, from its cell; an optional field that is empty is not there."""
    texts = {"prompt", "completion", "instruction", "output", "question", "answer", "response"}
    kept: dict[str, Any] = {name: cell for name, cell in row.items() if cell.strip() or name in texts}
    for name in ("answerable", "label"):
        if name in kept:
            kept[name] = {"true": True, "false": False}.get(kept[name].strip().lower(), kept[name])
    if "sources" in kept:
        kept["sources"] = [one.strip() for one in kept["sources"].split(";") if one.strip()]
    return kept


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        told = f"{path}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8"
        raise BadRow(told, "save the file as UTF-8") from error


def _as_it_is(row: Fields) -> Fields:
    return row


def _answered(row: Fields) -> Fields:
    """Question and answer, which may be chats, as TRL has them too; one that is marked as a bad answer would be learnt."""
    if row.get("label") is False:
        raise ValueError(
            "label is false: an answer that is not wanted; leave such rows out, or pair them: chosen, rejected"
        )
    rest = {key: value for key, value in row.items() if key != "prompt"}
    return rest | _asked(row) | ({"completion": _last(row["completion"])} if "completion" in row else {})


def _asked(row: Fields) -> dict[str, Any]:
    return {"messages": row["prompt"]} if isinstance(row["prompt"], list) else {"prompt": row["prompt"]}


def _alpaca(row: Fields) -> Fields:
    """Stanford Alpaca: the input is what the instruction is about; `system` and `history` ([question, answer], …) too."""
    parts = (row["instruction"], "" if row.get("input") is None else row["input"])
    if not all(isinstance(part, str) for part in parts):
        raise ValueError("instruction and input are to be texts")
    asked = "\n\n".join(part for part in parts if part)
    rest = {
        key: value for key, value in row.items() if key not in ("instruction", "input", "output", "history", "system")
    }
    told = _system(row)
    for turn in row.get("history") or ():
        if not isinstance(turn, list) or len(turn) != 2:
            raise ValueError("history is to be a list of [question, answer]")
        question, answer = turn
        told += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    turns = {"messages": [*told, {"role": "user", "content": asked}]} if told else {"prompt": asked}
    return rest | turns | {"completion": row["output"]}


def _qa(row: Fields) -> Fields:
    """A question and its answer alone: what both rest on would be lost, and of an evaluation set the answer is a system's."""
    if lost := sorted(row.keys() & {"context", "contexts", "ground_truth"}):
        told = "name its document in sources, or ask about the text in the question; of an evaluation set: tunebook cases import"
        raise ValueError(f"{', '.join(lost)} would be lost: {told}")
    return _answered(_renamed(row, question="prompt", answer="completion"))


def _dolly(row: Fields) -> Fields:
    """Databricks' Dolly: the context is what the instruction is about, Alpaca's input."""
    return _alpaca(_renamed(row, context="input", response="output"))


def _renamed(row: Fields, **names: str) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in row.items()}


def _sharegpt(row: Fields) -> Fields:
    """ShareGPT: `from` names the speaker; one that we do not know stays, for the desk to name."""
    turns = row["conversations"]
    rest = {key: value for key, value in row.items() if key not in ("conversations", "system")}
    if isinstance(turns, list) and all(isinstance(turn, dict) and "from" in turn for turn in turns):
        turns = [{"role": SPEAKERS.get(str(t["from"]), t["from"]), "content": t.get("value")} for t in turns]
        turns = [*_system(row), *turns]
    return rest | {"messages": turns}


def _pairs(row: Fields) -> Fields:
    """Preference pairs: answers as text, as a message, or as chats that end with one; the question in any shape."""
    rest = {key: value for key, value in row.items() if key != "chosen"}
    chosen, rejected = row["chosen"], row["rejected"]
    if "prompt" not in row and ("instruction" in row or "conversations" in row):  # as LLaMA-Factory has them
        asked = _alpaca(rest | {"output": None}) if "instruction" in row else _sharegpt(rest)
        return {**asked, "completion": _last(chosen), "rejected": _last(rejected)}
    if isinstance(chosen, list) and isinstance(rejected, list) and chosen[:-1] != rejected[:-1]:
        raise ValueError("both are to answer the same question, and their messages before the answer differ")
    if "prompt" not in row and isinstance(chosen, str):
        raise ValueError("answers as text need a prompt")
    if "prompt" not in row:  # the question is the start of both chats
        return rest | {"messages": chosen, "rejected": _last(rejected)}
    del rest["prompt"]
    return rest | _asked(row) | {"completion": _last(chosen), "rejected": _last(rejected)}


def _last(answer: Any) -> Any:
    """An answer's text: itself, or the last message's, which is the assistant's."""
    if isinstance(answer, list):
        last = answer[-1] if answer and isinstance(answer[-1], dict) else {}
    elif isinstance(answer, dict):
        last = answer
    else:
        return answer
    if SPEAKERS.get(str(last.get("role", last.get("from")))) != "assistant":
        raise ValueError("a chat is to end with the assistant's answer")
    return last.get("content", last.get("value"))


def _system(row: Fields) -> list[dict[str, str]]:
    return [{"role": "system", "content": row["system"]}] if row.get("system") else []


SHAPES = (
    Shape("chosen and rejected", ("chosen", "rejected"), _pairs),
    Shape("messages", ("messages",), _as_it_is),
    Shape("conversations (ShareGPT)", ("conversations",), _sharegpt),
    Shape("instruction and output (Alpaca)", ("instruction", "output"), _alpaca),
    Shape("prompt and completion", ("prompt",), _answered),
    Shape("question and answer", ("question", "answer"), _qa),
    Shape("instruction and response (Dolly)", ("instruction", "response"), _dolly),
)

"""The shapes that examples come in from elsewhere, as one shape.

    list(example_rows(Path("alpaca.json"), hint))
    →  [(1, {"prompt": "Sort this.\\n\\nThe chain is off.", "completion": "workshop"})]

A row's shape is known by its fields (`SHAPES`); another one is another line there.  Fields that no shape knows (id, group,
sources, …) pass through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.errors import BadRow
from tunebook.formats import Fields, file_rows

SPEAKERS = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


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

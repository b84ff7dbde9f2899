"""Evaluation sets of other tools, row by row, as rows of `cases.jsonl`.

    list(evaluation_rows(Path("testset.jsonl"), hint))
    →  [EvaluationRow(1, {"id": "testset-3f2a91b0", "prompt": "How heavy is it?", "answers": ["80 kg"]}, ("It weighs 80 kg.",))]

A set is known by the fields that its rows have (`SETS`); another one is another line there.  Rows of `cases.jsonl` themselves, of
a table for example, are taken as they are.  A context is a text: whoever has the library looks for its document.
Left out on purpose: what a system answered or retrieved, and assertions that a model or a program has to judge.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tunebook.errors import BadRow
from tunebook.formats import Fields, file_rows
from tunebook.values import content_hash


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A row as a case; None where nothing in it can be measured against.  `left_out` says what of it is not in the case."""

    number: int
    case: Fields | None
    contexts: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Rows with a question, what is right, and the texts that it rests on.

    Where a row also holds the field `answered`, its contexts are what a system had retrieved, right or wrong.
    """

    name: str
    asked: str
    right: str
    contexts: str = ""
    separator: str = ""  # between contexts in a cell of a table
    answered: str = ""
    unless: str = ""  # with this field beside them `right` is what a system said


SETS = (
    EvaluationSet("RAGAS", "user_input", "reference", "reference_contexts"),
    EvaluationSet("RAGAS before 0.2", "question", "ground_truth", "contexts", answered="answer"),
    EvaluationSet("DeepEval", "input", "expected_output", "context", separator="|"),
    EvaluationSet("LlamaIndex", "query", "reference_answer", "reference_contexts"),
    EvaluationSet("SQuAD", "question", "answers", "context"),
    EvaluationSet("question and answer", "question", "answer", "context", unless="contexts"),
)
BESIDE = (
    "id",
    "kind",
    "answerable",
    "sources",
    "checks",
    "group",
)  # fields of a case that may stand in a row of any set
AS_ANSWERS = ("contains-any", "similar", "factuality")  # assertions of promptfoo whose value is what is right
AS_CHECKS = {  # others, and the check that says the same
    "contains": ("contains", "values"),
    "contains-all": ("contains", "values"),
    "not-contains": ("not_contains", "values"),
    "equals": ("choice", "values"),
    "regex": ("regex", "pattern"),
    "is-json": ("json_schema", "schema"),
}


def evaluation_rows(path: Path, hint: str) -> Iterator[EvaluationRow]:
    """Every row of a file of one set.  Raises BadInput (no file, no rows) or BadRow (not a row, an unknown set)."""
    rows = list(file_rows(path, "cases", hint))
    case_of = _reader({str(field) for _, row in rows for field in row}, path, hint)
    for number, row in rows:
        try:
            case, contexts, left_out = case_of(row)
        except ValueError as error:
            yield EvaluationRow(number, None, left_out=str(error))
        else:
            asked = str(case.get("messages") or case.get("prompt"))
            named = {"id": f"{path.stem}-{content_hash(asked)[:8]}"} | case
            yield EvaluationRow(number, named, tuple(contexts), left_out)


Read = tuple[dict[str, Any], list[str], str]  # of a row: the case, its contexts, what is left out


def _reader(fields: set[str], path: Path, hint: str) -> Callable[[Fields], Read]:
    """By the fields of all rows: one that is empty is not in every row of a table."""
    if fields & {"prompt", "messages"}:
        return _own
    if "vars" in fields:
        return _promptfoo
    for one in SETS:
        if {one.asked, one.right} <= fields and one.unless not in fields:
            return partial(_of, one, one.answered in fields)
    given = ", ".join(sorted(fields)[:8]) or "none"
    sets = [f"{one.name}: {one.asked}, {one.right}" for one in SETS]
    allowed = "; ".join([*sets, "promptfoo: vars, assert", "cases: prompt, answers"])
    raise BadRow(f"{path}: unknown format, with the fields {given}; allowed: {allowed}", hint)


def _own(row: Fields) -> Read:
    listed = {name: _list(row[name]) for name in ("answers", "checks") if isinstance(row.get(name), str)}
    return {**row, **listed}, [], ""


def _of(one: EvaluationSet, retrieved: bool, row: Fields) -> Read:
    asked, right = row.get(one.asked), row.get(one.right)
    if not isinstance(asked, str) or not asked.strip():
        raise ValueError(f"{one.asked} is no text")
    beside, _, _ = _own({name: row[name] for name in BESIDE if row.get(name) not in (None, "")})
    case = {**beside, "prompt": asked}
    if row.get("answerable") is False:
        return case, [], ""
    answers = _texts(right, one.right)
    if answers:
        contexts = [] if retrieved else _contexts(row.get(one.contexts), one)
        return {**case, "answers": answers}, contexts, ""
    if isinstance(right, str | None):
        raise ValueError(f"{one.right} is empty: nothing to measure against")
    return {**case, "answerable": False}, [], ""  # SQuAD's way to say that the context does not hold it


def _promptfoo(row: Fields) -> Read:
    given = row.get("vars")
    names = [name for name in given if name != "context"] if isinstance(given, dict) else []
    if not isinstance(given, dict) or len(names) != 1:
        raise ValueError(
            f"vars {', '.join(names) or 'none'}: the whole question has to be one variable, beside context"
        )
    asked, context = given[names[0]], given.get("context")
    if not isinstance(asked, str) or not asked.strip() or _elsewhere(asked):
        raise ValueError(f"vars.{names[0]} is no text")
    answers, checks, judged = _assertions(row.get("assert"))
    if not answers and not checks:
        raise ValueError(f"nothing to measure against: {judged or 'no assertion'}")
    contexts = [context] if isinstance(context, str) and not _elsewhere(context) else []
    return {"prompt": asked, "answers": answers, "checks": checks}, contexts, judged


def _assertions(given: Any) -> tuple[list[str], list[dict[str, Any]], str]:
    """Answers and checks of a test, and which of its assertions are neither."""
    answers: list[str] = []
    checks: list[dict[str, Any]] = []
    judged = []
    for one in given if isinstance(given, list) else []:
        kind, value = (one.get("type"), one.get("value")) if isinstance(one, dict) else (str(one), None)
        known = str(kind).replace("icontains", "contains")
        unread = known == "is-json" and not isinstance(value, dict | None)
        if unread or _elsewhere(value) or known not in (*AS_ANSWERS, *AS_CHECKS):
            judged.append(str(kind))
        elif known in AS_ANSWERS:
            answers += _texts(value, "value")
        else:
            check, needs = AS_CHECKS[known]
            checks.append({"type": check, needs: _texts(value, "value") if needs == "values" else value or {}})
    wanted = [check for check in checks if check["type"] == "contains" and len(check["values"]) == 1]
    if not answers and len(wanted) == 1:  # one text that has to stand in the answer is the right one
        answers = wanted[0]["values"]
        checks.remove(wanted[0])
    return answers, checks, f"assertions that are not read: {', '.join(judged)}" if judged else ""


def _elsewhere(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("file://")


def _contexts(given: Any, one: EvaluationSet) -> list[str]:
    if isinstance(given, str):
        listed = _python(given)
        apart = given.split(one.separator) if one.separator else [given]
        given = apart if listed is None else listed
    return _texts(given, one.contexts)


def _texts(value: Any, name: str) -> list[str]:
    """A text, a list of them, or SQuAD's object around one; without those that are blank or there already."""
    if isinstance(value, dict):
        value = value.get("text")
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in listed):
        raise ValueError(f"{name} is neither a text nor a list of texts")
    return list(dict.fromkeys(str(one).strip() for one in listed if str(one).strip()))


def _list(cell: str) -> list[Any]:
    """A list in a cell of a table: as JSON or Python write it, else its lines."""
    listed = _python(cell)
    return [line.strip() for line in cell.splitlines() if line.strip()] if listed is None else listed


def _python(text: str) -> list[Any] | None:
    for read in (json.loads, ast.literal_eval):  # pandas writes a list into a table as Python does
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            return value
    return None

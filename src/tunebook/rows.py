"""Cases and examples, read and checked row by row.

    read_cases(Path("cases.jsonl"))[0].id   →  "k-01"

The first wrong row raises BadRow, which names file, row and field; nothing is skipped in silence.  Questionable but
well-formed examples (duplicates, leaks, over-long ones) are the business of the examples desk in `tuning`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tunebook.errors import BadRow
from tunebook.evaluation_sets import EvaluationRow, evaluation_rows
from tunebook.formats import json_lines
from tunebook.shapes import example_rows
from tunebook.values import Case, Example, Message, Source, document_id

Row = TypeVar("Row", Case, Example)

KINDS = ("knowledge", "behaviour")
CHECKS = {
    "json_schema": "schema",
    "regex": "pattern",
    "contains": "values",
    "not_contains": "values",
    "max_words": "limit",
    "choice": "values",
}
CASE_FIELDS: Mapping[str, tuple[str, ...]] = {  # "": of a row; the others: of an entry there
    "": ("id", "prompt", "messages", "kind", "answerable", "answers", "sources", "checks", "group"),
    "sources": ("document", "page", "quote"),
    "checks": ("type", *dict.fromkeys(CHECKS.values())),
}
EXAMPLE_FIELDS = ("id", "prompt", "messages", "completion", "answerable", "sources", "group", "rejected")
NO_QUESTION: tuple[Message, ...] = ({"role": "user", "content": ""},)
CASE_HINT = (
    'a row: {"id": "k-1", "prompt": "How heavy is it?", "answers": ["80 kg"]}; '
    "tunebook cases import takes other formats; docs/cases.md describes it"
)
SET_HINT = "rename its fields, for example to question and answer; docs/cases.md lists the sets that are known"
EXAMPLE_HINT = 'a row: {"prompt": "How heavy is it?", "completion": "It weighs 80 kg."}; docs/examples.md describes it'


def read_cases(path: Path) -> list[Case]:
    """All cases of a file; ids are unique.  Raises BadInput (no file, no rows) or BadRow."""
    cases = [_case(row, number, path) for number, row in json_lines(path, "cases", CASE_HINT)]
    _unique([(case.id, case.row) for case in cases], path, CASE_HINT)
    return cases


def read_evaluation_set(path: Path, kind: str) -> list[EvaluationRow]:
    """All rows of an evaluation set as cases that can be read, of that kind where they do not say theirs.

    Raises BadInput (no file, no rows) or BadRow.
    """
    rows = []
    for row in evaluation_rows(path, SET_HINT):
        case = None if row.case is None else {**row.case, "kind": row.case.get("kind", kind)}
        if case is not None:
            _case(case, row.number, path)
        rows.append(replace(row, case=case))
    return rows


def unknown_fields(path: Path) -> dict[str, list[int]]:
    """Case fields that nothing reads ("notes", "sources.line", "checks.flags") → their rows.  Raises BadInput or BadRow."""
    found: dict[str, list[int]] = {}
    for number, row in json_lines(path, "cases", CASE_HINT):
        strange = {str(field) for field in row if field not in CASE_FIELDS[""]}
        for part in ("sources", "checks"):
            named = row.get(part)
            for entry in named if isinstance(named, list) else ():
                given = entry if isinstance(entry, dict) else {}
                strange |= {f"{part}.{field}" for field in given if field not in CASE_FIELDS[part]}
        for field in sorted(strange):
            found.setdefault(field, []).append(number)
    return found


def read_examples(path: Path, any_turns: bool = False) -> list[Example]:
    """All examples of a file, in any format of `formats`; a row without an id gets its number.

    `any_turns` lets pass what the examples desk lists: prompts without text, and chats of any roles in any order.
    Raises BadInput (no file, no rows) or BadRow.
    """
    rows = example_rows(path, EXAMPLE_HINT)
    examples = [_example(row, number, path, any_turns) for number, row in rows]
    _unique([(example.id, example.row) for example in examples], path, EXAMPLE_HINT)
    return examples


def sample(rows: list[Row], count: int | None, seed: int) -> list[Row]:
    """At most `count` of the rows, drawn at random, in their old order; None: all."""
    if count is None or count >= len(rows):
        return rows
    return [rows[index] for index in sorted(random.Random(seed).sample(range(len(rows)), count))]


def read_questions(path: Path) -> list[tuple[str, str]]:
    """(id, prompt) of each row of a query file for batch search, BEIR's `_id` and `text` too.  Raises BadInput or BadRow."""
    hint = "a row holds id and prompt, or _id and text"
    questions, ids = [], []
    for number, row in json_lines(path, "queries", hint):
        asked = row if row.keys() & {"prompt", "messages"} else {**row, "prompt": row.get("text")}
        messages = _messages(asked, number, path, hint, answered=False)
        id = _name(row.get("id", row.get("_id")), "id", number, path, hint) or str(number)
        if re.search(r"\s", id):
            raise BadRow(f"{path}, row {number}: id {id!r} holds white space", "a TREC run cannot hold such an id")
        questions.append((id, messages[-1]["content"]))
        ids.append((id, number))
    _unique(ids, path, hint)
    return questions


def _unique(ids: list[tuple[str, int]], path: Path, hint: str) -> None:
    seen: dict[str, int] = {}
    for id, row in ids:
        if id in seen:
            numbered = ", for a row without an id has its number" if id in (str(row), str(seen[id])) else ""
            raise BadRow(f"{path}, row {row}: id {id!r} is also the id of row {seen[id]}{numbered}", hint)
        seen[id] = row


def _case(row: Mapping[str, Any], number: int, path: Path) -> Case:
    kind = row.get("kind", "knowledge")
    if kind not in KINDS:
        raise BadRow(f"{path}, row {number}: kind {kind!r}; allowed: {', '.join(KINDS)}", CASE_HINT)
    id = _name(row.get("id"), "id", number, path, CASE_HINT)
    if not id:
        raise BadRow(f"{path}, row {number}: no id", CASE_HINT)
    answers = _strings(row.get("answers", []), "answers", number, path, CASE_HINT)
    answerable = _boolean(row.get("answerable", True), number, path, CASE_HINT)
    checks = tuple(_check(check, number, path) for check in _list(row, "checks", number, path, CASE_HINT))
    if answerable and not answers and not checks:
        raise BadRow(f"{path}, row {number}: nothing to measure against: neither answers nor checks", CASE_HINT)
    return Case(
        row=number,
        id=id,
        messages=_messages(row, number, path, CASE_HINT, answered=False),
        kind=kind,
        answerable=answerable,
        answers=answers,
        sources=tuple(
            _source(source, number, path, CASE_HINT) for source in _list(row, "sources", number, path, CASE_HINT)
        ),
        checks=checks,
        group=_name(row.get("group"), "group", number, path, CASE_HINT) or id,
    )


def _example(row: Mapping[str, Any], number: int, path: Path, any_turns: bool) -> Example:
    answerable = row.get("answerable")
    if answerable is not None:
        answerable = _boolean(answerable, number, path, EXAMPLE_HINT)
    read = _any_messages if any_turns else _messages
    messages = read(row, number, path, EXAMPLE_HINT, answered="completion" not in row and answerable is not False)
    completion = row.get("completion")
    if messages[-1]["role"] == "assistant":
        if completion not in (None, messages[-1]["content"]):
            told = "messages end with an answer and there is another completion; leave one of them out"
            raise BadRow(f"{path}, row {number}: {told}", EXAMPLE_HINT)
        completion, messages = messages[-1]["content"], messages[:-1] or NO_QUESTION
        if not any_turns and (messages is NO_QUESTION or messages[-1]["role"] != "user"):
            raise BadRow(f"{path}, row {number}: no question before the answer", EXAMPLE_HINT)
    if completion is not None and not isinstance(completion, str):
        raise BadRow(f"{path}, row {number}: completion is {type(completion).__name__}, not text", EXAMPLE_HINT)
    if answerable is False and completion and completion.strip():
        told = "answerable is false and there is a completion; the abstention is taught in its place, so leave one of them out"
        raise BadRow(f"{path}, row {number}: {told}", EXAMPLE_HINT)
    id = _name(row.get("id"), "id", number, path, EXAMPLE_HINT) or str(number)
    named = _list(row, "sources", number, path, EXAMPLE_HINT)
    sources = tuple(_source(source, number, path, EXAMPLE_HINT).document for source in named)
    group = _name(row.get("group"), "group", number, path, EXAMPLE_HINT) or id
    rejected = row.get("rejected")
    if rejected is not None and (not isinstance(rejected, str) or not rejected.strip() or rejected == completion):
        raise BadRow(f"{path}, row {number}: rejected is to be text, and another than the completion", EXAMPLE_HINT)
    unread = tuple(str(field) for field in row if field not in EXAMPLE_FIELDS)
    return Example(number, id, messages, completion, sources, answerable, group, rejected, unread)


def _messages(row: Mapping[str, Any], number: int, path: Path, hint: str, answered: bool) -> tuple[Message, ...]:
    if "messages" not in row:
        prompt = row.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise BadRow(f"{path}, row {number}: no prompt and no messages", hint)
        if answered:
            raise BadRow(f"{path}, row {number}: no completion", hint)
        return ({"role": "user", "content": prompt},)
    messages = row["messages"]
    well_formed = (
        isinstance(messages, list)
        and messages
        and all(
            isinstance(m, dict)
            and m.get("role") in ("system", "user", "assistant")
            and isinstance(m.get("content"), str)
            for m in messages
        )
    )
    if not well_formed:
        raise BadRow(f"{path}, row {number}: messages must be a list of {{role, content}}, both texts", hint)
    wanted = ("assistant",) if answered else ("user", "assistant") if "completion" not in row else ("user",)
    if messages[-1]["role"] not in wanted:
        raise BadRow(
            f"{path}, row {number}: the last message is the {messages[-1]['role']}'s, not the {wanted[0]}'s", hint
        )
    return tuple({"role": m["role"], "content": m["content"]} for m in messages)


def _any_messages(row: Mapping[str, Any], number: int, path: Path, hint: str, answered: bool) -> tuple[Message, ...]:
    """The same without an eye on what is said, in which order and by whom: the examples desk lists that."""
    turns = row.get("messages")
    if turns is None and isinstance(row.get("prompt"), str) and not answered:
        return ({"role": "user", "content": row["prompt"]},)
    if not isinstance(turns, list) or not all(isinstance(m, dict) and isinstance(m.get("role"), str) for m in turns):
        return _messages(row, number, path, hint, answered)  # which says what is wrong
    told = [(_speaker(m), "" if m.get("content") is None else m["content"]) for m in turns]
    if not all(isinstance(content, str) for _, content in told):
        raise BadRow(f"{path}, row {number}: messages must be a list of {{role, content}}, both texts", hint)
    return tuple({"role": role, "content": content} for role, content in told) or NO_QUESTION


def _speaker(message: Mapping[str, Any]) -> str:
    """The role; a message that calls a tool is no answer that could be taught, whatever else it says."""
    calls = message.get("tool_calls") or message.get("function_call")
    return f"{message['role']} calling a tool" if calls else str(message["role"])


def _name(value: Any, field: str, number: int, path: Path, hint: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise BadRow(f"{path}, row {number}: {field} {value!r}; allowed: a text or a number", hint)
    return "" if value is None or not str(value).strip() else str(value)


def _list(row: Mapping[str, Any], name: str, number: int, path: Path, hint: str) -> list[Any]:
    value = row.get(name)
    if value is not None and not isinstance(value, list):
        raise BadRow(f"{path}, row {number}: {name} must be a list", hint)
    return value or []


def _strings(value: Any, name: str, number: int, path: Path, hint: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise BadRow(f"{path}, row {number}: {name} must be a list of texts", hint)
    return tuple(value)


def _boolean(value: Any, number: int, path: Path, hint: str) -> bool:
    if not isinstance(value, bool):
        raise BadRow(f"{path}, row {number}: answerable is {value!r}; allowed: true, false", hint)
    return value


def _source(source: Any, number: int, path: Path, hint: str) -> Source:
    if isinstance(source, str) and source:
        return Source(document_id(source))
    if not isinstance(source, dict) or not isinstance(source.get("document"), str) or not source["document"]:
        raise BadRow(f"{path}, row {number}: a source is a document id or {{document, page, quote}}", hint)
    page, quote = source.get("page"), source.get("quote")
    if page is not None and (not isinstance(page, int) or isinstance(page, bool) or page < 1):
        raise BadRow(f"{path}, row {number}: page {page!r} of a source; allowed: 1 and more", hint)
    if quote is not None and not isinstance(quote, str):
        raise BadRow(f"{path}, row {number}: quote {quote!r} of a source is no text", hint)
    return Source(document_id(source["document"]), page, quote)


def _check(check: Any, number: int, path: Path) -> Mapping[str, Any]:
    if not isinstance(check, dict) or check.get("type") not in tuple(CHECKS):
        given = check.get("type") if isinstance(check, dict) else check
        raise BadRow(f"{path}, row {number}: check {given!r}; allowed: {', '.join(CHECKS)}", CASE_HINT)
    needed = CHECKS[check["type"]]
    if needed not in check:
        raise BadRow(f"{path}, row {number}: a {check['type']} check needs {needed}", CASE_HINT)
    value = check[needed]
    if needed == "limit" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise BadRow(f"{path}, row {number}: limit {value!r} of a max_words check; allowed: 1 and more", CASE_HINT)
    if needed == "values" and not _texts(value):
        told = f"values {value!r} of a {check['type']} check; allowed: a list of texts"
        raise BadRow(f"{path}, row {number}: {told}", CASE_HINT)
    if check["type"] == "regex":
        try:
            re.compile(check["pattern"])
        except (re.error, TypeError) as error:
            raise BadRow(f"{path}, row {number}: regex {check['pattern']!r}: {error}", CASE_HINT) from error
    return check


def _texts(values: Any) -> bool:
    """Whether these are one or more texts that an answer can be held against."""
    given = values if isinstance(values, list) else [values]
    plain = all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in given)
    return bool(given) and plain and all(str(one).strip() for one in given) and not isinstance(values, int | float)

"""Asks one approach all cases and keeps every answer as it comes, so that a killed trial goes on where it was.

    answers = run(cases, ask, folder / "rag-3f2a.jsonl", progress)      →  one Answer a case

The file's name carries the approach's fingerprint (model, adapter, library, settings): what has changed is asked anew,
what has not is read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.values import Answer, Case, Citation, Claim, Hit, Passage, Seconds, Tokens, content_hash

AskAll = Callable[[Sequence[Case]], Iterator[tuple[int, Answer]]]


def key(case: Case) -> str:
    """Changes when what is asked changes; what the case is called and what a right answer is do not matter here."""
    return content_hash(json.dumps([dict(message) for message in case.messages], ensure_ascii=False))


def key_with_sources(case: Case) -> str:
    """For who is given the gold sources as well."""
    return content_hash(key(case), repr(case.sources))


def run(
    cases: Sequence[Case],
    ask: AskAll,
    path: Path,
    name: str,
    progress: Progress,
    key_of: Callable[[Case], str] = key,
) -> list[Answer]:
    """Answers in the order of the cases; asks only what the file does not hold yet, and what several cases ask once.

    Raises BadInput where a prompt does not fit into the model's window; the message names the longest case.
    """
    kept = _read(path)
    keys = [key_of(case) for case in cases]
    missing = list({found: index for index, found in enumerate(keys) if found not in kept}.values())
    if missing:
        with journal.adding(path) as add:
            asked = [cases[index] for index in missing]
            for done, (place, answer) in enumerate(_naming_the_longest(asked, ask), 1):
                found = keys[missing[place]]
                kept[found] = answer
                add({"key": found, **answer.as_json()})
                progress(f"asking {name}", len(cases) - len(missing) + done, len(cases), "")
    return [kept[found] for found in keys]


def _naming_the_longest(cases: Sequence[Case], ask: AskAll) -> Iterator[tuple[int, Answer]]:
    try:
        yield from ask(cases)
    except BadInput as error:
        longest = max(cases, key=lambda case: sum(len(message["content"]) for message in case.messages))
        told = f"{error.message}; the longest case is {longest.id!r}, row {longest.row}"
        raise BadInput(told, error.hint) from error


def latencies(
    cases: Sequence[Case],
    ask: AskAll,
    path: Path,
    name: str,
    progress: Progress,
    key_of: Callable[[Case], str] = key,
) -> list[Answer]:
    """The same, one case at a time, so that each answer carries its own seconds; the first warms up and is not kept."""

    def one_by_one(asked: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        list(ask(asked[:1]))
        for index, case in enumerate(asked):
            for _, answer in ask([case]):
                yield index, answer

    return run(cases, one_by_one, path, f"{name}, one at a time", progress, key_of)


def _read(path: Path) -> dict[str, Answer]:
    kept = {}
    for row in journal.rows(path):
        with suppress(KeyError, TypeError):  # no answer, or one that an older release wrote
            kept[row["key"]] = answer_from_json(row)
    return kept


def answer_from_json(row: Mapping[str, Any]) -> Answer:
    """The inverse of `Answer.as_json`."""
    hits = tuple(
        Hit(h["rank"], h["score"], Passage(h["document"], h["title"], "", h["page"], h["start"], h["end"], h["text"]))
        for h in row["hits"]
    )
    return Answer(
        text=row["answer"],
        abstained=row["abstained"],
        approach=row["approach"],
        model=row["model"],
        citations=tuple(Citation(**citation) for citation in row["citations"]),
        hits=hits,
        seconds=Seconds(**row["seconds"]),
        tokens=Tokens(**row["tokens"]),
        finished=row["finished"],
        claims=tuple(_claim(claim) for claim in row["claims"]),
        unsupported=tuple(row["unsupported"]),
        grounded=row["grounded"],
        signals=row["signals"],
        confidence=row["confidence"],
        cost=row["cost"],
        left_out=row["left_out"],
        why=row["why"],
    )


def _claim(row: Mapping[str, Any]) -> Claim:
    lists = {"citations": tuple(row["citations"]), "why": tuple(row["why"])}
    return Claim(**{**row, **lists})

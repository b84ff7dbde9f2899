"""What is questionable about cases, though each of them can be read: fields that nobody knows, cases that contradict
themselves, and sources that are not there.

    check(parts, None)     →  {"cases": 80, "unknown_fields": {"sourcs": [12]}, "contradictions": [{"case": "b-3", …}],
                               "astray": [{"case": "k-07", …}], "synced": True}

Left out on purpose: whether an answer is right, and whether a question is a good one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, BadRow
from tunebook.project.parts import Parts
from tunebook.rows import CASE_FIELDS, read_cases, unknown_fields
from tunebook.trial.checks import run_check
from tunebook.trial.text import holds
from tunebook.values import Case, Document, Source

SHOWN_ROWS = 5
FINAL_CHECKS = ("choice", "max_words", "not_contains")  # what fails them still does with more words around it


def check(parts: Parts, file: Path | None) -> dict[str, Any]:
    """Raises BadInput (no file, no rows) or BadRow, as a trial would."""
    path = file or parts.folder.cases
    cases = measurable(path)
    found = {"cases": len(cases), "unknown_fields": unknown_fields(path), "contradictions": contradictions(cases)}
    return found | {"astray": astray(parts, cases), "synced": parts.has_library}


def measurable(path: Path) -> list[Case]:
    """The cases of a file, each with checks that can be run: what a schema may not hold is told before anything is asked."""
    cases = read_cases(path)
    for case in cases:
        for one in case.checks:
            try:
                run_check(one, "")
            except BadInput as error:
                raise BadRow(f"{path}, row {case.row}: {error.message}", error.hint) from error
    return cases


def contradictions(cases: Sequence[Case]) -> list[dict[str, str]]:
    """Cases whose own answers would be wrong by their checks, or count for nothing."""
    return [{"case": case.id, "why": why} for case in cases if (why := _contradiction(case))]


def _contradiction(case: Case) -> str | None:
    if not case.answers:
        return None
    if case.wants_refusal:
        return "answerable is false, so its answers count for nothing"
    for check in case.checks:
        final = case.kind == "behaviour" or check["type"] in FINAL_CHECKS  # else an answer is part of what is checked
        if final and not any(run_check(check, answer) for answer in case.answers):
            return f"none of its answers passes its check {check['type']}"
    return None


def warnings(fields: Mapping[str, Sequence[int]], name: str) -> list[str]:
    """A line for each field that no row has: where it stands, and what is allowed."""
    told = []
    for field, rows in fields.items():
        more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
        where = f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:SHOWN_ROWS]))}{more}"
        allowed = CASE_FIELDS.get(field.partition(".")[0], CASE_FIELDS[""])
        told.append(f"{name}, {where}: unknown field {field!r} counts for nothing; allowed: {', '.join(allowed)}")
    return told


def astray(parts: Parts, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Sources of cases that are not in the library: nothing can find or cite them, so their case is scored wrongly."""
    if not parts.has_library:
        return []
    store = parts.library.store
    by_document: dict[str, list[tuple[str, Source]]] = {}
    for case in cases:
        for source in case.sources:
            by_document.setdefault(source.document, []).append((case.id, source))
    found: dict[tuple[str, Source], str] = {}
    for id, named in by_document.items():  # one document at a time is read
        document = store.document(id)
        found |= {one: why for one in named if (why := _why(document, one[1]))}
    return [
        {"case": case.id, "document": source.document, "page": source.page, "why": found[case.id, source]}
        for case in cases
        for source in case.sources
        if (case.id, source) in found
    ]


def _why(document: Document | None, source: Source) -> str | None:
    """What is amiss with a source; None where it is as the case says."""
    if document is None:
        return "it is not in the library"
    pages = len(document.pages)
    if pages and source.page and source.page > pages:
        return f"it has {pages} {'page' if pages == 1 else 'pages'}"
    text = document.text
    if not source.quote or _stands(source.quote, text):
        held = next((page for page in document.pages if page.number == source.page), None)
        elsewhere = held and source.quote and not _stands(source.quote, text[held.start : held.end])
        return f"its quote {_short(source.quote or '')!r} stands on another page" if elsewhere else None
    return f"its quote {_short(source.quote)!r} does not stand in it"


def _stands(quote: str, text: str) -> bool:
    """As a trial looks for it; to the letter is the quick way."""
    return quote in text or holds(text, quote)


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= 60 else line[:60].rsplit(" ", 1)[0] + " …"

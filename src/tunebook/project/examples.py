"""The examples desk for people: everything that was found, by kind and by row, and one row as the model sees it.

check(parts, None)["kinds"]["duplicate"]      {"rows": 13, "left_out": 13, "means": …, "hint": …}
show(parts, "17", None)["tokens"][-1]         {"id": 2, "text": "<|im_end|>", "learnt": True}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.project import tune as tuning
from tunebook.project.parts import Parts
from tunebook.tuning import Desk, form_rows
from tunebook.tuning.checks import KINDS, Finding
from tunebook.tuning.checks.facts import LookUp, looked_up
from tunebook.values import Example, Hit

PASSAGES = 3  # that are read for each answer
NOT_RENDERED = ("turns", "empty")  # no template was made for such rows


def check(parts: Parts, file: Path | None) -> dict[str, Any]:
    """`used`, `findings` by row, and what they come to: `rows`, `kinds`, `documents`."""
    examples, cases = tuning.load(parts, file)
    against = (_look_up(parts), _named_documents(parts, examples)) if parts.has_library else ()
    found = tuning.desk(parts, examples, cases, *against)
    return {
        "used": len(found.used),
        "findings": [asdict(finding) for finding in found.findings],
        "rows": len(examples),
        "kinds": _by_kind(found.findings),
        "documents": _about_documents(parts, found),
    }


def show(parts: Parts, row: str, file: Path | None) -> dict[str, Any]:
    """An example, by row or id, as `tuned` learns it.  Raises BadInput where there is none, or no tokenizer here."""
    from tunebook.tuning.view import view

    if parts.settings.model.endpoint:
        raise BadInput(
            "a model behind an endpoint keeps its tokenizer to itself", "leave out model.endpoint to see tokens"
        )
    examples, cases = tuning.load(parts, file)
    example = _named(examples, row)
    findings = [finding for finding in tuning.desk(parts, examples, cases).findings if finding.row == example.row]
    rendered = not any(finding.kind in NOT_RENDERED and finding.fatal for finding in findings)
    made = form_rows([example], parts.settings.answer.abstention).rows[0]
    tokens = view(parts.tokenizer.plain, made) if rendered else []
    learnt = sum(token.learnt for token in tokens)
    return {
        "row": example.row,
        "id": example.id,
        "tokens": [asdict(token) for token in tokens],
        "masked": len(tokens) - learnt,
        "learnt": learnt,
        "end": tokens[-1].text if tokens else None,
        "cut": 0,
        "max_row_tokens": parts.settings.tuning.max_row_tokens,
        "findings": [asdict(finding) for finding in findings],
    }


def _named(examples: Sequence[Example], row: str) -> Example:
    found = next((one for one in examples if str(one.row) == row), None) or next(
        (e for e in examples if e.id == row), None
    )
    if found is None:
        rows = f"rows {examples[0].row} to {examples[-1].row}"
        raise BadInput(f"no example {row!r}", f"a row's number or its id: there are {rows}")
    return found


def _by_kind(findings: Sequence[Finding]) -> dict[str, dict[str, Any]]:
    """In the order of KINDS: what keeps rows out comes first."""
    kinds: dict[str, dict[str, Any]] = {}
    for kind, about in KINDS.items():
        if of_kind := [finding for finding in findings if finding.kind == kind]:
            left_out = sum(finding.fatal for finding in of_kind)
            kinds[kind] = {"rows": len(of_kind), "left_out": left_out, **asdict(about)}
    return kinds


def _about_documents(parts: Parts, found: Desk) -> dict[str, Any]:
    """How many of the used rows are about what documents say: by their own account, and as found."""
    looked = looked_up(found.used) if parts.has_library else []
    facts = sum(finding.kind == "facts" for finding in found.findings)
    return {"declared": sum(example.knows for example in found.used), "looked_up": len(looked), "found": facts}


def _named_documents(parts: Parts, examples: Sequence[Example]) -> set[str]:
    """The documents of the library among the examples' sources."""
    return set(parts.library.store.hashes(sorted({source for example in examples for source in example.sources})))


def _look_up(parts: Parts) -> LookUp:
    """The passages that share most words with a text, by the library's lexical search alone: no model is loaded."""
    store = parts.library.store

    def look_up(texts: Sequence[str]) -> list[list[Hit]]:
        listed = [list(store.lexical(text, PASSAGES)) for text in texts]
        passages = store.passages({id for ids in listed for id in ids})
        return [
            [Hit(rank, 1 / rank, passages[id]) for rank, id in enumerate(ids, 1) if id in passages] for ids in listed
        ]

    return look_up

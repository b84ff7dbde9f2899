"""An evaluation set of another tool becomes cases of the project.

    imported(parts, Path("testset.csv"), "knowledge", silent)
    →  {"file": "cases.jsonl", "added": 37, "there": 3, "left_out": [{"row": 4, "why": …}], "contexts": {"given": 40, "found": 31}}

A row's contexts are looked for in the library, and the documents that hold them become the case's sources: without quotes, since a
context is as long as another splitter made it, and a quote is held against one passage.
A context stands in a document where more than half of its runs of four words do: tools read tables, hyphens and headings each in
their own way, and what is merely about the same matter shares few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.evaluation_sets import EvaluationRow
from tunebook.library.store import Store
from tunebook.progress import Progress
from tunebook.project.casebook import Casebook
from tunebook.project.parts import Parts
from tunebook.rows import KINDS, read_evaluation_set
from tunebook.trial.text import words

NEAREST = 5  # passages whose documents are looked into for a context
QUERY_CHARS = 400
RUN_WORDS = 4
SHARE = 0.5  # of a context's runs
KEPT_DOCUMENTS = 200
Run = tuple[str, ...]
_HOP = re.compile(r"\A<\d+-hop>\s*")  # what RAGAS writes before the contexts of a question over several


def imported(parts: Parts, file: Path, kind: str, progress: Progress) -> dict[str, Any]:
    """Adds the cases whose question no case asks yet, all of them or none.

    Raises BadInput (no file, no rows, contexts without a library) or BadRow.
    """
    if kind not in KINDS:
        raise BadInput(f"--kind {kind}: unknown", f"allowed: {', '.join(KINDS)}")
    rows = read_evaluation_set(file, kind)
    contexts = [context for row in rows for context in row.contexts]
    if contexts and not parts.has_library:
        raise BadInput(f"{file}: its contexts are looked for in the library, which is empty", "run tunebook sync first")
    found = _documents(parts.library.store, contexts, progress) if contexts else {}
    cases = [_case(row, found) for row in rows if row.case is not None]
    added = Casebook(parts.folder).add_cases(cases)
    return {
        "file": str(parts.folder.cases),
        "added": len(added),
        "there": len(cases) - len(added),
        "left_out": [{"row": row.number, "why": row.left_out} for row in rows if row.left_out],
        "contexts": {"given": len(contexts), "found": sum(context in found for context in contexts)},
    }


def _case(row: EvaluationRow, found: dict[str, str]) -> dict[str, Any]:
    case = dict(row.case or {})
    given = list(case.get("sources", ()))
    held = dict.fromkeys(found[context] for context in row.contexts if context in found)
    if held:
        case["sources"] = [*given, *(document for document in held if document not in given)]
    return case


def _documents(store: Store, contexts: Sequence[str], progress: Progress) -> dict[str, str]:
    """Context → the document that holds it, for those that one does."""

    @lru_cache(KEPT_DOCUMENTS)
    def runs_of(document: str) -> frozenset[Run]:
        held = store.document(document)
        return _runs(held.text) if held else frozenset()

    found = {}
    wanted = list(dict.fromkeys(contexts))
    for done, context in enumerate(wanted, 1):
        if id := _holding(store, _HOP.sub("", context), runs_of):
            found[context] = id
        progress("looking for contexts", done, len(wanted), id or "")
    return found


def _holding(store: Store, context: str, runs_of: Callable[[str], frozenset[Run]]) -> str | None:
    rows = list(store.lexical(context[:QUERY_CHARS], NEAREST))
    passages = store.passages(rows)
    near = dict.fromkeys(passages[row].document for row in rows if row in passages)
    wanted, best, most = _runs(context), None, SHARE
    for document in near:
        share = len(wanted & runs_of(document)) / len(wanted)
        if share > most:
            best, most = document, share
        if share == 1:
            break
    return best


def _runs(text: str) -> frozenset[Run]:
    said = words(text)
    return frozenset(tuple(said[at : at + RUN_WORDS]) for at in range(max(1, len(said) - RUN_WORDS + 1)))

"""Examples over passages where the team has few: filled up with questions made from the library's own passages.

    filled(parts, checked)      →  [Example("made-3f2a…", "The Heron carries up to how many kg?", "80", …)]

Made only where some examples are answered from documents already, for they say how long an answer is.  Documents behind
the cases are left alone.  What was made lies in `made_examples.jsonl` of the state folder, to be looked at: a row that is
moved into examples.jsonl is the team's own from then on.
"""

from __future__ import annotations

import json
import random
from statistics import median

from tunebook.project.parts import Parts
from tunebook.tuning import Desk
from tunebook.tuning.made import FOUND_AMONG, drawn, kept
from tunebook.values import Example

TRIES = 3  # questions for each row that is wanted; about half are found again
FILE = "made_examples.jsonl"


def filled(parts: Parts, checked: Desk) -> list[Example]:
    """What is lacking to `tuning.reading_rows` answerable examples over passages."""
    tuning, library = parts.settings.tuning, parts.library
    known = [one for one in checked.used if one.knows and one.answerable is not False and one.completion]
    lacking = tuning.reading_rows - len(known)
    if lacking <= 0 or not known:
        return []
    avoided = checked.case_documents if tuning.leaks == "drop" else frozenset()
    documents = [id for id in sorted(library.store.entries()) if id not in avoided]
    passages = [passage for id in documents for passage in library.store.passages_of(id)]
    words = round(median(len(str(one.completion).split()) for one in known))
    drafted = drawn(passages, TRIES * lacking, words, random.Random(tuning.seed))
    found = [draft.example() for draft in kept(drafted, library.search([d.question for d in drafted], FOUND_AMONG))]
    _write(parts, found[:lacking])
    return found[:lacking]


def _write(parts: Parts, made: list[Example]) -> None:
    rows = [
        {
            "id": one.id,
            "prompt": one.prompt,
            "completion": one.completion,
            "sources": list(one.sources),
            "group": one.group,
        }
        for one in made
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (parts.folder.state / FILE).write_text(text, encoding="utf-8")

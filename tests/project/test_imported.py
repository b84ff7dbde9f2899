"""An evaluation set of another tool becomes cases: sources are looked up, nothing is added twice, nothing in part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers import write_rows

from tunebook.errors import BadInput, BadRow
from tunebook.rows import read_cases

FILES = {
    "documents/wren.md": "# The Wren\n\nThe **Wren** carries up to 80 kg. It is 86 cm wide.\n",
    "documents/heron.md": "# The Heron\n\nThe Heron carries up to 120 kg.\n",
}
ASKED = "How much does the Wren carry?"


def row(asked: str = ASKED, right: str = "80 kg", *contexts: str) -> dict[str, Any]:
    return {"user_input": asked, "reference": right, "reference_contexts": list(contexts)}


def test_the_documents_that_hold_the_contexts_become_sources(project, tmp_path):
    opened = project(FILES)
    opened.sync()
    contexts = (
        "<1-hop>\n\nThe Wren\n\nThe Wren carries up to 80 kg. It is",
        "The Heron carries up to 120 kg.",
        "Elsewhere.",
    )
    told = opened.import_cases(write_rows(tmp_path / "set.jsonl", [row(ASKED, "80 kg", *contexts)]))
    assert (told["added"], told["there"], told["left_out"]) == (1, 0, [])
    assert told["contexts"] == {"given": 3, "found": 2}
    (case,) = read_cases(opened.root / "cases.jsonl")
    assert [source.document for source in case.sources] == ["documents/wren.md", "documents/heron.md"]
    assert opened.check_cases()["astray"] == []


def test_what_is_asked_already_is_not_added_again(project, tmp_path):
    kept = {"id": "k-1", "prompt": ASKED, "answers": ["80 kg"], "note": "ours"}
    opened = project({"cases.jsonl": json.dumps(kept) + "\n"})
    given = write_rows(tmp_path / "set.jsonl", [row(), row("How wide?", "86 cm"), row("How wide?", "87 cm")])
    for added, there in ((1, 2), (0, 3)):
        told = opened.import_cases(given)
        assert (told["added"], told["there"]) == (added, there)
    first, second = (opened.root / "cases.jsonl").read_text().splitlines()
    assert json.loads(first) == kept
    assert json.loads(second)["answers"] == ["86 cm"]


def test_contexts_want_a_library(project, tmp_path):
    opened = project()
    with pytest.raises(BadInput, match="the library, which is empty"):
        opened.import_cases(write_rows(tmp_path / "set.jsonl", [row(ASKED, "80 kg", "A context.")]))
    assert not (opened.root / "cases.jsonl").exists()


def test_one_wrong_row_and_none_is_added(project, tmp_path):
    opened = project({"cases.jsonl": json.dumps({"id": "q1", "prompt": "Who?", "answers": ["me"]}) + "\n"})
    before = (opened.root / "cases.jsonl").read_bytes()
    rows = [{"question": "What?", "answer": "that"}, {"id": "q1", "question": "Where?", "answer": "here"}]
    with pytest.raises(BadRow, match="id 'q1' is also the id of row 1"):
        opened.import_cases(write_rows(tmp_path / "set.jsonl", rows))
    with pytest.raises(BadInput, match="--kind facts: unknown"):
        opened.import_cases(tmp_path / "set.jsonl", "facts")
    assert (opened.root / "cases.jsonl").read_bytes() == before

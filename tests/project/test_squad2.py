"""The real embedder and the real store on SQuAD 2.0's paragraphs, where that data set is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunebook import Project
from tunebook.rows import read_cases

DATA = Path(__file__).parents[3] / "shared/data/squad2"
CASES = 100
FLOOR = 0.72  # a margin below what was measured

pytestmark = [
    pytest.mark.data,
    pytest.mark.model,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there"),
]


def test_the_right_paragraph_is_found_first(tmp_path):
    project = Project.open(tmp_path)
    synced = project.sync([DATA / "documents.jsonl"])
    assert (synced["added"], synced["failed"]) == (646, [])
    answerable = [case for case in read_cases(DATA / "cases.jsonl") if case.answerable and case.sources][:CASES]
    found = project._parts.library.search([case.prompt for case in answerable], 1)
    right = [
        hits[0].passage.document in {source.document for source in case.sources}
        for case, hits in zip(answerable, found, strict=True)
    ]
    assert len(right) == CASES
    assert sum(right) / CASES >= FLOOR

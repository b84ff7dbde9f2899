"""One tunebook's embedder behind another's endpoint: over real HTTP, with the real starter, the same is found."""

from __future__ import annotations

import pytest
from serving import DOCUMENTS, live

from tunebook import Project

QUESTIONS = ("How heavy is the Wren?", "what does the director get")


@pytest.mark.model
def test_what_is_found_over_an_endpoint_is_what_is_found_in_process(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "documents.jsonl").write_text(DOCUMENTS)
    here = Project.open(tmp_path / "here")
    here.sync()
    with live(here) as url:
        there = Project.open(
            tmp_path / "there", overrides=(f"embedder.endpoint={url}/v1", "embedder.name=tunebook/embedder")
        )
        there.sync()
        for question in QUESTIONS:
            own, other = here.search(question, 2), there.search(question, 2)
            assert [hit.passage.id for hit in own] == [hit.passage.id for hit in other]
            assert [hit.stages["cosine"] for hit in own] == pytest.approx(
                [hit.stages["cosine"] for hit in other], abs=2e-3
            )
        assert "80 kg" in there.ask("How much does the Wren carry?", "rag").hits[0].passage.text

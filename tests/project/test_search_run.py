"""A batch of queries into a TREC run, with fakes inside."""

from __future__ import annotations

import pytest
from helpers import write_rows

from tunebook.errors import BadInput
from tunebook.library import Library
from tunebook.rows import read_questions


def queried(project, tmp_path):
    opened = project()
    write_rows(
        opened._parts.folder.root / "documents.jsonl", [{"_id": "the wren\n2", "text": "The Wren carries 80 kg."}]
    )
    opened.sync()
    return opened, write_rows(tmp_path / "queries.jsonl", [{"id": "q1", "prompt": "What does the Wren carry?"}])


def test_a_row_is_one_line_of_six_fields_whatever_the_documents_id(project, tmp_path):
    opened, queries = queried(project, tmp_path)
    opened.search_run(queries, tmp_path / "out.run")
    lines = (tmp_path / "out.run").read_text().splitlines()
    assert [line.split()[:4] for line in lines] == [["q1", "Q0", "the_wren_2", "1"]]


def test_a_place_that_cannot_be_written_is_refused_before_the_searching(project, tmp_path, monkeypatch):
    opened, queries = queried(project, tmp_path)
    monkeypatch.setattr(Library, "search", lambda *_: pytest.fail("it searched"))
    with pytest.raises(BadInput, match="cannot be written: No such file"):
        opened.search_run(queries, tmp_path / "none" / "out.run")


def test_the_queries_are_not_written_over(project, tmp_path):
    opened, queries = queried(project, tmp_path)
    kept = queries.read_bytes()
    with pytest.raises(BadInput, match="that is the file of queries"):
        opened.search_run(queries, queries)
    assert queries.read_bytes() == kept


def test_documents_whose_ids_are_written_alike_are_one_row(project, tmp_path):
    opened, queries = queried(project, tmp_path)
    rows = [{"_id": id, "text": f"The {id} carries 80 kg."} for id in ("sp ace", "sp_ace")]
    write_rows(opened._parts.folder.root / "documents.jsonl", rows)
    opened.sync()
    opened.search_run(queries, tmp_path / "out.run")
    lines = (tmp_path / "out.run").read_text().splitlines()
    assert [line.split()[:4] for line in lines] == [["q1", "Q0", "sp_ace", "1"]]


def test_a_query_without_an_id_goes_by_its_row(tmp_path):
    rows = [{"id": id, "prompt": "What?"} for id in (None, "", 7)]
    assert [id for id, _ in read_questions(write_rows(tmp_path / "q.jsonl", rows))] == ["1", "2", "7"]
    with pytest.raises(BadInput, match="row 1: id True; allowed: a text or a number"):
        read_questions(write_rows(tmp_path / "q.jsonl", [{"id": True, "prompt": "What?"}]))

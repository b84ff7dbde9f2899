"""What is questionable about cases that can be read: unknown fields, and sources that are not as the case says."""

from __future__ import annotations

import json

import pytest
from helpers import entry_of, write_rows

from tunebook.cli.main import run
from tunebook.errors import BadRow
from tunebook.project.cases import astray, warnings
from tunebook.project.scaffold import copy_example
from tunebook.values import Case, Document, Page, Source

CASE = {"id": "k-1", "prompt": "How heavy?", "answers": ["60 kg"]}
WREN = "documents/wren.md"
FILES = {WREN: "# The Wren\n\nThe Wren carries\n60 kg, in all."}


def check(project, *rows) -> dict:
    write_rows(project.root / "cases.jsonl", [CASE | {"id": f"k-{n}"} | row for n, row in enumerate(rows, 1)])
    return project.check_cases()


def test_unknown_fields_are_told_with_their_rows_and_what_is_allowed(project):
    opened = project(FILES)
    sources = [{"document": WREN, "pages": 1}]
    found = check(opened, {}, {"sourcs": [WREN]}, {"sources": sources}, *[{"status": "new"}] * 7)
    assert found["unknown_fields"] == {"sourcs": [2], "sources.pages": [3], "status": [4, 5, 6, 7, 8, 9, 10]}
    told = warnings(found["unknown_fields"], "cases.jsonl")
    allowed = "id, prompt, messages, kind, answerable, answers, sources, checks, group"
    assert told == [
        f"cases.jsonl, row 2: unknown field 'sourcs' counts for nothing; allowed: {allowed}",
        "cases.jsonl, row 3: unknown field 'sources.pages' counts for nothing; allowed: document, page, quote",
        f"cases.jsonl, rows 4, 5, 6, 7, 8 and 2 more: unknown field 'status' counts for nothing; allowed: {allowed}",
    ]


def test_fields_of_checks_and_fields_with_dots_are_told_too(project):
    check_ = {"type": "regex", "pattern": "^hello", "flags": "i"}
    found = check(project(FILES), {"checks": [check_]}, {"meta.author": "Ada"})["unknown_fields"]
    assert found == {"checks.flags": [1], "meta.author": [2]}
    one, other = warnings(found, "cases.jsonl")
    assert one.endswith(
        "unknown field 'checks.flags' counts for nothing; allowed: type, schema, pattern, values, limit"
    )
    assert "unknown field 'meta.author' counts for nothing; allowed: id, prompt, " in other


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"answerable": False}, "answerable is false, so its answers count for nothing"),
        ({"checks": [{"type": "max_words", "limit": 1}]}, "none of its answers passes its check max_words"),
        ({"checks": [{"type": "choice", "values": ["heavy", "light"]}]}, "none of its answers passes its check choice"),
        ({"kind": "behaviour", "checks": [{"type": "regex", "pattern": "^Hello"}]}, "none of its answers passes its check regex"),
        ({"checks": [{"type": "regex", "pattern": "^The Wren"}]}, None),
        ({"answers": ["sixty kg", "sixty"], "checks": [{"type": "max_words", "limit": 1}]}, None),
        ({"kind": "behaviour", "answerable": False}, None),
        ({"answers": [], "answerable": False}, None),
    ],
)  # fmt: skip
def test_a_case_that_no_answer_can_get_right_is_told(project, row, why):
    opened = project(FILES)
    assert check(opened, {}, row)["contradictions"] == ([{"case": "k-2", "why": why}] if why else [])
    assert opened.case_warnings() == ([f"cases.jsonl, case k-2: {why}"] if why else [])


def test_documents_and_quotes_that_are_not_there(project):
    opened = project(FILES)
    quotes = ("The Wren carries 60 kg", "carries 80 kg")
    rows = [{"sources": ["documents/none.md"]}, *({"sources": [{"document": WREN, "quote": q}]} for q in quotes)]
    assert check(opened, *rows) | {"synced": False, "astray": []} == check(opened, *rows), "nothing was synced yet"
    opened.sync()
    assert [(one["case"], one["why"]) for one in check(opened, *rows)["astray"]] == [
        ("k-1", "it is not in the library"),
        ("k-3", "its quote 'carries 80 kg' does not stand in it"),
    ]


@pytest.mark.parametrize(
    ("page", "quote", "why"),
    [
        (1, "ten crowns", "its quote 'ten crowns' stands on another page"),
        (2, "ten crowns", None),
        (None, "ten crowns", None),
        (2, None, None),
        (3, "ten crowns", "it has 2 pages"),
        (1, "nine crowns", "its quote 'nine crowns' does not stand in it"),
    ],
)
def test_pages(project, page, quote, why):
    opened = project(FILES)
    opened.sync()
    document = Document("a.pdf", "A", "It is light.\n\nIt costs ten crowns.", (Page(1, 0, 12), Page(2, 14, 34)))
    opened._parts.library.add([(document, entry_of(document))])
    case = Case(1, "k", ({"role": "user", "content": "?"},), "knowledge", sources=(Source("a.pdf", page, quote),))
    assert [one["why"] for one in astray(opened._parts, [case])] == ([why] if why else [])


def test_the_command_lists_what_it_found(project, capsys):
    opened = project(FILES)
    check(opened, {"note": "?", "sources": ["documents/none.md"]})
    assert run(["cases", "check", "--project", str(opened.root)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "row 1: unknown field 'note'" in said[0]
    assert said[1:] == ["sources were not looked up: the library is empty; run tunebook sync", "1 case, 1 finding"]
    assert run(["cases", "check", "--project", str(opened.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unknown_fields"] == {"note": [1]}


def test_a_trial_warns_at_its_start(project, capsys):
    opened = project(FILES)
    check(opened, {"note": "?", "sources": ["documents/none.md"]})
    steps = []
    opened.trial(approaches=["rag"], progress=lambda *step: steps.append(step))
    told = next(step[3] for step in steps if step[0] == "checking cases")
    assert "1 source cannot be found; case k-1: documents/none.md: it is not in the library" in told
    names = list(dict.fromkeys(step[0] for step in steps))
    assert names[:2] == ["syncing", "checking cases"]
    assert len(names) > 2
    (opened.root / "documents/wren.md").unlink()
    (opened.root / "documents").rmdir()
    run(["trial", "--project", str(opened.root), "--approaches", "tuned", "--set", "model.endpoint=http://127.0.0.1:1"])
    assert capsys.readouterr().err.startswith("warning: cases.jsonl, row 1: unknown field 'note'")


def test_the_examples_own_cases_are_as_they_should_be(project):
    opened = project()
    copy_example(opened.root)
    opened.sync()
    assert opened.check_cases() == {
        "cases": 80,
        "unknown_fields": {},
        "contradictions": [],
        "astray": [],
        "synced": True,
    }


def test_a_check_that_cannot_be_run_is_told_with_its_row(project):
    schema = {"type": "json_schema", "schema": {"type": "objekt"}}
    with pytest.raises(BadRow, match="row 2: a json_schema check: 'objekt' is not valid"):
        check(project(FILES), {}, {"checks": [schema]})

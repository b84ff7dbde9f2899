"""A file that was moved or renamed: what is known of it goes with it, and nothing else is thrown away."""

from __future__ import annotations

import json

import pytest
from helpers import write_rows

from tunebook.cli.sync import _text

pytestmark = pytest.mark.filterwarnings("ignore:optimize")
WREN, HERON, MOVED = "documents/wren.md", "documents/heron.md", "documents/old/wren.md"
FILES = {WREN: "# The Wren\n\nThe Wren carries 60 kg.", HERON: "The Heron carries 80 kg."}


@pytest.fixture(params=["lance", "postgres"])
def opened(request, project):
    """A synced project, with its library in one store or the other, that counts the texts it embeds."""
    more = []
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        more = [f"library.url={url}", "library.namespace=test_renames"]
    found = project(FILES, None, more)
    found.sync()
    embed, found.embedded = found._parts.embedder.embed, []

    def counted(texts):
        found.embedded += texts
        return embed(texts)

    found._parts.embedder.embed = counted
    yield found
    if more:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS test_renames CASCADE")


def move(project, old: str, new: str) -> None:
    (project.root / new).parent.mkdir(parents=True, exist_ok=True)
    (project.root / old).rename(project.root / new)


def documents(project) -> list[str]:
    return [one.id for one in project.documents()]


def test_a_moved_file_is_renamed_with_its_vectors(opened):
    move(opened, WREN, MOVED)
    result = opened.sync()
    assert result["renamed"] == [{"from": WREN, "to": MOVED}]
    assert [result[name] for name in ("added", "updated", "unchanged", "deleted")] == [0, 0, 1, 0]
    assert (opened.embedded, result["receipt"], result["passages"]) == ([], None, 2)
    assert documents(opened) == [HERON, MOVED]
    assert opened.search("Wren carries 60", 1)[0].passage.document == MOVED
    assert opened.sync()["unchanged"] == 2
    assert "1 renamed; 2 passages" in _text(result)
    assert f"renamed: {WREN} is {MOVED} now" in _text(result)


def test_reports_and_kept_answers_stay(opened):
    write_rows(opened.root / "cases.jsonl", [{"id": "c1", "prompt": "The Wren?", "answers": ["60"], "sources": [WREN]}])
    write_rows(
        opened.root / "examples.jsonl",
        [
            {"id": "e1", "prompt": "In the Wren?", "completion": "60.", "sources": [WREN]},
            {"id": "e2", "prompt": "In the Heron?", "completion": "80.", "sources": [HERON]},
        ],
    )
    report = opened.trial(approaches=["base", "rag"])
    kept = {path for path in opened.state.glob("answers/**/*") if path.is_file()}
    move(opened, WREN, MOVED)
    result = opened.sync()
    assert opened.reports.get(report["id"])["id"] == report["id"]
    assert kept <= set(opened.state.glob("answers/**/*"))
    assert result["names_old"] == {"cases": ["c1"], "examples": ["e1"]}
    assert "1 case still names an old path: c1; put the new one into cases.jsonl" in _text(result)


def test_what_tunebook_knows_of_it_goes_with_it(opened):
    adapters = opened._parts.adapters
    adapters.finish(adapters.folder("tuned", "one"), {"target": "tuned", "documents": [WREN]})
    opened.casebook.note({"question": "?", "sources": [WREN], "case": {"sources": [{"document": WREN, "page": 1}]}})
    move(opened, WREN, MOVED)
    opened.sync()
    thumb = opened.casebook.thumbs()[0]
    assert (thumb["sources"], thumb["case"]["sources"]) == ([MOVED], [{"document": MOVED, "page": 1}])
    receipt = opened.forget(MOVED)
    assert (receipt["stale"]["adapters"], receipt["removed"]["thumbs"]) == (["tuned-one"], 1)


def test_a_file_without_a_title_is_known_under_another_name(opened):
    move(opened, HERON, "documents/crane.md")
    assert opened.sync()["renamed"] == [{"from": HERON, "to": "documents/crane.md"}]
    assert opened.document("documents/crane.md").title == "crane"
    assert len(opened.embedded) == 1, "its name is searched, and is another one"


def test_another_folder_has_other_readers(opened):
    (opened.root / "documents/hr").mkdir()
    (opened.root / "documents/hr/.groups").write_text("hr\n")
    move(opened, WREN, "documents/hr/wren.md")
    assert opened.sync()["renamed"]
    assert opened.embedded == []
    assert [hit.passage.document for hit in opened.search("Wren 60", 5, groups=())] == [HERON]
    assert {hit.passage.document for hit in opened.search("Wren 60", 5, groups=("hr",))} == {
        HERON,
        "documents/hr/wren.md",
    }


def test_twins_are_moved_one_by_one_and_each_to_its_name(opened):
    for name in ("a", "b"):
        (opened.root / f"documents/{name}.md").write_text("# Twins\n\nThe same words.")
    opened.sync()
    for name in ("a", "b"):
        move(opened, f"documents/{name}.md", f"documents/twins/{name}.md")
    renamed = {one["from"]: one["to"] for one in opened.sync()["renamed"]}
    assert renamed == {f"documents/{name}.md": f"documents/twins/{name}.md" for name in ("a", "b")}


def test_a_copy_and_a_changed_file_are_no_renames(opened):
    (opened.root / "documents/copy.md").write_text(FILES[WREN])
    result = opened.sync()
    assert (result["added"], result["renamed"]) == (1, [])
    move(opened, HERON, "documents/old.md")
    (opened.root / "documents/old.md").write_text("The Heron carries 90 kg.")
    result = opened.sync()
    assert (result["added"], result["deleted"], result["renamed"]) == (1, 1, [])


def test_rows_keep_their_ids_when_their_file_moves(opened):
    write_rows(opened.root / "documents/rows.jsonl", [{"_id": "r1", "text": "A row."}])
    opened.sync()
    move(opened, "documents/rows.jsonl", "documents/old/rows.jsonl")
    result = opened.sync()
    assert (result["unchanged"], result["deleted"], result["renamed"]) == (3, 0, [])


def test_broken_cases_do_not_stop_a_sync_that_deletes(opened):
    (opened.root / "cases.jsonl").write_text(json.dumps({"prompt": "no id"}) + "\n")
    (opened.root / WREN).unlink()
    result = opened.sync()
    assert result["deleted"] == 1
    assert "no id" in result["receipt"]["stale"]["cases"][0]

"""A sync with fakes inside: the library mirrors the files, whatever happened to the files or to the sync before."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from helpers import write_rows

from tunebook.cli.sync import _text
from tunebook.documents import find_files
from tunebook.errors import BadInput, LibraryFailed
from tunebook.library import LanceStore
from tunebook.project.folder import Folder
from tunebook.values import Document

FILES = {"documents/wren.md": "# The Wren\n\nThe Wren carries 60 kg.", "documents/heron.md": "The Heron carries 80 kg."}
SMALL_BATCHES = "tunebook.project.sync.BATCH_CHARS"


def counts(result) -> dict[str, int]:
    return {name: result[name] for name in ("added", "updated", "unchanged", "deleted") if result[name]}


def entries(project) -> dict:
    return project._parts.library.store.entries()


def text_of(project, id: str) -> str:
    return project._parts.library.store.document(id).text


def rows(*numbers: int, text: str = "Row number {} is about kites.") -> list[dict]:
    return [{"_id": f"r{n}", "title": f"Row {n}", "text": text.format(n)} for n in numbers]


def root_of(project) -> Path:
    return project._parts.folder.root


# --- files


def test_a_sync_adds_updates_deletes_and_leaves_alone(project):
    opened = project(FILES)
    root = root_of(opened)
    assert counts(opened.sync()) == {"added": 2}
    assert counts(opened.sync()) == {"unchanged": 2}
    (root / "documents/wren.md").write_text("The Wren has retired since.")
    (root / "documents/crane.txt").write_text("The Crane lifts 200 kg.")
    (root / "documents/heron.md").unlink()
    assert counts(opened.sync()) == {"added": 1, "updated": 1, "deleted": 1}
    assert set(entries(opened)) == {"documents/wren.md", "documents/crane.txt"}
    assert opened.search("retired since", 1)[0].passage.text == "The Wren has retired since."
    assert not [hit for hit in opened.search("Heron 80 kg 60 kg", 9) if "60" in hit.passage.text]


def test_a_sync_tells_passages_and_seconds(project):
    result = project(FILES).sync()
    assert (result["passages"], result["failed"]) == (2, [])
    assert result["seconds"] > 0


def test_a_file_that_was_touched_is_not_embedded_again(project):
    opened = project(FILES)
    opened.sync()
    os.utime(root_of(opened) / "documents/wren.md", ns=(1, 1))
    assert counts(opened.sync()) == {"unchanged": 2}
    assert entries(opened)["documents/wren.md"].mtime_ns == 1


def test_a_file_that_can_no_longer_be_read_keeps_its_last_good_version(project):
    opened = project(FILES)
    opened.sync()
    (root_of(opened) / "documents/wren.md").write_bytes(b"")
    for _ in range(2):
        result = opened.sync()
        assert [failure["path"] for failure in result["failed"]] == ["documents/wren.md"]
        assert "empty file" in result["failed"][0]["error"]
        assert (counts(result), text_of(opened, "documents/wren.md")) == ({"unchanged": 1}, FILES["documents/wren.md"])
    (root_of(opened) / "documents/wren.md").write_text("It is back.")
    assert counts(opened.sync()) == {"updated": 1, "unchanged": 1}


def test_a_file_of_an_unknown_kind_fails_and_the_others_are_read(project):
    opened = project(FILES | {"documents/x.weird": "?"})
    result = opened.sync()
    assert counts(result) == {"added": 2}
    (failure,) = result["failed"]
    assert failure["path"] == "documents/x.weird" and "csv, doc, " in failure["hint"]


def test_named_paths_are_what_is_mirrored_and_are_remembered(project, tmp_path):
    opened = project(FILES)
    opened.sync()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/crane.md").write_text("The Crane lifts 200 kg.")
    assert counts(opened.sync([tmp_path / "elsewhere"])) == {"added": 1, "deleted": 2}
    assert counts(opened.sync()) == {"unchanged": 1}


def test_a_project_that_is_copied_reads_its_own_documents(project, tmp_path):
    opened = project({"docs/wren.md": "The Wren carries 60 kg."})
    opened.sync([root_of(opened) / "docs"])
    shutil.copytree(root_of(opened), tmp_path / "copy")
    assert Folder.find(tmp_path / "copy").documents() == [tmp_path / "copy/docs"]


def test_a_book_without_a_chapter_is_read_and_told(project, monkeypatch):
    opened = project(FILES)
    lacking = Document("documents/wren.md", "Wren", "Half.", metadata={"missing_parts": ["b.xhtml"]})
    files = find_files([root_of(opened) / "documents"], root_of(opened))
    monkeypatch.setattr("tunebook.project.sync.read_many", lambda *_, **__: iter([(files[1], lacking)]))
    result = opened.sync()
    assert result["failed"] == [
        {"path": "documents/wren.md", "error": "read without what it lists and does not hold: b.xhtml"}
    ]
    assert text_of(opened, "documents/wren.md") == "Half."


def test_no_documents_and_a_missing_path_are_bad_input(project, tmp_path):
    opened = project()
    with pytest.raises(BadInput, match="no documents"):
        opened.sync()
    with pytest.raises(BadInput, match="there is no file or folder"):
        opened.sync([tmp_path / "none"])


def test_one_writer_at_a_time(project):
    opened = project(FILES)
    with opened._parts.folder.lock(), pytest.raises(LibraryFailed, match=f"locked by process {os.getpid()}"):
        opened.sync()
    assert counts(opened.sync()) == {"added": 2}


# --- rows


def test_rows_are_documents(project):
    opened = project()
    path = write_rows(root_of(opened) / "documents.jsonl", rows(1, 2, 3))
    assert counts(opened.sync()) == {"added": 3}
    write_rows(path, [*rows(1, 2, text="Row {} is about gliders now."), *rows(4)])
    assert counts(opened.sync()) == {"added": 1, "updated": 2, "deleted": 1}
    assert set(entries(opened)) == {"r1", "r2", "r4"}


def test_a_broken_row_is_told_each_time_and_deletes_nothing(project):
    opened = project()
    path = write_rows(root_of(opened) / "documents.jsonl", rows(1, 2, 3))
    opened.sync()
    good = path.read_text().splitlines()
    path.write_text("\n".join([good[0], good[1][:20], good[2]]) + "\n")
    for _ in range(2):
        result = opened.sync()
        assert [failure["path"] for failure in result["failed"]] == ["documents.jsonl, row 2"]
        assert set(entries(opened)) == {"r1", "r2", "r3"}
    path.write_text("\n".join([good[0], good[2]]) + "\n")
    assert counts(opened.sync()) == {"unchanged": 2, "deleted": 1}


def test_a_new_file_with_a_broken_row_is_told_each_time(project):
    opened = project({"documents.jsonl": json.dumps(rows(1)[0]) + "\nnot json\n"})
    for _ in range(2):
        assert [failure["path"] for failure in opened.sync()["failed"]] == ["documents.jsonl, row 2"]


def test_a_file_of_rows_that_cannot_be_read_keeps_its_rows_and_the_others_are_read(project):
    opened = project()
    write_rows(root_of(opened) / "documents/b.jsonl", rows(1, 2))
    opened.sync()
    (root_of(opened) / "documents/b.jsonl").unlink()
    (root_of(opened) / "documents/b.jsonl").symlink_to(root_of(opened) / "nowhere")
    write_rows(root_of(opened) / "documents/c.jsonl", rows(3))
    result = opened.sync()
    assert result["failed"] == [
        {
            "path": "documents/b.jsonl",
            "error": "cannot be read: No such file or directory",
            "hint": "give a JSON Lines file",
        },
    ]
    assert counts(result) == {"added": 1}
    assert set(entries(opened)) == {"r1", "r2", "r3"}
    assert counts(opened.sync()) == {"unchanged": 1}


def test_a_file_of_rows_is_known_by_its_ending_in_capitals_too(project):
    opened = project()
    path = write_rows(root_of(opened) / "documents/B.JSONL", rows(1, 2))
    assert counts(opened.sync()) == {"added": 2}
    assert opened.forget("r1", with_file=True)["removed"]["file"] is False
    assert path.is_file()


def test_one_id_twice_is_told(project):
    opened = project({"documents/wren.md": "The Wren."})
    write_rows(root_of(opened) / "documents.jsonl", [{"_id": "documents/wren.md", "text": "Another Wren."}])
    result = opened.sync()
    assert counts(result) == {"added": 1}
    assert "another document's" in result["failed"][0]["error"]
    assert text_of(opened, "documents/wren.md") == "The Wren."


# --- interrupted


class Stop(BaseException):
    """Stands for a SIGKILL: nothing catches it."""


def killed_after(project, batches: int, monkeypatch):
    """Syncs with a library that stops dead after so many commits."""
    store = LanceStore
    replace, done = store.replace, []

    def dying(self, *given):
        if len(done) == batches:
            raise Stop
        done.append(replace(self, *given))

    with monkeypatch.context() as patch:
        patch.setattr(SMALL_BATCHES, 200)
        patch.setattr(store, "replace", dying)
        with pytest.raises(Stop):
            project.sync()


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_rows_that_a_killed_sync_did_not_reach_are_added_by_the_next(batches, project, monkeypatch):
    opened = project()
    write_rows(root_of(opened) / "documents.jsonl", rows(*range(40)))
    killed_after(opened, batches, monkeypatch)
    already = len(entries(opened))
    result = opened.sync()
    assert set(entries(opened)) == {f"r{n}" for n in range(40)}
    assert (result["added"], result["unchanged"], result["passages"]) == (40 - already, already, 40)
    assert counts(opened.sync()) == {"unchanged": 40}


def test_rows_changed_and_gone_before_a_killed_sync_are_finished_by_the_next(project, monkeypatch):
    opened = project()
    path = write_rows(root_of(opened) / "documents.jsonl", rows(*range(40)))
    opened.sync()
    write_rows(path, rows(*range(10, 50), text="Row {} is about gliders now."))
    killed_after(opened, 2, monkeypatch)
    opened.sync()
    assert set(entries(opened)) == {f"r{n}" for n in range(10, 50)}
    assert all("gliders" in text_of(opened, id) for id in entries(opened))


def test_after_a_killed_sync_the_words_are_indexed_all_the_same(project, monkeypatch):
    opened = project(FILES)
    with monkeypatch.context() as patch:
        patch.setattr(LanceStore, "index", lambda self: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            opened.sync()
    assert "bm25" in opened.search("carrying", 1)[0].stages, "found by its stem"
    opened.sync()
    assert "bm25" in opened.search("carrying", 1)[0].stages


def test_a_document_killed_between_its_two_tables_is_whole_after_the_next_sync(project, monkeypatch):
    opened = project(FILES)
    opened.sync()
    (root_of(opened) / "documents/wren.md").write_text("The Wren carries 61 kg now.")
    store = opened._parts.library.store
    store._passages.delete("document = 'documents/wren.md'")
    opened.sync()
    assert [p.text for p in store.passages_of("documents/wren.md")] == ["The Wren carries 61 kg now."]


# --- what is not embedded again


def embedded(project, monkeypatch) -> list[str]:
    """Collects what the project's embedder is given from now on."""
    given: list[str] = []
    embed = project._parts.embedder.embed
    monkeypatch.setattr(project._parts.embedder, "embed", lambda texts: given.extend(texts) or embed(texts))
    return given


def test_unchanged_passages_of_a_changed_document_keep_their_vectors(project, monkeypatch):
    section = "## Part {0}\n\n" + "The part numbered {0} has words of its own to say. " * 8
    parts = [section.format(n) for n in range(6)]
    opened = project(
        {"documents/a.md": "\n\n".join(["# Book\n\nIt begins here.", *parts])}, None, ["passages.max_tokens=100"]
    )
    opened.sync()
    before = opened._parts.library.store.vectors_of(["documents/a.md"])
    given = embedded(opened, monkeypatch)
    (root_of(opened) / "documents/a.md").write_text(
        "\n\n".join(["# Book\n\nIt begins here.", section.format("new"), *parts])
    )
    assert counts(opened.sync()) == {"updated": 1}
    assert given
    assert [text for text in given if "new" not in text] == []
    after = opened._parts.library.store.vectors_of(["documents/a.md"])
    assert before.keys() < after.keys()
    assert len(opened.passages("documents/a.md")) == 8


def test_a_sync_with_nothing_to_do_embeds_nothing(project, monkeypatch):
    opened = project(FILES)
    opened.sync()
    given = embedded(opened, monkeypatch)
    os.utime(root_of(opened) / "documents/wren.md", ns=(1, 1))
    assert counts(opened.sync()) == {"unchanged": 2}
    assert given == []


# --- who may read it


def groups_of(project) -> dict[str, tuple[str, ...]]:
    return {one.id: one.groups for one in project.documents()}


def test_readers_come_from_rules_and_rows(project):
    opened = project(FILES, None, ['documents.groups={"documents/w*" = ["crew"], "documents.jsonl" = ["desk"]}'])
    write_rows(
        root_of(opened) / "documents.jsonl", [{"_id": "a", "text": "A."}, {"_id": "b", "text": "B.", "groups": ["hr"]}]
    )
    opened.sync()
    assert groups_of(opened) == {"documents/wren.md": ("crew",), "documents/heron.md": (), "a": ("desk",), "b": ("hr",)}


def test_a_change_of_the_rules_counts_though_no_file_changed(project, monkeypatch):
    opened = project(FILES)
    opened.sync()
    given = embedded(opened, monkeypatch)
    (root_of(opened) / "documents/.groups").write_text("crew\n")
    assert counts(opened.sync()) == {"updated": 2}
    assert set(groups_of(opened).values()) == {("crew",)}
    assert opened.search("Wren", 5, ()) == []
    assert given == ["Wren"], "only the query: no vector changes"
    (root_of(opened) / "documents/.groups").unlink()
    opened.sync()
    assert set(groups_of(opened).values()) == {()}


def test_a_file_that_cannot_be_read_any_more_is_kept_for_those_who_may_read_it_now(project):
    opened = project(FILES)
    opened.sync()
    (root_of(opened) / "documents/wren.md").write_bytes(b"")
    (root_of(opened) / "documents/.groups").write_text("crew\n")
    result = opened.sync()
    assert [failure["path"] for failure in result["failed"]] == ["documents/wren.md"]
    assert groups_of(opened)["documents/wren.md"] == ("crew",)
    assert text_of(opened, "documents/wren.md") == FILES["documents/wren.md"]


def test_a_rule_that_guards_nothing_is_told(project):
    result = project(FILES, None, ['documents.groups={"hr/**" = ["hr"]}']).sync()
    assert result["failed"] == [{"path": "documents.groups", "error": "'hr/**' fits no file, so it guards none"}]


# --- watching


def test_watching_syncs_after_each_change(project):
    opened = project(FILES)
    results = opened.watch()
    assert counts(next(results)) == {"added": 2}
    (root_of(opened) / "documents/wren.md").write_text("The Wren has retired since.")
    assert counts(next(results)) == {"updated": 1, "unchanged": 1}
    (root_of(opened) / "documents/.groups").write_text("crew\n")
    assert counts(next(results)) == {"updated": 2}


# --- what is said


def test_a_sync_that_has_nothing_to_read_tells_no_progress(project):
    opened = project(FILES)
    opened.sync()
    steps = []
    opened.sync(progress=lambda *step: steps.append(step))
    assert steps == []


def test_a_folder_without_a_file_is_told(project):
    """The first sync of a newcomer, before anything was put in: a row of zeros was all that it said."""
    opened = project({})
    (root_of(opened) / "documents").mkdir()
    assert opened.sync()["warnings"] == [f"there is no file in {root_of(opened) / 'documents'}"]


def test_a_failure_names_its_file_once(project):
    opened = project(FILES | {"documents/wren.pdf": "%PDF-1.4\nbroken", "documents/none.md": ""})
    failed = {one["path"]: one["error"] for one in opened.sync()["failed"]}
    assert failed == {"documents/wren.pdf": "cannot be read: Invalid PDF", "documents/none.md": "is an empty file"}


def test_questions_beside_a_corpus_are_left_out_and_told(project, tmp_path):
    opened = project()
    for name in ("queries.jsonl", "cases.jsonl", "examples.jsonl", "qrels/test.tsv", "corpus.jsonl", "about.md"):
        write_rows(tmp_path / "scifact" / name, rows(1))
    asides = [str(tmp_path / "scifact" / name) for name in ("cases.jsonl", "examples.jsonl", "qrels", "queries.jsonl")]
    result = opened.sync([tmp_path / "scifact"])
    assert (result["added"], result["failed"], result["left_out"]) == (2, [], asides)
    assert "left out, as settings or questions beside documents: " in _text(result)
    assert opened.sync([tmp_path / "scifact/queries.jsonl"])["left_out"] == []
    assert set(entries(opened)) == {"r1"}


def test_the_settings_of_a_project_are_no_document(project):
    opened = project({"tunebook.toml": "", "cases.jsonl": json.dumps(rows(1)[0]) + "\n", "documents/wren.md": "80 kg"})
    result = opened.sync([opened.root])
    assert (set(entries(opened)), result["left_out"]) == ({"documents/wren.md"}, ["cases.jsonl", "tunebook.toml"])


def test_a_folder_of_documents_may_hold_any_name(project):
    opened = project(
        {"documents/queries.jsonl": json.dumps(rows(1)[0]) + "\n", "documents.jsonl": "", "cases.jsonl": ""}
    )
    assert [opened.sync()[name] for name in ("added", "left_out")] == [1, []]

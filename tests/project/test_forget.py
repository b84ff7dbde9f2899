"""The receipt of `forget`: what was removed where, what is stale now, and that it is really gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import write_rows

from tunebook.errors import BadInput
from tunebook.library import LanceStore

pytestmark = pytest.mark.filterwarnings("ignore:optimize")  # no other reader is there to be disturbed
WREN, HERON = "documents/wren.md", "documents/heron.md"
FILES = {WREN: "The Wren carries zwieback.", HERON: "The Heron carries 80 kg."}
EXAMPLES = [
    {"id": "e1", "prompt": "What is in the Wren?", "completion": "Zwieback.", "sources": [WREN]},
    {"id": "e2", "prompt": "What is in the Heron?", "completion": "80 kg.", "sources": [HERON]},
]
CASES = [
    {"id": "c1", "prompt": "The Wren?", "answers": ["zwieback"], "sources": [{"document": WREN, "quote": "zwieback"}]},
    {"id": "c2", "prompt": "The Heron?", "answers": ["80"], "sources": [HERON]},
]


@pytest.fixture
def filled(project):
    """A synced project with examples, cases, kept answers and two adapters, one of them tuned on the Wren."""
    opened = project(FILES)
    root = opened._parts.folder.root
    write_rows(root / "examples.jsonl", EXAMPLES)
    write_rows(root / "cases.jsonl", CASES)
    opened.trial(approaches=["base", "rag"])
    adapters = opened._parts.adapters
    for name, documents in (("one", [WREN, HERON]), ("two", [HERON])):
        adapters.finish(adapters.folder("tuned", name), {"target": "tuned", "documents": documents})
    return opened


def kept_text(state: Path) -> bytes:
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def test_the_receipt_says_what_was_removed_and_what_is_stale(filled):
    receipt = filled.forget(WREN)
    assert receipt["document"] == WREN
    assert (receipt["removed"]["passages"], receipt["removed"]["vectors"]) == (1, 1)
    assert receipt["removed"]["cached_files"] >= 4, "two approaches' answers, report.json and report.html"
    assert receipt["left"] == {"rows": 0, "files": []}
    assert receipt["stale"] == {"adapters": ["tuned-one"], "examples": ["e1"], "cases": ["c1"]}
    assert [line.endswith(WREN) for line in receipt["remains"]] == [True]


def test_what_was_forgotten_is_nowhere_in_the_state(filled):
    assert b"zwieback" in kept_text(filled.state)
    filled.forget(WREN)
    assert b"zwieback" not in kept_text(filled.state)
    assert [hit.passage.document for hit in filled.search("Wren zwieback", 5)] == [HERON]


def test_an_adapter_that_learnt_from_it_is_marked(filled):
    filled.forget(WREN)
    manifests = [filled._parts.adapters.manifest(filled.state / "adapters" / f"tuned-{n}") for n in ("one", "two")]
    assert manifests[0]["stale"] == [f"deleted since: {WREN}"]
    assert "stale" not in manifests[1]


def test_what_the_team_owns_is_not_touched(filled):
    root = filled._parts.folder.root
    before = {path: path.read_bytes() for path in (root / WREN, root / "cases.jsonl", root / "examples.jsonl")}
    filled.forget(WREN)
    assert before == {path: path.read_bytes() for path in before}


def test_a_document_whose_file_is_gone_leaves_nothing_and_stays_gone(filled):
    (filled._parts.folder.root / WREN).unlink()
    assert filled.forget(WREN)["remains"] == []
    assert filled.sync()["deleted"] == 0
    assert filled.sync()["unchanged"] == 1


def test_what_nobody_knows_is_bad_input(filled, project):
    with pytest.raises(BadInput, match="no such document"):
        filled.forget("documents/none.md")


def test_an_empty_library_is_told(project):
    with pytest.raises(BadInput, match="the library is empty"):
        project().forget(WREN)


def test_after_forgetting_the_advisor_and_a_trial_work_on(filled):
    filled.forget(WREN)
    filled.advise()
    (filled._parts.folder.root / WREN).unlink()
    report = filled.trial(approaches=["base", "rag"])
    assert json.loads((filled.state / "trials/last.json").read_text())["id"] == report["id"]


def test_a_deletion_by_sync_has_the_same_receipt(filled):
    (filled._parts.folder.root / WREN).unlink()
    receipt = filled.sync()["receipt"]
    assert receipt["removed"]["documents"] == receipt["removed"]["passages"] == 1
    assert receipt["left"] == {"rows": 0, "files": []}
    assert receipt["stale"] == {"adapters": ["tuned-one"], "examples": ["e1"], "cases": ["c1"]}
    assert b"zwieback" not in kept_text(filled.state)
    assert filled.sync()["receipt"] is None


def test_a_file_that_still_quotes_it_is_told(project):
    opened = project({WREN: 'The Wren "carries" zwieback, gruyère and a great many other things.', HERON: "80 kg."})
    opened.sync()
    text = opened.document(WREN).text
    (opened.state / "jobs").mkdir()
    (opened.state / "jobs/one.json").write_text(json.dumps({"said": text}))
    (opened.state / "jobs/two.txt").write_text(f"it says: {text}")
    (opened.state / "jobs/three.txt").write_text("it says nothing")
    assert opened.forget(WREN)["left"]["files"] == ["jobs/one.json", "jobs/two.txt"]


def test_a_killed_removal_is_finished_by_the_next_sync(filled, monkeypatch):
    (filled._parts.folder.root / WREN).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(LanceStore, "erase", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            filled.sync()
    assert [hit.passage.document for hit in filled.search("Wren zwieback", 5)] == [HERON]
    result = filled.sync()
    assert (result["deleted"], result["receipt"]["removed"]["documents"]) == (0, 1)
    assert b"zwieback" not in kept_text(filled.state)
    assert result["receipt"]["stale"]["adapters"] == ["tuned-one"]


def test_a_document_that_is_back_after_a_killed_removal_is_in_the_library(filled, monkeypatch):
    path = filled._parts.folder.root / WREN
    path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(LanceStore, "erase", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            filled.sync()
    path.write_text("The Wren carries rusks.")
    result = filled.sync()
    assert (result["added"], result["receipt"]["removed"]["documents"]) == (1, 1)
    assert filled.search("Wren rusks", 1)[0].passage.document == WREN
    assert b"zwieback" not in kept_text(filled.state)

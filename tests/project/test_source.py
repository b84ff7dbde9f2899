"""What a reader is shown of a document: its text and passages, its state, its pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import BadInput
from tunebook.project import NoDocument, Span, Wanted

AGREEMENT = Path(__file__).parents[2] / "examples" / "larkmoor" / "documents" / "terms" / "haul-agreement.pdf"
PAY = json.dumps({"_id": "pay", "title": "Pay", "text": "The director earns 9000.", "groups": ["hr"]})


@pytest.fixture
def opened(project: Callable[..., Any]) -> Any:
    made = project({"documents/wren.md": "# The Wren\n\nIt carries 80 kg.", "documents/pay.jsonl": PAY})
    shutil.copy(AGREEMENT, made.root / "documents" / "haul.pdf")
    made.sync()
    return made


def test_a_file_that_a_mac_named_is_known_by_its_name_as_it_is_typed(project: Callable[..., Any]) -> None:
    apart, typed = "documents/Vertra\u0308ge.pdf", "documents/Vertr\u00e4ge.pdf"
    case = {"id": "k", "prompt": "What is 85 crowns?", "answers": ["a wheel"], "sources": [typed]}
    made = project(
        {"cases.jsonl": json.dumps(case) + "\n", "documents/rest.md": "# Rest"},
        overrides=[f'documents.groups={{"{typed}" = ["board"]}}'],
    )
    shutil.copy(AGREEMENT, made.root / apart)
    assert made.sync()["failed"] == []
    assert made.check_cases()["astray"] == []
    source = made.source(typed)
    assert (source["changed"], source["groups"]) == (None, ["board"])
    assert made.picture(typed, Span(0, 9))[1] == 1
    assert made.forget(apart, with_file=True)["removed"]["file"]
    assert not (made.root / apart).exists()


def test_the_passages_are_offsets_into_the_text(opened: Any) -> None:
    source = opened.source("documents/wren.md")
    assert (source["title"], source["format"], source["pictures"], source["changed"]) == ("The Wren", "md", False, None)
    assert [source["text"][p["start"] : p["end"]] for p in source["passages"]] == ["# The Wren\n\nIt carries 80 kg."]


def test_a_span_is_marked_on_its_page(opened: Any) -> None:
    source = opened.source("documents/haul.pdf")
    start = source["text"].index("Bent front wheel")
    picture, number = opened.picture("documents/haul.pdf", Span(start, start + len("Bent front wheel")))
    assert number == 2
    assert len(picture.marks) == 1
    other, number = opened.picture("documents/haul.pdf", Span(start, start + 5), page=1)
    assert (number, other.marks) == (1, ())


def test_what_is_no_pdf_has_no_pictures(opened: Any) -> None:
    with pytest.raises(BadInput, match="no PDF"):
        opened.picture("documents/wren.md", Span(0, 3))


def test_a_file_that_changed_or_went_is_told(opened: Any) -> None:
    wren = opened.root / "documents" / "wren.md"
    wren.write_text("# The Wren\n\nIt carries 90 kg.")
    assert "has changed" in opened.source("documents/wren.md")["changed"]
    wren.unlink()
    assert "not there any more" in opened.source("documents/wren.md")["changed"]


def test_who_may_not_read_it_does_not_meet_it(opened: Any) -> None:
    assert opened.source("pay", ("hr",))["text"].startswith("The director")
    for groups in ((), ("it",)):
        with pytest.raises(NoDocument):
            opened.source("pay", groups)
        with pytest.raises(NoDocument):
            opened.picture("pay", Span(0, 3), None, groups)
        listed = opened.states(Wanted(), groups)
        assert "pay" not in {row["document"] for row in listed["documents"]}
        assert listed["counts"] == {"current": 2}


def test_every_file_has_a_state(opened: Any) -> None:
    folder = opened.root / "documents"
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    opened.sync()
    (folder / "new.md").write_text("# New")
    (folder / "wren.md").write_text("# The Wren, changed")
    (folder / "haul.pdf").unlink()
    found = {row["document"]: row for row in opened.states(Wanted())["documents"]}
    states = {name: row["state"] for name, row in found.items()}
    assert states == {
        "documents/broken.pdf": "failed",
        "documents/haul.pdf": "gone",
        "documents/new.md": "new",
        "documents/wren.md": "changed",
        "pay": "current",
    }
    assert found["documents/broken.pdf"]["why"] == "cannot be read: Invalid PDF"
    assert opened.states(Wanted(), ())["total"] == 2  # what is not in the library is for who sees everything


def test_the_list_asks_the_library_once_however_long_it_is(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened._parts.library.store
    passages = {one.id: len(store.passages_of(one.id)) for one in store.listing()}
    monkeypatch.setattr(type(store), "passages_of", None)
    found = opened.states(Wanted())["documents"]
    assert {row["document"]: row["passages"] for row in found} == passages


def test_a_document_that_a_sync_deletes_meanwhile_is_left_out(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened._parts.library.store
    entries = store.entries()
    del entries["pay"]
    monkeypatch.setattr(type(store), "entries", lambda _: entries)
    assert opened.states(Wanted())["total"] == 2


def test_the_list_is_searched_and_paged(opened: Any) -> None:
    assert [row["document"] for row in opened.states(Wanted(text="THE WREN"))["documents"]] == ["documents/wren.md"]
    assert [row["document"] for row in opened.states(Wanted(text="WREN"))["documents"]] == ["documents/wren.md"]
    assert opened.states(Wanted(state="new"))["total"] == 0
    second = opened.states(Wanted(offset=1, limit=1))
    assert ([row["document"] for row in second["documents"]], second["total"]) == (["documents/wren.md"], 3)

"""Thumbs of which a full disk, or a kill, has torn one."""

from __future__ import annotations

from pathlib import Path

from tunebook.project.casebook import Casebook
from tunebook.project.folder import Folder


def test_a_torn_thumb_costs_itself_alone(tmp_path: Path) -> None:
    state = tmp_path / ".tunebook"
    book = Casebook(Folder(tmp_path, state))
    first = book.note({"question": "How heavy?", "answer": "20 kg", "thumb": "down", "sources": ["wren.md"]})
    with (state / "thumbs.jsonl").open("ab") as torn:
        torn.write(b'{"id": "t-2", "answ')
    assert book.thumbs() == [first]
    second = book.note({"question": "How long?", "answer": "2 \u2028 m", "thumb": "up", "sources": ["heron.md"]})
    assert book.thumbs() == [second, first]
    book.rename({"wren.md": "kite.md"})
    assert book.forget("kite.md") == 1
    assert book.thumbs() == [second]

"""Files of JSON lines that grow: what a kill tore costs itself alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunebook.journal import adding, rows, trim


def test_what_was_added_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    with adding(path) as add:
        add({"a": 1})
        assert list(rows(path)) == [{"a": 1}]
        add(["b", "\u2028\x85\n"])
    assert list(rows(path)) == [{"a": 1}, ["b", "\u2028\x85\n"]]


def test_a_file_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert list(rows(tmp_path / "a.jsonl")) == []


@pytest.mark.parametrize("torn", [b'{"a": 2', b'{"a": "\xc3', b"\0" * 99])
def test_a_torn_row_is_passed_over_and_the_next_stands_on_its_own_line(torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' + torn)
    assert list(rows(path)) == [{"a": 1}]
    with adding(path) as add:
        add({"a": 3})
    assert list(rows(path)) == [{"a": 1}, {"a": 3}]


def test_a_torn_row_is_cut_off_for_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    trim(path)
    for held, left in ((b'{"a": 1}\n{"a"', b'{"a": 1}\n'), (b'{"a": 1}\n', b'{"a": 1}\n'), (b"\0\0", b""), (b"", b"")):
        path.write_bytes(held)
        trim(path)
        assert path.read_bytes() == left

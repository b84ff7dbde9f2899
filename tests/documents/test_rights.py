"""Who may read a file: rules for paths, the last that fits decides, and `.groups` files beside the documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import write_rows

from tunebook.documents import Rights, RowFailure, find_files, read_jsonl, sidecars
from tunebook.errors import BadInput


def readers(root: Path, rules: dict[str, list[str]], *names: str) -> dict[str, tuple[str, ...]]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text")
    rights = Rights(rules, root)
    return {file.id: rights.of(file) for file in find_files([root], root)}


def test_the_last_rule_that_fits_decides(tmp_path):
    rules = {"hr/**": ["hr"], "hr/board/": ["board"], "hr/handbook.md": []}
    found = readers(tmp_path, rules, "a.md", "hr/b.md", "hr/x/c.md", "hr/board/x/d.md", "hr/handbook.md")
    assert found == {
        "a.md": (),
        "hr/b.md": ("hr",),
        "hr/x/c.md": ("hr",),
        "hr/board/x/d.md": ("board",),
        "hr/handbook.md": (),
    }


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("*.md", "a.md", "hr/a.md"),
        ("**/*.md", "a.md", "a.txt"),
        ("**/*.md", "x/y/a.md", "x/y/a.mdx"),
        ("hr/?.md", "hr/a.md", "hr/ab.md"),
        ("h(r)/[a]+.md", "h(r)/[a]+.md", "hr/aa.md"),
        ("hr/**/pay.md", "hr/pay.md", "hr/xpay.md"),
    ],
)
def test_patterns(pattern, fits, fits_not, tmp_path):
    found = readers(tmp_path, {pattern: ["crew"]}, fits, fits_not)
    assert (found[fits], found[fits_not]) == (("crew",), ())


def test_a_file_beside_the_documents_is_closer_than_a_rule(tmp_path):
    (tmp_path / "hr/board").mkdir(parents=True)
    (tmp_path / "hr/.groups").write_text("hr  # all of it\n\nlead\n")
    (tmp_path / "hr/board/.groups").write_text("board\n")
    found = readers(tmp_path, {"**": ["staff"]}, "a.md", "hr/x/b.md", "hr/board/c.md")
    assert found == {"a.md": ("staff",), "hr/x/b.md": ("hr", "lead"), "hr/board/c.md": ("board",)}
    assert [Path(name).parent.name for name, _ in sidecars([tmp_path / "hr"], tmp_path)] == ["hr", "board"]


def test_a_groups_file_that_names_nobody_is_refused(tmp_path):
    (tmp_path / ".groups").write_text("# to be decided\n")
    with pytest.raises(BadInput, match="names no group"):
        readers(tmp_path, {}, "a.md")


def test_a_groups_file_that_is_a_dead_link_is_refused(tmp_path):
    (tmp_path / ".groups").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="cannot be read"):
        readers(tmp_path, {}, "a.md")


def test_a_star_is_no_group(tmp_path):
    with pytest.raises(BadInput, match=r"documents.groups 'hr/\*\*' names '\*', which is no group"):
        Rights({"hr/**": ["hr", "*"]}, tmp_path)
    (tmp_path / ".groups").write_text("*\n")
    with pytest.raises(BadInput, match="which is no group"):
        readers(tmp_path, {}, "a.md")
    write_rows(tmp_path / "rows.jsonl", [{"_id": "a", "text": "A", "groups": ["hr", "*"]}])
    (failure,) = read_jsonl(tmp_path / "rows.jsonl")
    assert isinstance(failure, RowFailure) and "which is no group" in failure.why


def test_a_groups_file_that_goes_while_it_is_looked_at_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / ".groups").write_text("hr")
    (tmp_path / "hr").mkdir()
    monkeypatch.setattr(Path, "is_file", lambda path: True)  # and then it is gone
    assert [name for name, _ in sidecars([tmp_path / "hr" / "board"], tmp_path)] == [str(tmp_path / ".groups")]


def test_a_rule_that_fits_nothing_is_known(tmp_path):
    (tmp_path / "a.md").write_text("text")
    rights = Rights({"*.md": ["crew"], "hr/**": ["hr"]}, tmp_path)
    for file in find_files([tmp_path], tmp_path):
        rights.of(file)
    assert rights.unused == {"hr/**"}

"""Where a project is found, what it writes whole or not at all, and new projects."""

from __future__ import annotations

import json
import os

import pytest

from tunebook.errors import BadInput, BadSettings
from tunebook.models.disk import read_json
from tunebook.project import Project, init
from tunebook.project.folder import Folder, make, write_json
from tunebook.project.scaffold import copy_example


def test_the_nearest_parent_with_settings_is_the_project(tmp_path, monkeypatch):
    inner = tmp_path / "project/documents/deep"
    inner.mkdir(parents=True)
    (tmp_path / "project/tunebook.toml").write_text("")
    monkeypatch.chdir(inner)
    found = Folder.find(None)
    assert (found.root, found.state) == (tmp_path / "project", tmp_path / "project/.tunebook")
    assert found.settings == tmp_path / "project/tunebook.toml"


def test_a_folder_without_settings_is_a_project_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "tunebook.toml").write_text("")
    named = Folder.find(tmp_path / "a")
    assert (named.root, named.settings) == (tmp_path / "a", None)
    monkeypatch.chdir(tmp_path)
    assert Folder.find(None, tmp_path / "elsewhere").state == tmp_path / "elsewhere"


def test_settings_that_cannot_be_read_are_not_passed_over(tmp_path):
    (tmp_path / "tunebook.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadSettings, match=r"tunebook\.toml: cannot be read"):
        Project.open(tmp_path)


def test_a_folder_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        Folder.find(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        make(tmp_path / "file/state")


def test_an_empty_file_of_cases_is_none(tmp_path):
    folder = Folder.find(tmp_path)
    assert (folder.has_cases, folder.has_examples) == (False, False)
    folder.cases.write_text("")
    assert not folder.has_cases
    folder.cases.write_text("{}\n")
    assert folder.has_cases


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new/state.json"
    write_json(path, {"a": "ü"})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": "ü"}
    path.write_text('{"a": ')
    assert read_json(path) is None
    assert read_json(tmp_path / "none.json") is None


def test_a_new_project_has_its_files_and_old_ones_stay(tmp_path):
    target = tmp_path / "new"
    assert len(init(target)["written"]) == 4
    (target / "cases.jsonl").write_text("mine")
    assert init(target) == {"written": []}
    assert (target / "cases.jsonl").read_text() == "mine"
    assert (target / "documents").is_dir()


def test_the_example_is_copied_once_and_never_over_other_work(tmp_path):
    copy_example(tmp_path / "demo")
    cases = tmp_path / "demo/cases.jsonl"
    assert json.loads(cases.read_text().splitlines()[0])["id"]
    cases.write_text("mine")
    copy_example(tmp_path / "demo")
    assert cases.read_text() == "mine"
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("")
    init(tmp_path / "new")
    for folder in ("other", "new"):
        with pytest.raises(BadInput, match="is not empty and does not hold the example"):
            copy_example(tmp_path / folder)


def test_where_a_new_project_cannot_be_made_another_folder_is_asked_for(tmp_path):
    (tmp_path / "file").write_text("")
    for made in (init, copy_example):
        with pytest.raises(BadInput, match="cannot be written") as refused:
            made(tmp_path / "file" / "new")
        assert refused.value.hint == "name a folder of your own"


def test_a_folder_that_may_not_be_written_is_told_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, how: False)  # what a read-only disk says to whoever asks, root too
    with pytest.raises(BadInput, match="cannot be written"):
        make(tmp_path)

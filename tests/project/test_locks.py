"""Locks: one holder at a time, on file systems of several kinds, and what is said where there are none."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import LibraryFailed
from tunebook.project.folder import Folder
from tunebook.project.locks import lock, waited
from tunebook.project.record import _update
from tunebook.project.reports import Reports
from tunebook.serve.keys import Keys


def test_one_has_it_until_the_file_is_closed(tmp_path: Path) -> None:
    first = lock(tmp_path / "lock")
    assert first and lock(tmp_path / "lock") is None
    first.close()
    with waited(tmp_path / "lock", shared=True), waited(tmp_path / "lock", shared=True):
        assert lock(tmp_path / "lock") is None


def test_a_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(file: Any, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without)
    with pytest.raises(LibraryFailed, match="the file system there has no locks") as told, Folder.find(tmp_path).lock():
        pass
    assert "--state" in told.value.hint
    with pytest.raises(LibraryFailed, match="no locks"):
        Keys(tmp_path).make("desk", "ask")


def test_nfs_wants_a_shared_lock_of_a_reader_and_the_other_of_a_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock

    def of_nfs(file: Any, how: int) -> None:
        mode = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE
        if mode == (os.O_WRONLY if how & fcntl.LOCK_SH else os.O_RDONLY):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", of_nfs)
    reports = Reports(tmp_path)
    with reports.asking():
        reports.tell(["rag"], 1, {})
        assert reports.live()
    with Folder.find(tmp_path).lock():
        pass


def test_a_sync_at_the_end_of_a_trial_costs_it_one_figure(project: Any) -> None:
    opened = project({"documents/bike.md": "# Bike\n\nThe bike carries 80 kg."})
    opened.sync()
    parts = opened._parts
    with parts.folder.lock():
        told = _update(parts)
    assert str(told).startswith("How soon a changed document is known was not measured: ") and "locked by" in str(told)
    assert isinstance(_update(parts), float)


@pytest.mark.parametrize("args", [["init", "new"], ["sync"], ["serve"]])
def test_where_there_are_no_such_locks_a_command_says_so(tmp_path: Path, args: list[str]) -> None:
    without = "import sys; sys.modules |= dict.fromkeys(('fcntl', 'resource', 'pwd', 'grp'))"
    code = f"{without}; from tunebook.cli.main import run; sys.exit(run({args}))"
    source = str(Path(__file__).parents[2] / "src")
    env = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    told, hint = done.stderr.splitlines()
    assert told == "error: tunebook does not run on Windows itself, which lacks its file locks"
    assert "WSL" in hint
    assert list(tmp_path.iterdir()) == []

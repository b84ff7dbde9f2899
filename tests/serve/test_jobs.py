"""Jobs run in processes of their own, one after another, and outlive the server."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from tunebook import Project
from tunebook.serve.job import Teller
from tunebook.serve.jobs import ATTEMPTS, Job, Jobs, now, read, write
from tunebook.serve.problems import Problem

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture(autouse=True)
def _source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))


@pytest.fixture
def jobs(served: Any) -> Iterator[Jobs]:
    made = Jobs(served)
    yield made
    made.close()


def wait(jobs: Jobs, id: str, wanted: Callable[[Job], bool], seconds: float = 60) -> Job:
    end = time.monotonic() + seconds
    while not wanted(jobs.get(id)):
        assert time.monotonic() < end, jobs.get(id)
        time.sleep(0.02)
    return jobs.get(id)


def over(job: Job) -> bool:
    return job.over


def kill(served: Any, id: str) -> None:
    run = read(served.state / "serve" / "jobs" / id / "run.json")
    assert run
    os.kill(run["pid"], signal.SIGKILL)


def test_a_sync_is_done_and_leaves_its_result(jobs: Jobs) -> None:
    job = jobs.add("sync", {}, "local")
    assert job.state == "queued"
    jobs.open()
    done = wait(jobs, job.id, over)
    assert done.state == "done", jobs.log(job.id)
    assert done.result and done.result["unchanged"] == 2
    assert done.started and done.ended


def test_what_was_refused_says_why(jobs: Jobs) -> None:
    job = jobs.add("trial", {"approaches": None}, "local")
    jobs.open()
    failed = wait(jobs, job.id, over)
    assert failed.state == "failed"
    assert failed.error and "cases" in failed.error["message"]
    assert "no cases" in jobs.log(job.id)


def test_a_disk_or_a_right_that_is_in_the_way_is_told_and_is_no_fault(jobs: Jobs, served: Any) -> None:
    last = served.state / "last-sync.json"
    last.unlink()
    last.mkdir()
    job = jobs.add("sync", {}, "local")
    jobs.open()
    failed = wait(jobs, job.id, over)
    assert failed.error
    assert "Is a directory" in failed.error["message"]
    assert failed.error["hint"] == "check the path, its rights and the disk"


def test_a_disk_that_was_full_holds_up_no_later_job(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunebook.serve.jobs.RETRY_SECONDS", 0.1)
    start, full = Jobs._start, [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]

    def first_full(self: Jobs, job: Job) -> None:
        if full:
            raise full.pop()
        start(self, job)

    monkeypatch.setattr(Jobs, "_start", first_full)
    job = jobs.add("sync", {}, "local")
    jobs.open()
    assert wait(jobs, job.id, over).state == "done"


def test_a_damaged_job_hides_no_other(jobs: Jobs, served: Any) -> None:
    damaged, fine = (jobs.add("sync", {}, "local") for _ in range(2))
    (served.state / "serve" / "jobs" / damaged.id / "job.json").write_bytes(b"")
    assert [job.id for job in jobs.all()] == [fine.id]
    jobs.open()
    assert wait(jobs, fine.id, over).state == "done"


def test_a_killed_job_is_started_again(jobs: Jobs, served: Any) -> None:
    job = jobs.add("sync", {}, "local")
    jobs.open()
    wait(jobs, job.id, lambda job: job.state == "running")
    kill(served, job.id)
    done = wait(jobs, job.id, over)
    assert (done.state, done.attempts) == ("done", 2)


def test_a_job_that_is_killed_each_time_fails_with_the_reason(jobs: Jobs, served: Any) -> None:
    job = jobs.add("sync", {}, "local")
    jobs.open()
    for attempt in range(1, ATTEMPTS + 1):
        wait(jobs, job.id, lambda job, attempt=attempt: job.attempts == attempt and job.state == "running")
        time.sleep(0.1)
        wait(jobs, job.id, lambda job: jobs._alive(job.id) is not None)
        kill(served, job.id)
    failed = wait(jobs, job.id, over)
    assert failed.state == "failed"
    assert failed.error and "signal 9" in failed.error["message"]


def test_the_next_server_finds_a_job_that_runs(jobs: Jobs, served: Any) -> None:
    job = jobs.add("sync", {}, "local")
    jobs.open()
    wait(jobs, job.id, lambda job: job.state == "running")
    jobs.close()
    after = Jobs(served)
    after.open()
    done = wait(after, job.id, over)
    after.close()
    assert (done.state, done.attempts) == ("done", 1)


def test_a_project_that_was_moved_runs_its_jobs_where_it_lies_now(jobs: Jobs, served: Any, tmp_path: Path) -> None:
    job = jobs.add("sync", {}, "local")
    served.root.rename(tmp_path / "moved")
    after = Jobs(Project.open(tmp_path / "moved", overrides=served.overrides))
    after.open()
    done = wait(after, job.id, over)
    after.close()
    assert (done.state, done.error) == ("done", None)


def test_a_clock_that_is_set_anew_loses_no_job(jobs: Jobs, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    born = psutil.Process.create_time
    job = jobs.add("sync", {}, "local")
    jobs.open()
    wait(jobs, job.id, lambda job: job.state == "running")
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: born(process) - 3600)
    done = wait(jobs, job.id, over)
    assert (done.state, done.attempts) == ("done", 1)


def test_another_process_with_its_number_is_not_the_job(jobs: Jobs, served: Any) -> None:
    job = jobs.add("sync", {}, "local")
    write(served.state / "serve" / "jobs" / job.id / "run.json", {"started": now(), "pid": os.getpid()})
    assert jobs._alive(job.id) is None


def test_one_runs_at_a_time_in_order(jobs: Jobs) -> None:
    first, second = jobs.add("sync", {}, "a"), jobs.add("sync", {}, "b")
    jobs.open()
    wait(jobs, first.id, lambda job: job.state == "running")
    assert sorted(job.state for job in jobs.all()) == ["queued", "running"]
    assert {wait(jobs, job.id, over).state for job in (first, second)} == {"done"}


def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    job = jobs.add("sync", {}, "local")
    assert jobs.cancel(job.id).state == "cancelled"
    with pytest.raises(Problem) as refused:
        jobs.cancel(job.id)
    assert refused.value.status == 409


def test_a_running_job_is_cancelled(jobs: Jobs) -> None:
    job = jobs.add("sync", {}, "local")
    jobs.open()
    wait(jobs, job.id, lambda job: job.state == "running")
    jobs.cancel(job.id)
    assert wait(jobs, job.id, over).state in ("cancelled", "done")


def test_over_http(client: TestClient) -> None:
    made = client.post("/api/sync", json={})
    assert made.status_code == 202
    id = made.json()["id"]
    with client.stream("GET", f"/api/jobs/{id}/events") as events:
        lines = [line for line in events.iter_lines() if line.startswith("event:")]
    assert lines[-1] == "event: end"
    assert client.get(f"/api/jobs/{id}").json()["state"] == "done"
    assert client.get(f"/api/jobs/{id}/log").status_code == 200
    assert client.get("/api/jobs").json()["jobs"][0]["id"] == id
    assert client.post(f"/api/jobs/{id}/cancel").status_code == 409


@pytest.mark.parametrize("path", ["../other", "/etc", "missing", "\0", "x" * 999])
def test_paths_stay_in_the_project(client: TestClient, path: str) -> None:
    assert client.post("/api/sync", json={"paths": [path]}).status_code == 400
    assert client.post("/api/trial", json={"cases": path}).status_code == 400


@pytest.mark.parametrize("id", ["none", "..", "a/b", "%2e%2e", "x" * 99])
def test_a_job_that_is_not_there(client: TestClient, id: str) -> None:
    assert client.get(f"/api/jobs/{id}").status_code == 404


def test_events_of_any_letters_are_told_and_a_torn_one_is_passed_over(jobs: Jobs, served: Any) -> None:
    job = jobs.add("sync", {}, "local")  # never begun
    folder = served.state / "serve" / "jobs" / job.id
    tell = Teller(folder)
    tell("reading", 1, 2, "a\u2028b\x85.md")
    with (folder / "events.jsonl").open("ab") as torn:
        torn.write(b'{"at": "2026-')
    tell("embedding", 1, 2, "")
    assert [event["what"] for event in jobs.events(job.id)] == ["reading", "embedding"]
    assert [event["what"] for event in jobs.events(job.id, 1)] == ["embedding"]


def test_events_are_throttled_within_a_stage(tmp_path: Path) -> None:
    now = [0.0]
    tell = Teller(tmp_path, clock=lambda: now[0])
    for done in range(1, 11):
        tell("reading", done, 10, "")
        now[0] += 0.1
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert 3 <= len(lines) <= 4
    assert read(tmp_path / "progress.json")["done"] == 10  # type: ignore[index]

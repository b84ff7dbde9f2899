"""kill -9 in the middle of real work: the next server goes on, and nothing is lost.

The starter models sync, tune and try a small part of the example project.  Once the server alone is killed (its job goes
on by itself), once the server and the job (as when the machine fails).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from helpers import small_general_set

from tunebook import Project
from tunebook.serve.jobs import read

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "larkmoor"
SMALL = [
    "tuning.max_examples=8",
    "tuning.batch_tokens=512",
    "tuning.epochs=1",
    "trial.max_cases=6",
    "trial.latency_cases=0",
    "answer.max_new_tokens=16",
    "tuning.general=general",
]
STARTS = {  # what is asked, and the progress at which it is killed
    "sync": ("/api/sync", {}, "syncing"),
    "tune": ("/api/tune", {"target": "tuned"}, "tuning tuned"),
    "trial": ("/api/trial", {"approaches": ["base", "rag"]}, "asking base"),
}
PARTS = ("policies", "products", "terms")  # of the example's documents: 11
MORE = 200  # documents beside them: enough that a sync is still at work when it is killed
RUNNING: list[subprocess.Popen[bytes]] = []
STOPPED = (0, -signal.SIGTERM)  # uvicorn ends by the signal that it was sent, once all is done


class Server:
    """`tunebook serve` in a process of its own."""

    def __init__(self, project: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = [option for setting in SMALL for option in ("--set", setting)]
        command = [sys.executable, "-m", "tunebook.cli.main", "serve", "--project", str(project), "--port", str(port)]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        self.process = subprocess.Popen([*command, *options, "--quiet"], env=environment)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        RUNNING.append(self.process)
        wait(self.answers, 120)

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server has ended"
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def job(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/jobs/{id}").json()
        return found

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


def wait(wanted: Callable[[], Any], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "too slow"
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def no_server_stays() -> Iterator[None]:
    """A test that fails leaves none running beside the tests after it."""
    yield
    while RUNNING:
        process = RUNNING.pop()
        process.kill()
        process.wait()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The example with a part of its documents: Markdown, Word, HTML and PDF."""
    folder = tmp_path / "project"
    for part in PARTS:
        shutil.copytree(EXAMPLE / "documents" / part, folder / "documents" / part)
    for rows in ("cases.jsonl", "examples.jsonl"):
        shutil.copy(EXAMPLE / rows, folder)
    small_general_set(folder)
    return folder


@pytest.mark.model
@pytest.mark.parametrize("also_the_job", [False, True], ids=["server", "server-and-job"])
@pytest.mark.parametrize("kind", STARTS)
def test_killed_in_the_middle(small: Path, kind: str, also_the_job: bool) -> None:
    if kind == "trial":
        Project.open(small).sync()
    elif kind == "sync":
        for number in range(MORE):
            note = f"# Note {number}\n\nCrate {number} stands in bay {number % 17}; its warranty ends in {number % 12} months.\n"
            (small / "documents" / f"note-{number}.md").write_text(note, encoding="utf-8")
    path, body, stage = STARTS[kind]
    server = Server(small)
    id = server.client.post(path, json=body).json()["id"]
    wait(lambda: (server.job(id)["progress"] or {}).get("what") == stage)
    assert server.job(id)["state"] == "running"
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    if also_the_job:
        run = read(small / ".tunebook" / "serve" / "jobs" / id / "run.json")
        assert run
        os.killpg(run["pid"], signal.SIGKILL)
    server = Server(small)
    wait(lambda: server.job(id)["state"] in ("done", "failed"))
    job = server.job(id)
    assert job["state"] == "done", job["error"]
    assert job["attempts"] == (2 if also_the_job else 1)
    if kind == "sync":
        assert server.client.get("/api/documents?limit=1").json()["total"] == 11 + MORE
        assert server.client.post("/api/search", json={"query": "warranty"}).json()["hits"]
    elif kind == "tune":
        assert [one["in_use"] for one in server.client.get("/api/adapters").json()["adapters"]] == [True]
    else:
        assert server.client.get("/api/trials").json()["trials"][0]["counts"]["cases"] == 6
    assert server.end() in STOPPED


@pytest.mark.model
def test_a_graceful_stop_gives_the_answers_that_are_open(small: Path) -> None:
    Project.open(small).sync()
    server = Server(small)
    wait(lambda: server.client.get("/readyz").status_code == 200)
    import threading

    said: list[int] = []

    def ask() -> None:
        asked = {"model": "tunebook/rag", "messages": [{"role": "user", "content": "How long is the warranty?"}]}
        with httpx.Client(base_url=server.client.base_url, timeout=60) as own:
            said.append(own.post("/v1/chat/completions", json=asked).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    wait(lambda: "tunebook_questions_with_model 1.0" in server.client.get("/metrics").text or said)
    assert server.end() in STOPPED
    asking.join()
    assert said == [200]

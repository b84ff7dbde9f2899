"""A server that is told to stop while the model writes: once, it waits for the answer; twice, it is gone."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

SOURCE = Path(__file__).parents[2] / "src"
SERVE = """
import sys, time
from pathlib import Path
from tunebook import Project
from tunebook.models import FakeChatModel, FakeEmbedder
from tunebook.serve.run import run

def slowly(request):
    Path("asked").touch()
    time.sleep(float(sys.argv[2]))
    return "80 kg"

project = Project.open(".")
project._parts.embedder = FakeEmbedder(dim=256)
project._parts.model = FakeChatModel(slowly)
run(project, project.settings.serve.model_copy(update={"port": int(sys.argv[1])}), print)
"""


def wait(wanted: Callable[[], Any], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "too slow"
        time.sleep(0.05)


@pytest.fixture
def asked(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A server whose model writes for so many seconds, and the statuses of the question that it is at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(port), str(request.param)]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": "", "HOME": str(tmp_path)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    statuses: list[int] = []

    def ask() -> None:
        body = {"question": "How heavy?", "approach": "base"}
        with suppress(httpx.TransportError):
            statuses.append(httpx.post(f"http://127.0.0.1:{port}/api/ask", json=body, timeout=120).status_code)

    def answers() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        return False

    try:
        wait(answers)
        asking = threading.Thread(target=ask)
        asking.start()
        wait((tmp_path / "asked").exists)
        yield process, statuses
        asking.join()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("asked", [2], indirect=True)
def test_ctrl_c_gives_the_open_answer(asked: tuple[subprocess.Popen[str], list[int]]) -> None:
    process, statuses = asked
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert statuses == [200]
    assert "stopping: open answers are given" in told


@pytest.mark.parametrize("asked", [60], indirect=True)
def test_a_second_ctrl_c_ends_it_at_once(asked: tuple[subprocess.Popen[str], list[int]]) -> None:
    process, statuses = asked
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert statuses == []

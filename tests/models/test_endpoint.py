"""A model behind an endpoint: what is sent, what comes back, and the message of each way of failing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import user
from openai_server import Served

from tunebook.errors import BadInput, BadSettings, EndpointFailed
from tunebook.models import Request, Sampling
from tunebook.models.endpoint import EndpointChatModel
from tunebook.models.exchange import Limits

SERVER = Path(__file__).parents[1] / "openai_server.py"
QUESTION = Request(user("How much does the Heron carry?"), 16)


def last_words(body: dict[str, Any]) -> str:
    return "You said: " + body["messages"][-1]["content"]


def model_at(url: str, first_seconds: float = 10.0) -> EndpointChatModel:
    """Asks once."""
    return EndpointChatModel("m", url, limits=Limits(first_seconds=first_seconds), retries=0)


def dead_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_batch_comes_back_with_the_index_of_each_request():
    with Served(last_words) as server:
        found = dict(model_at(server.url).generate([Request(user(f"number {n}")) for n in range(9)]))
    assert {index: generation.text for index, generation in found.items()} == {
        n: f"You said: number {n}" for n in range(9)
    }


def test_how_words_are_drawn_is_sent():
    with Served(last_words) as server:
        list(model_at(server.url).generate([replace(QUESTION, sampling=Sampling(0.7, 0.9, 5))]))
    (body,) = server.asked
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.7, 0.9, 5)


def test_what_is_sent_and_what_is_measured(monkeypatch):
    with Served(last_words) as server:
        ((_, generation),) = model_at(server.url).generate([QUESTION])
    (body,) = server.asked
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 16, 0)
    assert "seed" not in body
    assert body["messages"] == [dict(message) for message in QUESTION.messages]
    assert (generation.prompt_tokens, generation.completion_tokens, generation.finished) == (6, 8, True)
    assert 0 < generation.first_token_seconds <= generation.seconds


def test_a_key_is_taken_without_the_line_end_of_its_file(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " sk-123\r\n")
    with Served(last_words) as server:
        assert len(list(model_at(server.url).generate([QUESTION]))) == 1


@pytest.mark.parametrize("key", ["\u201csk-123\u201d", "sk-123 # mine", "sk-1\n23"])
def test_a_key_that_no_header_takes_is_refused_and_not_shown(key, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(BadSettings, match="the key in OPENAI_API_KEY holds a blank") as caught:
        model_at("http://localhost:1/v1")
    assert "sk-1" not in caught.value.message + caught.value.hint


def test_no_request_is_no_answer():
    assert list(model_at("http://127.0.0.1:1/v1").generate([])) == []


def test_an_adapter_cannot_be_asked_for():
    with pytest.raises(BadInput, match="cannot load this adapter"):
        list(model_at("http://127.0.0.1:1/v1").generate([QUESTION], Path("/adapter")))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "the request was refused"),
        (401, "the key was refused"),
        (404, "it has no model 'm'"),
        (429, "too many requests"),
        (500, "the server failed with 500"),
    ],
)
def test_each_refusal_has_its_message_and_a_hint(status, told):
    with Served(lambda body: status) as server, pytest.raises(EndpointFailed, match=told) as caught:
        list(model_at(server.url).generate([QUESTION, QUESTION]))
    assert caught.value.message.startswith(server.url)
    assert caught.value.hint


def test_a_path_that_is_not_there_is_told_beside_the_model():
    with Served(lambda body: 404) as server, pytest.raises(EndpointFailed, match="or nothing at this path") as caught:
        list(model_at(server.url).generate([QUESTION]))
    assert "/v1" in caught.value.hint and "model.name" in caught.value.hint


def test_the_client_waits_longer_than_the_longer_of_both_limits():
    model = EndpointChatModel("m", "http://127.0.0.1:1/v1", limits=Limits(5, 2, 10, 30))
    assert (model.client.timeout.connect, model.client.timeout.read) == (5, 11)


def test_a_server_that_is_busy_for_a_moment_is_asked_again():
    with Served(lambda body: "Here." if len(server.asked) > 1 else 503) as server:
        ((_, generation),) = EndpointChatModel("m", server.url).generate([QUESTION])
    assert generation.text == "Here."


def test_no_server_there():
    with pytest.raises(EndpointFailed, match="no server answers there"):
        list(model_at(f"http://127.0.0.1:{dead_port()}/v1").generate([QUESTION]))


def test_a_server_that_stalls():
    def slowly(body: dict[str, Any]) -> str:
        time.sleep(0.5)
        return "Late."

    with Served(slowly) as server, pytest.raises(EndpointFailed, match="no answer"):
        list(model_at(server.url, first_seconds=0.1).generate([QUESTION]))


def test_a_stream_that_breaks_off_is_no_answer():
    with Served(last_words, breaks_off=True) as server, pytest.raises(EndpointFailed, match="ended before the answer"):
        list(model_at(server.url).generate([QUESTION]))


# --- through the command line


def ask(folder: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    sets = ("--set", f"model.endpoint={url}", "--set", "model.name=starter", *more)
    command = [sys.executable, "-m", "tunebook.cli.main", "ask", "What is the capital of France?", "--approach", "base"]
    return subprocess.run(
        [*command, "--project", str(folder), "--json", *sets],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"OPENAI_API_KEY": "k"},
    )


@pytest.mark.parametrize(("status", "told"), [(401, "the key was refused"), (404, "it has no model 'starter'")])
def test_the_command_line_tells_a_refusal_in_one_line(status, told, tmp_path):
    with Served(lambda body: status) as server:
        done = ask(tmp_path, server.url)
    error, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert error.startswith(f"error: {server.url}: {told}")
    assert hint.startswith("hint: ")


def test_the_command_line_tells_a_dead_port_in_one_line(tmp_path):
    url = f"http://127.0.0.1:{dead_port()}/v1"
    done = ask(tmp_path, url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"error: {url}: no server answers there"
    assert len(done.stderr.splitlines()) == 2


@pytest.fixture(scope="module")
def starter_server() -> Iterator[str]:
    """The starter model in a server process of its own."""
    process = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    process.wait()


@pytest.mark.model
def test_the_command_line_asks_a_real_server(starter_server, tmp_path):
    done = ask(tmp_path, starter_server)
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Paris" in answer["answer"]
    assert (answer["approach"], answer["model"]) == ("base", "starter")
    assert answer["tokens"]["completion"] > 0
    assert 0 < answer["seconds"]["first_token"] <= answer["seconds"]["total"]


@pytest.mark.model
def test_a_real_server_says_which_model_it_lacks(starter_server, tmp_path):
    done = ask(tmp_path, starter_server, "--set", "model.name=other")
    assert done.returncode == 2
    assert "it has no model 'other'" in done.stderr

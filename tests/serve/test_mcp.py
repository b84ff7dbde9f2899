"""The tools for agents, called by the protocol's own client: over HTTP with keys, and over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from serving import live

from tunebook.serve.keys import Keys

SOURCE = Path(__file__).parents[2] / "src"


def data(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


async def through(client: Client) -> dict[str, dict[str, Any]]:
    tools = {tool.name for tool in (await client.list_tools()).tools}
    assert tools == {"search", "ask", "read", "documents"}
    hits = data(await client.call_tool("search", {"query": "What does the Wren carry?"}))["hits"]
    words = data(await client.call_tool("read", {"document": "wren", "start": hits[0]["start"], "end": hits[0]["end"]}))
    assert words["text"] == hits[0]["text"]
    listed = data(await client.call_tool("documents", {}))
    hidden = await client.call_tool("read", {"document": "pay"})
    return {"listed": listed, "hidden": {"refused": hidden.is_error, "text": str(hidden.content)}}


@pytest.fixture
def url(served: Any) -> Iterator[str]:
    served._parts.model.reply = lambda request: "The Wren carries 80 kg."
    with live(served) as url:
        yield url


def over_http(url: str, key: str, work: Callable[[Client], Any]) -> Any:
    async def run() -> Any:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=30)
        async with http, Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client:
            return await work(client)

    return asyncio.run(run())


def test_over_http_with_the_rights_of_the_key(url: str, served: Any) -> None:
    keys = Keys(served.state / "serve")
    public, hr = keys.make("public", "ask")[1], keys.make("hr", "ask", ("hr",))[1]
    told = over_http(url, public, through)
    assert told["listed"]["total"] == 1
    assert told["hidden"]["refused"]
    assert "9000" not in str(told)
    assert "no document" in told["hidden"]["text"]
    told = over_http(url, hr, through)
    assert told["listed"]["total"] == 2
    assert "9000" in told["hidden"]["text"]


def test_ask_answers_with_citations_and_needs_its_role(url: str, served: Any) -> None:
    async def ask(client: Client) -> Any:
        return await client.call_tool("ask", {"question": "What does the Wren carry?"})

    async def wrong(client: Client) -> Any:
        return await client.call_tool("ask", {"question": "?", "approach": "none"})

    keys = Keys(served.state / "serve")
    asks, reads = keys.make("asks", "ask")[1], keys.make("reads", "read")[1]
    answer = data(over_http(url, asks, ask))
    assert answer["answer"] == "The Wren carries 80 kg."
    assert answer["citations"][0]["document"] == "wren"
    refused = over_http(url, reads, ask)
    assert refused.is_error
    assert "role ask" in str(refused.content)
    assert "unknown approach" in str(over_http(url, asks, wrong).content)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {"query": "Wren", "k": 500}, "search: k = 500: Input should be less than or equal to 50"),
        ("search", {}, "search: query is missing"),
        ("search", {"query": "Wren", "limit": 3}, "search: unknown argument 'limit'; allowed are query, k"),
        ("read", {"document": "wren", "start": -1, "end": "x"}, "read: start = -1: Input should be greater"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(url: str, tool: str, arguments: dict[str, Any], said: str) -> None:
    async def call(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    found = over_http(url, "", call)
    assert found.is_error
    (content,) = found.content
    assert content.text.startswith(said)
    assert "\n" not in content.text
    assert "pydantic" not in content.text


def test_without_a_key_nothing_answers(url: str, served: Any) -> None:
    assert over_http(url, "", through)["listed"]["total"] == 2  # loopback, and no key was made
    Keys(served.state / "serve").make("one", "ask")
    for head in ({}, {"Authorization": "Bearer tb_0_0"}):
        found = httpx2.post(f"{url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=head)
        assert found.status_code == 401


def test_another_sites_page_is_refused(url: str) -> None:
    head = {"Origin": "http://evil.example"}
    found = httpx2.post(f"{url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=head)
    assert found.status_code == 403


@pytest.mark.model
def test_over_stdio(project: Any, tmp_path: Path) -> None:
    opened = project({"documents/wren.md": "The Wren carries 80 kg. It weighs 19 kg."})
    del opened._parts.embedder, opened._parts.model
    opened.sync()
    brief = ("--set", "answer.max_new_tokens=16")
    how = StdioServerParameters(
        command=sys.executable,
        args=["-m", "tunebook.cli.main", "mcp", "--project", str(opened.root), *brief],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    async def run() -> Any:
        async with Client(stdio_client(how)) as client:
            hits = data(await client.call_tool("search", {"query": "What does the Wren carry?"}))["hits"]
            answer = data(await client.call_tool("ask", {"question": "How much does the Wren carry?"}))
            return hits, answer

    hits, answer = asyncio.run(run())
    assert hits[0]["document"] == "documents/wren.md"
    assert answer["approach"] == "rag"


@pytest.mark.parametrize("ends", ["input", "interrupt"])
def test_over_stdio_it_ends_when_told_and_writes_no_line_of_its_own(tmp_path: Path, ends: str) -> None:
    command = [sys.executable, "-m", "tunebook.cli.main", "mcp", "--project", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert process.stdin and process.stdout
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    process.stdin.write(json.dumps(ping).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1  # it listens
    if ends == "input":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGINT)
    try:
        assert process.wait(30) == (0 if ends == "input" else 130)
        assert process.stdout.read() == b""
    finally:
        process.kill()

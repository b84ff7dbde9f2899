"""Load on the server: many connections that ask at once, a model server that answers at once, and one process between.

    python benchmarks/serve.py [--seconds 600] [--connections 200] [--quick] [--json] [--starter]

The project behind it has 400 passages, searched in process by the starter embedder; the chat model is a small HTTP server
in a process of its own that speaks the OpenAI protocol and takes 50 ms an answer.  Half of the connections stream.
Measured from outside: answers a second, seconds to an answer (p50, p95), errors, the server's memory each second; and
from `/metrics`, the longest block of its event loop, beside what of one was the server's own and not the machine's, and what
the loop ran.  A bare process beside it, which does nothing but look at the clock every 20 ms, tells how late the machine
alone makes it.  `--starter` asks the starter chat model in process instead, with
16 connections.  --quick is 30 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from tunebook import Project

ANSWER = "The part number 4711 is kept in hall 3."
MODEL_SECONDS = 0.05
WARM_SECONDS = 5.0
TICK_SECONDS = 0.02
BLOCKS = ("block", "own_block", "run")  # tunebook_event_loop_longest_…_seconds


@dataclass
class Seen:
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    blocked_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BLOCKS, 0.0))
    bare_seconds: float = 0.0  # the bare process's longest
    elapsed_seconds: float = 0.0  # until the last question that was begun in time is answered


def main() -> None:
    arguments = _arguments()
    if arguments.bare:
        _bare(arguments.seconds)
        return
    if arguments.model_server:
        asyncio.run(_model_server())
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the processes that it started end too
    with tempfile.TemporaryDirectory() as folder:
        seen = _measure(Path(folder), arguments)
    found = _figures(seen, arguments)
    if arguments.json:
        print(json.dumps(found))
    else:
        _show(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--data", type=Path, help="not needed: the project is made here")
    parser.add_argument("--starter", action="store_true", help="the starter model in process")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--model-server", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.connections = arguments.connections or (16 if arguments.starter else 200)
    arguments.seconds = arguments.seconds or (30 if arguments.quick else 120 if arguments.starter else 600)
    return arguments


def _measure(folder: Path, arguments: argparse.Namespace) -> Seen:
    rows = [
        {"_id": f"d{n}", "title": f"Part {n}", "text": f"The part number {n} is kept in hall {n % 9}."}
        for n in range(400)
    ]
    (folder / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = ["serve.requests_per_minute=1000000"]
    helper = None
    if not arguments.starter:
        helper = subprocess.Popen([sys.executable, __file__, "--model-server"], stdout=subprocess.PIPE, text=True)
        assert helper.stdout
        port = int(helper.stdout.readline())
        settings += [f'model.endpoint="http://127.0.0.1:{port}/v1"', 'model.name="fake"', "model.concurrency=32"]
    Project.open(folder, overrides=settings).sync()
    port = _free_port()
    options = [option for setting in settings for option in ("--set", setting)]
    command = [
        sys.executable,
        "-m",
        "tunebook.cli.main",
        "serve",
        "--project",
        str(folder),
        "--port",
        str(port),
        "--quiet",
    ]
    server = subprocess.Popen([*command, *options], env=os.environ | {"OPENAI_API_KEY": "none"})
    try:
        return asyncio.run(_load(f"http://127.0.0.1:{port}", server.pid, arguments))
    finally:
        server.terminate()
        server.wait(60)
        if helper:
            helper.kill()


async def _load(url: str, pid: int, arguments: argparse.Namespace) -> Seen:
    seen = Seen()
    limits = httpx.Limits(max_connections=arguments.connections + 4)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=120) as client:
        await _until_ready(client)
        warm = Seen()
        await _ask_until(client, time.perf_counter() + WARM_SECONDS, arguments.connections, warm)
        end = time.perf_counter() + arguments.seconds
        bare = subprocess.Popen(
            [sys.executable, __file__, "--bare", "--seconds", str(arguments.seconds)], stdout=subprocess.PIPE, text=True
        )
        watching = asyncio.create_task(_watch(client, pid, end, seen))
        await _ask_until(client, end, arguments.connections, seen)
        await watching
        seen.bare_seconds = float((await asyncio.to_thread(bare.communicate))[0])
    return seen


async def _until_ready(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    raise SystemExit("the server did not get ready")


async def _ask_until(client: httpx.AsyncClient, end: float, connections: int, seen: Seen) -> None:
    begin = time.perf_counter()

    async def one(number: int) -> None:
        turn = 0
        while time.perf_counter() < end:
            turn += 1
            part = (number * 7919 + turn * 104729) % 400
            await _ask(client, part, stream=number % 2 == 0, seen=seen)

    await asyncio.gather(*(one(number) for number in range(connections)))
    seen.elapsed_seconds = time.perf_counter() - begin


async def _ask(client: httpx.AsyncClient, part: int, stream: bool, seen: Seen) -> None:
    question = [{"role": "user", "content": f"Where is the part number {part} kept?"}]
    begin = time.perf_counter()
    try:
        asked = {"model": "tunebook/rag", "messages": question, "stream": stream, "max_tokens": 24}
        found = await client.post("/v1/chat/completions", json=asked)
        if found.status_code != 200 or (stream and "[DONE]" not in found.text):
            seen.errors.append(f"{found.status_code}: {found.text[:200]}")
    except httpx.HTTPError as error:
        seen.errors.append(repr(error))
    seen.seconds.append(time.perf_counter() - begin)


async def _watch(client: httpx.AsyncClient, pid: int, end: float, seen: Seen) -> None:
    """Memory each second; the longest block of the loop, which the server keeps for a minute, each half minute."""
    process, tick = psutil.Process(pid), 0
    await asyncio.sleep(min(60.0, max(0.0, end - time.perf_counter() - 1)) if end - time.perf_counter() > 90 else 0)
    while time.perf_counter() < end:
        seen.memory_bytes.append(process.memory_info().rss)
        if tick % 30 == 0 or end - time.perf_counter() < 2:
            text = (await client.get("/metrics")).text
            for name in BLOCKS:
                found = re.search(rf"^tunebook_event_loop_longest_{name}_seconds (\S+)", text, re.MULTILINE)
                told = float(found[1]) if found else float("inf")
                seen.blocked_seconds[name] = max(seen.blocked_seconds[name], told)
        tick += 1
        await asyncio.sleep(1)


def _figures(seen: Seen, arguments: argparse.Namespace) -> dict[str, Any]:
    p50, p95 = np.percentile(seen.seconds, [50, 95])
    memory = np.array(seen.memory_bytes) / 1e6
    third = max(1, len(memory) // 3)
    growth = float(np.median(memory[-third:]) - np.median(memory[:third]))
    blocked, own, ran = (seen.blocked_seconds[name] for name in BLOCKS)
    claims = {
        "no error": {"value": len(seen.errors), "goal": "0", "holds": not seen.errors},
        "memory flat (median of the last third above the first, MB)": {
            "value": round(growth, 1),
            "goal": "below 5 % of the memory",
            "holds": growth < 0.05 * float(np.median(memory)),
        },
        "event loop never blocked (longest, ms)": {
            "value": round(1000 * blocked, 1),
            "goal": "below 100",
            "holds": blocked < 0.1,
        },
        "event loop never blocked by the server itself (longest, ms)": {
            "value": round(1000 * own, 1),
            "goal": "below 100",
            "holds": own < 0.1,
        },
    }
    return {
        "name": "serve, starter model" if arguments.starter else "serve, endpoint model",
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "claims": claims,
        "connections": arguments.connections,
        "seconds": arguments.seconds,
        "answers": len(seen.seconds),
        "answers_per_second": round(len(seen.seconds) / seen.elapsed_seconds, 2),
        "p50_seconds": round(float(p50), 3),
        "p95_seconds": round(float(p95), 3),
        "memory_mb": [round(float(value), 1) for value in (memory[0], np.median(memory), memory[-1])],
        "loop_ran_ms": round(1000 * ran, 1),
        "bare_process_late_ms": round(1000 * seen.bare_seconds, 1),
        "errors": seen.errors[:5],
    }


def _show(found: dict[str, Any]) -> None:
    print(f"{found['name']}: {found['connections']} connections, {found['seconds']:.0f} s")
    print(f"answers            {found['answers']} ({found['answers_per_second']}/s)")
    print(f"seconds an answer  p50 {found['p50_seconds']}, p95 {found['p95_seconds']}")
    print(
        f"memory, MB         first {found['memory_mb'][0]}, median {found['memory_mb'][1]}, last {found['memory_mb'][2]}"
    )
    print(
        f"longest, ms        the loop ran {found['loop_ran_ms']}; a bare process was late {found['bare_process_late_ms']}"
    )
    for claim, result in found["claims"].items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']} (goal: {result['goal']})")
    for error in found["errors"]:
        print(f"  {error}")


async def _model_server() -> None:
    """Speaks just enough of the OpenAI protocol: every question gets `ANSWER`, as a stream."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def chat() -> StreamingResponse:
        async def events() -> Any:
            await asyncio.sleep(MODEL_SECONDS)
            head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "fake"}
            for word in ANSWER.split():
                choice = {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
                yield f"data: {json.dumps(head | {'choices': [choice]})}\n\n"
            yield f"data: {json.dumps(head | {'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
            used = {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109}
            yield f"data: {json.dumps(head | {'choices': [], 'usage': used})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task


def _bare(seconds: float) -> None:
    """Prints how late the machine alone makes a process that waits for its turn."""
    end, longest = time.perf_counter() + seconds, 0.0
    while (begin := time.perf_counter()) < end:
        time.sleep(TICK_SECONDS)
        longest = max(longest, time.perf_counter() - begin - TICK_SECONDS)
    print(longest)


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()

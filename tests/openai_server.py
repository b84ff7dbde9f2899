"""A small OpenAI-compatible server, for tests: one request at a time, streamed or whole.

    python tests/openai_server.py        serves the starter model in fp32; its first line on standard output is its port

In a test's own process, `Served(reply)` answers with what `reply` makes of the request; an int is a status to
fail with, alone or with its message, and a list are the vectors of an embedder, or the scores of a reranker.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

Reply = Callable[[dict[str, Any]], str | int | tuple[int, str] | list[Any]]


class Handler(BaseHTTPRequestHandler):
    """`POST …/chat/completions`, `…/embeddings` and `…/rerank`; `server.reply` makes the answer."""

    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        known = self.path.endswith(("/chat/completions", "/embeddings", "/rerank"))
        reply = self.server.reply(body) if known else 404
        if isinstance(reply, int):
            reply = (reply, f"refused with {reply}")
        if isinstance(reply, tuple):
            self._send(reply[0], "application/json", json.dumps({"error": {"message": reply[1]}}))
        elif isinstance(reply, list) and self.path.endswith("/rerank"):
            self._send(200, "application/json", json.dumps(ranked(body, reply)))
        elif isinstance(reply, list):
            data = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(reply)]
            told = {
                "object": "list",
                "data": data[::-1],
                "model": body["model"],
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            }
            self._send(200, "application/json", json.dumps(told))
        elif body.get("stream"):
            self._send(200, "text/event-stream", "".join(self._events(body, reply)))
        else:
            message = {"role": "assistant", "content": reply}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send(
                200, "application/json", json.dumps(frame("chat.completion", body, [choice], usage(body, reply)))
            )

    def _events(self, body: dict[str, Any], reply: str) -> Iterator[str]:
        for piece in reply.replace(" ", " \0").split("\0"):
            yield event(frame("chat.completion.chunk", body, [{"index": 0, "delta": {"content": piece}}]))
        if self.server.breaks_off:
            return
        yield event(frame("chat.completion.chunk", body, [{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        if body.get("stream_options", {}).get("include_usage"):
            yield event(frame("chat.completion.chunk", body, [], usage(body, reply)))
        yield "data: [DONE]\n\n"

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""


class ChatServer(HTTPServer):
    def __init__(self, reply: Reply, breaks_off: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.breaks_off = breaks_off
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that went away is part of the test."""


class Served(ChatServer):
    """`with Served(reply) as server:` answers in a thread of its own until the block ends."""

    def __enter__(self) -> Served:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


def frame(kind: str, body: dict[str, Any], choices: list[Any], used: dict[str, int] | None = None) -> dict[str, Any]:
    return {"id": "1", "object": kind, "created": 0, "model": body["model"], "choices": choices, "usage": used}


def ranked(body: dict[str, Any], scores: list[float]) -> Any:
    """Best first, in the form of whoever asked: Jina's, or TEI's for `texts`."""
    name = "score" if "texts" in body else "relevance_score"
    rows = sorted(({"index": place, name: one} for place, one in enumerate(scores)), key=lambda row: -row[name])
    return rows if "texts" in body else {"model": body.get("model"), "results": rows, "usage": {"total_tokens": 1}}


def event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


def usage(body: dict[str, Any], reply: str) -> dict[str, int]:
    """Words for tokens."""
    prompt = sum(len(message["content"].split()) for message in body.get("messages", []))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": len(reply.split()),
        "total_tokens": prompt + len(reply.split()),
    }


def main() -> None:
    from tunebook.models import Request
    from tunebook.models.local import LocalChatModel

    model = LocalChatModel.load("starter", dtype="float32")

    def reply(body: dict[str, Any]) -> str | int:
        if body["model"] != "starter":
            return 404
        ((_, generation),) = model.generate([Request(tuple(body["messages"]), body["max_tokens"])])
        return generation.text

    server = ChatServer(reply)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())

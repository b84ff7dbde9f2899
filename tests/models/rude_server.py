"""A server over real sockets that streams, stalls, dies or lies, in ways that a well-made one never would.

with Rude("stalls") as server: …server.url…      `WAYS` lists them; `server.asked` counts requests
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def chunk(text: str | None = None, reason: str | None = None, **more: Any) -> str:
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]} | more
    return f"data: {json.dumps(body)}\n\n"


def delta(**fields: Any) -> str:
    return chunk(choices=[{"index": 0, "delta": fields, "finish_reason": None}])


def refusal(status: int, message: str, headers: str = "", code: str | None = None) -> str:
    return whole(status, {"error": {"message": message, "code": code}}, headers)


def whole(status: int, body: Any, headers: str = "") -> str:
    """A response that is not streamed: JSON, or text as it is."""
    text, kind = (body, "text/html") if isinstance(body, str) else (json.dumps(body), "application/json")
    head = f"HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\n{headers}Content-Length: {len(text)}\r\n\r\n"
    return head + text


def sends(*events: str) -> Callable[[Line], None]:
    return lambda line: line.send("".join(events))


class Line:
    """One connection: what a way of misbehaving writes to."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self._connection = connection
        self._over = over

    def send(self, text: str) -> None:
        self._connection.sendall(text.encode())

    def forever(self, text: str, pause: float) -> None:
        while not self._over.is_set():
            self.send(text)
            time.sleep(pause)

    def silent(self) -> None:
        self._over.wait()

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


def well(line: Line) -> None:
    line.send(HEAD + chunk("It carries ") + chunk("80 kg.") + chunk(None, "stop"))
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    line.send(chunk(choices=[], usage=usage) + "data: [DONE]\n\n")


def streams_then_stalls(line: Line) -> None:
    line.send(HEAD + chunk("It "))
    line.silent()


def never_answers(line: Line) -> None:
    line.silent()


def dribbles_its_head(line: Line) -> None:
    line.send("HTTP/1.1 200 OK\r\nX-Slow: ")
    line.forever("x", 0.02)


def comments_for_ever(line: Line) -> None:
    line.send(HEAD)
    line.forever(": still here\n\n", 0.02)


def drips_words(line: Line) -> None:
    line.send(HEAD)
    line.forever(chunk("a"), 0.05)


def dies_in_the_stream(line: Line) -> None:
    line.send(HEAD + chunk("It "))
    time.sleep(0.05)
    line.reset()


def dies_at_once(line: Line) -> None:
    line.reset()


def breaks_off(line: Line) -> None:
    line.send(HEAD + chunk("It carries"))


def sends_a_web_page(line: Line) -> None:
    page = "<html><body>Welcome to the router</body></html>"
    line.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n{page}")


def sends_broken_json(line: Line) -> None:
    line.send(HEAD + 'data: {"choices": [{"delta": {"content": \n\n' + "data: [DONE]\n\n")


def never_stops_writing(line: Line) -> None:
    line.send(HEAD)
    line.forever(chunk("word " * 200), 0.001)


def fails_in_the_stream(line: Line) -> None:
    line.send(HEAD + chunk("It ") + 'data: {"error": {"message": "out of memory"}}\n\n')


def has_no_end(line: Line) -> None:
    line.send(HEAD + "data: ")
    line.forever("y" * 4096, 0.01)


def keeps_you_waiting(line: Line) -> None:
    line.send(refusal(429, "slow down", "Retry-After: 600\r\n"))


def has_no_money(line: Line) -> None:
    line.send(refusal(429, "You exceeded your current quota, please check your plan", code="insufficient_quota"))


def has_a_short_window(line: Line) -> None:
    line.send(refusal(400, "This model's maximum context length is 2048 tokens, you asked for 9000"))


def sends_a_number(line: Line) -> None:
    line.send(HEAD + delta(content=42) + chunk(None, "stop") + "data: [DONE]\n\n")


def says_nothing_and_stops_for(reason: str) -> Callable[[Line], None]:
    return lambda line: line.send(HEAD + chunk("  \n") + chunk(None, reason) + "data: [DONE]\n\n")


def is_broken(line: Line) -> None:
    line.send(refusal(503, "loading"))


WAYS = (
    streams_then_stalls,
    never_answers,
    dribbles_its_head,
    comments_for_ever,
    drips_words,
    dies_in_the_stream,
    dies_at_once,
    breaks_off,
    sends_a_web_page,
    sends_broken_json,
    never_stops_writing,
    fails_in_the_stream,
    has_no_end,
    keeps_you_waiting,
    has_no_money,
    has_a_short_window,
    is_broken,
)


class Rude:
    """`with Rude(way) as server:`; after `polite_after` requests it behaves well."""

    def __init__(self, way: Callable[[Line], None], polite_after: int = 10**9) -> None:
        self._way = way
        self._polite_after = polite_after
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.asked = 0
        self.gone = threading.Event()  # a client hung up on us

    def __enter__(self) -> Rude:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                if not self._request(connection):
                    return
                self.asked += 1
                way = well if self.asked > self._polite_after else self._way
                way(Line(connection, self._over))
            except OSError:
                self.gone.set()

    @staticmethod
    def _request(connection: socket.socket) -> bool:
        """Reads one request with its body; False where the client hung up."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        rows = [row for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")]
        length = int(rows[0].split(b":")[1]) if rows else 0
        while len(body) < length:
            body += connection.recv(65536)
        return True

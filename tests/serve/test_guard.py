"""What stands before every route: headers, limits of size, idempotent changes, counts, a log without words."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from serving import live
from starlette.requests import Request

from tunebook.serve.app import create_app
from tunebook.serve.logs import JsonLines
from tunebook.serve.once import Body

CASE = {"id": "k-1", "prompt": "How heavy is it?", "answers": ["19 kg"]}


def test_headers_forbid_what_pages_do_not_need(client: TestClient) -> None:
    for path in ("/healthz", "/", "/nowhere", "/api/documents", "/v1/models"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-request-id"]


def test_a_request_id_is_handed_back_unless_it_is_odd(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a b<>"}).headers["x-request-id"] != "a b<>"


def test_a_body_that_is_too_long_is_refused(client: TestClient, served: Any) -> None:
    long = json.dumps({"query": "x" * served.settings.serve.max_body_bytes})
    for more in ({}, {"Idempotency-Key": "long"}):  # which is read before the route is
        for body in (long, iter([long[:100].encode(), long[100:].encode()])):  # with its length, and without
            found = client.post("/api/search", content=body, headers={"Content-Type": "application/json"} | more)
            assert found.status_code == 413
            assert found.json()["error"]["code"] == "too_large"


def test_a_body_that_is_no_utf8_is_told_of_the_request(client: TestClient) -> None:
    found = client.post("/api/search", content=b'{"query": "\xff"}', headers={"Content-Type": "application/json"})
    assert (found.status_code, found.json()["error"]["code"]) == (400, "invalid")


def test_a_change_is_made_once(client: TestClient, served: Any) -> None:
    head = {"Idempotency-Key": "1"}
    first = client.post("/api/thumbs", json={"question": "?", "answer": "!", "thumb": "up"}, headers=head)
    again = client.post("/api/thumbs", json={"question": "?", "answer": "!", "thumb": "up"}, headers=head)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(served.casebook.thumbs()) == 1
    other = client.post("/api/thumbs", json={"question": "?", "answer": "!", "thumb": "down"}, headers=head)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "key_reused"


def test_a_change_without_a_body_is_made_once(client: TestClient) -> None:
    assert client.put("/api/cases", json=CASE).status_code == 200
    head = {"Idempotency-Key": "d"}
    first = client.delete("/api/cases", params={"id": CASE["id"]}, headers=head)
    again = client.delete("/api/cases", params={"id": CASE["id"]}, headers=head)
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert again.headers["idempotent-replayed"] == "true"


def test_another_upload_under_the_same_key_is_refused(client: TestClient) -> None:
    head = {"Idempotency-Key": "u"}
    first = client.post("/api/documents", files={"files": ("wren.md", b"The Wren.")}, headers=head)
    again = client.post("/api/documents", files={"files": ("wren.md", b"The Wren.")}, headers=head)
    assert (first.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    for name, words in (("heron.md", b"The Heron."), ("wren.md", b"The Lark.")):  # the second of the same length
        other = client.post("/api/documents", files={"files": (name, words)}, headers=head)
        assert (other.status_code, other.json()["error"]["code"]) == (422, "key_reused")


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_upload_is_told_by_its_content_however_it_arrives(size: int) -> None:
    def digest(boundary: str, words: str, size: int) -> str:
        body = f"--{boundary}\r\n\r\n{words}\r\n--{boundary}--".encode()
        starts = range(0, len(body), size)
        sent = [{"type": "http.request", "body": body[at : at + size], "more_body": at != starts[-1]} for at in starts]

        async def receive() -> Any:
            return sent.pop(0)

        head = [
            (b"content-type", f'multipart/form-data; boundary="{boundary}"'.encode()),
            (b"transfer-encoding", b"chunked"),
        ]
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": head}
        read = Body(Request(scope, receive))
        asyncio.run(read.read())
        return read.digest

    words = "a5c a5 5c\r\n-- and so on"
    assert digest("a5ca5c", words, size) == digest("77", words, 1000)
    assert digest("a5ca5c", words, size) != digest("a5ca5c", words.replace("so", "on"), size)


def test_what_broke_off_may_be_sent_again(served: Any) -> None:
    with live(served) as url:
        port = int(url.rpartition(":")[2])
        head = f"POST /api/documents HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nIdempotency-Key: b\r\n"
        head += "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500\r\n\r\n--x\r\n"
        with socket.create_connection(("127.0.0.1", port)) as broken:
            broken.sendall(head.encode())
            time.sleep(0.3)
        time.sleep(0.3)
        files = {"files": ("wren.md", b"The Wren.")}
        whole = httpx.post(f"{url}/api/documents", files=files, headers={"Idempotency-Key": "b"})
        assert (whole.status_code, whole.headers.get("idempotent-replayed")) == (201, None)


def test_a_question_is_asked_each_time(client: TestClient) -> None:
    for path, asked in (("/api/search", {"query": "Wren"}), ("/api/ask", {"question": "What does the Wren carry?"})):
        for _ in range(2):
            found = client.post(path, json=asked, headers={"Idempotency-Key": "q"})
            assert (found.status_code, found.headers.get("idempotent-replayed")) == (200, None)


def test_an_answer_is_kept_over_a_restart(served: Any) -> None:
    head = {"Idempotency-Key": "x"}
    for _ in range(2):
        with TestClient(create_app(served), base_url="http://127.0.0.1:8765") as client:
            assert client.put("/api/cases", json=CASE | {"id": None}, headers=head).status_code == 200
    assert len(served.casebook.cases()) == 1


def test_a_request_under_way_is_not_begun_again(client: TestClient, served: Any) -> None:
    from tunebook.serve.kept import Answers

    answers = Answers(served.state / "serve" / "kept.sqlite")
    assert answers.begin("local", "k") is None
    found = client.put("/api/cases", json=CASE, headers={"Idempotency-Key": "k"})
    assert (found.status_code, found.json()["error"]["code"]) == (409, "in_progress")
    answers.clear_unfinished()
    assert client.put("/api/cases", json=CASE, headers={"Idempotency-Key": "k"}).status_code == 200


def test_where_no_answer_can_be_kept_nothing_is_changed_and_that_is_told(client: TestClient, served: Any) -> None:
    (served.state / "serve" / "kept.sqlite").mkdir(parents=True, exist_ok=True)
    found = client.put("/api/cases", json=CASE, headers={"Idempotency-Key": "k"})
    assert (found.status_code, found.json()["error"]["code"]) == (503, "storage_failed")
    assert not served.casebook.cases()
    assert client.put("/api/cases", json=CASE).status_code == 200


def test_counts_are_told_without_words(client: TestClient) -> None:
    client.post("/api/ask", json={"question": "What does the Wren carry?"})
    text = client.get("/metrics").text
    assert 'tunebook_answers_total{abstained="false",approach="rag"}' in text
    assert 'route="/api/ask"' in text
    assert "Wren" not in text


@pytest.fixture
def lines() -> Iterator[list[str]]:
    kept: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(JsonLines().format(record))

    logger, handler = logging.getLogger("tunebook"), Keep()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield kept
    logger.removeHandler(handler)


def test_the_log_tells_what_happened_and_no_words(client: TestClient, lines: list[str]) -> None:
    client.post("/api/ask", json={"question": "What does the Wren carry?"})
    client.get("/api/documents/text?id=wren")
    told = [json.loads(line) for line in lines]
    assert {"/api/ask", "/api/documents/text"} <= {line.get("route") for line in told}
    assert {line["key"] for line in told if "key" in line} == {"local"}
    assert "Wren" not in "".join(lines) and "wren" not in "".join(lines)

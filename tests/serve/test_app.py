"""The server answers: health, models, search, ask and chat."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.serve.app import create_app


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.head("/healthz").status_code == client.head("/readyz").status_code == 200
    assert client.get("/readyz").status_code in (200, 503)


def test_approaches_are_models(client: TestClient) -> None:
    names = [model["id"] for model in client.get("/v1/models").json()["data"]]
    assert "tunebook/rag" in names
    assert "tunebook/tuned" not in names
    assert client.get("/v1/models/tunebook/rag").json()["id"] == "tunebook/rag"


def test_chat_answers_with_citations_beside_the_message(client: TestClient, served) -> None:
    served._parts.model.reply = lambda request: "The Wren carries 80 kg."
    asked = {"model": "tunebook/rag", "messages": [{"role": "user", "content": "What does the Wren carry?"}]}
    found = client.post("/v1/chat/completions", json=asked).json()
    choice = found["choices"][0]
    assert choice["message"]["content"] == "The Wren carries 80 kg."
    assert choice["tunebook"]["citations"][0]["document"] == "wren"
    assert found["usage"]["total_tokens"] > 0


def test_search_ask_and_documents(client: TestClient) -> None:
    assert client.post("/api/search", json={"query": "Wren"}).json()["hits"][0]["document"] == "wren"
    assert client.post("/api/ask", json={"question": "What does it carry?"}).json()["approach"] == "rag"
    listed = client.get("/api/documents?limit=1").json()
    assert listed["documents"][0]["id"] == "pay"
    assert client.get(f"/api/documents?after={listed['next']}").json()["documents"][0]["id"] == "wren"
    assert client.get("/api/documents/text?id=wren").json()["text"].startswith("The Wren")
    assert client.get("/api/documents/passages?id=wren").json()["passages"]


def test_search_by_metadata_and_explained(client: TestClient) -> None:
    found = client.post("/api/search", json={"query": "Wren", "explain": True}).json()["hits"][0]
    assert found["document"] == "wren"
    assert "stages" in found
    none = client.post("/api/search", json={"query": "Wren", "where": ["year>=2024"]})
    assert none.status_code == 400
    assert "year: no document has that key" in none.json()["error"]["message"]
    assert client.post("/api/search", json={"query": "Wren", "where": ["nonsense"]}).status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "param", "said"),
    [
        ("/api/search", {"query": "Wren", "wher": ["format=pdf"]}, "wher", "unknown field"),
        ("/api/ask", {"question": "?", "aproach": "base"}, "aproach", "unknown field"),
        ("/api/advise", {"goal": "facts"}, "goal", "unknown field"),
        ("/v1/embeddings", {"input": []}, "input", "at least 1 item"),
        ("/v1/embeddings", {"input": ""}, "input", "at least 1 character"),
        ("/v1/embeddings", {"input": [[1, 2]]}, "input.0", "a valid string"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, path: str, body: dict[str, Any], param: str, said: str) -> None:
    found = client.post(path, json=body)
    error = found.json()["error"]
    assert (found.status_code, error["param"]) == (422, param)
    assert said in error["message"]


def test_vectors_of_another_length_are_refused(client: TestClient) -> None:
    vector = client.post("/v1/embeddings", json={"input": "Wren"}).json()["data"][0]["embedding"]
    same = client.post("/v1/embeddings", json={"input": "Wren", "dimensions": len(vector)})
    assert same.json()["data"][0]["embedding"] == vector
    other = client.post("/v1/embeddings", json={"input": "Wren", "dimensions": len(vector) // 2})
    assert (other.status_code, other.json()["error"]["param"]) == (400, "dimensions")


def test_what_is_no_json_and_a_wrong_method_are_the_requests_faults(client: TestClient) -> None:
    head = {"Content-Type": "application/json"}
    error = client.post("/api/ask", content=b'{"question": "a"', headers=head).json()["error"]
    assert error["message"].startswith("body: not JSON, at character 16")
    assert client.get("/api/ask").json()["error"]["type"] == "invalid_request_error"


def test_errors_have_one_shape(client: TestClient) -> None:
    for method, path, body, status in (
        ("GET", "/nowhere", None, 404),
        ("GET", "/api/documents/text?id=none", None, 404),
        ("POST", "/api/ask", {"question": "?", "approach": "none"}, 400),
        ("POST", "/api/ask", {"question": "?", "approach": "tuned"}, 409),
        ("POST", "/api/ask", {"question": " "}, 422),
        ("POST", "/v1/chat/completions", {"model": "gpt", "messages": [{"role": "user", "content": "?"}]}, 404),
    ):
        found = client.request(method, path, json=body)
        assert found.status_code == status, path
        assert found.json()["error"]["message"]
        assert found.json()["error"]["code"]


def test_a_disk_or_a_right_that_is_in_the_way_is_told_and_is_no_fault(client: TestClient, served: Any) -> None:
    (served.state / "thumbs.jsonl").mkdir()
    found = client.post("/api/thumbs", json={"question": "?", "answer": "80 kg", "approach": "rag", "thumb": "up"})
    assert (found.status_code, found.json()["error"]["code"]) == (503, "storage_failed")
    assert "thumbs.jsonl: Is a directory" in found.json()["error"]["message"]


def test_what_keeps_the_models_from_loading_is_told(served: Any) -> None:
    def load(step_tokens: int) -> None:
        raise load.error

    served.load = load
    for load.error, why in (
        (OSError(errno.ENOSPC, "No space left on device", "/cache"), "/cache: No space left on device"),
        (RuntimeError("?"), "a fault of tunebook; its log says more"),
    ):
        with TestClient(create_app(served), base_url="http://127.0.0.1:8765") as client:
            assert client.get("/readyz").json() == {"status": "not ready", "why": why}

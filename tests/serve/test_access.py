"""Keys, roles, groups, sessions: who is let in, and who is not."""

from __future__ import annotations

import base64
import json
import os
import socket
import stat
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.errors import BadInput
from tunebook.serve.app import create_app
from tunebook.serve.keys import Keys
from tunebook.serve.limits import Limits
from tunebook.serve.problems import Problem
from tunebook.serve.run import run

HOST = "http://127.0.0.1:8765"


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def keys(served: Any) -> Keys:
    return Keys(served.state / "serve")


def test_a_port_that_cannot_be_had_is_told_before_anything_is_loaded(served: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in (taken.getsockname()[1], 99_999, -1):
            settings = served.settings.serve.model_copy(update={"port": port})
            with pytest.raises(BadInput, match=f"127.0.0.1:{port} cannot be listened on"):
                run(served, settings, print)


def test_a_state_that_may_not_be_written_is_told_before_anything_is_loaded(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, how: False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = served.settings.serve.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(BadInput, match="serve/jobs: cannot be written"):
            run(served, settings, print)


def test_a_key_opens_until_it_is_revoked(client: TestClient, keys: Keys) -> None:
    assert client.get("/api/documents").status_code == 200  # no key was made: loopback is open
    key, text = keys.make("desk", "read")
    assert client.get("/api/documents").status_code == 401
    assert client.get("/api/documents", headers=bearer(text)).status_code == 200
    assert client.get("/api/documents", headers=bearer(text[:-1])).status_code == 401
    keys.revoke(key.id)
    assert client.get("/api/documents", headers=bearer(text)).status_code == 401
    assert client.get("/api/documents").status_code == 401  # revoking the last key opens nothing


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_key_that_is_revoked_while_its_answer_is_written_gets_no_more_of_it(
    client: TestClient, keys: Keys, served: Any, path: str, stream: bool
) -> None:
    key, text = keys.make("desk", "ask")

    def reply(_: Any) -> str:
        keys.revoke(key.id)
        return "The Wren carries 80 kg."

    served._parts.model.reply = reply
    asked: dict[str, Any] = {"question": "What does the Wren carry?"}
    if path.startswith("/v1"):
        asked = {"model": "tunebook/rag", "messages": [{"role": "user", "content": asked["question"]}]}
    found = client.post(path, json=asked | {"stream": stream}, headers=bearer(text))
    assert "80 kg" not in found.text
    assert "the key was revoked" in found.text


def test_keys_are_kept_as_hashes(keys: Keys, served: Any) -> None:
    _, text = keys.make("desk", "ask", ("hr",), days=3)
    path = served.state / "serve" / "keys.json"
    assert text.split("_", 2)[2] not in path.read_text()  # the secret itself may hold "_"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = Keys(served.state / "serve").find(text)
    assert found is not None
    assert (found.role, found.groups) == ("ask", ("hr",))


@pytest.mark.parametrize(
    ("role", "groups", "days"), [("boss", (), None), ("manage", ("hr",), None), ("ask", (), 0), ("ask", (), 10**9)]
)
def test_a_wrong_key_is_not_made(keys: Keys, role: str, groups: tuple[str, ...], days: int | None) -> None:
    with pytest.raises(BadInput):
        keys.make("x", role, groups, days)
    assert keys.all() == []


def test_groups_flow_to_documents(client: TestClient, keys: Keys) -> None:
    _, public = keys.make("public", "ask")
    _, hr = keys.make("hr", "ask", ("hr",))
    _, every = keys.make("every", "ask", None)
    for text, sees in ((public, False), (hr, True), (every, True)):
        head = bearer(text)
        listed = [one["id"] for one in client.get("/api/documents", headers=head).json()["documents"]]
        assert ("pay" in listed) is sees
        assert (client.get("/api/documents/text?id=pay", headers=head).status_code == 200) is sees
        assert (client.get("/api/documents/passages?id=pay", headers=head).status_code == 200) is sees
        hits = client.post("/api/search", json={"query": "director earns"}, headers=head).json()["hits"]
        assert any(hit["document"] == "pay" for hit in hits) is sees
        asked = {"question": "What does the director earn?"}
        answer = client.post("/api/ask", json=asked, headers=head).json()
        assert ("9000" in str(answer | {"seconds": None})) is sees


def test_a_page_signs_in_and_proves_that_it_is_ours(client: TestClient, keys: Keys) -> None:
    key, text = keys.make("person", "ask")
    assert client.post("/api/session", json={"key": "tb_0_0"}).status_code == 401
    token = client.post("/api/session", json={"key": text}).json()["csrf"]
    assert client.get("/api/documents").status_code == 200
    search = {"query": "Wren"}
    assert client.post("/api/search", json=search).status_code == 403
    assert client.post("/api/search", json=search, headers={"X-CSRF-Token": "0"}).status_code == 403
    ours = {"X-CSRF-Token": token}
    assert client.post("/api/search", json=search, headers=ours).status_code == 200
    assert client.post("/api/search", json=search, headers=ours | {"Origin": "http://evil.example"}).status_code == 403
    keys.revoke(key.id)
    assert client.get("/api/documents").status_code == 401


def test_a_forged_or_old_cookie_is_none(client: TestClient, keys: Keys) -> None:
    key, _ = keys.make("person", "ask")
    ours = base64.urlsafe_b64encode(json.dumps({"claims": {"key": key.id}, "until": 9e9}).encode()).decode()
    for value in ("", "x", f"{ours}.0", f"{ours}.", "a.b.c.d", "...."):
        client.cookies.set("tunebook_session", value)
        assert client.get("/api/documents").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://[x"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
def test_open_loopback_takes_nothing_from_other_sites(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/search", json={"query": "Wren"}, headers=headers).status_code in (401, 403)


def test_pages_behind_a_proxy_that_sends_its_own_host_may_change_things(served: Any, keys: Keys) -> None:
    _, text = keys.make("person", "ask")
    settings = served.settings.serve.model_copy(update={"public_url": "https://desk.example/"})
    with TestClient(create_app(served, settings), base_url=HOST) as client:
        token = client.post("/api/session", json={"key": text}).json()["csrf"]
        client.cookies.set("tunebook_session", client.cookies["tunebook_session"], domain="127.0.0.1")  # not `secure`
        for origin, status in (("https://desk.example", 200), ("https://evil.example", 403)):
            head = {"Origin": origin, "X-CSRF-Token": token}
            assert client.post("/api/search", json={"query": "Wren"}, headers=head).status_code == status


def test_elsewhere_than_loopback_nothing_is_open(served: Any) -> None:
    settings = served.settings.serve.model_copy(update={"host": "0.0.0.0"})
    with TestClient(create_app(served, settings), base_url=HOST) as client:
        assert client.get("/api/documents").status_code == 401
        assert client.get("/healthz").status_code == 200


def test_a_key_has_so_many_requests(served: Any) -> None:
    settings = served.settings.serve.model_copy(update={"requests_per_minute": 3})
    with TestClient(create_app(served, settings), base_url=HOST) as client:
        codes = [client.get("/api/documents").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]


def test_a_bucket_fills_evenly() -> None:
    now = [0.0]
    limits = Limits(60, clock=lambda: now[0])
    for _ in range(60):
        limits.take("a")
    with pytest.raises(Problem):
        limits.take("a")
    limits.take("b")
    now[0] = 1.0
    limits.take("a")
    with pytest.raises(Problem):
        limits.take("a")

"""Sign-in with OpenID Connect, against a provider that listens and signs."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from tunebook.serve.app import create_app

HOST = "http://127.0.0.1:8765"


class Provider:
    """Signs in whoever asks; `change` alters the claims of its next token."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with = self.key
        self.asked: dict[str, str] = {}
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.about)
        self.app.get("/keys")(self.keys)
        self.app.post("/token")(self.token)

    def about(self) -> dict[str, str]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.url} | {name: f"{self.url}/{path}" for name, path in ends.items()}

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}

    async def token(self, request: Request) -> dict[str, str]:
        form = await request.form()
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        assert form["redirect_uri"] == self.asked["redirect_uri"] == f"{HOST}/oidc/callback"
        now = int(time.time())
        claims = {"iss": self.url, "aud": "tunebook", "sub": "ada", "iat": now, "exp": now + 60, "groups": ["hr"]}
        claims = self.change(claims | {"nonce": self.asked["nonce"]})
        return {"id_token": jwt.encode(claims, self.signs_with, "RS256", headers={"kid": "1"})}


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    server = uvicorn.Server(uvicorn.Config(made.app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    yield made
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(served: Any, provider: Any) -> Iterator[TestClient]:
    how = {"oidc_issuer": provider.url, "oidc_manage_group": "librarians"}
    with TestClient(create_app(served, served.settings.serve.model_copy(update=how)), base_url=HOST) as client:
        yield client


def sign_in(client: TestClient, provider: Provider, **changed: str) -> Any:
    sent = client.get("/oidc/start", follow_redirects=False)
    assert sent.status_code == 302, sent.text
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    return client.get("/oidc/callback", params={"code": "c", "state": provider.asked["state"]} | changed)


def test_who_signed_in_reads_what_the_groups_may(client: TestClient, provider: Provider) -> None:
    assert client.get("/api/documents").status_code == 401  # loopback is not open where people can sign in
    assert client.get("/api/session").json()["provider"] is True
    assert "/oidc/start" in client.get("/signin").text
    assert sign_in(client, provider).status_code == 200
    session = client.get("/api/session").json()
    assert (session["role"], session["groups"]) == ("ask", ["hr"])
    assert client.get("/api/documents").json()["total"] == 2
    assert client.post("/api/search", json={"query": "Wren"}).status_code == 403
    ours = {"X-CSRF-Token": session["csrf"]}
    assert client.post("/api/search", json={"query": "Wren"}, headers=ours).status_code == 200
    assert client.get("/api/jobs").status_code == 403
    client.request("DELETE", "/api/session", headers=ours)
    assert client.get("/api/documents").status_code == 401


def test_without_groups_only_what_everyone_may_read(client: TestClient, provider: Provider) -> None:
    provider.change = lambda claims: {name: value for name, value in claims.items() if name != "groups"}
    sign_in(client, provider)
    assert client.get("/api/documents").json()["total"] == 1


def test_a_group_manages(client: TestClient, provider: Provider) -> None:
    provider.change = lambda claims: claims | {"groups": ["librarians"]}
    sign_in(client, provider)
    assert client.get("/api/jobs").status_code == 200
    assert client.get("/api/documents").json()["total"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"iss": "http://evil.example"},
        {"exp": 1},
        {"nonce": "another"},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_fit_signs_nobody_in(client: TestClient, provider: Provider, change: Any) -> None:
    provider.change = lambda claims: {n: v for n, v in (claims | change).items() if v is not None}
    assert sign_in(client, provider).status_code == 401
    assert client.get("/api/documents").status_code == 401


def test_another_signature_or_state_signs_nobody_in(client: TestClient, provider: Provider) -> None:
    assert sign_in(client, provider, state="another").status_code == 401
    assert sign_in(client, provider, code="", error="access_denied").status_code == 401
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert sign_in(client, provider).status_code == 401
    client.cookies.clear()
    assert client.get("/oidc/callback?code=c&state=s").status_code == 401
    assert client.get("/api/documents").status_code == 401


def test_without_a_provider_there_is_no_such_route(served: Any) -> None:
    with TestClient(create_app(served), base_url=HOST) as client:
        assert client.get("/oidc/start").status_code == 404
        assert "/oidc/start" not in client.get("/signin").text

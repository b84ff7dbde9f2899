"""Every role on every route, every cell: no key, a wrong key, a role that is too low, a group that may not read.

A route that is not in `NEEDS` fails: it needs its line, and so its role.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.serve.app import create_app
from tunebook.serve.keys import ROLES, Keys

SECRET = "earns 9000"  # stands in a document for the group hr alone
PUBLIC = {"GET /healthz", "GET /readyz", "GET /api/session", "POST /api/session"}
NEEDS = {
    "read": {
        "GET /v1/models",
        "GET /v1/models/{model}",
        "POST /v1/embeddings",
        "GET /metrics",
        "POST /api/search",
        "POST /api/search/run",
        "GET /api/approaches",
        "GET /api/documents",
        "GET /api/documents/text",
        "GET /api/documents/passages",
        "GET /api/documents/file",
        "GET /api/library",
        "GET /api/source",
        "GET /api/source/picture",
        "GET /api/project",
        "DELETE /api/session",
    },
    "ask": {"POST /v1/chat/completions", "POST /api/ask", "POST /api/thumbs"},
    "manage": {
        "POST /api/documents",
        "DELETE /api/documents",
        "GET /api/sync",
        "POST /api/sync",
        "POST /api/tune",
        "POST /api/trial",
        "POST /api/propose",
        "GET /api/jobs",
        "GET /api/jobs/{id}",
        "GET /api/jobs/{id}/log",
        "GET /api/jobs/{id}/events",
        "POST /api/jobs/{id}/cancel",
        "GET /api/cases",
        "PUT /api/cases",
        "DELETE /api/cases",
        "GET /api/examples",
        "POST /api/cases/check",
        "POST /api/examples/check",
        "GET /api/examples/show",
        "GET /api/traces",
        "GET /api/traces/{id}",
        "GET /api/thumbs",
        "POST /api/thumbs/{id}",
        "GET /api/settings",
        "GET /api/generations",
        "POST /api/generations/{number}/use",
        "GET /api/adapters",
        "POST /api/adapters/{name}/promote",
        "POST /api/adapters/roll-back",
        "GET /api/trials",
        "GET /api/trials/{id}",
        "GET /api/trials/{id}/report.html",
        "POST /api/advise",
        "GET /api/advise/questions",
        "GET /api/examples/desk",
        "GET /api/tune/live",
        "GET /api/trial/live",
    },
}
ROLE_OF = {route: role for role, routes in NEEDS.items() for route in routes}
QUESTION = "What does the director earn a month?"
BODIES: dict[str, Any] = {
    "POST /api/search": {"query": QUESTION, "k": 100},
    "POST /api/search/run": {"queries": [{"id": "q", "prompt": QUESTION}]},
    "POST /api/ask": {"question": QUESTION},
    "POST /v1/chat/completions": {"model": "tunebook/rag", "messages": [{"role": "user", "content": QUESTION}]},
    "POST /v1/embeddings": {"input": "director"},
    "POST /api/thumbs": {"question": "?", "answer": "!", "thumb": "up"},
}
QUERIES = {
    "GET /api/documents/text": "?id=pay",
    "GET /api/documents/passages": "?id=pay",
    "GET /api/documents/file": "?id=pay",
    "GET /api/source": "?document=pay",
    "GET /api/source/picture": "?document=pay",
    "DELETE /api/documents": "?id=none",
    "DELETE /api/cases": "?id=none",
    "GET /api/examples/show": "?row=none",
    "POST /api/adapters/roll-back": "?target=tuned",
}


def routes(served: Any) -> set[str]:
    """Every route of the schema, as `METHOD path`."""
    paths = create_app(served).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def send(client: TestClient, route: str, headers: dict[str, str]) -> Any:
    method, path = route.split(" ")
    path = re.sub(r"\{\w+\}", "none", path) + QUERIES.get(route, "")
    return client.request(
        method, path, json=BODIES.get(route, {}) if method in ("POST", "PUT") else None, headers=headers
    )


@pytest.fixture
def locked(served: Any) -> Any:
    """A client, and a header for each kind of key."""
    keys = Keys(served.state / "serve")
    heads = {}
    for name, role, groups in (
        ("read", "read", ()),
        ("ask", "ask", ()),
        ("manage", "manage", None),
        ("ask in workshop", "ask", ("workshop",)),
        ("read in workshop", "read", ("workshop",)),
        ("ask in hr", "ask", ("hr",)),
    ):
        heads[name] = {"Authorization": f"Bearer {keys.make(name, role, groups)[1]}"}
    gone, text = keys.make("gone", "manage")
    keys.revoke(gone.id)
    heads["revoked"] = {"Authorization": f"Bearer {text}"}
    heads["none"] = {}
    heads["wrong"] = {"Authorization": "Bearer tb_00000000_x"}
    heads["other scheme"] = {"Authorization": "Basic dGI6dGI="}
    heads["forged session"] = {"Cookie": "tunebook_session=00000000.99999999999.x.0"}
    served._parts.model.reply = lambda request: request.messages[-1]["content"]  # says all that it was shown
    settings = served.settings.serve.model_copy(update={"requests_per_minute": 100_000})
    app = create_app(served, settings)
    app.state.service.strangers._size = 100_000.0
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client, heads


def test_every_route_has_its_role(served: Any) -> None:
    assert routes(served) == PUBLIC | ROLE_OF.keys()


def test_the_page_lists_every_route_with_its_role() -> None:
    page = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")
    listed: dict[str, str] = {}
    for row in page.splitlines():
        if re.match(r"\| `[A-Z]+ ", row):
            cell, role = row.split(" | ")[:2]
            methods, base = [""], ""
            for span in re.findall(r"`([^`]*/[^`]*)`", cell):
                *given, path = span.partition("?")[0].split(" ")
                methods = given or methods  # without any they are those of the route before
                if path.startswith("…"):
                    path = base + path[1:]
                else:
                    base = path
                listed |= {f"{method} {path}": role for method in methods}
    roles = ROLE_OF | dict.fromkeys(PUBLIC, "none")
    assert listed == {route: role for route, role in roles.items() if "/v1/" not in route}


def test_no_cell_lets_in_whom_it_should_not(locked: Any) -> None:
    client, heads = locked
    leaks = []
    for route, role in sorted(ROLE_OF.items()):
        for name, head in heads.items():
            found = send(client, route, head)
            known = name.split(" ")[0] in ROLES
            allowed = known and ROLES.index(name.split(" ")[0]) >= ROLES.index(role)
            expected = (401,) if not known else (403,) if not allowed else None
            if expected and found.status_code not in expected:
                leaks.append((route, name, found.status_code))
            if not expected and found.status_code in (401, 403):
                leaks.append((route, name, found.status_code))
            if SECRET in found.text and name not in ("manage", "ask in hr"):
                leaks.append((route, name, "shows what it may not"))
    assert leaks == []


def test_who_may_read_it_does(locked: Any) -> None:
    client, heads = locked
    for route in (
        "POST /api/search",
        "POST /api/ask",
        "POST /v1/chat/completions",
        "GET /api/documents/text",
        "GET /api/source",
    ):
        for name in ("manage", "ask in hr"):
            assert SECRET in send(client, route, heads[name]).text, (route, name)


def test_the_public_tells_nothing(locked: Any) -> None:
    client, heads = locked
    for route in PUBLIC:
        text = send(client, route, heads["none"]).text
        assert SECRET not in text and "wren" not in text.lower()


def test_an_approach_that_knows_a_document_is_kept_from_who_may_not_read_it(locked: Any, served: Any) -> None:
    client, heads = locked
    adapters = served.adapters
    adapters.finish(adapters.folder("tuned", "x"), {"target": "tuned", "created": "1", "documents": ["pay"]})
    asked = {"model": "tunebook/tuned", "messages": [{"role": "user", "content": QUESTION}]}
    for name, status in (("ask", 409), ("ask in workshop", 409), ("ask in hr", 200), ("manage", 200)):
        found = client.post("/v1/chat/completions", json=asked, headers=heads[name])
        assert found.status_code == status, (name, found.text)
        listed = client.get("/v1/models", headers=heads[name]).text
        assert ("tunebook/tuned" in listed) is (status == 200)


def test_an_example_that_rests_on_a_document_is_kept_likewise(locked: Any, served: Any) -> None:
    client, heads = locked
    row = f'{{"id": "e1", "prompt": "{QUESTION}", "completion": "{SECRET} it is.", "sources": ["pay"]}}\n'
    (served.root / "examples.jsonl").write_text(row, encoding="utf-8")
    asked = {"model": "tunebook/prompted", "messages": [{"role": "user", "content": QUESTION}]}
    for name, shown in (("ask", False), ("ask in workshop", False), ("ask in hr", True), ("manage", True)):
        client.post("/v1/chat/completions", json=asked, headers=heads[name])
        prompt = str(served._parts.model.asked[-1].messages)
        assert (SECRET in prompt) is shown, name

"""Under `/api/` nothing that is sent is passed over in silence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.serve.app import create_app


def operations(served: Any) -> list[tuple[str, str, dict[str, Any]]]:
    paths = create_app(served).openapi()["paths"]
    return [
        (method.upper(), re.sub(r"{\w+}", "1", path), told)
        for path, item in paths.items()
        if path.startswith("/api/")
        for method, told in item.items()
    ]


def test_no_route_takes_an_unknown_query_parameter(client: TestClient, served: Any) -> None:
    for method, path, _ in operations(served):
        error = client.request(method, path, params={"limt": "5"}).json()["error"]
        assert error["message"] == "limt: unknown query parameter", (method, path)
        assert error["param"] == "limt"


def test_no_route_takes_an_unknown_field(client: TestClient, served: Any) -> None:
    for method, path, told in operations(served):
        wanted = {one["name"]: 1 for one in told.get("parameters", ()) if one["in"] == "query" and one["required"]}
        if "target" in wanted:
            wanted["target"] = "tuned"
        found = client.request(method, path, params=wanted, json={"strange": 1})
        assert found.status_code == 422, (method, path, found.text)
        assert re.search("unknown field|required", found.json()["error"]["message"], re.I), (method, path, found.text)


def test_every_body_is_described_as_closed(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method, told in item.items():
            for content in told.get("requestBody", {}).get("content", {}).values() if path.startswith("/api/") else ():
                shapes = [content["schema"], *content["schema"].get("anyOf", ())]
                names = [shape["$ref"].rsplit("/", 1)[1] for shape in shapes if "$ref" in shape]
                assert names, (method, path)
                for name in names:
                    assert document["components"]["schemas"][name]["additionalProperties"] is False, name


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
def test_an_empty_body_is_no_body(client: TestClient, body: bytes) -> None:
    head = {"Content-Type": "application/json"}
    assert client.request("DELETE", "/api/cases?id=none", content=body, headers=head).status_code == 404


def test_what_is_no_json_is_read_by_no_route(client: TestClient) -> None:
    error = client.request("DELETE", "/api/cases?id=none", content=b"id=7").json()["error"]
    assert error["message"] == "body: this route reads none"


def test_a_state_that_no_document_has_is_refused(client: TestClient) -> None:
    assert client.get("/api/library?state=current").json()["total"] == 2
    assert client.get("/api/library?state=curent").status_code == 422

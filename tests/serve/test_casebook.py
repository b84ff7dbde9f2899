"""Cases and thumbs, adapters and trials, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from serving import DOCUMENTS

from tunebook.serve.app import create_app

CASE = {"id": "k-1", "prompt": "How heavy is it?", "answers": ["19 kg"], "sources": ["wren"]}


def test_cases_are_written_checked_and_removed(client: TestClient, served: Any) -> None:
    (served.root / "cases.jsonl").write_text('{"id":"old",  "prompt": "?", "answers": ["!"]}\n', encoding="utf-8")
    assert client.put("/api/cases", json=CASE).json() == CASE
    made = client.put("/api/cases", json={"prompt": "And?", "answers": ["No"]}).json()
    assert [row["id"] for row in client.get("/api/cases").json()["cases"]] == ["old", "k-1", made["id"]]
    assert client.put("/api/cases", json=CASE | {"answers": ["20 kg"]}).status_code == 200
    lines = (served.root / "cases.jsonl").read_text().splitlines()
    assert lines[0] == '{"id":"old",  "prompt": "?", "answers": ["!"]}'  # not touched, to the letter
    assert json.loads(lines[1])["answers"] == ["20 kg"]
    assert client.delete("/api/cases?id=k-1").status_code == 200
    assert client.delete("/api/cases?id=k-1").status_code == 404
    page = client.get("/api/cases?limit=1").json()
    assert (page["total"], page["next"]) == (2, 1)


def test_a_wrong_case_changes_nothing(client: TestClient, served: Any) -> None:
    for row in (
        {"id": "x"},
        {"prompt": "?", "kind": "odd"},
        {"prompt": "?", "checks": [{"type": "regex", "pattern": "("}]},
    ):
        found = client.put("/api/cases", json=row)
        assert found.status_code == 400, row
        assert found.json()["error"]["message"].startswith("cases.jsonl, row 1: "), "not where it was tried"
    assert not (served.root / "cases.jsonl").exists()


@pytest.mark.parametrize("line", ["{broken", "[1]", '"\\ud800"', "\xff"])
def test_a_wrong_line_of_the_file_is_told_where_it_stands(line: str, client: TestClient, served: Any) -> None:
    """Somebody who edits the file by hand beside the pages: it was "a fault of tunebook"."""
    written = json.dumps(CASE).encode() + b"\n" + line.encode("latin-1") + b"\n"
    (served.root / "cases.jsonl").write_bytes(written)
    thumb = client.post("/api/thumbs", json={"question": "How?", "answer": "So.", "thumb": "up"}).json()
    for found in (
        client.put("/api/cases", json=CASE | {"id": "k-2"}),
        client.delete("/api/cases?id=k-1"),
        client.post(f"/api/thumbs/{thumb['id']}", json={"state": "accepted", "case": CASE | {"id": "k-3"}}),
    ):
        assert found.status_code == 400
        assert "cases.jsonl, row 2: " in found.json()["error"]["message"]
    assert (served.root / "cases.jsonl").read_bytes() == written


def test_examples_may_be_an_array(client: TestClient, served: Any) -> None:
    rows = [{"instruction": "Sort.", "input": "The chain.", "output": "workshop"}] * 2
    (served.root / "examples.jsonl").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    assert client.get("/api/examples").json()["examples"] == rows


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"answer": "19 kg"}, "answer"),
        ({"sources": [{"document": "wren", "line": 3}]}, "sources.0.line"),
        ({"messages": [{"role": "user", "content": "?", "name": "Ann"}]}, "messages.0.name"),
    ],
)
def test_a_misspelt_field_of_a_case_is_refused(
    client: TestClient, served: Any, more: dict[str, Any], named: str
) -> None:
    thumb = {"question": "?", "answer": "!", "thumb": "up"}
    for method, path, body, param in (
        ("PUT", "/api/cases", CASE | more, named),
        ("POST", "/api/thumbs", thumb | {"case": CASE | more}, f"case.{named}"),
        ("POST", "/api/thumbs/t-1", {"state": "accepted", "case": CASE | more}, f"case.{named}"),
    ):
        found = client.request(method, path, json=body)
        error = found.json()["error"]
        assert (found.status_code, error["message"]) == (422, f"{error['param']}: unknown field"), path
        assert error["param"].replace(".CaseSource", "") == param
    assert not (served.root / "cases.jsonl").exists()


def test_notes_that_the_team_keeps_beside_a_case_stay(client: TestClient, served: Any) -> None:
    file = served.root / "cases.jsonl"
    file.write_text('{"id": 7, "prompt": "?", "answers": ["!"], "group": 1, "notes": "ask Ann"}\n', encoding="utf-8")
    (row,) = client.get("/api/cases").json()["cases"]
    del row["notes"]
    assert client.put("/api/cases", json=row | {"answers": ["?!"]}).status_code == 200
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept == {"id": "7", "prompt": "?", "answers": ["?!"], "group": 1, "notes": "ask Ann"}


def test_a_dismissed_thumb_takes_no_case(client: TestClient) -> None:
    thumb = client.post("/api/thumbs", json={"question": "?", "answer": "!", "thumb": "up"}).json()["id"]
    found = client.post(f"/api/thumbs/{thumb}", json={"state": "dismissed", "case": CASE})
    assert found.status_code == 422
    assert "leave `case` out" in found.json()["error"]["message"]


def test_a_thumb_becomes_a_case(client: TestClient) -> None:
    said = {"question": "How heavy is it?", "answer": "20 kg", "thumb": "down", "reason": "19", "sources": ["wren"]}
    thumb = client.post("/api/thumbs", json=said).json()
    assert client.get("/api/thumbs").json()["thumbs"][0]["state"] == "new"
    settled = client.post(f"/api/thumbs/{thumb['id']}", json={"state": "accepted", "case": CASE}).json()
    assert (settled["thumb"]["state"], settled["case"]["id"]) == ("accepted", "k-1")
    assert client.post("/api/thumbs/none", json={"state": "dismissed"}).status_code == 404


def test_a_thumb_is_accepted_with_its_own_case_and_once(client: TestClient) -> None:
    case = {"prompt": "How heavy is it?", "answers": ["19 kg"]}
    said = {"question": "How heavy is it?", "answer": "20 kg", "thumb": "down"}
    own, none = (client.post("/api/thumbs", json=said | more).json()["id"] for more in ({"case": case}, {}))
    for _ in range(2):
        saved = client.post(f"/api/thumbs/{own}", json={"state": "accepted"}).json()["case"]
        assert saved == {"id": own.replace("t-", "c-")} | case
    assert len(client.get("/api/cases").json()["cases"]) == 1
    refused = client.post(f"/api/thumbs/{none}", json={"state": "accepted"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, f"thumb {none} holds no case")
    assert client.post("/api/thumbs/t-none", json={"state": "accepted", "case": case}).status_code == 404
    assert len(client.get("/api/cases").json()["cases"]) == 1, "a thumb that is not there leaves no case behind"
    assert {row["state"] for row in client.get("/api/thumbs").json()["thumbs"]} == {"accepted", "new"}


def test_forgetting_a_document_takes_its_thumbs_along(client: TestClient) -> None:
    client.post("/api/thumbs", json={"question": "?", "answer": "9000", "thumb": "up", "sources": ["pay"]})
    case = {"prompt": "?", "sources": [{"document": "pay", "quote": "9000"}]}
    client.post("/api/thumbs", json={"question": "?", "answer": "no", "thumb": "down", "case": case})
    client.post("/api/thumbs", json={"question": "?", "answer": "19", "thumb": "up", "sources": ["wren"]})
    assert client.delete("/api/documents?id=pay").json()["removed"]["thumbs"] == 2
    assert [row["answer"] for row in client.get("/api/thumbs").json()["thumbs"]] == ["19"]


def test_adapters_are_promoted_and_rolled_back(client: TestClient, served: Any) -> None:
    for name in ("a", "b"):
        served.adapters.finish(served.adapters.folder("tuned", name), {"target": "tuned", "created": name})
    listed = client.get("/api/adapters").json()["adapters"]
    assert [(one["adapter"], one["in_use"]) for one in listed] == [("tuned-b", True), ("tuned-a", False)]
    assert client.post("/api/adapters/roll-back?target=tuned").json()["adapter"] == "tuned-a"
    assert client.post("/api/adapters/roll-back?target=tuned").status_code == 409
    assert client.post("/api/adapters/tuned-b/promote").status_code == 200
    assert client.post("/api/adapters/none/promote").status_code == 404
    assert client.post("/api/adapters/..%2f..%2fx/promote").status_code == 404


def test_trials_and_their_reports(client: TestClient, served: Any) -> None:
    folder = served.state / "trials" / "0123abcd"
    folder.mkdir(parents=True)
    report = {"id": "0123abcd", "created": "2026", "verdict": {"recommended": "rag"}, "counts": {}, "seconds": 1.0}
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "report.html").write_text("<!doctype html><title>Trial</title>")
    assert client.get("/api/trials").json()["trials"][0]["verdict"]["recommended"] == "rag"
    assert client.get("/api/trials/0123abcd").json() == report
    page = client.get("/api/trials/0123abcd/report.html")
    assert "Trial" in page.text
    assert page.headers["content-security-policy"].startswith("sandbox")
    for id in ("none", "..", "%2e%2e", "ffff"):
        assert client.get(f"/api/trials/{id}").status_code == 404


def test_builds_of_the_library(client: TestClient) -> None:
    (only,) = client.get("/api/generations").json()["generations"]
    assert client.post(f"/api/generations/{only['number']}/use").json()["number"] == only["number"]
    assert client.post("/api/generations/99/use").status_code == 400


def test_what_is_served_and_how(client: TestClient) -> None:
    assert client.get("/api/project").json()["documents"] == 2
    assert client.get("/api/settings").json()["search"]["k"] == 3
    assert client.get("/api/sync").json()["sync"]["added"] == 2
    assert client.post("/api/advise", json={"answers": {}}).json()["recommended"]
    assert client.post("/api/advise", json={"answers": {"goal": "nonsense"}}).status_code == 400
    assert client.get("/api/examples").json()["total"] == 0


def test_cases_and_examples_are_looked_at(client: TestClient, served: Any) -> None:
    case = {"id": "k", "prompt": "How heavy?", "answers": ["19 kg"], "sources": ["heron"]}
    (served.root / "cases.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    found = client.post("/api/cases/check").json()
    assert [(one["case"], one["document"]) for one in found["astray"]] == [("k", "heron")]
    example = {"id": "e", "prompt": "How heavy is the Wren?", "completion": "19 kg."}
    (served.root / "examples.jsonl").write_text(json.dumps(example) + "\n", encoding="utf-8")
    assert client.get("/api/examples/show?row=none").status_code == 400


def test_kept_answers_are_listed_and_explained(project: Any) -> None:
    opened = project({"documents.jsonl": DOCUMENTS}, overrides=["traces.keep=true", "passages.max_tokens=24"])
    opened.sync()
    with TestClient(create_app(opened), base_url="http://127.0.0.1:8765") as client:
        for question in ("What does the Wren carry?", "What does it weigh?"):
            client.post("/api/ask", json={"question": question})
        first = client.get("/api/traces?limit=1").json()
        assert [one["question"] for one in first["traces"]] == ["What does it weigh?"]
        second = client.get("/api/traces", params={"after": first["next"]}).json()
        assert [one["question"] for one in second["traces"]] == ["What does the Wren carry?"]
        assert second["next"] is None
        assert client.get(f"/api/traces/{first['traces'][0]['id']}").json()["changed"] == []
        found = client.get("/api/traces/none")
        assert (found.status_code, found.json()["error"]["code"]) == (404, "no_trace")

"""Hostile names and files are refused or harmless."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.project.uploads import Refused, plain_name


def send(
    client: TestClient, name: str, data: bytes = b"The Lark is red.", status: int = 201, **form: Any
) -> dict[str, Any]:
    found = client.post("/api/documents", files=[("files", (name, data))], data=form)
    assert found.status_code == status, found.text
    answer: dict[str, Any] = found.json()
    return answer


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_a_file_is_taken_and_found_after_a_sync(client: TestClient, served: Any) -> None:
    assert send(client, "lark.md")["saved"] == ["lark.md"]
    served.sync()
    assert client.post("/api/search", json={"query": "Lark red"}).json()["hits"][0]["document"] == "documents/lark.md"
    got = client.get("/api/documents/file?id=documents/lark.md")
    assert got.content == b"The Lark is red."
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert client.get("/api/documents/file?id=wren").status_code == 404  # a row has no file of its own


def test_an_upload_for_which_there_is_no_room_is_told(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "taken"))  # no folder: a large upload cannot be set down
    error = send(client, "lark.md", b"The Lark is red." * 200_000, 503)["error"]
    assert error["code"] == "storage_failed"
    assert "Not a directory" in error["message"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/cron.md", "cron.md"),
        ("/etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\a.md", "a.md"),
        ("C:\\a.md", "a.md"),
        (".hidden.md", "hidden.md"),
        ("a\u202egnp.md", "agnp.md"),
        ("a\x00b.md", "ab.md"),
        ("<img src=x onerror=alert(1)>.md", "img src=x onerror=alert(1).md"),
        ("~$plan.md", "$plan.md"),
    ],
)
def test_a_name_keeps_its_last_part_alone(name: str, kept: str) -> None:
    assert plain_name(name) == kept


@pytest.mark.parametrize("name", ["", "..", "../", "...", " ", "\x00", "a/" * 50 + ".", "x" * 300 + ".md"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        plain_name(name)


@pytest.mark.parametrize(
    "name", ["../../../escape.md", "..%2f..%2fescape.md", "....//escape.md", "documents.jsonl/../../x.md"]
)
def test_nothing_is_written_outside_documents(client: TestClient, served: Any, name: str) -> None:
    before = files(served.root.parent)
    send(client, name)
    new = files(served.root.parent) - before
    assert all(path.startswith("project/documents/") or "/.tunebook/" in path for path in new)


@pytest.mark.parametrize("name", ["logo.svg", "run.exe", "x", "page.html.svg", "a.zip"])
def test_kinds_that_are_not_read_are_refused(client: TestClient, served: Any, name: str) -> None:
    found = send(client, name, b"<svg onload=alert(1)>", 422)
    assert found["error"]["code"] == "file_refused"
    assert found["failed"] == [{"file": name, "error": found["error"]}]
    assert not (served.root / "documents" / name).exists()


def test_what_is_refused_is_named_beside_what_is_taken(client: TestClient) -> None:
    files = [("files", (name, b"The Lark.")) for name in ("lark.md", "logo.svg", "run.exe")]
    mixed = client.post("/api/documents", files=files)
    assert (mixed.status_code, mixed.json()["saved"]) == (201, ["lark.md"])
    assert [one["file"] for one in mixed.json()["failed"]] == ["logo.svg", "run.exe"]
    again = client.post("/api/documents", files=files)  # the first is there already, so none is taken
    assert (again.status_code, again.json()["error"]["code"]) == (422, "file_refused")
    assert [one["error"]["code"] for one in again.json()["failed"]] == ["file_exists", "file_refused", "file_refused"]
    assert all(name in again.json()["error"]["message"] for name in ("lark.md", "logo.svg", "run.exe"))
    same = client.post("/api/documents", files=[files[0], files[0]])
    assert (same.status_code, same.json()["error"]["code"]) == (409, "file_exists")


def test_a_misspelt_form_field_is_refused(client: TestClient, served: Any) -> None:
    found = send(client, "a.md", b"one", 422, replce="true")
    assert found["error"]["message"] == "replce: unknown field"
    assert client.post("/api/documents", data={"replace": "true"}).json()["error"]["param"] == "files"
    assert not (served.root / "documents").exists()


def test_a_script_in_a_page_is_text(client: TestClient, served: Any) -> None:
    send(client, "page.html", b"<html><body><p>Opening hours</p><script>alert(1)</script></body></html>")
    served.sync()
    text = client.get("/api/documents/text?id=documents/page.html").json()["text"]
    assert "Opening hours" in text
    assert "alert" not in text
    file = client.get("/api/documents/file?id=documents/page.html")
    assert file.headers["content-type"] == "application/octet-stream"


def test_a_zip_bomb_is_refused(client: TestClient, served: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"xl/{number}.xml", b"\0" * 50_000_000)
    found = send(client, "bomb.xlsx", packed.getvalue(), 422)
    assert "unpack" in found["error"]["message"]
    assert list((served.root / "documents").iterdir()) == []


def test_an_upload_that_is_too_large_is_refused_unread(client: TestClient, served: Any) -> None:
    head = {"Content-Length": str(1 << 30), "Content-Type": "multipart/form-data; boundary=x"}
    found = client.post("/api/documents", content=iter([b"--x"]), headers=head)
    assert found.status_code == 413
    many = (b"x" * 1_000_000 for _ in range(60))  # without its length
    found = client.post("/api/documents", content=many, headers={"Content-Type": head["Content-Type"]})
    assert found.status_code in (400, 413)
    assert not (served.root / "documents").exists()


def test_a_file_is_replaced_only_when_told(client: TestClient, served: Any) -> None:
    send(client, "a.md", b"one")
    assert send(client, "a.md", b"two", 409)["error"]["code"] == "file_exists"
    assert send(client, "a.md", b"two", replace="true")["saved"] == ["a.md"]
    assert (served.root / "documents" / "a.md").read_bytes() == b"two"


def test_a_link_is_not_written_through(client: TestClient, served: Any) -> None:
    (served.root / "documents").mkdir()
    outside = served.root.parent / "outside.md"
    outside.write_text("mine")
    (served.root / "documents" / "a.md").symlink_to(outside)
    send(client, "a.md", b"two", 409, replace="true")
    assert outside.read_text() == "mine"


def test_forget_can_take_the_file_too(client: TestClient, served: Any) -> None:
    send(client, "lark.md")
    served.sync()
    receipt = client.delete("/api/documents?id=documents/lark.md&file=true").json()
    assert receipt["removed"]["file"] is True
    assert receipt["remains"] == []
    assert not (served.root / "documents" / "lark.md").exists()
    assert client.delete("/api/documents?id=documents/lark.md").status_code == 404

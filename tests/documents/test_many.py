"""Files found, rows read, and children that are killed and replaced."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tunebook
from tunebook.documents import RowFailure, SourceFile, find_files, pool, read_file, read_jsonl, read_many
from tunebook.documents.wire import from_answer, to_answer
from tunebook.errors import BadInput, ReadFailed
from tunebook.values import Document, Page


def page(folder: Path, name: str, words: str = "Hello") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<h1>{words}</h1><p>text</p>" if name.endswith("html") else words)
    return path


def source(path: Path) -> SourceFile:
    return SourceFile(str(path), path.name, path.stat().st_size, path.stat().st_mtime_ns)


# --- find_files


def test_files_are_found_sorted_once_and_without_hidden_ones(tmp_path):
    for name in (
        "b/z.md",
        "b/a.pdf",
        "a.weird",
        ".hidden.md",
        "b/.git/x.md",
        ".tunebook/y.md",
        "b/~$lock.docx",
        "b/Thumbs.db",
        "desktop.ini",
    ):
        page(tmp_path, name)
    found = find_files([tmp_path / "b", tmp_path, tmp_path / "b" / "z.md"], tmp_path)
    assert [file.id for file in found] == ["a.weird", "b/a.pdf", "b/z.md"]
    assert found[0] == SourceFile(str(tmp_path / "a.weird"), "a.weird", 5, (tmp_path / "a.weird").stat().st_mtime_ns)


def test_a_file_outside_has_its_absolute_path_and_a_dead_link_is_listed(tmp_path):
    outside = page(tmp_path, "out/a.md")
    (tmp_path / "out" / "dead.md").symlink_to(tmp_path / "nowhere")
    found = find_files([tmp_path / "out"], tmp_path / "project")
    assert [file.id for file in found] == [outside.as_posix(), (tmp_path / "out/dead.md").as_posix()]
    with pytest.raises(ReadFailed, match="No such file"):
        read_file(found[1].path, found[1].id)


def test_a_link_to_a_folder_is_not_followed_and_told(tmp_path):
    page(tmp_path, "elsewhere/a.md")
    page(tmp_path, "in/b.md")
    (tmp_path / "in" / "wiki").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / ".git").symlink_to(tmp_path / "elsewhere")
    found = find_files([tmp_path / "in"], tmp_path)
    assert [file.id for file in found] == ["in/b.md", "in/wiki"]
    with pytest.raises(ReadFailed, match="in/wiki is a link to a folder, which is not followed"):
        read_file(found[1].path, found[1].id)


def test_names_in_another_encoding_stay_apart(tmp_path):
    for name in (b"caf\xe8.md", b"caf\xe9.md"):
        page(tmp_path, os.fsdecode(name))
    found = find_files([tmp_path], tmp_path)
    assert [file.id for file in found] == ["caf\\xe8.md", "caf\\xe9.md"]
    assert all(file.path.is_file() for file in found)


def test_an_id_is_the_same_whether_a_mac_wrote_the_name_or_not(tmp_path):
    apart, within = "U\u0308bersicht", "\u00dcbersicht"
    page(tmp_path, f"{apart}/{apart}.md")
    page(tmp_path, f"{within}.md")
    page(tmp_path, f"{apart}.md")
    found = find_files([tmp_path, tmp_path / apart], tmp_path)
    assert [file.id for file in found] == [f"{apart}.md", f"{within}.md", f"{within}/{within}.md"]
    assert [file.path.name for file in found] == [f"{apart}.md", f"{within}.md", f"{apart}.md"]


def test_what_tunebook_writes_is_no_document(tmp_path):
    for name in ("a.md", "state/report.md", "b/state/c.md"):
        page(tmp_path, name)
    found = find_files([tmp_path], tmp_path, tmp_path / "state")
    assert [file.id for file in found] == ["a.md", "b/state/c.md"]


def test_a_folder_that_is_removed_while_it_is_listed_holds_nothing(tmp_path, monkeypatch):
    page(tmp_path, "a.md")
    page(tmp_path, "b/c.md")
    page(tmp_path, "b/.groups")
    walk = os.walk

    def removing(*args, **kwargs):
        for found in walk(*args, **kwargs):
            shutil.rmtree(tmp_path / "b", ignore_errors=True)
            yield found

    monkeypatch.setattr(os, "walk", removing)
    assert [file.id for file in find_files([tmp_path], tmp_path)] == ["a.md"]


def test_a_missing_path_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="there is no file or folder"):
        find_files([tmp_path / "none"], tmp_path)


# --- read_jsonl


def test_rows_are_documents_and_bad_rows_cost_themselves_only(tmp_path):
    rows: list[object] = [
        {"_id": "a", "title": " The\nWren ", "text": "One.\r\n", "metadata": {"year": 1}, "groups": ["sales"]},
        {"_id": "b", "text": "half \ud800 and \u0000", "metadata": {"k\ud800": [{"x": "\u0000"}]}},
        {"text": "x"},
        {"_id": "c"},
        {"_id": "c", "text": " "},
        {"_id": "c", "text": 5},
        {"_id": "c", "text": "x", "groups": "sales"},
        {"_id": "c", "text": "x", "groups": [1]},
        {"_id": "c", "text": "x", "metadata": []},
        ["no object"],
        {"_id": "a", "text": "again"},
    ]
    path = tmp_path / "documents.jsonl"
    text = "\ufeff" + "\n".join(map(json.dumps, rows))
    path.write_bytes(
        text.encode() + b'\n\n{"_id": broken\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"_id": "d", "text": "D"}'
    )
    result = list(read_jsonl(path))
    assert result[:2] == [
        Document("a", "The Wren", "One.\r\n", metadata={"year": 1}, groups=("sales",)),
        Document("b", "b", "half \ufffd and \ufffd", metadata={"k\ufffd": [{"x": "\ufffd"}]}),
    ]
    failures = {one.row: one.why for one in result if isinstance(one, RowFailure)}
    assert failures == {
        3: "_id is missing or empty; the row has text; allowed: _id, title, text, metadata, groups",
        4: "text is missing; the row has _id; allowed: _id, title, text, metadata, groups",
        5: "text is empty",
        6: "text is not a string",
        7: "groups is not a list of non-empty strings",
        8: "groups is not a list of non-empty strings",
        9: "metadata is not an object",
        10: "is not an object",
        11: "_id 'a' is that of row 1 too",
        13: "is not JSON: Expecting value at column 9",
        14: "is not UTF-8",
        15: "is nested too deeply",
    }
    assert result[-1] == Document("d", "d", "D")


def test_a_missing_jsonl_fails(tmp_path):
    with pytest.raises(ReadFailed, match="cannot be read: No such file"):
        list(read_jsonl(tmp_path / "none.jsonl"))


# --- read_many


def test_results_come_in_order_and_equal_those_of_read_file(tmp_path):
    names = [f"{n}.{kind}" for n in range(6) for kind in ("html", "md")] + ["bad.pdf", "z.weird"]
    files = [source(page(tmp_path, name, f"words {name}")) for name in names]
    results = list(read_many(files))
    assert [file for file, _ in results] == files
    for file, result in results[:-2]:
        assert result == read_file(file.path, file.id)
    assert all(isinstance(result, ReadFailed) for _, result in results[-2:])


def test_text_files_start_no_child(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_start", lambda scratch: pytest.fail("a child was started"))
    files = [source(page(tmp_path, name)) for name in ("a.md", "b.txt", "c.csv", "d.weird")]
    assert [isinstance(result, Document) for _, result in read_many(files)] == [True, True, True, False]


def test_one_child_serves_many_files(tmp_path, monkeypatch):
    started = []
    start = pool._start
    monkeypatch.setattr(pool, "_start", lambda scratch: started.append(start(scratch)) or started[-1])
    assert len(list(read_many([source(page(tmp_path, f"{n}.html")) for n in range(8)], workers=1))) == 8
    assert len(started) == 1 and started[0].poll() is not None  # and it does not outlive the reading


def test_a_child_is_killed_at_its_time_limit(tmp_path):
    files = [source(page(tmp_path, "a.html")), source(page(tmp_path, "b.md"))]
    results = [result for _, result in read_many(files, timeout_seconds=0.001)]
    assert (
        isinstance(results[0], ReadFailed)
        and results[0].message == "a.html cannot be read: it took longer than 0.001 seconds"
    )
    assert isinstance(results[1], Document)


def test_a_child_is_killed_at_its_memory_limit_and_replaced(tmp_path):
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 200 * 1024**2)
    files = [source(bomb), source(page(tmp_path, "good.html"))]
    results = [result for _, result in read_many(files, workers=1, max_memory_bytes=120 * 1024**2)]
    assert isinstance(results[0], ReadFailed)
    assert results[0].message == "bomb.docx cannot be read: it took more than 0.12 GiB of memory"
    assert isinstance(results[1], Document)


def test_a_child_that_dies_is_replaced(tmp_path, monkeypatch):
    start, first = pool._start, []

    def fragile(scratch: str) -> subprocess.Popen[bytes]:
        child = start(scratch)
        if not first:
            first.append(child)
            child.kill()
        return child

    monkeypatch.setattr(pool, "_start", fragile)
    results = [result for _, result in read_many([source(page(tmp_path, f"{n}.html")) for n in "ab"], workers=1)]
    assert isinstance(results[0], ReadFailed) and "its reader died (-9)" in results[0].message
    assert isinstance(results[1], Document)


def test_leaving_early_ends_the_children(tmp_path, monkeypatch):
    started = []
    start = pool._start
    monkeypatch.setattr(pool, "_start", lambda scratch: started.append(start(scratch)) or started[-1])
    reading = read_many([source(page(tmp_path, f"{n}.html")) for n in range(20)])
    next(reading)
    reading.close()
    assert started and all(child.poll() is not None for child in started)


def test_a_script_without_a_main_guard_reads_and_no_module_of_its_folder_is_run(tmp_path):
    page(tmp_path, "a.html")
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    code = (
        "from pathlib import Path\nfrom tunebook.documents import find_files, read_many\n"
        "print([document.title for _, document in read_many(find_files([Path('a.html')], Path('.')))])\n"
    )
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "run.py").write_text(code)
    source_folder = str(Path(tunebook.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "scripts/run.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": source_folder},
    )
    assert ran.stdout.strip() == "['Hello']", ran.stderr


def test_answers_survive_the_wire():
    document = Document("a", "A", "Zoë \ufffd", (Page(1, 0, 3),), {"format": "pdf"}, ("x",))
    assert from_answer(json.loads(json.dumps(to_answer(document)))) == document
    failed = from_answer(to_answer(ReadFailed("no", hint="why")))
    assert isinstance(failed, ReadFailed) and (failed.message, failed.hint) == ("no", "why")

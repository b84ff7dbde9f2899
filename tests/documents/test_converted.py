"""Old office formats by way of LibreOffice: with a program in its place, and with itself where it is installed."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from makers import MAKERS

from tunebook.documents import SourceFile, converted, read_file, read_many
from tunebook.errors import ReadFailed

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"what only it can read"
RTF = (
    r"{\rtf1\ansi{\stylesheet{\s1\outlinelevel0 heading 1;}}"
    r"\pard\s1\outlinelevel0 Terms\par\pard Keep it \u8364?5 & <dry>.\par"
    r"\trowd\cellx2000\cellx4000\intbl Model\cell Load\cell\row"
    r"\trowd\cellx2000\cellx4000\intbl Wren\cell 80 kg\cell\row\pard End.\par}"
)
installed = pytest.mark.skipif(converted.engine() is None, reason="LibreOffice is not installed")


def gone(pid: int) -> bool:
    """Within ten seconds."""
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch) -> Path:
    """A program called soffice that does what the file beside it says: `$made` with an extension is what it should write,
    `$all` what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "soffice"
    program.write_text(
        '#!/bin/sh\nall="$*"\nfor last; do :; done\n'
        'while [ "$1" ]; do [ "$1" = --outdir ] && out="$2"; shift; done\n'
        f'made="$out/$(basename "${{last%.*}}")"\nmkdir -p "$out"\n. {folder}/does\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.mark.parametrize(
    ("extension", "made"), [("doc", "docx"), ("rtf", "docx"), ("ppt", "pptx"), ("odp", "pptx"), ("xls", "xlsx")]
)
def test_each_is_read_as_what_is_made_of_it(tmp_path, stand_in, extension, made):
    MAKERS[made](tmp_path / f"new.{made}", ["The Wren carries 80 kg.", "Second."])
    (stand_in / "does").write_text(f'echo "$all" > {stand_in}/asked\ncp {tmp_path}/new.{made} "$made.{made}"\n')
    (tmp_path / f"old.{extension}").write_bytes(OLE)
    document = read_file(tmp_path / f"old.{extension}", f"old.{extension}")
    assert "Wren carries 80 kg." in document.text.replace("|", "").replace("'", "").replace("  ", " ")
    assert document.metadata["format"] == extension
    asked = (stand_in / "asked").read_text()
    assert f"--convert-to {made} " in asked and asked.rstrip().endswith(f".{extension}")


def test_it_is_told_by_its_content_and_keeps_its_name_where_it_has_no_title(tmp_path, stand_in):
    MAKERS["xlsx"](tmp_path / "new.xlsx", ["Wren 80"])
    (stand_in / "does").write_text(f'echo "$all" > {stand_in}/asked\ncp {tmp_path}/new.xlsx "$made.xlsx"\n')
    (tmp_path / "blob").write_bytes(OLE)
    (tmp_path / "price list.xls").symlink_to(tmp_path / "blob")
    assert read_file(tmp_path / "price list.xls", "price list.xls").title == "price list"
    assert (stand_in / "asked").read_text().rstrip().endswith(".xls")
    MAKERS["docx"](tmp_path / "new.docx", ["The Wren."])
    (stand_in / "does").write_text(f'cp "$last" {stand_in}/given\ncp {tmp_path}/new.docx "$made.docx"\n')
    (tmp_path / "a.doc").write_bytes(b"\r\n{\\rtf1 The Wren.}")
    read_file(tmp_path / "a.doc", "a.doc")
    assert (stand_in / "given").read_bytes() == b"{\\rtf1 The Wren.}"


def test_rtf_that_holds_html_is_rtf(tmp_path, stand_in):
    MAKERS["docx"](tmp_path / "new.docx", ["The Wren."])
    (stand_in / "does").write_text(f'cp {tmp_path}/new.docx "$made.docx"\n')
    (tmp_path / "a.rtf").write_bytes(b"{\\rtf1\\fromhtml1 {\\*\\htmltag64 <html>}The Wren.}")
    assert "htmltag" not in read_file(tmp_path / "a.rtf", "a.rtf").text


def test_its_profile_runs_no_macros_and_fetches_nothing(tmp_path, stand_in):
    MAKERS["docx"](tmp_path / "new.docx", ["Text."])
    keep = f'cp "$(dirname "$out")/profile/user/registrymodifications.xcu" {stand_in}/profile\n'
    (stand_in / "does").write_text(f'{keep}cp {tmp_path}/new.docx "$made.docx"\n')
    (tmp_path / "a.doc").write_bytes(OLE)
    read_file(tmp_path / "a.doc", "a.doc")
    profile = (stand_in / "profile").read_text()
    for name in ("BlockUntrustedRefererLinks", "DisableMacrosExecution", "DisableActiveContent"):
        assert f'"{name}" oor:op="fuse"><value>true<' in profile


def test_without_it_the_file_says_what_is_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "a.doc").write_bytes(OLE)
    with pytest.raises(
        ReadFailed, match=r"^a\.doc cannot be read: \.doc files are read by LibreOffice, which is not there$"
    ) as it:
        read_file(tmp_path / "a.doc", "a.doc")
    assert it.value.hint == "install LibreOffice (apt-get install libreoffice), or save the file as DOCX"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("echo 'Error: source file could not be loaded' >&2", "it may be broken, or encrypted"),
        ("true", "it may be broken, or encrypted"),
        ("echo 'Error: no export filter' >&2", "it is another kind of office file than its name says"),
        ("echo 'no space left' >&2; exit 77", "LibreOffice: no space left"),
        ("kill -XCPU $$", "LibreOffice was ended, at its limit of time or memory"),
        ("echo 'soffice.bin(+0x10b1)[0x55ff]' >&2; exit 134", "LibreOffice was ended, at its limit of time or memory"),
    ],
)
def test_what_it_cannot_open_says_why(tmp_path, stand_in, does, why):
    (stand_in / "does").write_text(does + "\n")
    (tmp_path / "a.doc").write_bytes(OLE)
    with pytest.raises(ReadFailed, match=why):
        read_file(tmp_path / "a.doc", "a.doc")


def test_it_ends_with_what_it_started_when_it_takes_too_long(tmp_path, stand_in, monkeypatch):
    monkeypatch.setattr(converted, "SECONDS", 1)
    (stand_in / "does").write_text(f"sleep 30 & echo $! > {stand_in}/pid\nwait\n")
    (tmp_path / "a.doc").write_bytes(OLE)
    with pytest.raises(ReadFailed, match="LibreOffice took longer than 1 seconds for it"):
        read_file(tmp_path / "a.doc", "a.doc")
    assert gone(int((stand_in / "pid").read_text()))


def test_a_reader_that_is_stopped_takes_it_along_and_leaves_nothing(tmp_path, stand_in, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (stand_in / "does").write_text(f'echo x > "$made.docx"\nsleep 30 & echo $! > {stand_in}/pid\nwait\n')
    (tmp_path / "a.doc").write_bytes(OLE)
    ((_, failure),) = read_many([SourceFile(str(tmp_path / "a.doc"), "a.doc", 1, 1)], 1, timeout_seconds=4)
    assert isinstance(failure, ReadFailed) and "took longer than 4 seconds" in failure.message
    if (stand_in / "pid").exists():  # else the machine is so busy that the reader had not begun
        assert gone(int((stand_in / "pid").read_text()))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_who_leaves_waits_for_no_file(tmp_path, stand_in):
    (stand_in / "does").write_text(f"sleep 60 & echo $! > {stand_in}/pid\nwait\n")
    for name in ("a.doc", "b.doc"):
        (tmp_path / name).write_bytes(OLE)
    files = [SourceFile(str(tmp_path / name), name, 1, 1) for name in ("a.doc", "b.doc")]
    started = stand_in / "pid"
    assert list(read_many(files, 1, left=lambda: started.exists() and bool(started.read_text().strip()))) == []
    assert gone(int(started.read_text()))


def test_a_reader_ends_when_whoever_asked_it_was_killed(tmp_path, stand_in):
    (stand_in / "does").write_text(f"sleep 60 & echo $! > {stand_in}/pid\nwait\n")
    (tmp_path / "a.doc").write_bytes(OLE)
    code = (
        "from tunebook.documents import SourceFile, read_many\n"
        f"list(read_many([SourceFile({str(tmp_path / 'a.doc')!r}, 'a.doc', 1, 1)], 1))"
    )
    (tmp_path / "scratch").mkdir()
    asker = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path / "scratch")})
    deadline = time.monotonic() + 300
    while not (stand_in / "pid").exists() or not (stand_in / "pid").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    asker.kill()
    asker.wait()
    assert gone(int((stand_in / "pid").read_text()))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_exports_under_an_old_name_are_read_as_what_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "a.xls").write_text("Model\tLoad\nWren\t80 kg\n")
    (tmp_path / "b.xls").write_text(
        "\ufeff<html><table><tr><th>Model</th><th>Load</th></tr><tr><td>Wren</td><td>80</td></tr></table></html>",
        "utf-8",
    )
    (tmp_path / "c.doc").write_text("<!DOCTYPE html><h1>Terms</h1><p>Keep it dry.")
    (tmp_path / "d.doc").write_text("Keep it dry.")
    texts = [read_file(path, path.name).text for path in sorted(tmp_path.iterdir())]
    assert texts == [
        "| Model | Load |\n| --- | --- |\n| Wren | 80 kg |",
        "| Model | Load |\n| --- | --- |\n| Wren | 80 |",
        "# Terms\n\nKeep it dry.",
        "Keep it dry.",
    ]


def test_what_is_no_office_file_does_not_become_noise(tmp_path, stand_in):
    (tmp_path / "a.doc").write_bytes(b"\0\1\2noise\xff" * 99)
    with pytest.raises(ReadFailed, match="it is no DOC file, whatever its name says"):
        read_file(tmp_path / "a.doc", "a.doc")


MHTML = """MIME-Version: 1.0
Subject: Exported
Content-Type: multipart/related; boundary="b"

--b
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

<html><h1>Terms</h1><p>Caf=C3=A9 at the depot.</p></html>
--b--
"""


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (MHTML.encode(), "# Exported\n\n# Terms\n\nCaf\u00e9 at the depot."),
        ("\ufeffModel\tLoad\nWren\t80 kg\n".encode("utf-16-le"), "Model\tLoad\nWren\t80 kg"),
        ("\ufeff<html><p>Keep it dry.".encode("utf-16-be"), "Keep it dry."),
        (b"<!-- by ERP 4 --><div><p>Keep it dry.</div>", "Keep it dry."),
        (b'<?xml version="1.0"?><html xmlns="x"><p>Keep it dry.</p></html>', "Keep it dry."),
    ],
)
def test_other_exports_are_read_too(tmp_path, monkeypatch, data, text):
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "a.doc").write_bytes(data)
    assert read_file(tmp_path / "a.doc", "a.doc").text.strip() == text


def test_a_file_that_is_taken_for_plain_text_is_broken(tmp_path, stand_in):
    MAKERS["docx"](tmp_path / "new.docx", ["\u00d0\u00cf\u0011\u00e0\u00a1".replace("\u0011", "\x11"), "noise"])
    (stand_in / "does").write_text(f'cp {tmp_path}/new.docx "$made.docx"\n')
    (tmp_path / "a.doc").write_bytes(b"{\\rtf" + b"1" * 99)
    assert "noise" in read_file(tmp_path / "a.doc", "a.doc").text
    MAKERS["docx"](tmp_path / "new.docx", ["{\\rtf1 noise"])
    with pytest.raises(ReadFailed, match="it may be broken, or encrypted"):
        read_file(tmp_path / "a.doc", "a.doc")


@installed
def test_rtf_by_the_program_itself(tmp_path):
    (tmp_path / "terms.rtf").write_text(RTF)
    document = read_file(tmp_path / "terms.rtf", "terms.rtf")
    assert (
        document.text == "# Terms\n\nKeep it €5 & <dry>.\n\n| Model | Load |\n| --- | --- |\n| Wren | 80 kg |\n\nEnd."
    )
    assert document.title == "Terms"


@installed
def test_nothing_is_fetched_that_a_document_names(tmp_path):
    asked: list[str] = []

    class Watch(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Watch)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    link = rf'{{\field{{\*\fldinst INCLUDEPICTURE "http://127.0.0.1:{server.server_port}/x.png" \\d}}{{\fldrslt }}}}'
    (tmp_path / "a.rtf").write_text(rf"{{\rtf1\ansi {link} Keep it dry.\par}}")
    assert "Keep it dry." in read_file(tmp_path / "a.rtf", "a.rtf").text
    server.shutdown()
    assert asked == []

"""Old office formats, read by way of LibreOffice where it is installed (`apt-get install libreoffice`): DOC and RTF as the
DOCX that it makes of them, PPT and ODP as PPTX, XLS as XLSX.

>>> as_word(Path("terms.doc")).text
'# Terms of hire …'

Each file has a process of its own with limits of time and memory, and a profile of its own in which macros do not run and
nothing is fetched that a document names.  Web pages, tables in plain text and pages that a wiki saved as one file (MHTML),
which many programs export under such names, are read as what they are.  Left out on purpose: reading old formats without
LibreOffice.  kreuzberg 4.10.4 makes one paragraph of a DOC file with its headings, lists and tables, and gives the values
of XLS cells (0.15 for 15%).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tunebook.documents.limits import limit
from tunebook.documents.mail import read_eml
from tunebook.documents.parsed import Parsed
from tunebook.documents.plain import read_csv, read_html, read_text
from tunebook.documents.slides import read_slides
from tunebook.documents.spreadsheets import read_sheets
from tunebook.documents.word import read_docx
from tunebook.errors import ReadFailed

SECONDS = 50
MAX_MEMORY_BYTES = 4 * 1024**3  # of addresses; it uses a tenth
_SIGNALLED = 128  # what a shell adds to the number of a signal
_NAME = "document-to-read"
_HEAD_BYTES = 4096
_NOISE_CHARS = 300
_OFFICE = re.compile(r"\xd0\xcf\x11\xe0|\{\\rtf|PK\x03\x04|<\?(?:xml|mso)")  # what such files begin with, as Latin-1
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16
_MARKS = "\ufeff\xef\xbb\xbf \r\n\t"  # of encodings, and empty space
_MAIL = re.compile(r"^MIME-Version:.*^Content-Type:\s*multipart/related", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_UNREADABLE = "LibreOffice cannot open it: it may be broken, or encrypted"
_SAFE = ("BlockUntrustedRefererLinks", "DisableMacrosExecution", "DisableActiveContent")
_ITEM = (
    '<item oor:path="/org.openoffice.Office.Common/Security/Scripting">'
    '<prop oor:name="{}" oor:op="fuse"><value>true</value></prop></item>'
)
_PROFILE = '<oor:items xmlns:oor="http://openoffice.org/2001/registry">{}</oor:items>'


def engine() -> str | None:
    """The program; None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def as_word(path: Path) -> Parsed:
    return _read(path, "docx", read_docx, read_text)


def as_slides(path: Path) -> Parsed:
    return _read(path, "pptx", read_slides, read_text)


def as_sheets(path: Path) -> Parsed:
    return _read(path, "xlsx", read_sheets, read_csv)


def _read(path: Path, format: str, read: Callable[[Path], Parsed], read_plain: Callable[[Path], Parsed]) -> Parsed:
    """Raises ReadFailed where LibreOffice is not there, takes too long, or cannot open the file."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    head = data.decode("utf-16" if data.startswith(_WIDE) else "latin-1", "ignore").lstrip(_MARKS)
    begin = _OFFICE.match(head)
    if begin is None or (
        begin[0].startswith("<") and "<html" in head.lower()
    ):  # XHTML; RTF of mails may hold HTML, too
        if "\0" in head:
            raise ReadFailed(f"it is no {path.suffix.upper().removeprefix('.')} file, whatever its name says")
        return (read_html if head.startswith("<") else read_eml if _MAIL.search(head) else read_plain)(path)
    program = engine()
    if program is None:
        hint = f"install LibreOffice (apt-get install libreoffice), or save the file as {format.upper()}"
        raise ReadFailed(f"{path.suffix.lower()} files are read by LibreOffice, which is not there", hint)
    with TemporaryDirectory(prefix="tunebook-") as folder:
        is_rtf = begin[0].startswith("{")
        asked = Path(folder, f"{_NAME}.rtf" if is_rtf else f"{_NAME}{path.suffix.lower()}")
        shutil.copyfile(path, asked)  # it goes by the name, also by that behind a link
        if is_rtf:
            asked.write_bytes(asked.read_bytes().lstrip(b"\xef\xbb\xbf \r\n\t"))
        written = Path(folder, "made", f"{_NAME}.{format}")
        failure = _convert(program, asked, written, Path(folder, "profile"))
        if not written.exists():  # it may end with 0 all the same
            raise ReadFailed(failure)
        parsed = read(written)
    if begin[0] in parsed.text[:_NOISE_CHARS]:  # what it does not understand it takes for plain text
        raise ReadFailed(_UNREADABLE)
    return replace(parsed, title=path.stem) if parsed.title == _NAME else parsed


def _convert(program: str, path: Path, written: Path, profile: Path) -> str:
    """Why there is nothing, if there is nothing."""
    (profile / "user").mkdir(parents=True)
    safe = _PROFILE.format("".join(map(_ITEM.format, _SAFE)))
    (profile / "user" / "registrymodifications.xcu").write_text(safe, encoding="utf-8")
    asked = ["--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile.as_uri()}"]
    made = ["--convert-to", written.suffix.removeprefix("."), "--outdir", str(written.parent)]
    process = subprocess.Popen(
        [program, *asked, *made, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "HOME": str(profile)},
        preexec_fn=partial(limit, MAX_MEMORY_BYTES, SECONDS),  # they outlive a reader that is killed
    )
    try:
        said = process.communicate(timeout=SECONDS)[1].decode("utf-8", "replace")
        return _why(said, process.returncode)
    except subprocess.TimeoutExpired:
        raise ReadFailed(f"LibreOffice took longer than {SECONDS} seconds for it") from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """With what it started: it is a script that starts another program."""
    import psutil

    with suppress(psutil.Error):
        for one in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                one.kill()
    process.kill()
    process.communicate()


def _why(said: str, status: int) -> str:
    if status < 0 or status > _SIGNALLED:
        return "LibreOffice was ended, at its limit of time or memory or by a fault of its own"
    lines = [" ".join(line.split()) for line in said.splitlines() if "javaldx" not in line and line.strip()]
    if not lines or "could not be loaded" in lines[-1]:
        return _UNREADABLE
    told = "it is another kind of office file than its name says"
    return told if "no export filter" in lines[-1] else f"LibreOffice: {lines[-1][:200]}"

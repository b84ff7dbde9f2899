"""Files that somebody sends, into the project's `documents/`.

    take(folder, "../../plans/Wren & co.pdf", stream)      →  documents/Wren & co.pdf

A name keeps its last part alone.  What is not a kind that is read, or an archive that would unpack to more than
`MAX_UNPACKED_BYTES`, is refused before it has a name in the folder; reading what is left happens in a child process with
limits of its own, at the next sync.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import BinaryIO

from tunebook.documents import holds_rows
from tunebook.documents.reading import format_of
from tunebook.errors import BadInput
from tunebook.project.folder import Folder, make

MAX_UNPACKED_BYTES = 300_000_000
MAX_NAME_BYTES = 200


class Refused(BadInput):
    """This file is not taken."""


class Exists(BadInput):
    """A file of that name is there."""


def take(folder: Folder, name: str, stream: BinaryIO, replace: bool = False) -> Path:
    """Writes the file whole or not at all, and returns its path.  Raises Refused or Exists."""
    target = folder.root / "documents" / plain_name(name)
    if format_of(target) is None and not holds_rows(target):
        raise Refused(f"{target.name}: files of kind {target.suffix or 'none'} are not read", "docs/sync.md lists them")
    if target.is_symlink() or (target.exists() and not replace):
        raise Exists(
            f"documents/{target.name} is there already", "send the form field replace=true to put this one in its place"
        )
    make(target.parent, "the server may not write to the project's documents")
    try:
        handle, scratch = tempfile.mkstemp(prefix=".upload-", dir=target.parent)  # hidden: no sync reads it
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(stream, file)
            _not_a_bomb(Path(scratch), target.name)
            os.chmod(scratch, 0o644)
            os.replace(scratch, target)
        finally:
            Path(scratch).unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"documents/{target.name}: cannot be written: {error.strerror}", "is the disk full?") from error
    return target


def plain_name(name: str) -> str:
    """The last part of a path of any system, without control characters; raises Refused where nothing is left of it."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*')
    kept = kept.strip().lstrip(".~")
    if not kept.strip(". ") or len(os.fsencode(kept)) > MAX_NAME_BYTES:
        raise Refused(f"{name[:80]!r} is no name for a file", f"at most {MAX_NAME_BYTES} bytes, with an extension")
    return kept


def _not_a_bomb(path: Path, name: str) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return  # the reader will say what is wrong with it
    if size > MAX_UNPACKED_BYTES:
        raise Refused(f"{name} would unpack to {size:,} bytes", f"at most {MAX_UNPACKED_BYTES:,}")

"""Locks that hold over processes, and end with the one that has them, however it ends.

    held = lock(state / "lock")                       the open file, locked until it is closed; None where another has it
    with waited(state / "casebook.lock"): …           once whoever has it is done

Left out on purpose: Windows, whose locks keep others from reading the file, and which replaces no file that is open.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from tunebook.errors import BadInput, LibraryFailed

try:
    import fcntl
except ImportError as error:
    raise BadInput(
        "tunebook does not run on Windows itself, which lacks its file locks", "run it in WSL: wsl --install"
    ) from error


def lock(path: Path) -> TextIO | None:
    """Raises LibraryFailed where the file system has no locks, OSError where the file cannot be opened."""
    try:
        return _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def waited(path: Path, shared: bool = False) -> TextIO:
    """Others may share it too where all do.  Raises as `lock` does."""
    return _locked(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def _locked(path: Path, how: int) -> TextIO:
    held = path.open("a+", encoding="utf-8")  # NFS gives a shared lock to who may read, the other one to who may write
    try:
        fcntl.flock(held, how)
    except BlockingIOError:
        held.close()
        raise
    except OSError as error:
        held.close()
        why = f"{path}: the file system there has no locks ({error.strerror})"
        raise LibraryFailed(why, "name a folder on another one with --state") from error
    return held

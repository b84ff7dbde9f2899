"""Files written whole or not at all, and a disk that runs full on the way.

    with whole(folder / "checkpoint.pt") as scratch:
        torch.save(state, scratch)
    write_json(folder / "manifest.json", manifest)

Left out on purpose: whether a disk will hold what is to come (`tuning.method.room`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FULL_BYTES = 1 << 20  # a disk with less than this left is one that ran full


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A scratch file beside `path`, which takes its place once it is written; of one that failed nothing stays."""
    scratch = path.with_suffix(".tmp")
    try:
        with filling(path.parent):
            yield scratch
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """None where the file is not there, or no JSON in UTF-8."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, data: Any) -> None:
    """In a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as scratch:
        scratch.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Raises OSError with ENOSPC where the disk ran full: torch, safetensors and numpy say so in words of their own."""
    try:
        yield
    except Exception as error:
        if shutil.disk_usage(folder).free >= FULL_BYTES:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from error

"""Files of JSON lines that grow while work goes on, so that a killed run goes on where it was.

with adding(path) as add:
    add({"key": "c-07", "answer": "19 kg"})     in the file before the next is worked on
rows(path)                                      →  those that are whole
trim(path)                                      leaves those alone
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def rows(path: Path) -> Iterator[Any]:
    """None where there is no file; a line that a kill has torn is passed over."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue


@contextmanager
def adding(path: Path) -> Iterator[Callable[[Any], None]]:
    """Adds rows, the first of them on a line of its own where the last one there is torn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as lines:
        if lines.seek(0, os.SEEK_END):
            lines.seek(-1, os.SEEK_END)
            lines.write(b"" if lines.read() == b"\n" else b"\n")

        def add(row: Any) -> None:
            lines.write(json.dumps(row).encode() + b"\n")
            lines.flush()

        yield add


def trim(path: Path) -> None:
    """Cuts off a last line that a kill has torn, for another program that adds to the file and reads all of it or nothing."""
    if path.is_file():
        with path.open("r+b") as lines:
            lines.truncate(lines.read().rfind(b"\n") + 1)

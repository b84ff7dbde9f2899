"""Files of JSON lines that grow while work goes on, so that a killed run goes on where it was.

with adding(path) as add:
    add({"key": "c-07", "answer": "19 kg"})     in the file before the next is worked on
rows(path)                                      →  those that are whole
"""

from __future__ import annotations

import json
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
    torn = path.is_file() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("a", encoding="utf-8") as lines:
        lines.write("\n" if torn else "")

        def add(row: Any) -> None:
            lines.write(json.dumps(row) + "\n")
            lines.flush()

        yield add

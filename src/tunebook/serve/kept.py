"""Answers to changes, kept for a day under the key that the change was sent with; see `once`."""

from __future__ import annotations

import errno
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

KEPT_SECONDS = 24 * 3600
SCHEMA = """CREATE TABLE IF NOT EXISTS kept (
    who TEXT, key TEXT, request TEXT, at REAL, status INTEGER, headers TEXT, body BLOB, PRIMARY KEY (who, key))"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered to a request, known by its digest; `status` None: it is still being answered."""

    request: str
    status: int | None
    headers: list[list[str]]
    body: bytes


class Answers:
    """Answers by (who, key), in a file that outlives the server.  Raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def clear_unfinished(self) -> None:
        """At the start: what an earlier server did not finish may be sent again."""
        if self._path.is_file():
            with self._opened() as db:
                db.execute("DELETE FROM kept WHERE status IS NULL")

    def begin(self, who: str, key: str) -> Kept | None:
        """None for a key that is new, which is then taken."""
        with self._opened() as db:
            db.execute("DELETE FROM kept WHERE at < ?", (time.time() - KEPT_SECONDS,))
            taken = db.execute(
                "INSERT OR IGNORE INTO kept VALUES (?, ?, '', ?, NULL, '[]', x'')", (who, key, time.time())
            ).rowcount
            if taken:
                return None
            columns = "request, status, headers, body"
            row = db.execute(f"SELECT {columns} FROM kept WHERE who = ? AND key = ?", (who, key)).fetchone()
        return Kept(row[0], row[1], json.loads(row[2]), row[3])

    def end(self, who: str, key: str, answer: Kept | None) -> None:
        """None: nothing is kept, and the request may be sent again."""
        with self._opened() as db:
            if answer is None:
                db.execute("DELETE FROM kept WHERE who = ? AND key = ?", (who, key))
            else:
                kept = (answer.request, answer.status, json.dumps(answer.headers), answer.body)
                db.execute(
                    "UPDATE kept SET request = ?, status = ?, headers = ?, body = ? WHERE who = ? AND key = ?",
                    (*kept, who, key),
                )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Raises OSError where the file cannot be read or written: SQLite says so in words of its own."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as db, db:
                db.execute(SCHEMA)
                yield db
        except sqlite3.OperationalError as error:  # a full disk, a read-only file
            raise OSError(errno.EACCES, str(error), str(self._path)) from error

"""Progress of long work on standard error: one rewritten line on a terminal, a line now and then in a log.

    reading 120/800  15%  42.1/s  16 s left  guides/loading.md

Where standard error is no terminal, a line comes at most every ten seconds, and one when a stage ends.
Left out on purpose: colour, and standard output, which belongs to results.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from shutil import get_terminal_size
from typing import TextIO

TERMINAL_SECONDS = 0.1  # between two rewritings of the line
LOG_SECONDS = 10.0
ERASE = "\r\x1b[2K"


class ProgressLine:
    """A `tunebook.progress.Progress`; call `close` before anything else is written."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._what: str | None = None
        self._started = (0, 0.0)  # items done and clock at the first call of this stage
        self._written_at = 0.0
        self._written = self._latest = ""

    def __call__(self, what: str, done: int, total: int, note: str) -> None:
        """`done` of `total` of stage `what`; total 0: unknown."""
        now = self._clock()
        if what != self._what:
            self.close()
            self._what, self._started = what, (done, now)
            self._written_at = 0.0 if self._terminal else now
        self._latest = self._line(what, done, total, note, now)
        ended = self._terminal and 0 < total <= done  # a log gets the end of a stage from `close`
        if ended or now - self._written_at >= (TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            self._write(now)

    def close(self) -> None:
        """Writes what is still unwritten of the stage, and ends its line."""
        if self._what is None:
            return
        self._write(self._clock())
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()
        self._what, self._written, self._latest = None, "", ""

    def _write(self, now: float) -> None:
        if self._latest == self._written:
            return
        if self._terminal:
            self._stream.write(ERASE + self._latest[: get_terminal_size().columns - 1])
        else:
            self._stream.write(self._latest + "\n")
        self._stream.flush()
        self._written, self._written_at = self._latest, now

    def _line(self, what: str, done: int, total: int, note: str, now: float) -> str:
        parts = [f"{what} {done:,}/{total:,}  {100 * done // total}%" if total else f"{what} {done:,}"]
        seconds = now - self._started[1]
        rate = (done - self._started[0]) / seconds if seconds > 0 else 0.0
        if rate > 0:
            parts.append(f"{rate:,.{1 if rate < 100 else 0}f}/s" if rate >= 0.1 else f"{1 / rate:.0f} s each")
            if total > done:
                parts.append(f"{span((total - done) / rate)} left")
        return "  ".join([*parts, " ".join(note.split())]).rstrip()


def span(seconds: float) -> str:
    """Seconds as people say them: "0.4 s", "38 s", "12 min", "3.5 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

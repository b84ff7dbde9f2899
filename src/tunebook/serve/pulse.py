"""How late the event loop's turn comes, and whether the server or the machine held it up.

    with pulse.opened():
        await pulse.beat()          →  Beat(late=0.131, waited=0.112, ran=0.004), in seconds

A turn is late by what ran in the loop (`ran`, processor time of its thread), by other threads of the server that held Python's
lock, and by the machine, which gave the processors to others (`waited`: the loop's thread could run, and no processor was free).
The first two are the server's `own`.  Left out: a thread that holds the lock while it waits for a processor itself; the loop then
waits for the machine too, and it counts as the server's own.  Only Linux tells `waited`; elsewhere it is 0, and all is `own`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

TICK_SECONDS = 0.02
KEPT_SECONDS = 60.0
SCHEDULED = "/proc/thread-self/schedstat"  # nanoseconds on a processor, nanoseconds of waiting for one, turns


@dataclass(frozen=True, slots=True)
class Beat:
    """Seconds: what one turn was late by, and of them those of waiting for a processor and of running."""

    late: float
    waited: float
    ran: float

    @property
    def own(self) -> float:
        """At least what ran after the turn was due: some of the waiting may have been before."""
        return max(0.0, self.late - self.waited, self.ran - TICK_SECONDS)


class Pulse:
    def __init__(self) -> None:
        self._last: deque[Beat] = deque(maxlen=round(KEPT_SECONDS / TICK_SECONDS))
        self._told: int | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """In the thread of the loop that is watched."""
        with suppress(OSError):
            self._told = os.open(SCHEDULED, os.O_RDONLY)  # goes on telling of this thread
        try:
            yield
        finally:
            if self._told is not None:
                os.close(self._told)
                self._told = None

    async def beat(self) -> Beat:
        begin, ran, waited = time.perf_counter(), time.thread_time(), self._waited()
        await asyncio.sleep(TICK_SECONDS)
        late = max(0.0, time.perf_counter() - begin - TICK_SECONDS)
        beat = Beat(late, min(late, self._waited() - waited), min(late, time.thread_time() - ran))
        self._last.append(beat)
        return beat

    def longest(self) -> tuple[float, float, float]:
        """Of the last minute, each by itself: the longest that a turn was late by, was the server's own, and ran."""
        beats = list(self._last) or [Beat(0.0, 0.0, 0.0)]
        return max(one.late for one in beats), max(one.own for one in beats), max(one.ran for one in beats)

    def forget(self) -> None:
        self._last.clear()

    def _waited(self) -> float:
        return int(os.pread(self._told, 100, 0).split()[1]) / 1e9 if self._told is not None else 0.0

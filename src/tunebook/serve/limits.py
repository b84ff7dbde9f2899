"""How many requests a key may make: a bucket that fills evenly.

limits.take("4f1c9a02")      raises Problem 429 where its bucket is empty
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from tunebook.serve.problems import Problem

KEPT = 10_000  # buckets; full ones are dropped first


class Limits:
    """`per_minute` requests of each who: as many at once, then evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # who → (left, at)

    def take(self, who: str) -> None:
        now = self._clock()
        left, at = self._buckets.get(who, (self._size, now))
        left = min(self._size, left + (now - at) * self._size / 60)
        if left < 1:
            wait = math.ceil((1 - left) * 60 / self._size)
            raise Problem(429, "too_many_requests", f"more than {self._size:.0f} requests a minute", f"wait {wait} s")
        if len(self._buckets) >= KEPT and who not in self._buckets:
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[who] = (left - 1, now)

"""Work done ahead, in a thread: reading goes on while texts are embedded, embedding while passages are written.

for batch in ahead(embedded(ahead(read(files), 64)), 2):      three stages at once, in order, each with a bounded lead
    write(batch)
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")
_LOOK_SECONDS = 0.1  # how often a thread that waits looks whether it is still wanted
_working = threading.local()  # `stopped`: set once what this thread makes is wanted no more


def ahead(items: Generator[T], count: int) -> Iterator[T]:
    """The same items, made in a thread up to `count` ahead of the one that is asked for; so is what they raise."""
    made: Queue[tuple[T | None, BaseException | None, bool]] = Queue(count)  # (item, failure, more to come)
    stopped = threading.Event()

    def put(item: T | None, failure: BaseException | None, more: bool) -> None:
        while not stopped.is_set():
            try:
                return made.put((item, failure, more), timeout=_LOOK_SECONDS)
            except Full:
                continue

    def make() -> None:
        _working.stopped = stopped
        failure: BaseException | None = None
        try:
            for item in items:
                put(item, None, True)
                if stopped.is_set():
                    break
        except BaseException as error:  # raised again where the items are asked for
            failure = error
        finally:
            items.close()
            put(None, failure, False)

    thread = threading.Thread(target=make, name="tunebook-ahead")
    thread.start()
    try:
        while True:
            try:
                item, failure, more = made.get(timeout=_LOOK_SECONDS)  # a bare wait could not be interrupted everywhere
            except Empty:
                continue
            if failure is not None:
                raise failure
            if not more:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()


def left() -> bool:
    """Whether who asked for what this thread makes ahead has gone: what takes long may look."""
    stopped = getattr(_working, "stopped", None)
    return stopped is not None and stopped.is_set()

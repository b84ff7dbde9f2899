"""Batches side by side, one core each, rather than one after another over all cores.

    list(side_by_side(embed_batch, batches))      results in the order of the batches

A layer of a small encoder is over in a millisecond.  Cores that share it wait for each other after every product, and on
a busy machine one of them is always late; cores with a batch of their own never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """In the order of the items; `work` may use torch, on one core."""
    return _pool().map(work, items)


def count() -> int:
    """Cores that work side by side: as many as torch was given."""
    import torch

    return int(torch.get_num_threads())


@cache
def _pool() -> ThreadPoolExecutor:
    import torch

    threads = count()
    pool = ThreadPoolExecutor(threads, "one-core", initializer=_one_core)
    started = Barrier(threads)
    list(pool.map(lambda _: started.wait(), range(threads)))
    torch.set_num_threads(threads)  # the last word is kept for threads that begin later: they are not of this pool
    return pool


def _one_core() -> None:
    """For the thread that calls it."""
    import torch

    torch.get_num_threads()  # a thread takes over what torch was given when it first asks: later that would undo the 1
    torch.set_num_threads(1)

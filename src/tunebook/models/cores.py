"""Batches side by side, one core each, rather than one after another over all cores.

    list(side_by_side(embed_batch, batches))              results in the order of the batches
    list(in_batches(embed_batch, lengths, 2048, device))  (indices, result) of each batch of rows of like length

A layer of a small encoder is over in a millisecond.  Cores that share it wait for each other after every product, and on
a busy machine one of them is always late; cores with a batch of their own never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import Any, TypeVar

from tunebook.models.batches import by_tokens

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """In the order of the items; `work` may use torch, on one core."""
    return _pool().map(work, items)


def in_batches(
    work: Callable[[list[int]], Result], lengths: Sequence[int], batch_tokens: int, device: Any
) -> Iterator[tuple[list[int], Result]]:
    """What `work` makes of the indices of each batch; on a processor a batch for each core, be there ever so few rows."""
    if device.type != "cpu":
        batches = list(by_tokens(lengths, batch_tokens))
        return zip(batches, map(work, batches), strict=True)
    share = -(-sum(lengths) // count())
    batches = list(by_tokens(lengths, min(batch_tokens, share)))
    return zip(batches, side_by_side(work, batches), strict=True)


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

"""Batches by a token budget: rows of like length together, so that almost nothing is padding.

list(by_tokens([5, 900, 6, 880], budget=2000))   →  [[1, 3], [2, 0]]     (indices, longest first)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def by_tokens(lengths: Sequence[int], budget: int, max_rows: int = 512) -> Iterator[list[int]]:
    """Indices in batches whose padded size (rows × longest) stays within `budget` tokens; one row always fits.

    Longest first: what would run out of memory does so at once.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batch: list[int] = []
    for index in order:
        longest = lengths[batch[0]] if batch else lengths[index]
        if batch and ((len(batch) + 1) * longest > budget or len(batch) >= max_rows):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def batch_ids(rows: Sequence[Sequence[int]], device: Any, padding: int = 0) -> Any:
    """int64 (batch, longest), padded to the right, by default with token 0."""
    import torch

    ids = torch.full((len(rows), max(len(row) for row in rows)), padding, dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
    return ids.to(device)

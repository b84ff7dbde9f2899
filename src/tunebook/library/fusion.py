"""Fuses the lists of one query by their normalised scores.

    fuse({"bm25": {"a": 9.1, "b": 4.0}, "cosine": {"b": 0.71, "c": 0.65}}, {"bm25": 0.5, "cosine": 0.5})
                                                                        →  {"a": 0.5, "b": 0.5, "c": 0.0}

    s(p) = Σ_l w_l · n_l(p),   n_l(x) = (x - min) / (max - min) over list l

A passage that a list does not hold gets that list's minimum, 0.  Scores keep more than ranks do: how far the first
is ahead of the second.  docs/design/retrieval.md has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping

Scores = Mapping[str, float]  # passage id → score


def fuse(lists: Mapping[str, Scores], weights: Mapping[str, float]) -> dict[str, float]:
    """Fused score of each id in any list, best first, within [0, Σ w]; ties by id, so that every run is the same."""
    fused: dict[str, float] = {}
    for name, scores in lists.items():
        for id, score in normalise(scores).items():
            fused[id] = fused.get(id, 0.0) + weights[name] * score
    return in_order(fused)


def in_order(scores: Scores) -> dict[str, float]:
    """Best first, ties by id."""
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def normalise(scores: Scores) -> dict[str, float]:
    """To [0, 1]; all 1 where all are equal."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {id: (score - low) / (high - low) for id, score in scores.items()}

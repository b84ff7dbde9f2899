"""From the two lists of a query to one ranking, in three steps.

    rank(["who leased the barn"], [candidates], reranker, Ranking())     →  [[Hit(rank=1, …), …]]

    a(p) = (1 - w) · n(bm25(p)) + w · n(cosine(p))        all candidates                       w = dense_weight
    f(p) = (1 - d) · a(p) + d · b(p)                      the first hundred by a               d = document_weight
    s(p) = (1 - l) · f(p) + l · n(r(p))                   r only for what f leaves open        l = rerank_weight

r is what a reranker makes of a passage that it reads again: late interaction (`late`), or a cross-encoder (`reranker`).
n brings a list to [0, 1] by its minimum and maximum; a passage that is not in a list gets 0 from it.  b is the mean of
the five best a of the passage's document, as a share of the best document's: who speaks of the matter in several
places is believed more.  A passage that nearly repeats a better one counts half, so that copies do not fill the prompt.
Equals stay in the order of f.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tunebook.library.fusion import Scores, fuse, in_order, normalise
from tunebook.values import Hit, Passage

REPEATS_FROM = 0.8  # of two passages' triples of words, the share in common from which on one repeats the other
VOTERS = 100  # best passages whose documents are weighed
VOTES = 5  # of each document at most
REACH = 0.5  # how far below the best f a passage may be to be read again: the best of a clear case is read alone
COMPARED = 20  # best passages among which repetitions are looked for
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Ranking:
    """How candidates become a ranking."""

    candidates: int = 300  # taken from each list
    dense_weight: float = 0.5
    document_weight: float = 0.3
    rerank: int = 14  # at most, read again; 0: none
    rerank_weight: float = 0.5
    reach: float = REACH

    def fetched(self, k: int) -> int:
        """How many of the fused list have to be read for k hits."""
        return max(k, self.rerank, VOTERS)

    def fuse(self, lexical: Scores, dense: Scores) -> dict[str, float]:
        return fuse({"bm25": lexical, "cosine": dense}, {"bm25": 1 - self.dense_weight, "cosine": self.dense_weight})


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found for one query: both lists, their fusion best first, and the best passages of that by id."""

    lexical: Scores
    dense: Scores
    added: Scores
    passages: Mapping[str, Passage]

    @classmethod
    def of(cls, lexical: Scores, dense: Scores, added: Scores, passages: Mapping[str, Passage]) -> Candidates:
        """From a store's rows: what was read goes by its passage's id, which is the same in every store and every run."""
        ids = {row: passage.id for row, passage in passages.items()}

        def named(scores: Scores) -> dict[str, float]:
            return {ids.get(row, row): score for row, score in scores.items()}

        read = {ids[row]: passage for row, passage in passages.items()}
        return cls(named(lexical), named(dense), in_order(named(added)), read)


class Reranker(Protocol):
    """Reads passages again for a query, both at once."""

    @property
    def stage(self) -> str:
        """What its scores are called among a hit's stages."""
        ...

    def scores(self, queries: Sequence[str], candidates: Sequence[Sequence[Passage]]) -> list[NDArray[np.float32]]:
        """For each query a score of each of its candidates, float32 (candidates,); higher is better."""
        ...


def rank(
    queries: Sequence[str], found: Sequence[Candidates], reranker: Reranker | None, how: Ranking
) -> list[list[Hit]]:
    """All passages of each query's candidates, best first.  Without a reranker the fused order stands."""
    standings = [documents(one) for one in found]
    fused = [_mixed(one, standing, how.document_weight) for one, standing in zip(found, standings, strict=True)]
    heads = [
        [one.passages[id] for id in open_ones(f, how.rerank, how.reach)] for one, f in zip(found, fused, strict=True)
    ]
    read = _read_again(queries, heads, reranker)
    stage = reranker.stage if reranker else "late"
    steps = [
        {"document": standing, "fused": f, stage: its} for standing, f, its in zip(standings, fused, read, strict=True)
    ]
    return [_hits(one, its, stage, how.rerank_weight) for one, its in zip(found, steps, strict=True)]


def _read_again(queries: Sequence[str], heads: Sequence[Sequence[Passage]], reranker: Reranker | None) -> list[Scores]:
    if reranker is None or not any(heads):
        return [{} for _ in heads]
    scores = reranker.scores(queries, heads)
    return [
        {passage.id: float(score) for passage, score in zip(head, its, strict=True)}
        for head, its in zip(heads, scores, strict=True)
    ]


def open_ones(fused: Scores, most: int, reach: float = REACH) -> list[str]:
    """What is read again of a list, best first: at most so many, and none that the best is far ahead of."""
    first = list(fused)[:most]
    return [id for id in first if fused[id] >= fused[first[0]] - reach]


def documents(found: Candidates) -> dict[str, float]:
    """b(p) of the best passages: where their document stands, in [0, 1]."""
    voters = [id for id in found.added if id in found.passages][:VOTERS]
    votes: dict[str, list[float]] = {}
    for id in voters:  # best first
        votes.setdefault(found.passages[id].document, []).append(found.added[id])
    standing = {name: sum(its[:VOTES]) / len(its[:VOTES]) for name, its in votes.items()}
    best = max(standing.values(), default=0.0) or 1.0
    return {id: standing[found.passages[id].document] / best for id in voters}


def _mixed(found: Candidates, standing: Scores, weight: float) -> dict[str, float]:
    """f(p), best first."""
    return in_order({id: (1 - weight) * found.added[id] + weight * standing.get(id, 0.0) for id in found.passages})


def _hits(found: Candidates, steps: Mapping[str, Scores], stage: str, weight: float) -> list[Hit]:
    fused, near = steps["fused"], normalise(steps[stage])
    weight = weight if near else 0.0
    scores = {id: (1 - weight) * score + weight * near.get(id, 0.0) for id, score in fused.items()}
    copies = repeats([found.passages[id] for id in _best_first(scores)[:COMPARED]])
    scores = {id: score / 2 if id in copies else score for id, score in scores.items()}
    order = _best_first(scores)
    stages = {"bm25": found.lexical, "cosine": found.dense, **steps}
    ranks = {name: _places(list_) for name, list_ in stages.items()}
    return [
        Hit(
            rank,
            scores[id],
            found.passages[id],
            {name: list_[id] for name, list_ in stages.items() if id in list_},
            {name: list_[id] for name, list_ in ranks.items() if id in list_},
            order.index(copies[id]) + 1 if id in copies else None,
        )
        for rank, id in enumerate(order, 1)
    ]


def _best_first(scores: Scores) -> list[str]:
    """Ids; equals stay as they were, in the fused order."""
    return sorted(scores, key=lambda id: -scores[id])


def _places(scores: Scores) -> dict[str, int]:
    """Rank of each, from 1; equals share theirs, as passages of one document do."""
    ranks = {score: rank for rank, score in enumerate(sorted(set(scores.values()), reverse=True), 1)}
    return {id: ranks[score] for id, score in scores.items()}


def repeats(passages: Sequence[Passage]) -> dict[str, str]:
    """id of a passage that nearly repeats one before it → id of that one.

    Two passages repeat each other where four of five triples of words are common to both, and the same numbers stand
    in them: last year's price list is no copy of this year's.
    """
    found: dict[str, str] = {}
    known: list[tuple[str, frozenset[tuple[str, ...]], list[str]]] = []
    for passage in passages:
        words = _WORD.findall(passage.text.lower())
        triples = frozenset(zip(words, words[1:], words[2:], strict=False)) or frozenset([tuple(words)])
        numbers = sorted(_NUMBER.findall(passage.text))
        first = next((id for id, its, said in known if said == numbers and _common(its, triples) >= REPEATS_FROM), None)
        if first is None:
            known.append((passage.id, triples, numbers))
        else:
            found[passage.id] = first
    return found


def _common(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """Jaccard's index."""
    return len(a & b) / len(a | b)

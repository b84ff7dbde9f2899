"""The project's examples as an approach uses them: the nearest to show, whether the book is needed, the commonest answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy

import numpy as np

from tunebook.library import Embed
from tunebook.models import Embedder
from tunebook.values import Example

RIDGE = 1.0


class Neighbours:
    """The examples most like a prompt, by cosine of their embeddings; `embed` makes the examples' own, where others are kept."""

    def __init__(self, embedder: Embedder, examples: Sequence[Example], embed: Embed | None = None) -> None:
        self._embedder = embedder
        self._examples = list(examples)
        prompts = [example.prompt for example in examples]
        self._vectors = (embed or embedder.embed_queries)(prompts)  # (examples, dim)

    def those(self, wanted: Callable[[Example], bool]) -> Neighbours | None:
        """The same without the examples that are not wanted; None where none is left."""
        kept = [index for index, example in enumerate(self._examples) if wanted(example)]
        if len(kept) == len(self._examples):
            return self
        if not kept:
            return None
        fewer = copy(self)
        fewer._examples = [self._examples[index] for index in kept]
        fewer._vectors = self._vectors[kept]
        return fewer

    def nearest(self, prompts: Sequence[str], count: int) -> list[list[Example]]:
        """The `count` nearest examples that have a completion, the nearest last (next to the question)."""
        usable = [index for index, example in enumerate(self._examples) if example.completion]
        return [[self._examples[i] for i in reversed(row)] for row in self._ranked(prompts, usable, count)]

    def commonest(self, abstention: str) -> str | None:
        """What the examples answer most often; a row without a completion abstains."""
        said = Counter(example.completion or abstention for example in self._examples)
        return said.most_common(1)[0][0] if said else None

    def need_book(self, prompts: Sequence[str]) -> list[bool]:
        """Whether a prompt is of the kind that the examples answer from documents.

        Ridge regression of the examples' kind (+1, -1; both kinds weighing the same) on their embeddings:
        w = A⁻¹ Xᵀ D y, A = Xᵀ D X + λ I.  The nearest examples would decide by topic; the direction that parts the kinds is what
        counts (on the example's 80 cases .99 right, against .41 by a vote of five neighbours).

        Yes where x · w is above 0, or above the middle between the kinds' means without each example itself, where that is
        lower: of few examples from documents each makes up its own value, and no question comes near to it.  Without itself
        an example has (x · w − h y) / (1 − h), h = D x A⁻¹ xᵀ (Allen 1974, https://doi.org/10.1080/00401706.1974.10489157).
        """
        kinds = np.array([1.0 if example.knows else -1.0 for example in self._examples])
        if len(set(kinds)) == 1:
            return [bool(kinds[0] > 0)] * len(prompts)
        share = np.where(kinds > 0, (kinds > 0).mean(), (kinds < 0).mean())
        balance = 0.5 / share  # (examples,), sums to their number
        middle = self._vectors.mean(0)
        x = np.c_[self._vectors - middle, np.ones(len(kinds))]  # (examples, dim + 1)
        weighted = x.T * balance
        inverse = np.linalg.inv(weighted @ x + RIDGE * np.eye(x.shape[1]))
        w = inverse @ (weighted @ kinds)
        own = balance * ((x @ inverse) * x).sum(1)  # (examples,)
        without = (x @ w - own * kinds) / (1 - own)
        least = min(0.0, (without[kinds > 0].mean() + without[kinds < 0].mean()) / 2)
        asked = np.c_[self._embedder.embed_queries(list(prompts)) - middle, np.ones(len(prompts))]
        return [bool(value > least) for value in asked @ w]

    def _ranked(self, prompts: Sequence[str], usable: list[int], count: int) -> list[list[int]]:
        if not usable or not count:
            return [[] for _ in prompts]
        cosines = self._embedder.embed_queries(list(prompts)) @ self._vectors[usable].T  # (prompts, usable)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
        return [[usable[place] for place in row] for row in order]

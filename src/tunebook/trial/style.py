"""How far an arm's answers are from the house's style: told from the references by a classifier, and by their letters.

    house(answers, references, groups, seed=0)
    →   Style(told_apart=Estimate(.93, …), among_references=Estimate(.50, …), distance=.31, excess=Estimate(.12, …))

Two measures that need no judge, over cases with a reference:

    told apart   the area under the ROC curve of a ridge classifier on the n-grams of one to three characters, which tells
                 answers from references of cases whose groups it has not seen: .5 is the house's own style, as references from
                 references show (their interval is that of chance), 1 is another
    distance     Jensen-Shannon divergence (base 2, in [0, 1]) of the three-character profiles of the answers to one half of
                 the cases and of the references of the other half; `excess`: less that of references from references

The halves share no case, so that words copied from a question count for nothing, and both distances have the same bias.
Intervals are bootstraps by group.  Left out on purpose: word lists of one language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.trial.measured import Measured
from tunebook.trial.resample import Array
from tunebook.values import Estimate

Groups = NDArray[np.int64]

FEWEST = 20  # cases and groups; below this nothing is said
MOST = 500  # cases; of more, a sample is measured
RESAMPLES = 400
FOLDS = 5
HALVES = 40
RIDGE = 0.1
VOCABULARY = 6000  # n-grams, the commonest
CHARS = 4000  # of a text


@dataclass(frozen=True, slots=True)
class Style:
    told_apart: Estimate
    among_references: Estimate
    distance: float
    excess: Estimate

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def styles(measured: Measured) -> dict[str, dict[str, Any]]:
    """name → its answers to behaviour cases with a reference, under the first seed, beside the references."""
    found = {}
    for name, outcome in measured.outcomes.items():
        asked = [
            (case, answer.text)
            for case, answer in zip(measured.cases, outcome.answers, strict=True)
            if case.kind == "behaviour" and case.answers and answer is not None
        ]
        said, wanted = [text for _, text in asked], [case.answers[0] for case, _ in asked]
        if one := house(said, wanted, [case.group for case, _ in asked], measured.settings.trial.seed):
            found[name] = one.as_json()
    return found


def house(answers: Sequence[str], references: Sequence[str], groups: Sequence[Hashable], seed: int) -> Style | None:
    """One answer, one reference and one group a case; None for fewer than 20 cases or groups."""
    random = np.random.default_rng(seed)
    kept = np.sort(random.permutation(len(answers))[:MOST])
    names: dict[Hashable, int] = {}  # of groups
    members = np.array([names.setdefault(groups[place], len(names)) for place in kept], dtype=np.int64)
    if len(names) < FEWEST:
        return None
    said, wanted = [answers[place] for place in kept], [references[place] for place in kept]
    weights = _drawn(random, members)
    kernel = _kernel(_counts([*said, *wanted], (1, 2, 3)))
    above, within = _above(kernel, members, members, random)
    areas = ((weights @ above) * weights).sum(1) / ((weights @ within) * weights).sum(1)
    told = Estimate(float(above.sum() / within.sum()), *_bounds(areas), len(kept))
    own = _among(kernel[len(kept) :, len(kept) :], members, random)
    distances = _distances(_counts([*said, *wanted], (3,)), members, random)
    return Style(told, own, float(distances[0].mean()), _interval(distances[0] - distances[1], len(kept)))


def _drawn(random: np.random.Generator, members: Groups) -> Array:
    """(resamples, cases): how often each case's group was drawn."""
    count = int(members.max()) + 1
    return random.multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, members].astype(float)


def _kernel(counts: Array) -> Array:
    """(texts, texts): cosines of the texts' n-grams, their counts as logarithms."""
    rows = np.log1p(counts)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    found: Array = rows @ rows.T
    return found


def _above(kernel: Array, first: Groups, second: Groups, random: np.random.Generator) -> tuple[Array, Array]:
    """(texts of the first kind, of the second): 1 where the classifier puts the first higher, ½ for a tie; and who is compared.

    `first` and `second` are the groups of the texts in the kernel's order.  Only texts that the same classifier judges are
    compared: over several, what each has not seen pulls its scores the other way, and nothing looks like less than chance.
    """
    members, n = np.concatenate([first, second]), len(first)
    labels = np.where(np.arange(len(members)) < n, 1.0, -1.0)
    fold = random.permutation(int(members.max()) + 1)[members] % FOLDS
    scores = np.zeros(len(members))
    for number in range(FOLDS):
        seen, new = fold != number, fold == number
        solved = np.linalg.solve(kernel[np.ix_(seen, seen)] + RIDGE * np.eye(int(seen.sum())), labels[seen])
        scores[new] = kernel[np.ix_(new, seen)] @ solved
    within = (fold[:n, None] == fold[None, n:]).astype(float)
    return (np.sign(scores[:n, None] - scores[None, n:]) / 2 + 0.5) * within, within


def _among(kernel: Array, members: Groups, random: np.random.Generator) -> Estimate:
    """The same of references from references: the mean over random halves of the groups, and where 95 % of the halves lie."""
    areas = []
    for _ in range(HALVES):
        half = np.isin(members, random.permutation(int(members.max()) + 1)[::2])
        order = np.concatenate([np.flatnonzero(half), np.flatnonzero(~half)])
        above, within = _above(kernel[np.ix_(order, order)], members[half], members[~half], random)
        areas.append(above.sum() / within.sum())
    return _interval(np.array(areas), len(members))


def _distances(counts: Array, members: Groups, random: np.random.Generator) -> Array:
    """(2, resamples): answers from references, references from references, between random halves of the groups."""
    n, groups = len(members), int(members.max()) + 1
    said, wanted = counts[:n], counts[n:]
    first, second = np.zeros((RESAMPLES, groups)), np.zeros((RESAMPLES, groups))
    for row in range(RESAMPLES):
        halves = np.array_split(random.permutation(groups), 2)
        for side, half in zip((first, second), halves, strict=True):
            np.add.at(side[row], random.choice(half, len(half)), 1)
    ours, other = first[:, members], second[:, members]
    profile = other @ wanted
    return np.stack([_divergence(ours @ said, profile), _divergence(ours @ wanted, profile)])


def _divergence(a: Array, b: Array) -> Array:
    """Jensen-Shannon, row by row, of counts (rows, n-grams)."""
    p, q = (x / np.maximum(x.sum(1, keepdims=True), 1.0) for x in (a, b))
    middle = (p + q) / 2
    return (_entropy(middle) - (_entropy(p) + _entropy(q)) / 2).clip(0, 1)


def _entropy(p: Array) -> Array:
    """Bits; (rows, n-grams) → (rows,)."""
    found: Array = -np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=1)
    return found


def _counts(texts: Sequence[str], sizes: Sequence[int]) -> Array:
    """(texts, n-grams): how often each of the commonest n-grams of these sizes stands in each text."""
    found = [
        Counter(text[at : at + n] for n in sizes for at in range(len(text) - n + 1))
        for text in (" ".join(text.split())[:CHARS] for text in texts)
    ]
    every: Counter[str] = Counter()
    for one in found:
        every.update(one.keys())
    columns = {gram: place for place, (gram, _) in enumerate(every.most_common(VOCABULARY))}
    counts = np.zeros((len(texts), max(len(columns), 1)))
    for row, one in enumerate(found):
        for gram, times in one.items():
            if gram in columns:
                counts[row, columns[gram]] = times
    return counts


def _interval(values: Array, n: int) -> Estimate:
    return Estimate(float(values.mean()), *_bounds(values), n)


def _bounds(values: Array) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)

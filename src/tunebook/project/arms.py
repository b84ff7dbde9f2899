"""Asks the arms of a trial their cases, all at once or in rounds, so that a trial can stop early and stay fair.

    asked = ask(arms, cases, Rounds(seed=0, sizes=(50, 100, 200), stop=…, deadline=…), settings, progress)

In rounds every arm is asked the same cases, drawn at random: wherever the clock ends it, all have the same sample.
An arm that cannot win any more is asked no further; those that are left go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tunebook.approaches import Approach, Question
from tunebook.progress import Progress
from tunebook.trial.measured import TRIVIAL, Outcome, Run
from tunebook.trial.run import AskAll, key, key_with_sources, latencies, run
from tunebook.trial.scores import score
from tunebook.values import Answer, Case

Losers = Callable[[Sequence[Case], Mapping[str, Outcome]], Mapping[str, str]]  # name → why it cannot win any more
Tell = Callable[[Sequence[Case], Mapping[str, Outcome]], None]


@dataclass(frozen=True, slots=True)
class Arm:
    """One approach, once for each seed that it was trained with: how to ask it, and where its answers are kept."""

    name: str
    seeds: tuple[tuple[AskAll, Path], ...]

    @classmethod
    def of(cls, approaches: Sequence[Approach], paths: Sequence[Path]) -> Arm:
        return cls(approaches[0].name, tuple((_asker(one), path) for one, path in zip(approaches, paths, strict=True)))

    @property
    def key_of(self) -> Callable[[Case], str]:
        """Of a case by what this one is given of it."""
        return key_with_sources if self.name == "oracle" else key


@dataclass(frozen=True, slots=True)
class Rounds:
    """Cases in each round, all told; `losers` is asked between rounds; past `deadline` (monotonic) no round begins.

    `tell` hears of the arms that have answered, after each of them.
    """

    sizes: tuple[int, ...]
    seed: int = 0
    losers: Losers | None = None
    deadline: float | None = None
    latency_cases: int = 0
    tell: Tell | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The cases that were reached, in their old order, and each arm's outcome over them."""

    cases: list[Case]
    outcomes: dict[str, Outcome]


def ask(arms: Sequence[Arm], cases: Sequence[Case], rounds: Rounds, progress: Progress) -> Asked:
    """Asks round by round; what a file holds already is read back.  Times each arm after the first round, when all is
    warm and a deadline has not come yet, one case at a time."""
    order = [int(place) for place in np.random.default_rng(rounds.seed).permutation(len(cases))]
    kept: dict[str, list[dict[int, Answer]]] = {arm.name: [{} for _ in arm.seeds] for arm in arms}
    stopped: dict[str, str] = {}
    timed: dict[str, Sequence[Answer]] = {}
    done, places, outcomes = 0, [], {}
    for size, following in zip(rounds.sizes, (*rounds.sizes[1:], None), strict=True):
        begin, places = time.monotonic(), sorted(order[:size])
        chosen = [cases[place] for place in places]
        for arm in arms:
            if arm.name not in stopped:
                for known, (asker, path) in zip(kept[arm.name], arm.seeds, strict=True):
                    known.update(zip(places, run(chosen, asker, path, arm.name, progress, arm.key_of), strict=True))
                if rounds.tell:
                    ready = [one.name for one in arms if all(places[-1] in known for known in kept[one.name])]
                    rounds.tell(chosen, {name: _outcome(kept[name], cases, places, None) for name in ready})
        outcomes = {arm.name: _outcome(kept[arm.name], cases, places, stopped.get(arm.name)) for arm in arms}
        seconds = time.monotonic() - begin
        timed = timed or _timed(arms, _spread(cases, rounds.latency_cases), progress)
        if following is None:
            break
        stopped = {**(rounds.losers(chosen, outcomes) if rounds.losers else {}), **stopped}
        expected = seconds * (following - size) / (size - done)
        if rounds.deadline is not None and time.monotonic() + expected > rounds.deadline:
            break
        done = size
    found = {name: replace(outcome, timed=tuple(timed.get(name, ()))) for name, outcome in outcomes.items()}
    return Asked([cases[place] for place in places], found)


def _outcome(
    kept: Sequence[Mapping[int, Answer]], cases: Sequence[Case], places: Sequence[int], stopped: str | None
) -> Outcome:
    """An arm's answers at those places, None where it was stopped before."""
    runs = []
    for known in kept:
        answers = [known.get(place) for place in places]
        scored = [score(cases[p], answer) if answer else None for p, answer in zip(places, answers, strict=True)]
        runs.append(Run(answers, scored))
    return Outcome(tuple(runs), (), stopped)


def _timed(arms: Sequence[Arm], sample: Sequence[Case], progress: Progress) -> dict[str, Sequence[Answer]]:
    found: dict[str, Sequence[Answer]] = {}
    for arm in arms:
        if arm.name not in TRIVIAL and sample:
            asker, path = arm.seeds[0]
            path = path.with_name(f"{path.stem}-timed.jsonl")
            found[arm.name] = latencies(sample, asker, path, arm.name, progress, arm.key_of)
    return found


def _spread(cases: Sequence[Case], count: int) -> list[Case]:
    """Evenly spread over the cases, so that both kinds are timed."""
    if not count:
        return []
    step = max(1, len(cases) // count)
    return list(cases[step // 2 :: step][:count])


def _asker(approach: Approach) -> AskAll:
    def ask(asked: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        return approach.answer([Question(case.messages, None, case.sources) for case in asked])

    return ask

"""What a trial has asked and scored, before anything is made of it.

Measured.of(cases, {"rag": Outcome((Run(answers, scored),))}, settings).compared   →  arms that were asked everything
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from tunebook.settings import Settings
from tunebook.trial import failures as failing
from tunebook.trial.scores import Scored
from tunebook.trial.verdict import SEARCH_ALONE
from tunebook.values import Answer, Case

TRIVIAL = (SEARCH_ALONE, "always_refuse", "commonest_answer")  # controls that no model answers


@dataclass(frozen=True, slots=True)
class Run:
    """One arm's answers and scores under one seed, aligned with the cases; None where a case was not asked."""

    answers: Sequence[Answer | None]
    scored: Sequence[Scored | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One approach: a run for each seed that it was trained with, the first being shown, and answers one at a time.

    `stopped` is the sentence that says why not all cases were asked.
    """

    runs: tuple[Run, ...]
    timed: Sequence[Answer] = ()
    stopped: str | None = None

    @property
    def answers(self) -> Sequence[Answer | None]:
        return self.runs[0].answers

    @property
    def scored(self) -> Sequence[Scored | None]:
        return self.runs[0].scored

    def score(self, place: int) -> list[float] | None:
        """The case's score under each seed; None where it was not asked or could not be scored."""
        found = [run.scored[place] for run in self.runs]
        values = [one.score for one in found if one is not None and one.score is not None]
        return values if len(values) == len(found) else None

    @property
    def retrieves(self) -> bool:
        return any(answer is not None and answer.hits for answer in self.answers)

    @property
    def seconds(self) -> float | None:
        """Median of one answer, one at a time."""
        known = [answer.seconds.total for answer in self.timed if answer.seconds.total is not None]
        return float(np.median(known)) if known else None


@dataclass(frozen=True)
class Measured:
    """All that a trial measured; suspected cases are marked in the scores."""

    cases: Sequence[Case]
    outcomes: Mapping[str, Outcome]
    settings: Settings
    trivial: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: Sequence[Case], outcomes: Mapping[str, Outcome], settings: Settings) -> Measured:
        """Parts the trivial controls from the rest, and marks the cases that look wrong."""
        rest = {name: outcome for name, outcome in outcomes.items() if name not in TRIVIAL}
        places = failing.suspected(cases, {name: outcome.answers for name, outcome in rest.items()})
        if SEARCH_ALONE in outcomes:  # a key that stands in the first passage found is borne out by a document
            places -= {place for place, one in enumerate(outcomes[SEARCH_ALONE].scored) if one and not one.why}
        rest = {
            name: replace(o, runs=tuple(replace(run, scored=failing.marked(run.scored, places)) for run in o.runs))
            for name, o in rest.items()
        }
        return cls(cases, rest, settings, {name: outcomes[name] for name in TRIVIAL if name in outcomes})

    @cached_property
    def compared(self) -> dict[str, Outcome]:
        """The arms that were asked everything."""
        return {name: outcome for name, outcome in self.outcomes.items() if not outcome.stopped}

    def shared(self, outcomes: Mapping[str, Outcome], metric: str = "score") -> list[int]:
        """Places of the cases that all of them were scored on; of one kind, if the metric is a kind."""
        return [
            place
            for place, case in enumerate(self.cases)
            if metric in ("score", case.kind) and all(o.score(place) is not None for o in outcomes.values())
        ]

    def scores(self, outcomes: Mapping[str, Outcome], places: Sequence[int]) -> dict[str, Any]:
        """name → (seeds, cases)."""
        return {name: np.array([o.score(place) for place in places], dtype=float).T for name, o in outcomes.items()}

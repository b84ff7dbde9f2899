"""What the verdict is made from: the arms that can win, over the cases that all of them were scored on.

    comparison(measured)   →  Field({"base": Terms(…), "rag": Terms(…)}, kinds, groups, …)

Left out on purpose: who wins (verdict.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunebook.trial.measured import Measured, Outcome
from tunebook.trial.scores import FAILED_BELOW, Scored
from tunebook.trial.standing import Field
from tunebook.trial.utility import Terms
from tunebook.trial.verdict import SIMPLEST_FIRST
from tunebook.values import Answer, Case


def comparison(measured: Measured, out: Collection[str] = ()) -> Field:
    """What the verdict is made from: the candidates that were asked everything, the trivial controls, and over fewer cases
    those that were given up.  Arms in `out` cannot win; who was given up for their sake alone is a candidate again."""
    began = {name: measured.outcomes[name] for name in SIMPLEST_FIRST if name in measured.outcomes and name not in out}
    arms = {name: outcome for name, outcome in began.items() if not outcome.stopped}
    if out and not arms:  # all others were given up for the sake of those
        arms = began
    given_up = {}
    for name in began:
        if not arms or name in arms:
            continue
        field = replace(_field(measured, {**arms, name: began[name]}, {}), began=len(began))
        if field.groups:
            given_up[name] = field
    again = []
    if out:
        again = [name for name, field in given_up.items() if not any(field.over(one, name).above for one in arms)]
    if again:
        arms = {name: outcome for name, outcome in began.items() if name in arms or name in again}
        given_up = {name: field for name, field in given_up.items() if name not in again}
    return replace(_field(measured, arms, measured.trivial), began=len(began), barred=tuple(out), given_up=given_up)


def _field(measured: Measured, arms: Mapping[str, Outcome], trivial: Mapping[str, Outcome]) -> Field:
    """Over the cases that all of them were scored on."""
    trying = measured.settings.trial
    places = measured.shared({**arms, **trivial}) if arms else []
    return Field(
        {name: _terms(measured, outcome, places) for name, outcome in arms.items()} if places else {},
        [measured.cases[place].kind for place in places],
        [measured.cases[place].group for place in places],
        measured.settings.weights,
        trying.resamples,
        trying.seed,
        {name: _terms(measured, outcome, places) for name, outcome in trivial.items()} if places else {},
    )


def _terms(measured: Measured, outcome: Outcome, places: Sequence[int]) -> Terms:
    def table(read: Callable[[Case, Answer, Scored], float]) -> Any:
        rows = []
        for run in outcome.runs:
            found = [(measured.cases[p], run.answers[p], run.scored[p]) for p in places]
            rows.append([read(case, answer, scored) for case, answer, scored in found if answer and scored])
        return np.array(rows)

    return Terms(
        right=table(lambda case, answer, scored: scored.score or 0.0),
        wrong=table(lambda case, answer, scored: float(_harmful(case, answer, scored))),
        cited=table(lambda case, answer, scored: scored.metrics.get("citation_precision", 0.0)),
        seconds=outcome.seconds or 0.0,
        retrieves=outcome.retrieves,
        answerable=np.array([measured.cases[place].answerable for place in places], dtype=bool),
    )


def _harmful(case: Case, answer: Answer, scored: Scored) -> bool:
    return case.kind == "knowledge" and not answer.abstained and (scored.score or 0.0) < FAILED_BELOW

"""Does the hybrid still know when not to answer?  A careless tuning wins on answers and loses the refusals.

    barred(measured)                      →  {"hybrid": "The hybrid is barred, whatever it scores: it refuses 10% of …"}, or {}
    above_refusing(measured, names)       →  "By its mean score hybrid is above always refusing where fewer than 50% …"

What is compared is refusal recall less false refusals (Youden's J), so that who refuses everything, or nothing, has 0 and
refusing more is no merit in itself.  Per case, where a share u of the knowledge cases is unanswerable:

    value = refused / u on an unanswerable case,  − refused / (1 − u) on an answerable one;   its mean is J

The hybrid is barred where the paired difference to `rag`, over the cases that both were asked, has its whole interval
below 0.

How good always refusing looks depends on how many questions have no answer, which is whoever wrote the cases' choice.  With mean
scores a on the answerable and u on the unanswerable ones, an arm is above it (0 and 1) where their share is below a / (a + 1 − u).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tunebook.trial.measured import Measured, Outcome
from tunebook.trial.resample import Array
from tunebook.trial.statistics import compare

Flags = NDArray[np.bool_]

FEWEST = 5  # cases of a kind


def barred(measured: Measured) -> dict[str, str]:
    """Why the hybrid is not to be recommended, whatever it scores; `rag` is its measure even where it was given up early."""
    both: dict[str, Outcome] = {
        name: measured.outcomes[name] for name in ("hybrid", "rag") if name in measured.outcomes
    }
    if len(both) < 2 or "hybrid" not in measured.compared:
        return {}
    places = measured.shared(both, "knowledge")
    answerable: Flags = np.array([measured.cases[place].answerable for place in places], dtype=bool)
    if min(answerable.sum(), (~answerable).sum()) < FEWEST:
        return {}
    values: dict[str, Array] = {name: _values(outcome, places, answerable) for name, outcome in both.items()}
    groups = [measured.cases[place].group for place in places]
    trying = measured.settings.trial
    found = compare(values, groups, trying.resamples, trying.seed)["hybrid", "rag"].alone
    if found.high is None or found.high >= 0:
        return {}
    told = {name: _shares(outcome, places, answerable) for name, outcome in both.items()}
    return {"hybrid": f"The hybrid is barred, whatever it scores: it refuses {told['hybrid']}, rag {told['rag']}."}


def above_refusing(measured: Measured, names: Iterable[str]) -> str:
    """For which questions the arm of these that is the last to fall below it is above always refusing; "" where none ever is."""
    found = {name: share for name in names if (share := _break_even(measured, name))}
    if not found:
        return ""
    name = max(found, key=lambda name: found[name])
    here = 1 - sum(case.answerable for case in measured.cases) / len(measured.cases)
    style = ".1%" if round(100 * here) == round(100 * found[name]) else ".0%"
    where = f"where fewer than {found[name]:{style}} of the questions have no answer (here {here:{style}})"
    return f"By its mean score {name} is above always refusing {where}."


def _break_even(measured: Measured, name: str) -> float | None:
    """The share of unanswerable questions at which an arm is worth as much as always refusing; None where it cannot be told."""
    kinds: dict[bool, list[float]] = {True: [], False: []}
    for case, scored in zip(measured.cases, measured.compared[name].scored, strict=True):
        if scored is not None and scored.score is not None:
            kinds[case.answerable].append(scored.score)
    if min(map(len, kinds.values())) < FEWEST:
        return None
    right, refused = float(np.mean(kinds[True])), float(np.mean(kinds[False]))
    return right / (right + 1 - refused) if right else None


def _values(outcome: Outcome, places: list[int], answerable: Flags) -> Array:
    """(seeds, cases)."""
    share = 1 - float(answerable.mean())
    worth: Array = np.where(answerable, -1 / (1 - share), 1 / share)
    return _refused(outcome, places) * worth


def _shares(outcome: Outcome, places: list[int], answerable: Flags) -> str:
    refused = _refused(outcome, places).mean(axis=0)
    return f"{refused[~answerable].mean():.0%} of the unanswerable cases and {refused[answerable].mean():.0%} of the answerable"


def _refused(outcome: Outcome, places: list[int]) -> Array:
    rows = [
        [(answer := run.answers[place]) is not None and answer.abstained for place in places] for run in outcome.runs
    ]
    return np.array(rows, dtype=float)

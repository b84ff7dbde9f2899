"""What of one arm's gain over another is reading, what is form, what is refusing.

    hybrid over base: +52 points = +31 reading, +6 form, +15 refusing

    answerable knowledge    reading: the change in recall (does a short reference stand in the answer, or which share of
                            a long one's words); form: what is left of the change in score, which is brevity
    not answerable          refusing: all of it
    behaviour               form: all of it, for the form is what counts there

The parts add up to the difference of the mean scores.  Left out on purpose: credit for what two parts do together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunebook.trial.scores import Scored
from tunebook.values import Case

PARTS = ("reading", "form", "refusing")


def gain(
    cases: Sequence[Case], first: Sequence[Sequence[Scored | None]], second: Sequence[Sequence[Scored | None]]
) -> dict[str, Any] | None:
    """{"total", "reading", "form", "refusing"} of first over second, in points of score; None without a shared case.

    Each is the cases' scores under one seed or several, over which the parts are averaged.
    """
    parts = []
    for place, case in enumerate(cases):
        one, two = (_known([run[place] for run in runs]) for runs in (first, second))
        if one and two:
            parts.append(_parts(case, one, two))
    if not parts:
        return None
    means = {name: sum(part[name] for part in parts) / len(parts) for name in PARTS}
    return {"total": sum(means.values()), **means}


def _known(runs: Sequence[Scored | None]) -> tuple[float, float] | None:
    """Mean score and recall over the seeds; None where one of them has no score."""
    scores = [one.score for one in runs if one is not None and one.score is not None]
    if not scores or len(scores) < len(runs):
        return None
    recalls = [one.metrics.get("recall", one.score or 0.0) for one in runs if one is not None]
    return sum(scores) / len(scores), sum(recalls) / len(recalls)


def _parts(case: Case, first: tuple[float, float], second: tuple[float, float]) -> dict[str, float]:
    change, reading = (one - other for one, other in zip(first, second, strict=True))
    if case.wants_refusal:
        return {"reading": 0.0, "form": 0.0, "refusing": change}
    if case.kind == "behaviour":
        return {"reading": 0.0, "form": change, "refusing": 0.0}
    return {"reading": reading, "form": change - reading, "refusing": 0.0}

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
    cases: Sequence[Case], first: Sequence[Scored | None], second: Sequence[Scored | None]
) -> dict[str, Any] | None:
    """{"total", "reading", "form", "refusing"} of first over second, in points of score; None without a shared case."""
    parts = [
        _parts(case, one, two)
        for case, one, two in zip(cases, first, second, strict=True)
        if one and two and one.score is not None and two.score is not None
    ]
    if not parts:
        return None
    means = {name: sum(part[name] for part in parts) / len(parts) for name in PARTS}
    return {"total": sum(means.values()), **means}


def _parts(case: Case, first: Scored, second: Scored) -> dict[str, float]:
    change = (first.score or 0.0) - (second.score or 0.0)
    if case.kind == "behaviour":
        return {"reading": 0.0, "form": change, "refusing": 0.0}
    if not case.answerable:
        return {"reading": 0.0, "form": 0.0, "refusing": change}
    reading = first.metrics.get("recall", first.score or 0.0) - second.metrics.get("recall", second.score or 0.0)
    return {"reading": reading, "form": change - reading, "refusing": 0.0}

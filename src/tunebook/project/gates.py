"""Gates of a project: fitted on a trial's answers, kept in the state, and used when a question is asked.

    fitted(measured)                      →  {"rag": {"curve", "area", "at": …}}, out of fold, for the report
    keep(parts, …); gates(parts, "rag")   →  {"rag": Gate(…)} where `answer.accepted_wrong` is set and a trial has fitted one

What is kept are signals' means and weights, and each case's confidence and whether it was right: no text of any document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunebook.answer.gate import Gate, area, out_of_fold, risk_coverage, target
from tunebook.answer.signals import SIGNALS
from tunebook.answer.threshold import crossed, threshold_for
from tunebook.errors import BadInput
from tunebook.models.disk import read_json
from tunebook.project.folder import write_json
from tunebook.project.parts import Parts
from tunebook.project.screen import how
from tunebook.trial import statistics
from tunebook.trial.measured import Measured

FILE = "gates.json"
OVER_PASSAGES = ("rag", "hybrid", "full_context", "oracle")
RIGHT = 0.5  # the score from which an answer counts as right
MOST_POINTS = 200  # of a curve in the report, or about so many
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)  # accepted shares of wrong answers that the report's table shows


@dataclass(frozen=True, slots=True)
class Given:
    """Answers of one approach that were not refusals, with what the gate sees; wrong wherever nothing could be answered."""

    rows: Sequence[Mapping[str, float]]
    right: Sequence[bool]
    answerable: Sequence[bool]
    groups: Sequence[str]
    asked: int  # all knowledge cases, refused ones too


def given(measured: Measured, name: str) -> Given:
    outcome = measured.outcomes[name]
    asked = [
        (case, answer, scored)
        for case, answer, scored in zip(measured.cases, outcome.answers, outcome.scored, strict=True)
        if answer is not None and scored is not None and scored.score is not None and case.kind == "knowledge"
    ]
    kept = [(case, answer, scored) for case, answer, scored in asked if answer.signals and not answer.abstained]
    return Given(
        [answer.signals for _, answer, _ in kept],
        [case.answerable and float(scored.score or 0) >= RIGHT for case, _, scored in kept],
        [case.answerable for case, _, _ in kept],
        [case.group for case, _, _ in kept],
        len(asked),
    )


def fitted(measured: Measured) -> tuple[dict[str, Any], dict[str, Any]]:
    """(for the report, to be kept), by approach; approaches without enough answers over passages are absent."""
    told: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name in measured.outcomes:
        seen = given(measured, name)
        wanted, allowed = target(seen.answerable, seen.right)
        gate = Gate.fit(seen.rows, wanted, allowed)
        confidences = out_of_fold(seen.rows, wanted, seen.groups, measured.settings.trial.seed, allowed)
        if gate is None or confidences is None:
            continue
        told[name] = _told(seen, confidences, measured.settings.answer.accepted_wrong)
        kept[name] = {"gate": gate.as_json(), "confidences": confidences, "right": list(seen.right)}
    return told, kept


def _told(seen: Given, confidences: Sequence[float], accepted: float | None) -> dict[str, Any]:
    curve = risk_coverage(confidences, seen.right)
    cosines = [row.get("cosine", 0.0) for row in seen.rows]
    shares = sorted({*SHARES, *([accepted] if accepted is not None else [])})
    return {
        "answers": len(seen.right),
        "curve": [[round(coverage, 4), round(risk, 4)] for coverage, risk, _ in _thinned(curve)],
        "area": area(curve),
        "area_by_cosine": area(risk_coverage(cosines, seen.right)),
        "area_without": 1 - sum(seen.right) / len(seen.right),
        "at": [_at(seen, confidences, share) for share in shares],
    }


def _at(seen: Given, confidences: Sequence[float], share: float) -> dict[str, Any]:
    """What a setting would have done to these answers, each under a threshold that was chosen without it."""
    thresholds = crossed(confidences, seen.right, seen.groups, share)
    through = [confidence >= threshold for confidence, threshold in zip(confidences, thresholds, strict=True)]
    passed = [place for place, lets in enumerate(through) if lets]
    wrong = statistics.share(
        [float(not seen.right[place]) for place in passed], [seen.groups[place] for place in passed]
    )
    refused = {True: [0, 0], False: [0, 0]}
    for answerable, lets in zip(seen.answerable, through, strict=True):
        refused[answerable][0] += not lets
        refused[answerable][1] += 1
    return {
        "accepted_wrong": share,
        "answered": len(passed) / seen.asked,
        "wrong": wrong.as_json() if wrong else None,
        "refuses_unanswerable": refused[False][0] / refused[False][1] if refused[False][1] else None,
        "refuses_answerable": refused[True][0] / refused[True][1] if refused[True][1] else None,
    }


def _thinned(curve: Sequence[tuple[float, float, float]]) -> Sequence[tuple[float, float, float]]:
    step = max(1, len(curve) // MOST_POINTS)
    return [*curve[:-1:step], curve[-1]]


def keep(parts: Parts, kept: Mapping[str, Any]) -> None:
    """Also where none could be fitted: those of an earlier trial are gone then."""
    found = {"model": parts.model_identity, "how": how(parts), "approaches": dict(kept)}
    write_json(parts.folder.state / FILE, found)


def gates(parts: Parts, approach: str) -> dict[str, Gate]:
    """Raises BadInput where the settings want a gate and the last trial of this model and this search has fitted none."""
    accepted = parts.settings.answer.accepted_wrong
    if accepted is None or approach not in OVER_PASSAGES:
        return {}
    found = read_json(parts.folder.state / FILE) or {"approaches": {}}
    row = found["approaches"].get(approach)
    if row is None or not _known(row) or (found["model"], found.get("how")) != (parts.model_identity, how(parts)):
        raise BadInput(
            f"answer.accepted_wrong is set, and no trial has fitted a gate for {approach} with this model and search",
            f"run: tunebook trial (with at least 20 answers over passages, right and wrong ones), or unset it: {accepted}",
        )
    threshold = threshold_for(row["confidences"], row["right"], accepted)
    return {approach: replace(Gate.from_json(row["gate"]), threshold=threshold)}


def _known(row: Mapping[str, Any]) -> bool:
    """Fitted on signals that are still measured."""
    return set(row["gate"]["names"]) <= set(SIGNALS)

"""Answers and scores to the report object (docs/design/report-json.md).

assemble(cases, answers, scored, …)["approaches"]["rag"]["knowledge"]   →  {"mean": .54, "low": .41, "high": .67, "n": 50}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tunebook.settings import Settings
from tunebook.trial.scores import Scored
from tunebook.trial.statistics import estimate, paired
from tunebook.trial.verdict import SIMPLEST_FIRST, Field, decide
from tunebook.values import Answer, Case, Estimate

FAILURES = ("retrieval missed", "read wrong", "wrong form", "should have refused", "refused wrongly")
LEVERS = {
    "retrieval missed": "improve what is found: more passages (search.k), other passage sizes, or the documents' titles",
    "read wrong": "use a larger base model, or tune on more examples over passages",
    "wrong form": "add examples of the form that fails, or tune longer",
    "should have refused": "raise answer.min_similarity, or add unanswerable examples",
    "refused wrongly": "lower tuning.abstain_share, or add answerable examples",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One approach's answers and scores, aligned with the cases, and its answers one at a time."""

    answers: Sequence[Answer]
    scored: Sequence[Scored]
    timed: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Measured:
    """All that a trial measured."""

    cases: Sequence[Case]
    outcomes: Mapping[str, Outcome]
    settings: Settings

    def mean(self, values: Sequence[float], groups: Sequence[str]) -> dict[str, Any] | None:
        found = estimate(values, groups, self.settings.trial.resamples, self.settings.trial.seed)
        return found.as_json() if found else None


def approaches(measured: Measured) -> dict[str, dict[str, Any]]:
    """name → metric → estimate; metrics that do not apply are absent."""
    return {name: _metrics(measured, outcome) for name, outcome in measured.outcomes.items()}


def _metrics(measured: Measured, outcome: Outcome) -> dict[str, Any]:
    columns: dict[str, list[tuple[float, str]]] = {}

    def put(metric: str, value: float | None, case: Case) -> None:
        if value is not None:
            columns.setdefault(metric, []).append((value, case.group))

    for case, answer, scored in zip(measured.cases, outcome.answers, outcome.scored, strict=True):
        put("score", scored.score, case)
        put(case.kind, scored.score, case)
        if case.kind == "knowledge" and case.answerable:
            put("correct_answerable", scored.score, case)
        for metric, value in scored.metrics.items():
            put(metric, value, case)
        put("prompt_tokens", float(answer.tokens.prompt), case)
        put("completion_tokens", float(answer.tokens.completion), case)
    for number, answer in enumerate(outcome.timed):
        if answer.seconds.total is not None:
            columns.setdefault("latency_seconds", []).append((answer.seconds.total, str(number)))
        if answer.seconds.first_token is not None:
            first = answer.seconds.first_token + (answer.seconds.retrieve or 0.0)
            columns.setdefault("first_token_seconds", []).append((first, str(number)))
    found = {name: measured.mean([v for v, _ in rows], [g for _, g in rows]) for name, rows in columns.items()}
    return {name: value for name, value in found.items() if value is not None}


def field(measured: Measured) -> Field:
    """The cases that every arm was scored on, weighted by the settings."""
    arms = {name: outcome for name, outcome in measured.outcomes.items() if name in SIMPLEST_FIRST}
    shared = [i for i in range(len(measured.cases)) if all(o.scored[i].score is not None for o in arms.values())]
    kinds = Counter(measured.cases[index].kind for index in shared)
    weights = measured.settings.weights
    share = {"knowledge": weights.knowledge, "behaviour": weights.behaviour}

    def weight(case: Case) -> float:
        wanted = share[case.kind]
        return 1.0 if wanted is None else wanted * len(shared) / kinds[case.kind]

    return Field(
        {name: [float(outcome.scored[i].score or 0.0) for i in shared] for name, outcome in arms.items()},
        [measured.cases[i].group for i in shared],
        [weight(measured.cases[i]) for i in shared],
        measured.settings.trial.resamples,
        measured.settings.trial.seed,
    )


def pairs(measured: Measured) -> list[dict[str, Any]]:
    """Paired differences of every two approaches, over all cases and by kind."""
    found = []
    for a, b in combinations(measured.outcomes, 2):
        for metric in ("score", "knowledge", "behaviour"):
            difference = _difference(measured, a, b, metric)
            if difference:
                found.append({"a": a, "b": b, "metric": metric, "difference": difference.as_json()})
    return found


def _difference(measured: Measured, a: str, b: str, metric: str) -> Estimate | None:
    first, second = measured.outcomes[a].scored, measured.outcomes[b].scored
    rows = [
        (x.score, y.score, case.group)
        for case, x, y in zip(measured.cases, first, second, strict=True)
        if x.score is not None and y.score is not None and metric in ("score", case.kind)
    ]
    if not rows:
        return None
    firsts, seconds, groups = (list(column) for column in zip(*rows, strict=True))
    settings = measured.settings.trial
    return paired(firsts, seconds, groups, settings.resamples, settings.seed)


def failures(measured: Measured) -> dict[str, dict[str, int]]:
    """Why each approach's wrong answers were wrong, counted."""
    counts = {name: Counter(str(s.why) for s in outcome.scored if s.why) for name, outcome in measured.outcomes.items()}
    return {name: {kind: count.get(kind, 0) for kind in FAILURES} for name, count in counts.items()}


def verdict(measured: Measured) -> dict[str, Any]:
    """The decision, with the step that would help the recommended (else the best) arm most."""
    decision = decide(field(measured))
    name = decision["recommended"] if decision["recommended"] in measured.outcomes else decision["runner_up"]
    if name in measured.outcomes:
        kinds = failures(measured)[name]
        worst = max(kinds, key=lambda kind: kinds[kind])
        if kinds[worst]:
            step = f"{kinds[worst]} of {name}'s wrong answers are “{worst}”: {LEVERS[worst]}."
            decision["next_step"] = step[0].upper() + step[1:]
    return decision


def trivial(measured: Measured) -> dict[str, dict[str, Any]]:
    """Arms that need no model: always refuse; always cite the document of the first hit."""
    knowing = [case for case in measured.cases if case.kind == "knowledge"]
    found: dict[str, dict[str, Any]] = {}
    if knowing:
        refused = measured.mean([0.0 if case.answerable else 1.0 for case in knowing], [case.group for case in knowing])
        found["always refuse"] = {"knowledge": refused}
    reader = next((measured.outcomes[name] for name in ("rag", "hybrid") if name in measured.outcomes), None)
    if reader:
        rows = [
            (float(answer.hits[0].passage.document in {source.document for source in case.sources}), case.group)
            for case, answer in zip(measured.cases, reader.answers, strict=True)
            if case.sources and answer.hits
        ]
        if rows:
            first = measured.mean([value for value, _ in rows], [group for _, group in rows])
            found["cite the first hit"] = {"citation_precision": first}
    return found


def cost(measured: Measured, upfront: Mapping[str, float]) -> dict[str, Any]:
    """Seconds an answer (median, one at a time), seconds of set-up, and where two approaches break even."""
    per = {
        name: float(np.median([a.seconds.total for a in outcome.timed if a.seconds.total is not None]))
        for name, outcome in measured.outcomes.items()
        if any(answer.seconds.total is not None for answer in outcome.timed)
    }
    known = [name for name in per if name in upfront]
    even = [_break_even(a, b, per, upfront) for a, b in combinations(known, 2) if upfront[a] != upfront[b]]
    return {"per_answer_seconds": per, "upfront_seconds": dict(upfront), "break_even": even}


def _break_even(a: str, b: str, per: Mapping[str, float], upfront: Mapping[str, float]) -> dict[str, Any]:
    dear, cheap = (a, b) if upfront[a] > upfront[b] else (b, a)
    saved = per[cheap] - per[dear]
    if saved <= 0:
        sentence = f"{dear} never earns back its set-up against {cheap}: an answer is not quicker."
        return {"a": dear, "b": cheap, "answers": None, "sentence": sentence}
    answers = (upfront[dear] - upfront[cheap]) / saved
    sentence = f"{dear} has earned back its set-up against {cheap} in machine time after {answers:,.0f} answers."
    return {"a": dear, "b": cheap, "answers": round(answers), "sentence": sentence}


def by_case(measured: Measured) -> list[dict[str, Any]]:
    """Every case with all answers side by side."""
    return [_case(measured, index, case) for index, case in enumerate(measured.cases)]


def _case(measured: Measured, index: int, case: Case) -> dict[str, Any]:
    by = {}
    for name, outcome in measured.outcomes.items():
        answer, scored = outcome.answers[index], outcome.scored[index]
        by[name] = {
            "answer": answer.text,
            "abstained": answer.abstained,
            "score": scored.score,
            "why": scored.why,
            "metrics": dict(scored.metrics),
            "citations": [
                {"marker": c.marker, "document": c.document, "page": c.page, "quote": c.quote, "supported": c.supported}
                for c in answer.citations
            ],
        }
    sources = [{"document": s.document, "page": s.page, "quote": s.quote} for s in case.sources]
    about = {"id": case.id, "kind": case.kind, "prompt": case.prompt, "answerable": case.answerable}
    return about | {"answers": list(case.answers), "sources": sources, "group": case.group, "by": by}

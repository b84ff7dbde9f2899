"""Answers and scores to the report object (docs/design/report-json.md).

assemble.approaches(measured)["rag"]["knowledge"]   →  {"mean": .54, "low": .41, "high": .67, "n": 50}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunebook.trial import beside
from tunebook.trial import failures as failing
from tunebook.trial.candidates import comparison
from tunebook.trial.cost import cost as costs
from tunebook.trial.gain import gain
from tunebook.trial.measured import Measured, Outcome
from tunebook.trial.refusing import above_refusing, barred
from tunebook.trial.saying import NONE, is_score
from tunebook.trial.standing import DOING_NOTHING
from tunebook.trial.statistics import compare, estimate, share
from tunebook.trial.verdict import SIMPLEST_FIRST, decide
from tunebook.trial.wording import listed
from tunebook.values import Case, content_hash

TRAINED = ("tuned", "hybrid")
UNBOUNDED = ("prompt_tokens", "completion_tokens", "latency_seconds", "first_token_seconds")
METRICS = ("score", "knowledge", "behaviour")  # what is compared pair by pair


def approaches(measured: Measured) -> dict[str, dict[str, Any]]:
    """name → metric → estimate; metrics that do not apply are absent."""
    return {name: _metrics(measured, outcome) for name, outcome in measured.outcomes.items()}


def trivial(measured: Measured) -> dict[str, dict[str, Any]]:
    """The controls that need no model, measured like the others."""
    found = {name: _metrics(measured, outcome) for name, outcome in measured.trivial.items()}
    timing = ("prompt_tokens", "completion_tokens")
    return {name: {key: value for key, value in its.items() if key not in timing} for name, its in found.items()}


def _metrics(measured: Measured, outcome: Outcome) -> dict[str, Any]:
    # metric → per case, its value under each seed, and its group
    columns: dict[str, list[tuple[list[float | None], str]]] = {}

    def put(metric: str, values: Sequence[float | None], group: str) -> None:
        if any(value is not None for value in values):
            columns.setdefault(metric, []).append((list(values), group))

    for place, case in enumerate(measured.cases):
        answers = [run.answers[place] for run in outcome.runs]
        scored = [run.scored[place] if answer else None for run, answer in zip(outcome.runs, answers, strict=True)]
        for metric in ("score", case.kind):
            put(metric, [one.score if one else None for one in scored], case.group)
        for metric in dict.fromkeys(metric for one in scored if one for metric in one.metrics):
            put(metric, [one.metrics.get(metric) if one else None for one in scored], case.group)
        put("prompt_tokens", [answer.tokens.prompt if answer else None for answer in answers], case.group)
        put("completion_tokens", [answer.tokens.completion if answer else None for answer in answers], case.group)
    for number, answer in enumerate(outcome.timed):
        put("latency_seconds", [answer.seconds.total], str(number))
        if answer.seconds.first_token is not None:
            put("first_token_seconds", [answer.seconds.first_token + (answer.seconds.retrieve or 0.0)], str(number))
    return {metric: _estimated(measured, metric, rows) for metric, rows in columns.items()}


def _estimated(
    measured: Measured, metric: str, rows: Sequence[tuple[list[float | None], str]]
) -> dict[str, Any] | None:
    """The mean of the cases' means over the seeds."""
    known = [[value for value in values if value is not None] for values, _ in rows]
    values, groups = [sum(its) / len(its) for its in known], [group for _, group in rows]
    if metric in UNBOUNDED:
        its = estimate(values, groups, measured.settings.trial.resamples, measured.settings.trial.seed)
    else:
        by_seed = [
            [value for value in column if value is not None] for column in zip(*(row for row, _ in rows), strict=True)
        ]
        its = share(values, groups, [sum(column) / len(column) for column in by_seed if column])
    return its.as_json() if its else None


def pairs(measured: Measured) -> list[dict[str, Any]]:
    """Differences of every two approaches that were asked everything, over all cases and by kind."""
    found = []
    trying = measured.settings.trial
    for metric in METRICS:
        places = measured.shared(measured.compared, metric)
        if not places:
            continue
        groups = [measured.cases[place].group for place in places]
        scores = measured.scores(measured.compared, places)
        for (a, b), raw in compare(scores, groups, trying.resamples, trying.seed).items():
            one = raw.within(1.0)
            row = {"a": a, "b": b, "metric": metric, "difference": one.alone.as_json()}
            found.append(row | {"among": one.among.as_json(), "told_apart": one.told_apart})
    return found


def verdict(measured: Measured) -> dict[str, Any]:
    """The decision, what its gain is made of, and the step that would help the recommended (else the best) arm most."""
    out = barred(measured)
    decision = decide(comparison(measured, out))
    decision["barred"] = out
    if not measured.outcomes.keys() & set(SIMPLEST_FIRST):
        decision["reason"] = "Controls alone were run, and none of them can be recommended."
    recommended = decision["recommended"]
    name = recommended if recommended in measured.outcomes else decision["leader"]
    decision |= {"gain": None, "search_alone": beside.search_alone(measured, name)}
    stopped = [other for other, its in measured.outcomes.items() if its.stopped and other not in decision["worth"]]
    if stopped:
        decision["reason"] += f" Given up on the way, since they could not win any more: {listed(stopped)}."
    against_nothing = recommended == NONE or decision["runner_up"] in DOING_NOTHING
    by_score = is_score(measured.settings.weights)
    if against_nothing and by_score and decision["doing_nothing"]["name"] == "always_refuse":
        names = [other for other in SIMPLEST_FIRST if other in measured.compared and other not in out]
        decision["reason"] += f" {above_refusing(measured, names)}".rstrip()
    told = [*out.values(), beside.slower(measured, decision), beside.controls_above(measured, name)]
    decision["reason"] = " ".join(filter(None, (decision["reason"], *told)))
    if recommended in TRAINED and len(measured.outcomes[recommended].runs) == 1:
        mixed = measured.settings.tuning.soup
        once = (
            f"is one mean of {mixed} trainings: how much another"
            if mixed > 1
            else "was trained once: how much another training"
        )
        unknown = "would differ is unknown, and in no interval here (trial.seeds = 3 would tell)"
        decision["reason"] += f" {recommended.capitalize()} {once} {unknown}."
    if name not in measured.outcomes:
        return decision
    over = next((other for other in SIMPLEST_FIRST if other in measured.compared and other != name), None)
    if over:
        first, second = ([run.scored for run in measured.outcomes[arm].runs] for arm in (name, over))
        parts = gain(measured.cases, first, second)
        decision["gain"] = {"of": name, "over": over, **parts} if parts else None
    steps = (beside.more_cases(measured, decision), beside.next_step(measured, name, decision))
    decision["next_step"] = " ".join(filter(None, steps))
    return decision


def failures(measured: Measured) -> dict[str, dict[str, int]]:
    """Why each approach's wrong answers were wrong, counted."""
    return failing.counts({name: outcome.scored for name, outcome in measured.outcomes.items()})


def failure_map(measured: Measured) -> dict[str, list[dict[str, Any]]]:
    """The same with levers and examples, the commonest reason first."""
    return failing.failure_map(measured.cases, {name: o.scored for name, o in measured.outcomes.items()})


def cost(measured: Measured, upfront: Mapping[str, float]) -> dict[str, Any]:
    """Seconds and tokens of an answer, seconds of set-up, and where two approaches break even."""
    per = {name: outcome.seconds for name, outcome in measured.outcomes.items()}
    tokens = {}
    for name, outcome in measured.outcomes.items():
        asked = [answer.tokens for answer in outcome.answers if answer is not None]
        counted = [(t.prompt, t.completion) for t in asked if t.prompt is not None and t.completion is not None]
        if counted:
            prompt, completion = np.mean(counted, axis=0).tolist()
            tokens[name] = {"prompt": prompt, "completion": completion}
    return costs({name: s for name, s in per.items() if s is not None}, upfront, tokens)


def by_case(measured: Measured) -> list[dict[str, Any]]:
    """Every case with all answers side by side."""
    return [_case(measured, place, case) for place, case in enumerate(measured.cases)]


def _case(measured: Measured, place: int, case: Case) -> dict[str, Any]:
    by: dict[str, dict[str, Any]] = {}
    for name, outcome in measured.outcomes.items():
        answer, scored = outcome.answers[place], outcome.scored[place]
        if answer is None or scored is None:
            continue
        by[name] = {
            "answer": answer.text,
            "abstained": answer.abstained,
            "score": scored.score,
            "why": scored.why,
            "unscored": scored.unscored,
            "metrics": dict(scored.metrics),
            "citations": [
                {"marker": c.marker, "document": c.document, "page": c.page, "quote": c.quote, "supported": c.supported}
                for c in answer.citations
            ],
        }
        if len(outcome.runs) > 1:
            by[name]["scores"] = outcome.score(place)
    sources = [{"document": s.document, "page": s.page, "quote": s.quote} for s in case.sources]
    asked = content_hash(*(f"{message['role']}: {message['content']}" for message in case.messages))
    about = {"id": case.id, "kind": case.kind, "prompt": case.prompt, "asked": asked, "answerable": case.answerable}
    return about | {"answers": list(case.answers), "sources": sources, "group": case.group, "by": by}

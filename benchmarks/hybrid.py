"""The hybrid against rag: does it read better, cite no worse, and refuse no worse where both answer as often?

    python benchmarks/hybrid.py --data ../shared/data [--state DIR] [--sets squad2 clapnq] [--seeds 3] [--quick] [--json]

Per set: correctness (what the answer holds, and beside it token F1, SQuAD's measure) and citation precision on answerable
cases, as paired differences by group over all training seeds, as the approaches come (both behind the same gate that the
examples fit).  Then at equal coverage: of each arm the surest answers, by confidences out of fold, as many as the arm that
answers less; who of them refuses more of the unanswerable?  Naive tuned + retrieval stands beside.  --quick: 40 cases,
120 examples, one seed.  Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tunebook import Project
from tunebook.answer.gate import out_of_fold
from tunebook.project.arms import Rounds, ask
from tunebook.project.lineup import arms_of, tune_missing
from tunebook.project.trial import load, sampled
from tunebook.project.tune import desk
from tunebook.trial.measured import Outcome, Run
from tunebook.trial.statistics import compare
from tunebook.values import Case

SETTINGS = {
    "squad2": ["answer.max_new_tokens=48"],
    "clapnq": ["answer.max_new_tokens=96"],
}
ARMS = ("rag", "hybrid", "naive_hybrid")
RESAMPLES = 2000


def main() -> None:
    arguments = _arguments()
    found = {name: _measured(name, arguments) for name in arguments.sets}
    claims = {f"{name}: {claim}": result for name, its in found.items() for claim, result in _claims(its).items()}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "hybrid", "machine": machine, "claims": claims, "sets": found}))
        return
    for name, values in found.items():
        print(f"\n{name}: {values['cases']} cases, {values['answerable']} answerable")
        for arm, metrics in values["arms"].items():
            print(f"  {arm:<13} " + "  ".join(f"{key} {_cell(value)}" for key, value in metrics.items()))
        for key, difference in values["differences"].items():
            print(f"  {key:<58} {_cell(difference)}")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {_cell(result['value'])}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/hybrid"))
    parser.add_argument("--sets", nargs="+", choices=sorted(SETTINGS), default=sorted(SETTINGS, reverse=True))
    parser.add_argument("--cases", type=int, help="at most so many of each set; else 300, or 40 with --quick")
    parser.add_argument("--examples", type=int, help="at most so many of each set; else 600, or 120 with --quick")
    parser.add_argument("--seeds", type=int, help="of training; else 3, or 1 with --quick")
    parser.add_argument("--approaches", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument("--set", nargs="*", default=[], help="further settings, key=value")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    quick = arguments.quick
    cases, examples = arguments.cases or (40 if quick else 300), arguments.examples or (120 if quick else 600)
    overrides = [
        *SETTINGS[name],
        f"trial.max_cases={cases}",
        f"trial.seeds={arguments.seeds or (1 if quick else 3)}",
        f"tuning.max_examples={examples}",
        "trial.controls=[]",
        *arguments.set,
    ]
    project = Project.open(arguments.data / name, arguments.state / name, overrides)
    say = _say(name)
    project.sync(progress=say)
    parts = project._parts
    every, shown = load(parts, None, None)
    checked, asked = desk(parts, shown, every), sampled(parts, every)
    made, unavailable = tune_missing(parts, checked, arguments.approaches, say)
    arms = arms_of(parts, arguments.approaches, checked.used, made, unavailable, say)
    outcomes = ask(arms, asked, Rounds(sizes=(len(asked),)), say).outcomes
    return _compared(asked, outcomes)


def _say(name: str) -> Callable[[str, int, int, str], None]:
    return lambda *where: print(name, *where, file=sys.stderr)


def _compared(cases: Sequence[Case], outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    answerable = [place for place, case in enumerate(cases) if case.answerable]
    vain = [place for place, case in enumerate(cases) if not case.answerable]
    arms: dict[str, dict[str, Any]] = {}
    differences: dict[str, Any] = {}
    for name, outcome in outcomes.items():
        arms[name] = {
            metric: _mean([_metric(run, place, metric) for run in outcome.runs for place in answerable])
            for metric in ("correct_answerable", "token_f1", "citation_precision", "false_refusal")
        }
        refused = [_metric(run, place, "refusal_recall") for run in outcome.runs for place in range(len(cases))]
        arms[name]["refusal_recall"] = _mean(refused)
    for other in [name for name in outcomes if name != "rag"]:
        pair = (other, "rag")
        for metric in ("correct_answerable", "token_f1", "citation_precision"):
            columns = {arm: _columns(outcomes[arm], answerable, metric) for arm in pair}
            differences[f"{other} - rag: {metric}"] = _difference(cases, columns, answerable, pair)
        equal = _at_equal(cases, {arm: outcomes[arm].runs for arm in pair})
        arms[other]["at equal coverage with rag"] = equal and equal["levels"]
        level = {arm: equal["refused"][arm][:, vain] for arm in pair} if equal else None
        key = f"{other} - rag: refuses unanswerable at equal coverage"
        differences[key] = _difference(cases, level, vain, pair) if level else None
    return {"cases": len(cases), "answerable": len(answerable), "arms": arms, "differences": differences}


def _at_equal(cases: Sequence[Case], runs: Mapping[str, Sequence[Run]]) -> dict[str, Any] | None:
    """Both arms answer as many as the one that answers less; None where an arm's answers are too few, or of one kind."""
    coverage = min(_coverage(run) for its in runs.values() for run in its)
    surest = {name: [_surest(cases, run, coverage) for run in its] for name, its in runs.items()}
    if any(one is None for its in surest.values() for one in its):
        return None
    refused = {name: ~np.array(its, dtype=bool) for name, its in surest.items()}  # (seeds, cases)
    kind = np.array([case.answerable for case in cases])
    levels = {
        name: {"unanswerable": float(its[:, ~kind].mean()), "answerable": float(its[:, kind].mean())}
        for name, its in refused.items()
    }
    return {
        "refused": {name: its.astype(float) for name, its in refused.items()},
        "levels": {"coverage": coverage, **levels},
    }


def _coverage(run: Run) -> float:
    return sum(answer is not None and not answer.abstained for answer in run.answers) / len(run.answers)


def _surest(cases: Sequence[Case], run: Run, coverage: float) -> list[bool] | None:
    """Which cases are answered if only so many are: the surest by a gate that has not seen their group."""
    places = [place for place, answer in enumerate(run.answers) if answer and not answer.abstained and answer.signals]
    rows = [run.answers[place].signals for place in places]  # type: ignore[union-attr]
    found = out_of_fold(rows, [cases[p].answerable for p in places], [cases[p].group for p in places], 0)
    if found is None:
        return None
    kept = sorted(zip(found, places, strict=True), reverse=True)[: round(coverage * len(cases))]
    answered = {place for _, place in kept}
    return [place in answered for place in range(len(cases))]


def _metric(run: Run, place: int, metric: str) -> float | None:
    scored = run.scored[place]
    return scored.metrics.get(metric) if scored else None


def _columns(outcome: Outcome, places: Sequence[int], metric: str) -> Any:
    """(seeds, cases); NaN where the metric does not apply."""
    rows = [[_metric(run, place, metric) for place in places] for run in outcome.runs]
    return np.array([[np.nan if value is None else value for value in row] for row in rows])


def _difference(cases: Sequence[Case], columns: Mapping[str, Any], places: Sequence[int], pair: tuple[str, str]) -> Any:
    """Over the cases that both arms have under every seed."""
    known = np.flatnonzero(~np.isnan(np.concatenate([columns[arm] for arm in pair])).any(axis=0))
    if not len(known):
        return None
    kept = {arm: columns[arm][:, known] for arm in pair}
    groups = [cases[places[int(place)]].group for place in known]
    return compare(kept, groups, RESAMPLES, 0)[pair].alone.as_json()


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _claims(found: Mapping[str, Any]) -> dict[str, Any]:
    claims = {}
    goals = (
        ("correct_answerable", "interval above 0"),
        ("token_f1", "interval above 0"),
        ("citation_precision", "interval above 0"),
        ("refuses unanswerable at equal coverage", "not below 0 by its interval"),
    )
    for metric, goal in goals:
        value = found["differences"].get(f"hybrid - rag: {metric}")
        bound = (value or {}).get("low" if goal == "interval above 0" else "high")
        holds = bound is not None and (bound > 0 if goal == "interval above 0" else bound >= 0)
        claims[f"hybrid - rag, {metric}"] = {"value": value, "goal": goal, "holds": holds}
    return claims


def _cell(value: Any) -> str:
    if isinstance(value, Mapping) and "mean" not in value:
        return "(" + ", ".join(f"{key} {_cell(its)}" for key, its in value.items()) + ")"
    if isinstance(value, Mapping):
        bounds = "" if value.get("low") is None else f" [{value['low']:+.3f}, {value['high']:+.3f}]"
        return f"{value['mean']:+.3f}{bounds}"
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()

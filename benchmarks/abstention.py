"""Does the gate know when to abstain?

    python benchmarks/abstention.py --data ../shared/data [--state DIR] [--sets clapnq squad2 xquad] [--quick] [--json]

`far`: the gold documents of half of the answerable cases are taken out of the library, so that nothing in it answers them.
`near`: squad2 and clapnq as they are, whose unanswerable questions look answerable.  Every case is asked of
rag, whatever it is like; a gate is fitted on the set's own cases, and each case is judged by one that was fitted without its group.
The threshold for one false refusal in ten comes from the other groups, too.  Beside it: the model's own refusals
(greedy), the best cosine, and for `near` the best single signal.  Area: risk averaged over coverage; lower is better.
`gone for good`: without the far cases of which a passage that was found still holds an accepted answer word for word: the
library speaks of them all the same.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from asked import ask_all, project_of
from citations import auc

from tunebook.answer.gate import area, out_of_fold, risk_coverage, target
from tunebook.answer.signals import SIGNALS
from tunebook.rows import read_cases, sample
from tunebook.trial.scores import score
from tunebook.values import Answer, Case

SETTINGS = ["answer.max_new_tokens=48", "passages.max_tokens=128", "answer.min_similarity=-1"]
FALSE_REFUSALS = 0.1
RESAMPLES = 1000
FOLDS = 10


def main() -> None:
    arguments = _arguments()
    found = {f"{name} far": _measured(*_far(name, arguments)) for name in arguments.sets}
    found |= {f"{name} near": _measured(*_near(name, arguments)) for name in arguments.sets if name != "xquad"}
    claims = _claims(found)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "abstention", "machine": machine, "claims": claims, "found": found}))
        return
    for name, values in found.items():
        print(name)
        for key, value in values.items():
            print(f"  {key:<40} {_cell(value)}")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {_cell(result['value'])} (goal {result['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks"))
    parser.add_argument(
        "--sets", nargs="*", choices=("clapnq", "squad2", "xquad"), default=("clapnq", "squad2", "xquad")
    )
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _far(name: str, arguments: argparse.Namespace) -> tuple[list[Case], list[Answer]]:
    """Answerable cases, half of them made unanswerable by taking out their gold documents."""
    cases = [case for case in read_cases(arguments.data / name / "cases.jsonl") if case.answerable and case.sources]
    cases = sample(cases, 60 if arguments.quick else arguments.cases, 0)
    gold = sorted({source.document for case in cases for source in case.sources})
    random.Random(0).shuffle(gold)
    gone = frozenset(gold[: len(gold) // 2])
    parts = project_of(arguments.data / name, arguments.state / f"{name}-far", SETTINGS, gone)
    changed = [replace(case, answerable=not gone & {source.document for source in case.sources}) for case in cases]
    return changed, ask_all(parts, "rag", cases, arguments.state / f"{name}-far")


def _near(name: str, arguments: argparse.Namespace) -> tuple[list[Case], list[Answer]]:
    cases = sample(read_cases(arguments.data / name / "cases.jsonl"), 60 if arguments.quick else arguments.cases, 0)
    parts = project_of(arguments.data / name, arguments.state / f"{name}-near", SETTINGS)
    return cases, ask_all(parts, "rag", cases, arguments.state / f"{name}-near")


def _measured(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Any]:
    rows = [answer.signals for answer in answers]
    answerable = np.array([case.answerable for case in cases])
    right = [
        case.answerable and float(score(case, a).score or 0) >= 0.5 for case, a in zip(cases, answers, strict=True)
    ]
    groups = [case.group for case in cases]
    wanted, allowed = target(list(map(bool, answerable)), right)
    gate = out_of_fold(rows, wanted, groups, 0, allowed)
    assert gate is not None, "too few cases"
    columns: dict[str, list[float]] = {"gate": gate, "greedy": [1.0 - answer.abstained for answer in answers]}
    columns |= {name: _column(rows, name) for name in SIGNALS if sum(name in row for row in rows) > len(rows) / 2}
    found: dict[str, Any] = {
        "cases": len(cases),
        "answerable": float(answerable.mean()),
        "right": float(np.mean(right)),
    }
    for name, column in columns.items():
        values = np.array(column)
        recall, false = _at_budget(values, answerable, groups)
        found[f"{name}: AUC"] = auc(values[answerable], values[~answerable])
        found[f"{name}: refusal recall, false refusals"] = [recall, false]
        found[f"{name}: area"] = area(risk_coverage(column, right))
    sure = answerable | ~np.array([_holds(case, answer) for case, answer in zip(cases, answers, strict=True)])
    kept = [group for group, stays in zip(groups, sure, strict=True) if stays]
    found["gone for good: share of the unanswerable"] = float(sure[~answerable].mean())
    found["gone for good: refusal recall, false refusals"] = [*_at_budget(np.array(gate)[sure], answerable[sure], kept)]
    singles = [name for name in columns if name not in ("gate", "greedy")]
    best = max(singles, key=lambda name: found[f"{name}: AUC"])
    found["best single signal"] = best
    found["gate - best single: AUC"] = _difference(columns["gate"], columns[best], answerable, groups)
    return found


def _holds(case: Case, answer: Answer) -> bool:
    """Whether a passage that was found holds an accepted answer of more than two letters."""
    texts = [hit.passage.text.lower() for hit in answer.hits]
    return any(wanted.lower() in text for wanted in case.answers if len(wanted) > 2 for text in texts)


def _column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    """A signal as a confidence: the more a sentence lacks, the lower."""
    sign = -1 if name.startswith("lacks_") else 1
    known = [row[name] for row in rows if name in row]
    middle = sum(known) / len(known)
    return [sign * row.get(name, middle) for row in rows]


def _at_budget(values: Any, answerable: Any, groups: Sequence[str]) -> tuple[float, float]:
    """(refusal recall, false refusals): each tenth of the groups by the threshold of the others."""
    names = sorted(set(groups))
    random.Random(1).shuffle(names)
    fold = {name: place % FOLDS for place, name in enumerate(names)}
    of = np.array([fold[group] for group in groups])
    refused = np.zeros(len(values), dtype=bool)
    for number in range(FOLDS):
        others = np.sort(values[(of != number) & answerable])
        threshold = others[max(0, int(FALSE_REFUSALS * (len(others) + 1)) - 1)]  # as split conformal prediction does
        refused[of == number] = values[of == number] < threshold
    return float(refused[~answerable].mean()), float(refused[answerable].mean())


def _difference(
    ours: Sequence[float], other: Sequence[float], answerable: Any, groups: Sequence[str]
) -> dict[str, float]:
    """Of two AUCs over the same cases, resampled by group."""
    a, b = np.array(ours), np.array(other)
    members = [np.flatnonzero(np.array(groups) == name) for name in dict.fromkeys(groups)]
    draw = np.random.default_rng(0)

    def one(places: Any) -> float:
        good = answerable[places]
        return auc(a[places][good], a[places][~good]) - auc(b[places][good], b[places][~good])

    drawn = [
        np.concatenate([members[i] for i in draw.integers(0, len(members), len(members))]) for _ in range(RESAMPLES)
    ]
    values = [one(places) for places in drawn if 0 < answerable[places].sum() < len(places)]
    low, high = np.quantile(values, [0.025, 0.975])
    return {"mean": one(np.arange(len(a))), "low": float(low), "high": float(high)}


def _claims(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    for name, values in found.items():
        if name.endswith("far"):
            recall, false = values["gate: refusal recall, false refusals"]
            claims[f"{name}: refusal recall at few false refusals"] = {
                "value": [recall, false],
                "goal": "≥ .8 at ≤ .1",
                "holds": recall >= 0.8 and false <= FALSE_REFUSALS,
            }
            for other in ("greedy", "cosine"):
                pair = [values["gate: area"], values[f"{other}: area"]]
                claims[f"{name}: area below {other}'s"] = {"value": pair, "goal": "below", "holds": pair[0] < pair[1]}
        else:
            difference = values["gate - best single: AUC"]
            claims[f"{name}: above the best single signal"] = {
                "value": difference,
                "goal": "interval above 0",
                "holds": difference["low"] > 0,
            }
    return claims


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(one) for one in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()

"""Trials on real data sets: does the verdict come out as the published comparisons would expect?

    python benchmarks/trials.py --data ../shared/data [--sets snips squad2] [--quick] [--json]

`snips` (request to exact JSON): tuned should beat prompted.  `squad2` (short answers, half of them unanswerable):
rag and hybrid should beat tuned on answerable cases.  600 examples and 200 cases of each; --quick takes 120 and 40.
Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

from tunebook import Project

SETTINGS = {
    "snips": ["tuning.epochs=2", "answer.max_new_tokens=96"],
    "squad2": ["tuning.epochs=1", "tuning.hybrid_epochs=0.5", "answer.max_new_tokens=48", "passages.max_tokens=128"],
}
SHOWN = {
    "snips": ("score", "exact_json", "slot_f1", "checks_passed", "latency_seconds"),
    "squad2": (
        "score",
        "token_f1",
        "exact",
        "citation_precision",
        "refusal_recall",
        "false_refusal",
        "latency_seconds",
    ),
}
EXPECTED = {"snips": ("tuned", "prompted", "behaviour"), "squad2": ("rag", "tuned", "knowledge")}


def main() -> None:
    arguments = _arguments()
    found = {name: _trial(name, arguments) for name in arguments.sets}
    claims = {}
    for name, report in found.items():
        better, worse, metric = EXPECTED[name]
        difference = _difference(report, better, worse, metric)
        holds = difference is not None and difference["low"] is not None and difference["low"] > 0
        claims[f"{name}: {better} above {worse} on {metric}"] = {
            "value": difference,
            "goal": "interval above 0",
            "holds": holds,
        }
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "trials", "machine": machine, "claims": claims, "sets": found}))
    else:
        for name, report in found.items():
            print(_table(name, report))
        for claim, result in claims.items():
            print(f"{'holds' if result['holds'] else 'fails'}: {claim}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks"))
    parser.add_argument("--sets", nargs="+", choices=sorted(SETTINGS), default=sorted(SETTINGS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _trial(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    cases, examples = (40, 120) if arguments.quick else (200, 600)
    overrides = [*SETTINGS[name], f"trial.max_cases={cases}", f"tuning.max_examples={examples}"]
    project = Project.open(arguments.data / name, arguments.state / name, overrides)
    return project.trial(progress=lambda *where: print(name, *where, file=sys.stderr))


def _difference(report: dict[str, Any], a: str, b: str, metric: str) -> dict[str, Any] | None:
    for pair in report["pairs"]:
        if pair["metric"] == metric and {pair["a"], pair["b"]} == {a, b}:
            found: dict[str, Any] = pair["difference"]
            if pair["a"] == a:
                return found
            low, high = found["low"], found["high"]
            return found | {
                "mean": -found["mean"],
                "low": None if high is None else -high,
                "high": None if low is None else -low,
            }
    return None


def _table(name: str, report: dict[str, Any]) -> str:
    lines = [f"\n{name}: {report['verdict']['sentence']}", "approach   " + "  ".join(f"{m:>20}" for m in SHOWN[name])]
    for approach, metrics in report["approaches"].items():
        lines.append(f"{approach:<11}" + "  ".join(f"{_cell(metrics.get(metric)):>20}" for metric in SHOWN[name]))
    return "\n".join(lines)


def _cell(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    if found["low"] is None:
        return f"{found['mean']:.3f}"
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


if __name__ == "__main__":
    main()

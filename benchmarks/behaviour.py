"""Behaviour learnt: tuned against base and prompted, over several seeds of training, by score, form, words and style.

    python benchmarks/behaviour.py --data ../shared/data [--state DIR] [--sets snips mts_dialog] [--seeds 3] [--quick] [--json]

`snips` asks for exact JSON (exact JSON, F1 over its slots), `mts_dialog` for a section of a clinical note (ROUGE-L).  Both:
how far the answers are from the references' style (trial/style.py), beside the references among themselves.  Wanted: tuned
above both, the interval of the paired difference with its seeds above 0.  All examples and 300 cases; --quick takes 120 and
40, one seed.  Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

from tunebook import Project

ARMS = ["base", "prompted", "tuned"]
SETS = {
    "snips": ["answer.max_new_tokens=64"],
    "mts_dialog": ["answer.max_new_tokens=96"],
}
SHOWN = ("score", "exact_json", "slot_f1", "checks_passed", "rouge_l")


def main() -> None:
    arguments = _arguments()
    found = {name: _measured(name, arguments) for name in arguments.sets}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "behaviour", "machine": machine, "claims": _claims(found), "sets": found}))
        return
    for name, its in found.items():
        print(f"\n{name}: {its['cases']} cases, {its['examples']} examples, {its['seeds']} seeds")
        for arm, metrics in its["arms"].items():
            print(f"  {arm:<10} " + "  ".join(f"{key} {_cell(value)}" for key, value in metrics.items()))
        for arm, style in its["style"].items():
            print(f"  {arm:<10} " + "  ".join(f"{key} {_cell(value)}" for key, value in style.items()))
    for claim, result in _claims(found).items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {_cell(result['value'])}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/behaviour"))
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--cases", type=int, help="at most so many of each set; else 300, or 40 with --quick")
    parser.add_argument("--examples", type=int, help="at most so many of each set; else all, or 120 with --quick")
    parser.add_argument("--seeds", type=int, help="of training; else 3, or 1 with --quick")
    parser.add_argument("--set", nargs="*", default=[], help="further settings, key=value")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    quick = arguments.quick
    examples = arguments.examples or (120 if quick else None)
    seeds = arguments.seeds or (1 if quick else 3)
    overrides = [
        *SETS[name],
        f"trial.max_cases={arguments.cases or (40 if quick else 300)}",
        f"trial.seeds={seeds}",
        *([f"tuning.max_examples={examples}"] if examples else []),
        *arguments.set,
    ]
    project = Project.open(arguments.data / name, arguments.state / name, overrides)
    report = project.trial(approaches=ARMS, progress=lambda *where: print(name, *where, file=sys.stderr))
    differences = {
        f"{pair['a']} - {pair['b']}": pair["difference"] for pair in report["pairs"] if pair["metric"] == "behaviour"
    }
    return {
        "cases": report["counts"]["cases"],
        "examples": report["training"]["tuned"]["examples"]["used"],
        "seeds": seeds,
        "arms": {arm: {key: its[key] for key in SHOWN if key in its} for arm, its in report["approaches"].items()},
        "style": report["style"],
        "differences": differences,
        "verdict": report["verdict"]["sentence"],
        "forgetting": {arm: lost["verdict"] for arm, lost in report["forgetting"].items()},
    }


def _claims(found: dict[str, Any]) -> dict[str, Any]:
    claims = {}
    for name, its in found.items():
        for other in ("base", "prompted"):
            value = _difference(its["differences"], "tuned", other)
            holds = value is not None and value["low"] is not None and value["low"] > 0
            claims[f"{name}: tuned - {other}"] = {"value": value, "goal": "interval above 0", "holds": holds}
    return claims


def _difference(differences: dict[str, Any], a: str, b: str) -> dict[str, Any] | None:
    if found := differences.get(f"{a} - {b}"):
        return dict(found)
    found = differences.get(f"{b} - {a}")
    if not found or found["low"] is None:
        return None
    return {"mean": -found["mean"], "low": -found["high"], "high": -found["low"], "n": found["n"]}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if not value or value.get("low") is None:
        return "-"
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


if __name__ == "__main__":
    main()

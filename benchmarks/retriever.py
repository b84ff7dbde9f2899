"""The embedder tuned on questions: what its gate says, and whether questions that nobody tuned on bear that out.

    python benchmarks/retriever.py --data ../shared/data [--sets house clapnq squad2] [--quick] [--json]

Each set is tuned on its examples as `tunebook tune --for retriever` does it, and the gate takes the result or refuses it.
Then the set's cases are searched with the embedder as it came and with the tuned one, whatever the gate said: they were in
neither the training nor the gate, and no document is behind both.  `house` is made here (house.py): a project whose
people ask in words of their own.  --quick tunes `house` alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import house

from tunebook.progress import silent
from tunebook.project import Project
from tunebook.project.retriever import judged
from tunebook.rows import read_cases
from tunebook.values import Example

HOUSE, HOUSE_QUESTIONS = "house", 120
MOST_CASES = 300


def main() -> None:
    arguments = _arguments()
    found = {}
    for name in [HOUSE] if arguments.quick else arguments.sets:
        found[name] = _measured(name, arguments.data / name, arguments.state / name, arguments.set)
        print(_told(name, found[name]), file=sys.stderr if arguments.json else sys.stdout, flush=True)
    claims = _claims(found)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "retriever", "machine": machine, "claims": claims, "sets": found}))
        return
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']} (goal {result['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks/retriever"))
    parser.add_argument("--sets", nargs="+", default=[HOUSE, "clapnq", "squad2"])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, for this run")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(name: str, folder: Path, state: Path, overrides: list[str]) -> dict[str, Any]:
    if name == HOUSE:
        folder = state / "project"
        house.write(folder, HOUSE_QUESTIONS, cases=100)
    project = Project.open(folder, state, overrides)
    project.use_generation(1) if project.generations() else project.sync()  # with the embedder as it came
    begin = time.perf_counter()
    made = project.tune("retriever", progress=_say if sys.stderr.isatty() else silent)
    seconds = time.perf_counter() - begin
    cases = judged(project._parts, _asked(folder), Path(made["adapter"]), silent)
    return {
        "accepted": made["refused"] is None,
        "gate": made["gate"],
        "cases": cases,
        "found_again": made["found_again"],
        "examples": made["examples"]["used"],
        "loss": made["loss"],
        "training_seconds": made["seconds"],
        "seconds": seconds,
    }


def _say(what: str, done: int, total: int, note: str) -> None:
    print(f"\r{what} {done}/{total} {note}   ", end="", file=sys.stderr, flush=True)


def _asked(folder: Path) -> list[Example]:
    """The first cases that name a document."""
    cases = [case for case in read_cases(folder / "cases.jsonl") if case.answerable and case.sources]
    return [
        Example(case.row, case.id, case.messages, None, tuple({s.document for s in case.sources}), None, case.group)
        for case in cases[:MOST_CASES]
    ]


def _claims(found: dict[str, Any]) -> dict[str, Any]:
    claims = {}
    for name, one in found.items():
        its = one["cases"]["difference"]
        if name == HOUSE:
            fine = one["accepted"] and its["low"] > 0
            claims[f"{name}: accepted, and the cases gain, lower end"] = _claim(its["low"], "> 0", fine)
        else:  # what the gate lets through does not lose, and what gains is let through
            fine = its["high"] >= 0 if one["accepted"] else its["low"] <= 0
            said = "accepted, and the cases do not lose" if one["accepted"] else "refused, and the cases do not gain"
            claims[f"{name}: {said}, mean"] = _claim(its["mean"], "the interval", fine)
    return claims


def _claim(value: float, goal: str, holds: bool) -> dict[str, Any]:
    return {"value": round(value, 4), "goal": goal, "holds": holds}


def _told(name: str, one: dict[str, Any]) -> str:
    chosen = one["found_again"]["chosen"]
    return "\n".join(
        [
            f"\n{name}: {one['examples']} examples, {one['training_seconds']:.0f} s of training, {one['seconds']:.0f} s in all",
            f"  chosen: step {chosen['step']:.0f}, {chosen['share']} of the way, reciprocal rank "
            f"{one['found_again']['start']['reciprocal_rank']:.3f} → {chosen['reciprocal_rank']:.3f}",
            f"  gate:   {one['gate']['told']}: {'accepted' if one['accepted'] else 'refused'}",
            f"  cases:  {one['cases']['told']}",
        ]
    )


if __name__ == "__main__":
    main()

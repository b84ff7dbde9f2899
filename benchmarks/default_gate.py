"""What a gate says of questions to a library that it was not fitted on: where the default gate's figures come from.

    python benchmarks/default_gate.py --data ../shared/data [--state DIR] [--quick] [--json]

Fitted on the answerable examples of squad2, clapnq and the example project: what is found for a question, against what is
found without its own documents.  The threshold refuses a tenth of those examples of the set that suits it worst, and less of the
others.  Then what it refuses of the cases of each set: far (their own documents out of what is found, unless what is left
holds the answer), near (the set's own unanswerable ones) and, falsely, answerable.  A set that `fitted on` names lent its
examples; no case is ever fitted on.  The last line is what `tunebook/answer/default_gate.py` holds.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from citations import auc

from tunebook import Project
from tunebook.answer import Gate
from tunebook.project.parts import Parts
from tunebook.project.screen import retrieval_rows
from tunebook.rows import read_cases, read_examples, sample
from tunebook.values import Case, Example

LARKMOOR = Path(__file__).parents[1] / "examples" / "larkmoor"
TESTED = {
    "squad2": "cases.jsonl",
    "clapnq": "cases.jsonl",
    "xquad": "cases.jsonl",
    "medquad": "cases.jsonl",
    "endoflife": "cases_2025-01-01.jsonl",
    "larkmoor": "cases.jsonl",
}
FITTED_ON = ("squad2", "clapnq", "larkmoor")
SIGNALS = ("cosine", "lead", "sentence_holds")  # whose scale does not depend on the library; BM25 grows with it
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
SHARE = 0.1  # answer.false_refusals as it comes
COSINE = 0.3  # answer.min_similarity as it comes: what stood alone before
FITTED_EXAMPLES = 150

Seen = tuple[list[dict[str, float]], Any]  # signals of retrieval, and which of them can be answered


def main() -> None:
    arguments = _arguments()
    parts = {name: _parts(name, arguments) for name in TESTED}
    taught = {name: _taught(name, parts[name], arguments) for name in FITTED_ON}
    seen = {name: _cases(name, parts[name], arguments) for name in TESTED}
    found = []
    for left_out in (*FITTED_ON, None):
        names = [name for name in FITTED_ON if name != left_out]
        gate, thresholds = _fitted([taught[name] for name in names])
        gate = replace(gate, threshold=thresholds[str(SHARE)])
        found += [{"fitted on": "+".join(names), "tested on": name, **_tested(gate, seen[name])} for name in TESTED]
    constants = {**replace(gate, threshold=0.0).as_json(), "thresholds": thresholds}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "default_gate", "machine": machine, "found": found, "constants": constants}))
        return
    for row in found:
        print("  ".join(f"{key} {_cell(value)}" for key, value in row.items()))
    print(json.dumps(constants))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/default-gate"))
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _parts(name: str, arguments: argparse.Namespace) -> Parts:
    folder = LARKMOOR if name == "larkmoor" else arguments.data / name
    project = Project.open(folder, arguments.state / name)
    project.sync([] if folder == LARKMOOR else [folder / TESTED[name].replace("cases", "documents")])
    return project._parts


def _taught(name: str, parts: Parts, arguments: argparse.Namespace) -> Seen:
    """Of the answerable examples alone: what a near question looks like, a default gate cannot know."""
    rows = read_examples(parts.folder.examples)
    known = [one for one in rows if one.sources and one.answerable is not False]
    return _seen(parts, sample(known, 40 if arguments.quick else FITTED_EXAMPLES, 0))


def _seen(parts: Parts, examples: Sequence[Example]) -> Seen:
    rows, wanted, _ = retrieval_rows(parts, examples)
    return rows, np.array(wanted)


def _cases(name: str, parts: Parts, arguments: argparse.Namespace) -> dict[str, Seen]:
    cases = read_cases(parts.folder.root / TESTED[name])
    kinds = {
        "far": [case for case in cases if case.answerable and case.sources],
        "near": [case for case in cases if not case.answerable],
    }
    most = 40 if arguments.quick else arguments.cases
    return {kind: _seen(parts, [_example(case) for case in sample(its, most, 0)]) for kind, its in kinds.items() if its}


def _example(case: Case) -> Example:
    documents = tuple(source.document for source in case.sources)
    said = case.answers[0] if case.answers else None
    return Example(case.row, case.id, case.messages, said, documents, case.answerable, case.group)


def _fitted(taught: Sequence[Seen]) -> tuple[Gate, dict[str, float]]:
    """The gate, and share → the confidence that refuses it of the answerable examples of the set with the lowest ones."""
    gate = Gate.fit(
        [row for rows, _ in taught for row in rows], [bool(one) for _, wanted in taught for one in wanted], SIGNALS
    )
    assert gate is not None, "too few examples"
    sure = [[gate.confidence(row) for row, yes in zip(rows, wanted, strict=True) if yes] for rows, wanted in taught]
    return gate, {str(share): min(float(np.quantile(its, share)) for its in sure) if share else 0.0 for share in SHARES}


def _tested(gate: Gate, seen: Mapping[str, Seen]) -> dict[str, Any]:
    rows, wanted = seen["far"]
    sure, threshold = np.array([gate.confidence(row) for row in rows]), gate.threshold
    found = {
        "cases": int(wanted.sum()),
        "far: AUC": auc(sure[wanted], sure[~wanted]),
        "refused": float((sure[~wanted] < threshold).mean()),
        "falsely": float((sure[wanted] < threshold).mean()),
        "by cosine alone": [_low(rows, wanted == kind) for kind in (False, True)],
    }
    if "near" in seen:
        near = np.array([gate.confidence(row) for row in seen["near"][0]])
        found |= {"near: AUC": auc(sure[wanted], near), "near refused": float((near < threshold).mean())}
    return found


def _low(rows: Sequence[Mapping[str, float]], kept: Any) -> float:
    return float(np.mean([row.get("cosine", 1.0) < COSINE for row, yes in zip(rows, kept, strict=True) if yes]))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()

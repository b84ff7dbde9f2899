"""The decision table, reproduced: does the verdict come out as the published comparisons would expect?

    python benchmarks/verdicts.py --data ../shared/data [--sets snips xquad] [--cases 60] [--quick] [--json]

| set        | what it asks for                                        | expected                          |
|------------|---------------------------------------------------------|-----------------------------------|
| snips      | a request as exact JSON                                 | tuned                             |
| mts_dialog | a dialogue as a section of a clinical note              | tuned                             |
| endoflife  | facts that change: tuned on 2023, updated to 2026       | rag; tuned stale after the update |
| xquad      | short answers from articles that were not tuned on      | rag above tuned                   |
| squad2     | the same, half of them without an answer                | hybrid or rag                     |
| clapnq     | long answers, half of the questions without one         | hybrid or rag                     |

Each set is one trial with the default weights, and where the verdict differs from what was expected, its sentence, its
controls and the commonest failure say why.  --quick takes 40 cases and 120 examples.  Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook import Project
from tunebook.project import Wishes

FIRST, LAST = "2023-01-01", "2026-08-22"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the set should lead to: one of `recommended`, and `better` told apart from `worse`, where they are named."""

    recommended: tuple[str, ...]
    better: str
    worse: str
    settings: tuple[str, ...]


SETS = {
    "snips": Expected(("tuned",), "tuned", "prompted", ("tuning.epochs=2", "answer.max_new_tokens=96")),
    "mts_dialog": Expected(("tuned",), "tuned", "prompted", ("tuning.epochs=2", "answer.max_new_tokens=96")),
    "endoflife": Expected(
        ("rag",),
        "rag",
        "base",
        (
            "tuning.epochs=3",
            "tuning.hybrid_epochs=0.5",
            "tuning.leaks=keep",
            "answer.max_new_tokens=32",
            "search.k=2",
        ),
    ),
    "xquad": Expected(("rag",), "rag", "tuned", ("tuning.epochs=1", "answer.max_new_tokens=48")),
    "squad2": Expected(("hybrid", "rag"), "rag", "base", ("tuning.epochs=1", "answer.max_new_tokens=48")),
    "clapnq": Expected(("hybrid", "rag"), "rag", "base", ("tuning.epochs=1", "answer.max_new_tokens=96")),
}


def main() -> None:
    arguments = _arguments()
    found = {name: _trial(name, arguments) for name in arguments.sets}
    claims = {claim: result for name, report in found.items() for claim, result in _claims(name, report).items()}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        shown = {name: _row(name, report) for name, report in found.items()}
        print(json.dumps({"name": "verdicts", "machine": machine, "claims": claims, "sets": shown}))
        return
    for name, report in found.items():
        print("\n".join(_lines(name, report)))
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/verdicts"))
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--cases", type=int, help="at most so many of each set; else 200, or 40 with --quick")
    parser.add_argument("--examples", type=int, help="at most so many of each set; else 600, or 120 with --quick")
    parser.add_argument("--seeds", type=int, default=1, help="of training")
    parser.add_argument("--approaches", nargs="+", help="else all five")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _trial(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    cases = arguments.cases or (40 if arguments.quick else 200)
    examples = arguments.examples or (120 if arguments.quick else 600)
    folder = arguments.state / name
    _project(name, arguments.data / name, folder / "project")
    overrides = [f"trial.max_cases={cases}", f"trial.seeds={arguments.seeds}"]
    if name != "endoflife":  # there tuned is to have learnt the facts that the cases ask for
        overrides.append(f"tuning.max_examples={examples}")
    project = Project.open(folder / "project", folder / "state", [*SETS[name].settings, *overrides])
    wishes = Wishes()
    if name == "endoflife":
        newer = [arguments.data / name / f"{kind}_{LAST}.jsonl" for kind in ("documents", "cases")]
        wishes = Wishes(fresh=str(newer[0]), fresh_cases=newer[1])
    return project.trial(approaches=arguments.approaches, progress=_say(name), wishes=wishes)


def _say(name: str) -> Callable[[str, int, int, str], None]:
    return lambda *where: print(name, *where, file=sys.stderr)


def _project(name: str, data: Path, folder: Path) -> None:
    """A project folder for the set; documents are linked, not copied."""
    folder.mkdir(parents=True, exist_ok=True)
    cases, examples, documents = _parts(name, data)
    _write(folder / "cases.jsonl", cases)
    _write(folder / "examples.jsonl", examples)
    link = folder / "documents.jsonl"
    if documents and not link.exists():
        link.symlink_to(documents.resolve())


def _parts(name: str, data: Path) -> tuple[Rows, Rows, Path | None]:
    """(cases, examples, documents)."""
    if name == "endoflife":
        cases = _read(data / f"cases_{FIRST}.jsonl")
        return cases, [_as_example(row) for row in cases], data / f"documents_{FIRST}.jsonl"
    cases = _read(data / "cases.jsonl")
    documents = data / "documents.jsonl" if (data / "documents.jsonl").is_file() else None
    if name != "xquad":
        return cases, _read(data / "examples.jsonl"), documents
    titles = sorted({row["group"] for row in cases})  # no examples of its own: every other article is tuned on
    learnt = set(titles[::2])
    return (
        [row for row in cases if row["group"] not in learnt],
        [_as_example(row) for row in cases if row["group"] in learnt],
        documents,
    )


def _as_example(case: Mapping[str, Any]) -> dict[str, Any]:
    row = {"id": f"e-{case['id']}", "prompt": case["prompt"], "group": case["group"]}
    if not case.get("answerable", True):
        return row | {"answerable": False}
    return row | {"completion": case["answers"][0], "sources": case["sources"]}


def _claims(name: str, report: dict[str, Any]) -> dict[str, Any]:
    expected, verdict = SETS[name], report["verdict"]
    claims = {
        f"{name}: the verdict": {
            "value": verdict["recommended"],
            "goal": " or ".join(expected.recommended),
            "holds": verdict["recommended"] in expected.recommended,
        }
    }
    difference = _difference(report, expected.better, expected.worse)
    claims[f"{name}: {expected.better} above {expected.worse}"] = {
        "value": difference,
        "goal": "interval above 0, allowing for all comparisons",
        "holds": difference is not None and difference["low"] is not None and difference["low"] > 0,
    }
    if report.get("fresh") and "tuned" in report["fresh"]["arms"]:
        stale, right = (report["fresh"]["arms"][arm]["after"] for arm in ("tuned", "rag"))
        claims[f"{name}: after the update tuned still gives old answers, rag is right more often"] = {
            "value": [stale["stale"]["mean"], stale["right"]["mean"], right["right"]["mean"]],
            "goal": "the first above 0, the third above the second",
            "holds": stale["stale"]["mean"] > 0 and right["right"]["mean"] > stale["right"]["mean"],
        }
    return claims


def _difference(report: dict[str, Any], a: str, b: str) -> dict[str, Any] | None:
    for pair in report["pairs"]:
        if pair["metric"] == "score" and {pair["a"], pair["b"]} == {a, b}:
            found: dict[str, Any] = pair["among"]
            if pair["a"] == a:
                return found
            flipped = [None if found[key] is None else -found[key] for key in ("high", "low")]
            return found | {"mean": -found["mean"], "low": flipped[0], "high": flipped[1]}
    return None


def _row(name: str, report: dict[str, Any]) -> dict[str, Any]:
    arms = {**report["approaches"], **report["trivial"]}
    keys = (
        "recommended",
        "decided",
        "sentence",
        "sure",
        "worth",
        "weights",
        "tipping",
        "gain",
        "search_alone",
        "next_step",
    )
    return {
        "expected": list(SETS[name].recommended),
        **{key: report["verdict"][key] for key in keys},
        "scores": {arm: metrics.get("score") for arm, metrics in arms.items()},
        "fresh": report.get("fresh"),
        "failures": report["failures"],
        "seconds": report["seconds"],
        "report": report["report"],
    }


def _lines(name: str, report: dict[str, Any]) -> Iterable[str]:
    verdict = report["verdict"]
    yield f"\n{name}: {verdict['sentence']}"
    yield f"  expected {' or '.join(SETS[name].recommended)}; sure {_percent(verdict['sure'])}; {verdict['reason']}"
    for arm, metrics in {**report["approaches"], **report["trivial"]}.items():
        yield f"  {arm:<17} {_estimate(metrics.get('score'))}"
    if verdict.get("search_alone"):
        yield f"  {verdict['search_alone']['sentence']}"
    yield from (f"  {row['sentence']}" for row in verdict["tipping"])
    if report.get("fresh"):
        yield f"  {report['fresh']['sentence']}"
    yield f"  next: {verdict['next_step']}"


def _estimate(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    bounds = "" if found["low"] is None else f" [{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found['mean']:.3f}{bounds}"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _write(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()

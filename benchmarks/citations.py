"""Do citations hold?  Planted errors, human ratings, and gold sources.

    python benchmarks/citations.py --data ../shared/data [--state DIR] [--set KEY=VALUE …] [--quick] [--json]

`planted`: 300 answers made from gold answers, half of them with one number, name or negation altered (planted_errors.py);
an answer's score is that of its weakest sentence.  `people`: the groundedness of the rated answers of
judge_calibration_mtrag against the raters' mean faithfulness (faithful: 3 or more of 4), beside ROUGE-L and token overlap
with the passages.  `sources`: answers of rag and hybrid to answerable cases whose gold passage was found, each citation
against the document's text, cited documents against the gold ones, beside "always cite the first hit" and the [n] that the
model prints when it is asked to (over numbered passages).  Answers are kept under --state.  The hybrids are tuned for less
than by default, to spare hours; `--set tuning.hybrid_epochs=3` is the default's length.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from asked import ask_all, project_of
from planted_errors import KINDS, Planted, cut, planted
from scipy.stats import rankdata, spearmanr

from tunebook.answer import verify
from tunebook.rows import read_cases, sample
from tunebook.trial.text import common_subsequence
from tunebook.values import Answer, Case, Document, Hit

SETS = {"clapnq": ["answer.max_new_tokens=96"], "squad2": ["answer.max_new_tokens=48", "passages.max_tokens=128"]}
TUNED = {
    "clapnq": ["tuning.hybrid_from=base", "tuning.max_examples=120", "tuning.hybrid_epochs=1", "tuning.layers=upper"],
    "squad2": ["tuning.epochs=1", "tuning.hybrid_epochs=0.5", "tuning.max_examples=600"],
}
FAITHFUL = 3.0
RESAMPLES = 2000


def main() -> None:
    arguments = _arguments()
    found = {
        "planted": planted_errors(arguments.data, 60 if arguments.quick else 300),
        "people": people(arguments.data, 30 if arguments.quick else None),
    }
    for name in arguments.sets:
        for approach in arguments.approaches:
            found[f"{name} {approach}"] = sources(name, approach, arguments)
    claims = _claims(found)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "citations", "machine": machine, "claims": claims, "found": found}))
        return
    for name, values in found.items():
        print(name)
        for key, value in values.items():
            print(f"  {key:<46} {_cell(value)}")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {_cell(result['value'])} (goal {result['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks"))
    parser.add_argument("--sets", nargs="*", choices=sorted(SETS), default=sorted(SETS))
    parser.add_argument("--approaches", nargs="*", choices=("rag", "hybrid"), default=("rag", "hybrid"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="*", default=[], help="further settings, key=value")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# --- planted errors


def planted_errors(data: Path, count: int) -> dict[str, Any]:
    """Detection of altered answers: AUC over all and by kind, and the false alarms at 70 % detection."""
    made: list[Planted] = []
    for name, room in (("clapnq", count // 2), ("squad2", count)):  # clapnq offers fewer than half
        made += planted(
            read_cases(data / name / "cases.jsonl"), documents(data / name), min(room, count - len(made)), 0
        )
    scores = np.array([_weakest(one) for one in made])
    whole = np.array([one.kind is None for one in made])
    flagged = np.array([bool(verify(one.text, one.hits, one.question).unsupported) for one in made])
    cutoff = np.quantile(scores[~whole], 0.7)
    by_kind = {
        f"AUC {kind}": auc(scores[whole], scores[np.array([one.kind == kind for one in made])]) for kind in KINDS
    }
    return {
        "answers": len(made),
        "altered": int((~whole).sum()),
        "AUC": auc(scores[whole], scores[~whole]),
        **by_kind,
        "false alarms at 70 % detection": float((scores[whole] <= cutoff).mean()),
        "altered with a sentence not supported": float(flagged[~whole].mean()),
        "intact with a sentence not supported": float(flagged[whole].mean()),
    }


def _weakest(one: Planted) -> float:
    return min((claim.score for claim in verify(one.text, one.hits, one.question).claims), default=0.0)


# --- people


def people(data: Path, tasks: int | None) -> dict[str, Any]:
    """AUC and Spearman against the raters, ours and the baselines', with paired differences resampled by task."""
    folder = data / "judge_calibration_mtrag"
    known = documents(folder)
    asked = {row["id"]: row for row in _rows(folder / "tasks.jsonl")}
    chosen = set(list(asked)[:tasks])
    rated = [row for row in _rows(folder / "ratings.jsonl") if row["task_id"] in chosen]
    marks = np.array([np.mean(row["human"]["faithfulness"]) for row in rated])
    groups = [row["task_id"] for row in rated]
    columns: dict[str, list[float]] = {"ours": [], "ROUGE-L": [], "ROUGE-L precision": [], "token overlap": []}
    for row in rated:
        task = asked[row["task_id"]]
        shown = [known[id] for id in task["gold_doc_ids"]]
        passages = [passage for document in shown for passage in cut(document)]
        hits = [Hit(rank, 1 / rank, passage) for rank, passage in enumerate(passages, 1)]
        columns["ours"].append(verify(row["response"], hits, task["messages"][-1]["text"]).grounded or 0.0)
        ours, theirs = _plain(row["response"]), _plain(" ".join(document.text for document in shown))
        shared = common_subsequence(ours, theirs)
        columns["ROUGE-L"].append(2 * shared / max(len(ours) + len(theirs), 1))
        columns["ROUGE-L precision"].append(shared / max(len(ours), 1))
        columns["token overlap"].append(sum(word in set(theirs) for word in ours) / max(len(ours), 1))
    found: dict[str, Any] = {"answers": len(rated), "faithful": float((marks >= FAITHFUL).mean())}
    for name, values in columns.items():
        found[f"AUC {name}"], found[f"Spearman {name}"] = _against(np.array(values), marks, groups)
    for name in list(columns)[1:]:
        found[f"AUC ours - {name}"], found[f"Spearman ours - {name}"] = _against(
            np.array(columns["ours"]), marks, groups, np.array(columns[name])
        )
    return found


def _against(values: Any, marks: Any, groups: Sequence[str], other: Any = None) -> tuple[Any, Any]:
    """{mean, low, high} of AUC and of Spearman, or of their differences to another column's."""

    def measured(places: Any) -> tuple[float, float]:
        good = marks[places] >= FAITHFUL

        def one(column: Any) -> tuple[float, float]:
            return auc(column[places][good], column[places][~good]), float(spearmanr(column[places], marks[places])[0])

        first = one(values)
        second = one(other) if other is not None else (0.0, 0.0)
        return first[0] - second[0], first[1] - second[1]

    by_group: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        by_group.setdefault(group, []).append(place)
    members = [np.array(places) for places in by_group.values()]
    draw = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES // 4):
        places = np.concatenate([members[index] for index in draw.integers(0, len(members), len(members))])
        if 0 < (marks[places] >= FAITHFUL).sum() < len(places):
            drawn.append(measured(places))
    low, high = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    means = measured(np.arange(len(marks)))
    return tuple({"mean": m, "low": float(a), "high": float(b)} for m, a, b in zip(means, low, high, strict=True))  # type: ignore[return-value]


# --- gold sources


def sources(name: str, approach: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Citations of one approach on one set: verbatim, and documents against the gold ones."""
    overrides = SETS[name] + (TUNED[name] if approach == "hybrid" else []) + arguments.set
    project = project_of(arguments.data / name, arguments.state / name, overrides)
    cases = sample(read_cases(arguments.data / name / "cases.jsonl"), 30 if arguments.quick else 300, arguments.seed)
    cases = [case for case in cases if case.answerable and case.sources]
    answers = ask_all(project, approach, cases, arguments.state / name)
    texts = {id: document.text for id, document in documents(arguments.data / name).items()}
    hits = project.library.search([case.prompt for case in cases], project.settings.search.k)
    ranked = {case.id: [hit.passage.document for hit in its] for case, its in zip(cases, hits, strict=True)}
    rows = [
        (c, a) for c, a in zip(cases, answers, strict=True) if not a.abstained and _gold(c).intersection(ranked[c.id])
    ]  # found, whether it was shown or not
    cited = [citation for _, answer in rows for citation in answer.citations]
    verbatim = [texts[one.document][one.start : one.end] == one.quote for one in cited]
    marked = ask_all(project, "marked", [case for case, _ in rows], arguments.state / name) if approach == "rag" else []
    ways: dict[str, list[tuple[set[str], set[str]]]] = {
        "ours": [(_gold(c), {one.document for one in a.citations}) for c, a in rows],
        "ours, supported alone": [(_gold(c), {one.document for one in a.citations if one.supported}) for c, a in rows],
        "first hit": [(_gold(c), {ranked[c.id][0]}) for c, _ in rows],
    }
    if marked:
        ways["model's markers"] = [(_gold(c), _marked(answer)) for (c, _), answer in zip(rows, marked, strict=True)]
    right = [place for place, (case, answer) in enumerate(rows) if _right(case, answer)]
    late = [place for place, (case, _) in enumerate(rows) if ranked[case.id][0] not in _gold(case)]
    found: dict[str, Any] = {"cases": len(rows), "citations": len(cited), "verbatim": _mean(verbatim)}
    for way, pairs in ways.items():
        found |= _scored(way, pairs)
        found |= _scored(f"{way}, answer right", [pairs[place] for place in right])
    found["answers right"] = len(right)
    found["gold second or third"] = len(late)
    found["ours, gold second or third"] = _mean(
        [bool(ways["ours"][place][0] & ways["ours"][place][1]) for place in late]
    )
    return found


def _scored(way: str, pairs: Sequence[tuple[set[str], set[str]]]) -> dict[str, Any]:
    return {
        f"precision {way}": _mean([len(gold & cited) / len(cited) for gold, cited in pairs if cited]),
        f"recall {way}": _mean([len(gold & cited) / len(gold) for gold, cited in pairs]),
    }


def _gold(case: Case) -> set[str]:
    return {source.document for source in case.sources}


def _marked(answer: Answer) -> set[str]:
    """Documents behind the [n] that the model printed."""
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
    return {hit.passage.document for hit in answer.hits if hit.rank in numbers}


def _right(case: Case, answer: Answer) -> bool:
    """A short reference stands in the answer, or half of the words of a long one."""
    said = set(_plain(answer.text))
    for reference in case.answers:
        wanted = _plain(reference)
        if len(wanted) <= 8 and " ".join(wanted) in " ".join(_plain(answer.text)):
            return True
        if len(wanted) > 8 and len(said & set(wanted)) >= len(set(wanted)) / 2:
            return True
    return False


# --- shared


def documents(folder: Path) -> dict[str, Document]:
    rows = _rows(folder / "documents.jsonl")
    ids = [str(row.get("_id") or row.get("doc_id")) for row in rows]
    return {id: Document(id, row.get("title", ""), row["text"]) for id, row in zip(ids, rows, strict=True)}


def auc(higher: Any, lower: Any) -> float:
    """P(a value of the first > one of the second), ties half: the area under the ROC curve."""
    ranks = rankdata(np.concatenate([higher, lower]))
    return float((ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower)))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _mean(values: Sequence[float | bool]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _claims(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    claims: dict[str, Any] = {}

    def claim(text: str, value: Any, goal: str, holds: bool) -> None:
        claims[text] = {"value": value, "goal": goal, "holds": bool(holds)}

    errors, rated = found["planted"], found["people"]
    claim("planted errors: AUC", errors["AUC"], "≥ .85", errors["AUC"] >= 0.85)
    alarms = errors["false alarms at 70 % detection"]
    claim("planted errors: false alarms at 70 % detection", alarms, "≤ .10", alarms <= 0.10)
    for measure in ("AUC", "Spearman"):
        for other in ("ROUGE-L", "token overlap"):
            difference = rated[f"{measure} ours - {other}"]
            claim(f"raters: {measure} above {other}", difference, "above 0", difference["mean"] > 0)
    for name, values in found.items():
        if name in ("planted", "people") or not values["cases"]:
            continue
        claim(f"{name}: verbatim", values["verbatim"], "1", values["verbatim"] == 1)
        for measure in ("precision", "recall"):
            ours, first = values[f"{measure} ours"], values[f"{measure} first hit"]
            claim(f"{name}: {measure} above first hit", [ours, first], "above", ours > first)
        late = values["ours, gold second or third"]
        claim(f"{name}: right where gold is second or third", late, "≥ .5", late is not None and late >= 0.5)
    return claims


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
    if isinstance(value, list):
        return " against ".join(_cell(one) for one in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()

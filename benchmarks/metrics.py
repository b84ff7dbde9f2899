"""Are our scores the field's own, and do they agree with people?

    python benchmarks/metrics.py --data ../shared/data [--quick] [--json]

500 outputs, made from `squad2` by a reader that needs no model: the sentence of the case's document that shares most
words with the question, a passage of it, another case's answer, or nothing.  Each is scored by us and by the field's
tool: SQuAD's exact match and F1 (their definition, written out below), ROUGE-L (rouge-score), citation precision and
recall (ir_measures' SetP and SetR).  BLEU and chrF are not used by a trial, so they are not compared.

Against people: on `judge_calibration_mtrag` the rank correlation of our score of a knowledge answer with the raters'
mean mark, beside ROUGE-L.  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import string
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tunebook.answer import says_nothing_found, sentences
from tunebook.rows import read_cases
from tunebook.settings import ABSTENTION
from tunebook.trial import text as ours
from tunebook.trial.scores import score
from tunebook.values import Answer, Case, Citation

ROUNDING = 1e-9
MARKS = ("appropriateness", "completeness", "faithfulness")
RESAMPLES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true", help="100 outputs in place of 500")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    outputs = _outputs(arguments.data / "squad2", 100 if arguments.quick else 500)
    gaps = _gaps(outputs)
    people = _people(arguments.data / "judge_calibration_mtrag")
    claims = {
        f"{name}: largest difference over {len(outputs)} outputs": {
            "value": gap,
            "goal": f"below {ROUNDING}",
            "holds": gap < ROUNDING,
        }
        for name, gap in gaps.items()
    }
    best, rouge = people["score"]["rho"], people["rouge_l"]["rho"]
    claims["our score ranks answers as people do at least as well as ROUGE-L does"] = {
        "value": [best, rouge],
        "goal": "the first is not smaller",
        "holds": best >= rouge,
    }
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "metrics", "machine": machine, "claims": claims, "people": people}))
        return
    print("metric             mean    rank correlation with the raters' mean mark (95 % interval over tasks)")
    for name, row in people.items():
        print(
            f"{name:<18} {row['mean']:.3f}   {row['rho']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]  n = {row['n']}"
        )
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _outputs(folder: Path, count: int) -> list[tuple[Case, str, list[str]]]:
    """(case, output, documents it cites): five kinds of output in turn."""
    rows = map(json.loads, (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines())
    texts = {row["_id"]: row["text"] for row in rows}
    cases = [case for case in read_cases(folder / "cases.jsonl") if case.answers and case.sources]
    random = np.random.default_rng(0)
    names = sorted(texts)
    found = []
    for number in random.permutation(5 * len(cases))[:count]:
        case, kind = cases[int(number) // 5], int(number) % 5
        document, other = case.sources[0].document, names[int(random.integers(len(names)))]
        asked = set(ours.words(case.prompt))
        nearest = max(_sentences(texts[document]), key=lambda sentence: len(asked & set(ours.words(sentence))))
        another = cases[int(random.integers(len(cases)))].answers[0]
        text = (nearest, texts[document], another, "", f"The {case.answers[0]}!")[kind]
        found.append((case, text, [[other], [document], [document, other]][kind % 3]))
    return found


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)] or [text]


def _gaps(outputs: list[tuple[Case, str, list[str]]]) -> dict[str, float]:
    """Metric → the largest difference between ours and the field's."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    gaps = {"exact match": 0.0, "token F1": 0.0, "ROUGE-L": 0.0, "citation precision": 0.0, "citation recall": 0.0}
    for number, (case, text, cited) in enumerate(outputs):
        citations = tuple(Citation(n, document, None, 0, 1, "", True) for n, document in enumerate(cited, 1))
        metrics = score(case, Answer(text, False, "rag", "none", citations)).metrics
        theirs = {
            "exact match": max(_squad_exact(reference, text) for reference in case.answers),
            "token F1": max(_squad_f1(reference, text) for reference in case.answers),
            "ROUGE-L": max(scorer.score(reference, text)["rougeL"].fmeasure for reference in case.answers),
        }
        precision, recall = _sets(str(number), [source.document for source in case.sources], cited)
        theirs |= {"citation precision": precision, "citation recall": recall}
        named = ("exact", "token_f1", "rouge_l", "citation_precision", "citation_recall")
        for (name, value), key in zip(theirs.items(), named, strict=True):
            gaps[name] = max(gaps[name], abs(value - metrics[key]))
    return gaps


def _sets(id: str, sources: list[str], cited: list[str]) -> tuple[float, float]:
    from ir_measures import Qrel, ScoredDoc, SetP, SetR, calc_aggregate

    found = calc_aggregate(
        [SetP, SetR], [Qrel(id, source, 1) for source in sources], [ScoredDoc(id, document, 1.0) for document in cited]
    )
    return float(found[SetP]), float(found[SetR])


def _squad_normalised(text: str) -> list[str]:
    """normalize_answer of evaluate-v2.0.py: lower, no punctuation, no articles, white space."""
    kept = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    return re.compile(r"\b(a|an|the)\b", re.UNICODE).sub(" ", kept).split()


def _squad_exact(gold: str, predicted: str) -> float:
    return float(" ".join(_squad_normalised(gold)) == " ".join(_squad_normalised(predicted)))


def _squad_f1(gold: str, predicted: str) -> float:
    wanted, given = _squad_normalised(gold), _squad_normalised(predicted)
    if not wanted or not given:
        return float(wanted == given)
    shared = sum((Counter(wanted) & Counter(given)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _people(folder: Path) -> dict[str, dict[str, Any]]:
    """Spearman's rho of each metric with the mean mark over answers of models (the reference itself is left out)."""
    tasks = {
        task["id"]: task for task in map(json.loads, (folder / "tasks.jsonl").read_text(encoding="utf-8").splitlines())
    }
    marks: list[float] = []
    groups: list[str] = []
    columns: dict[str, list[float]] = {}
    for line in (folder / "ratings.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        task = tasks[row["task_id"]]
        if row["model"] == "reference" or task["answerability"] not in ("ANSWERABLE", "PARTIAL", "UNANSWERABLE"):
            continue
        marks.append(float(np.mean([np.mean(row["human"][mark]) for mark in MARKS])))
        groups.append(row["task_id"])
        for name, value in _measured(task, row["response"]).items():
            columns.setdefault(name, []).append(value)
    return {name: _rank(values, marks, groups) for name, values in columns.items()}


def _measured(task: dict[str, Any], response: str) -> dict[str, float]:
    answerable = task["answerability"] != "UNANSWERABLE"
    case = Case(1, task["id"], ({"role": "user", "content": "?"},), "knowledge", answerable, tuple(task["answers"]))
    scored = score(case, Answer(response, says_nothing_found(response, ABSTENTION), "any", "any"))
    reference = task["answers"][0]
    return {
        "score": scored.score or 0.0,
        "token F1": ours.token_f1(response, reference),
        "recall": ours.token_recall(response, reference),
        "rouge_l": ours.rouge_l(response, reference),
    }


def _rank(values: list[float], marks: list[float], groups: list[str]) -> dict[str, Any]:
    from scipy.stats import rankdata

    x, y = np.asarray(values), np.asarray(marks)
    names = sorted(set(groups))
    members = {name: np.flatnonzero(np.array(groups) == name) for name in names}
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[names[i]] for i in random.integers(0, len(names), len(names))])
        drawn.append(np.corrcoef(rankdata(x[rows]), rankdata(y[rows]))[0, 1])
    low, high = np.quantile(drawn, [0.025, 0.975])
    rho = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
    return {"mean": float(x.mean()), "rho": rho, "low": float(low), "high": float(high), "n": len(x)}


if __name__ == "__main__":
    main()

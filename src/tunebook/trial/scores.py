"""One answer against one case: a score, what went wrong, and the metrics that apply.

    case   "How much does the Heron carry?", answers ["80 kg"], sources [heron.md]
    answer "Up to 80kg [1].", citing heron.md
    →      Scored(score=1.0, why=None, metrics={"false_refusal": 0.0, "exact": 0.0, "token_f1": 0.5, …})

    knowledge, unanswerable    score = abstained; of behaviour too where there is nothing else to go by
    knowledge, answerable      score = checks × content, content = a short reference stands in the answer, or token F1
                               where all are long
    behaviour                  score = checks × content, content = slot F1 for JSON, the choice where the checks
                               name the choices, else ROUGE-L

A metric that does not apply is absent, and a case with nothing to measure has score None and says why: neither is zero.

Left out on purpose: a model as judge.  Every score here can be recomputed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tunebook.trial import text as measure
from tunebook.trial.checks import run_check
from tunebook.values import Answer, Case, Citation, Passage, Source

__all__ = ["Scored", "Why", "run_check", "score"]

Why = Literal[
    "retrieval missed",
    "read wrong",
    "wrong content",
    "did not know",
    "wrong form",
    "should have refused",
    "refused wrongly",
    "case looks wrong",  # told by comparing arms: failures.py
]

_Place = tuple[str, int | None]

SHORT_WORDS = 8  # a reference up to this length has to stand in the answer; beyond it, overlap counts
FAILED_BELOW = 0.5
HELD = 0.75  # recall from which a long reference counts as found: what is wrong then is the form
THE_MODEL = "the model itself"
NOTHING_TO_GO_BY = "the case has neither answers nor checks"


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` in [0, 1], None where nothing could be measured, and then `unscored` says why.

    `why` is None where the answer did not fail.  Of what was refused wrongly, `refused_by` is the setting that did it or
    THE_MODEL, as far as the answer tells.
    """

    score: float | None
    why: Why | None
    metrics: dict[str, float] = field(default_factory=dict)
    unscored: str | None = None
    refused_by: str | None = None


def score(case: Case, answer: Answer) -> Scored:
    """The answer measured as its case asks.  Raises BadInput for a check that cannot be run."""
    if case.wants_refusal:
        return _refusal(answer)
    if case.kind == "behaviour":
        return _behaviour(case, answer)
    return _knowledge(case, answer)


def _refusal(answer: Answer) -> Scored:
    refused = float(answer.abstained)
    return Scored(refused, None if answer.abstained else "should have refused", {"refusal_recall": refused})


def _knowledge(case: Case, answer: Answer) -> Scored:
    checked = _checked(case, answer)
    metrics = {"false_refusal": float(answer.abstained), **checked, **_cited(case, answer)}
    value = checked.get("checks_passed")
    if case.answers:
        metrics["exact"] = _best(measure.exact, case, answer)
        metrics["token_f1"] = _best(measure.token_f1, case, answer)
        metrics["rouge_l"] = _best(measure.rouge_l, case, answer)
        metrics["recall"] = 0.0 if answer.abstained else _recall(case, answer)
        value = checked.get("checks_passed", 1.0) * (metrics["token_f1"] if _long(case) else metrics["recall"])
    if answer.abstained:
        value = 0.0
    if value is None:
        return Scored(None, None, metrics, NOTHING_TO_GO_BY)
    metrics["correct_answerable"] = value
    why = _knowledge_failure(case, answer, metrics) if value < FAILED_BELOW else None
    return Scored(value, why, metrics, refused_by=_refused_by(answer) if why == "refused wrongly" else None)


def _long(case: Case) -> bool:
    """Token F1 punishes a full sentence around a short answer, so a short reference only has to stand in it."""
    return all(measure.length(reference) > SHORT_WORDS for reference in case.answers)


def _recall(case: Case, answer: Answer) -> float:
    """Whether a short reference stands in the answer; of long ones, the share of words that do."""
    if _long(case):
        return _best(measure.token_recall, case, answer)
    return float(any(measure.holds(answer.text, reference) for reference in case.answers))


def _knowledge_failure(case: Case, answer: Answer, metrics: dict[str, float]) -> Why:
    if answer.abstained:  # over the passages of other documents that was the right thing to do
        return "retrieval missed" if _elsewhere(case, answer) else "refused wrongly"
    if not case.answers or metrics["recall"] >= HELD:  # without answers only a check can have failed
        return "wrong form"
    if not answer.hits:
        return "did not know"
    return "read wrong" if _retrieved(case, answer) else "retrieval missed"


def _refused_by(answer: Answer) -> str | None:
    named = re.search(r"answer\.[a-z_]+", answer.why or "")
    return named[0] if named else THE_MODEL if answer.why else None


def _elsewhere(case: Case, answer: Answer) -> bool:
    """Whether something was found, and none of it is of the case's sources."""
    sources, places = _places(case, [hit.passage for hit in answer.hits])
    return bool(sources and places) and not sources & set(places)


def _retrieved(case: Case, answer: Answer) -> bool:
    """Whether what was found holds the answer: a passage of a source with its quote, or else with a short reference."""
    passages = [hit.passage for hit in answer.hits]
    sources, places = _places(case, passages)
    found = [passage for passage, place in zip(passages, places, strict=True) if not sources or place in sources]
    telling = [source.quote for source in case.sources if source.quote]
    telling += [] if _long(case) else case.answers
    return any(not telling or measure.holds(passage.text, text) for passage in found for text in telling or [""])


def _cited(case: Case, answer: Answer) -> dict[str, float]:
    """Precision and recall over distinct documents, or over their pages where the case says on which the answer is.

    precision = |cited ∩ sources| / |cited|,   recall = |cited ∩ sources| / |sources|;   nothing for an approach that
    neither retrieves nor cites.
    """
    sources, places = _places(case, answer.citations)
    cited = set(places)
    metrics: dict[str, float] = {}
    if sources and cited:
        metrics["citation_precision"] = len(cited & sources) / len(cited)
    if sources and (answer.hits or cited):
        metrics["citation_recall"] = len(cited & sources) / len(sources)
    return metrics


def _places(case: Case, given: Sequence[Citation | Passage]) -> tuple[set[_Place], list[_Place]]:
    """(document, page) of the sources, and of each thing given; the page is None where either side does not say it."""
    whole = {one.document for one in (*case.sources, *given) if one.page is None}
    paged = {source.document for source in case.sources} - whole

    def place(one: Source | Citation | Passage) -> _Place:
        return one.document, one.page if one.document in paged else None

    return {place(source) for source in case.sources}, [place(one) for one in given]


def _behaviour(case: Case, answer: Answer) -> Scored:
    checked, content = _checked(case, answer), _content(case, answer)
    metrics = {**checked, **content}
    parts = [*checked.values(), *(value for name, value in content.items() if name != "exact_json")]
    if not parts:
        return Scored(None, None, metrics, NOTHING_TO_GO_BY)
    value = 1.0
    for part in parts:
        value *= part
    if checked.get("checks_passed") == 0:
        return Scored(value, "wrong form", metrics)
    return Scored(value, "wrong content" if value < FAILED_BELOW else None, metrics)


def _checked(case: Case, answer: Answer) -> dict[str, float]:
    if not case.checks:
        return {}
    return {"checks_passed": float(all(run_check(check, answer.text) for check in case.checks))}


def _content(case: Case, answer: Answer) -> dict[str, float]:
    """choice where a check names the choices, slot_f1 and exact_json where a reference is a JSON object or array, else rouge_l.

    Nothing without references.
    """
    if not case.answers:
        return {}
    if any(check.get("type") == "choice" for check in case.checks):
        return {"choice": float(any(run_check({"type": "choice", "values": [a]}, answer.text) for a in case.answers))}
    trees = [gold for gold in map(measure.json_tree, case.answers) if gold is not None]
    if not trees:
        return {"rouge_l": _best(measure.rouge_l, case, answer)}
    given = measure.json_tree(answer.text)
    if given is None:
        return {"slot_f1": 0.0, "exact_json": 0.0}
    return {
        "slot_f1": max(measure.slot_f1(given, gold) for gold in trees),
        "exact_json": float(any(measure.same_json(given, gold) for gold in trees)),
    }


def _best(metric: Callable[[str, str], float], case: Case, answer: Answer) -> float:
    return max(metric(answer.text, reference) for reference in case.answers)

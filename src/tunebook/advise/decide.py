"""Weigh answers and data, name an approach, and say how sure that is.

    goal both (tuning 4, rag 4), citations critical (rag 4), volatility never (tuning 1)
    →  tuning 5, rag 8: both are strong, so hybrid

Each factor counts once, at the strongest of what was said and what was found, in each direction: a team that
says "facts" and has knowledge cases has one reason for retrieval, not two.  More points for retrieval can only
bring retrieval in, never out.

Left out on purpose: learning the weights.  There are too few published comparisons to fit anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tunebook.advise.advice import Advice, Confidence, Factor, Recommended
from tunebook.advise.answers import Answers
from tunebook.advise.collect import to_collect
from tunebook.advise.facts import DataFacts, findings
from tunebook.advise.measured import Measured, compare
from tunebook.advise.weights import ENOUGH_EXAMPLES, EXAMPLES, FACTORS, GOAL, HINTS, QUESTIONS, STRONG

LEVELS: tuple[Confidence, ...] = ("low", "medium", "high")


def advise(answers: Answers, facts: DataFacts, trial: Mapping[str, Any] | None) -> Advice:
    """Recommend an approach from answers and data, and set it beside `trial`, a trial's report, where there is one.

    The trial does not change the recommendation, only the confidence in it.  How "cannot tell" is counted:
    see `measured.compare`.
    """
    factors = _weighed(answers, facts)
    tuning = sum(_strongest(factors, name, "tuning") for name in (*FACTORS, EXAMPLES))
    rag = sum(_strongest(factors, name, "rag") for name in (*FACTORS, EXAMPLES))
    trainable = enough_examples(answers, facts)
    recommended = recommend(tuning, rag, trainable)
    measured = compare(recommended, trial)
    confidence, why = _confidence(factors, _margin(tuning, rag, trainable), measured)
    return Advice(
        recommended=recommended,
        reason=_reason(recommended, tuning, rag, trainable),
        factors=factors,
        tuning=tuning,
        rag=rag,
        confidence=confidence,
        confidence_why=why,
        trial=measured.agreement,
        trial_says=measured.sentence,
        collect=to_collect(answers, facts, tuning, rag, measured.cases_needed),
    )


def recommend(tuning: float, rag: float, trainable: bool | None) -> Recommended:
    """The approach for these points; `trainable` False (under 50 examples) holds tuning back, None does not."""
    knowledge = rag >= STRONG
    behaviour = tuning >= STRONG and trainable is not False
    if knowledge:
        return "hybrid" if behaviour else "rag"
    if behaviour:
        return "tuned"
    return "prompted" if tuning or rag else "base"


def enough_examples(answers: Answers, facts: DataFacts) -> bool | None:
    """Are there some 50 examples?  What the project holds counts; where it holds none, the answer does."""
    if _answer_counts(answers, facts):
        said = answers.chosen.get("examples")
        return None if said is None else said in ("some", "many")
    return facts.examples is not None and facts.examples >= ENOUGH_EXAMPLES


def _answer_counts(answers: Answers, facts: DataFacts) -> bool:
    """True where the number of examples is asked for rather than counted."""
    return facts.examples is None or (facts.examples == 0 and "examples" in answers.chosen)


def _weighed(answers: Answers, facts: DataFacts) -> tuple[Factor, ...]:
    """Every question, answered or not, and every finding; factor by factor."""
    weighed = []
    found = [finding for finding in findings(facts) if finding.factor != EXAMPLES or not _answer_counts(answers, facts)]
    for question in QUESTIONS:
        choice = answers.to(question)
        if question.factor == EXAMPLES and not _answer_counts(answers, facts):
            pass  # the project's own count stands instead
        elif choice is None:
            weighed.append(Factor(question.factor, None, 0.0, 0.0, "Not answered, so it counts nothing."))
        else:
            tuning, rag = choice.leans.get("tuning", 0.0), choice.leans.get("rag", 0.0)
            weighed.append(Factor(question.factor, choice.label, float(tuning), float(rag), choice.why))
        weighed += [finding for finding in found if finding.factor == question.factor]
    return tuple(weighed)


def _strongest(factors: Iterable[Factor], name: str, lean: str) -> float:
    points = (factor.tuning if lean == "tuning" else factor.rag for factor in factors if factor.factor == name)
    return max(points, default=0.0)


def _margin(tuning: float, rag: float, trainable: bool | None) -> float:
    """Points between here and the nearest other recommendation."""
    distances = [abs(rag - STRONG)]
    if trainable is not False:
        distances.append(abs(tuning - STRONG))
    recommended = recommend(tuning, rag, trainable)
    if recommended == "base":  # any lean at all makes it prompted
        distances.append(HINTS)
    elif recommended == "prompted":
        distances.append(tuning + rag)
    return round(min(distances), 2)


def _confidence(factors: tuple[Factor, ...], margin: float, measured: Measured) -> tuple[Confidence, str]:
    """High: the goal and three more factors are known and a point is to spare.  Low: the goal or two factors
    are not known, or half a point would turn it.  A decided trial then moves it: one up, or down to low."""
    known = {factor.factor for factor in factors if factor.answer is not None} & set(FACTORS)
    torn = [name for name in FACTORS if _contradicted([factor for factor in factors if factor.factor == name])]
    thin = GOAL not in known or len(known) < 3 or margin < 0.5
    firm = len(known) >= 4 and margin >= 1 and not torn
    level = 0 if thin else 2 if firm else 1
    points = "point separates" if margin == 1 else "points separate"
    why = [
        f"{len(known)} of {len(FACTORS)} factors are known" + ("" if GOAL in known else ", the primary goal is not"),
        f"{margin:g} {points} this from the nearest other recommendation",
    ]
    if torn:
        why.append(f"answers and data point different ways on {' and '.join(torn)}")
    if measured.agreement == "disagrees" and measured.decided:
        level = 0
        why.append("a trial disagrees")
    elif measured.agreement == "agrees" and measured.decided:
        level = min(2, level + 1)
        why.append("a trial agrees")
    return LEVELS[level], "; ".join(why)


def _contradicted(factors: list[Factor]) -> bool:
    """True where an answer leans one way only and the data the other way only."""
    said = {factor.leans for factor in factors if factor.source == "answer"} - {"neither"}
    found = {factor.leans for factor in factors if factor.source == "data"} - {"neither"}
    return (said, found) in (({"tuning"}, {"rag"}), ({"rag"}, {"tuning"}))


def _reason(recommended: Recommended, tuning: float, rag: float, trainable: bool | None) -> str:
    points = f"tuning {tuning:g}, rag {rag:g}; {STRONG:g} is strong"
    if tuning >= STRONG and trainable is False:
        strong, start, then = (
            ("Knowledge and behaviour both lean", "retrieval", "hybrid")
            if recommended == "rag"
            else ("Behaviour leans", "a good prompt", "tuned")
        )
        return (
            f"{strong} strongly ({points}), but there are fewer than {ENOUGH_EXAMPLES} examples to tune on: "
            f"start with {start}; with more examples this becomes {then}."
        )
    reasons: dict[Recommended, str] = {
        "hybrid": f"Knowledge and behaviour both lean strongly ({points}): tune it to answer from the passages.",
        "rag": f"The need for knowledge is strong, the lean to tuning is not ({points}): let it look things up.",
        "tuned": f"The lean to tuning is strong, the need for knowledge is not ({points}): tune it.",
        "prompted": f"Neither need is strong ({points}): prompt it better first, which is cheap and often enough.",
        "base": "Nothing that was said or found asks for more than the base model: measure that first.",
    }
    return reasons[recommended]

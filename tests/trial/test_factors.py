"""The factors of the decision: what was measured, and what was not run or not measured said as that."""

from __future__ import annotations

from typing import Any

import pytest

from tunebook.trial.cost import cost
from tunebook.trial.factors import factors

NOTHING: dict[str, Any] = {"per_answer_seconds": {}, "upfront_seconds": {}, "break_even": []}


def told(approaches: dict[str, Any], pairs: Any = (), cost: Any = NOTHING, update: float | str = 2.0) -> dict[str, Any]:
    return {row["factor"]: row for row in factors(approaches, list(pairs), {}, {}, cost, update)}


def pair(a: str, b: str, metric: str, low: float, high: float) -> dict[str, Any]:
    return {"a": a, "b": b, "metric": metric, "difference": {"mean": (low + high) / 2, "low": low, "high": high}}


def test_what_was_not_run_is_not_called_a_tie() -> None:
    measured = {"knowledge": {"mean": 0.5}, "behaviour": {"mean": 0.5}}
    row = told({"base": measured, "rag": measured})["primary goal"]
    assert (row["measured"], row["leans"]) == ("Prompted and tuned were not run.", "neither")
    row = told({"prompted": measured, "rag": measured})["primary goal"]
    assert row["measured"] == "Tuned was not run."


def test_a_lead_a_tie_and_a_missing_comparison_are_told_apart() -> None:
    arms = {name: {"knowledge": {"mean": 0.5}} for name in ("prompted", "rag", "tuned")}
    row = told(arms, [pair("rag", "tuned", "knowledge", 0.1, 0.3)])["primary goal"]
    assert row["measured"] == "Rag answers knowledge cases better than tuned; no case is about behaviour."
    assert row["leans"] == "rag"
    both = {name: {"knowledge": {"mean": 0.5}, "behaviour": {"mean": 0.5}} for name in arms}
    row = told(both, [pair("tuned", "prompted", "behaviour", -0.1, 0.3)])["primary goal"]
    assert row["measured"] == (
        "Rag and tuned were not asked the same cases about knowledge; tuned and prompted cannot be told apart on behaviour."
    )


def test_what_all_that_ran_were_timed_at_is_told() -> None:
    cost = NOTHING | {"per_answer_seconds": {"base": 0.9, "rag": 3.4}}
    said = told({}, cost=cost)["cost and speed"]["measured"].replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Seconds an answer: base 0.90 s, rag 3.4 s."
    assert told({})["cost and speed"]["measured"] == "No approach was timed."


@pytest.mark.parametrize(
    ("approaches", "leans", "said"),
    [
        ({"rag": 0.03}, "neither", "Rag cites the right document in 3% of its cited answers, too seldom to rest on."),
        ({"rag": 0.9}, "rag", "Rag cites the right document in 90% of its cited answers."),
        (
            {"base": None, "rag": 0.9, "tuned": None},
            "rag",
            "Rag cites the right document in 90% of its cited answers; base and tuned cannot cite.",
        ),
        ({"rag": None}, "neither", "No approach could cite: no documents, or no gold sources."),
        ({"base": None, "tuned": None}, "neither", "No approach could cite: none of them reads passages."),
    ],
)
def test_citations_lean_to_rag_where_they_can_be_rested_on(approaches: Any, leans: str, said: str) -> None:
    arms = {name: {"citation_precision": {"mean": mean}} if mean else {} for name, mean in approaches.items()}
    row = told(arms)["need for citations"]
    assert (row["leans"], row["measured"]) == (leans, said)


def test_a_perfect_search_does_not_lean_to_rag_by_its_citations() -> None:
    arms = {name: {"citation_precision": {"mean": mean}} for name, mean in (("rag", 0.1), ("oracle", 1.0))}
    assert told(arms)["need for citations"]["leans"] == "neither"


def test_why_freshness_was_not_measured_is_told_as_it_is_given() -> None:
    row = told({}, update="There are no documents to change.")["data volatility"]
    assert (row["measured"], row["leans"]) == ("There are no documents to change.", "neither")
    assert row["values"]["seconds until a changed document is known"]["rag"] is None
    assert told({})["data volatility"]["leans"] == "rag"


@pytest.mark.parametrize(("after", "leans"), [(0.6, "rag"), (0.2, "neither")])
def test_an_update_that_nobody_follows_leans_nowhere(after: float, leans: str) -> None:
    arms = {"rag": {"before": {"right": {"mean": 0.2}}, "after": {"right": {"mean": after}}}}
    row = factors({}, [], {}, {}, NOTHING, 1.0, {"arms": arms, "sentence": "It was told."})[1]
    assert (row["factor"], row["leans"]) == ("data volatility", leans)


def test_one_answer_is_no_answers() -> None:
    found = cost({"rag": 60.0, "tuned": 1.0}, {"rag": 10.0, "tuned": 80.0}, {})
    assert found["break_even"][0]["sentence"].endswith("in machine time after the first answer.")
    found = cost({"rag": 3.4, "tuned": 0.9}, {"rag": 12.0, "tuned": 600.0}, {})
    assert found["break_even"][0]["sentence"].endswith("in machine time after about 240 answers.")


def test_what_tuning_forgot_is_told_in_words() -> None:
    def lost(after: float, choice: tuple[int, int, int, float], refusing: Any = None) -> dict[str, Any]:
        items, right_to_wrong, wrong_to_right, p = choice
        counted = {"items": items, "right_to_wrong": right_to_wrong, "wrong_to_right": wrong_to_right, "mcnemar_p": p}
        return {"cross_entropy": {"before": 2.0, "after": after}, "choice": counted, "abstention": refusing}

    refusing = {"items": 20, "before": 0.9, "after": 0.25}
    forgetting = {"tuned": lost(1.999, (100, 11, 7, 0.48)), "hybrid": lost(2.28, (100, 3, 15, 0.01), refusing)}
    said = factors({"tuned": {}}, [], {}, forgetting, NOTHING, 1.0)[-1]["measured"]
    assert said == (
        "General text costs tuned +0.00 nats a token (0: nothing forgotten), of 100 general questions it lost 11 and won 7, "
        "which could be chance; general text costs hybrid +0.28 nats a token (0: nothing forgotten), of 100 general questions "
        "it lost 3 and won 15, and of 20 questions that nothing answers it would decline 5 (before: 18)."
    )


@pytest.mark.parametrize(("tuned", "leans"), [(0.5, "tuning"), (0.94, "neither"), (1.5, "rag")])
def test_a_hair_of_a_second_leans_nowhere(tuned: float, leans: str) -> None:
    timed = NOTHING | {"per_answer_seconds": {"rag": 0.96, "tuned": tuned}}
    assert told({}, cost=timed)["cost and speed"]["leans"] == leans

"""Two reports side by side: what was mended, what broke, what changed in the settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunebook.trial.compare import compare_reports


def report(id: str, scores: dict[str, list[float | None]], recommended: str = "rag", k: int = 3) -> dict[str, Any]:
    count = len(next(iter(scores.values())))
    cases = [
        {"id": f"c{n}", "prompt": f"Question {n}?", "group": f"g{n}",
         "by": {name: {"score": its[n]} for name, its in scores.items()}}
        for n in range(count)
    ]  # fmt: skip
    settings = {"search": {"k": k}, "model": {"name": "starter"}}
    verdict = {"recommended": recommended}
    return {"id": id, "cases": cases, "approaches": dict.fromkeys(scores), "verdict": verdict, "settings": settings}


def test_what_rose_beyond_chance_is_said() -> None:
    before = report("one", {"rag": [0.0] * 15 + [1.0] * 15, "base": [0.0] * 30})
    after = report("two", {"rag": [1.0] * 28 + [0.0] * 2, "base": [0.0] * 30}, "hybrid", k=4)
    found = compare_reports(before, after, 400, 0)
    assert found["with"] == "one"
    assert found["settings"] == [{"key": "search.k", "before": 3, "after": 4}]
    assert found["arms"]["rag"]["counts"] == {"cases": 30, "mended": 15, "broken": 2}
    assert found["arms"]["rag"]["broken"] == ["c28", "c29"]
    assert found["sentence"] == "Over 30 shared cases: rag rose by 43 points. The verdict went from rag to hybrid."


def test_what_else_differs_is_said() -> None:
    before, after = report("one", {"rag": [1.0]}), report("two", {"rag": [1.0]})
    hashes = {"cases": "1", "examples": "2", "library": "3", "model": "4"}
    before |= {"hashes": hashes, "reader": None}
    after |= {"hashes": hashes | {"library": "5", "examples": "none"}, "reader": ["sales"]}
    told = compare_reports(before, after, 100, 0)["sentence"]
    assert told.endswith(" Not the same in both: the examples, the documents and whose view was measured (--as).")
    assert compare_reports(before, before, 100, 0)["sentence"].endswith("The verdict is still rag.")


def test_only_shared_cases_and_arms_count() -> None:
    before, after = report("one", {"rag": [1.0, 0.0, None]}), report("two", {"rag": [1.0, 1.0, 1.0], "new": [1.0] * 3})
    after["cases"][1]["prompt"] = "Asked otherwise?"
    found = compare_reports(before, after, 100, 0)
    assert list(found["arms"]) == ["rag"]
    assert found["arms"]["rag"]["counts"]["cases"] == 1
    assert "no approach moved beyond chance. The verdict is still rag." in found["sentence"]
    assert "share no case" in compare_reports({}, after, 100, 0)["sentence"]
    other = compare_reports(before, report("two", {"new": [1.0] * 3}), 100, 0)
    assert (other["arms"], "share no approach" in other["sentence"]) == ({}, True)


def test_equal_approaches_seldom_move_however_many_are_looked_at() -> None:
    """Five approaches, two trials with the same truth; each alone at 95 % one of them moved in .25 of such pairs of trials."""
    moved = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        before, after = ({name: random.integers(0, 2, 60).tolist() for name in "abcde"} for _ in range(2))
        found = compare_reports(report("one", before), report("two", after), 100, seed)
        moved += "no approach moved" not in found["sentence"]
        one = found["arms"]["a"]
        assert one["among"]["low"] < one["difference"]["low"]
    assert moved <= 8


def test_a_question_in_another_dialogue_is_another_case() -> None:
    before, after = report("one", {"rag": [1.0, 1.0, 1.0]}), report("two", {"rag": [0.0, 0.0, 0.0]})
    for place, (old, new) in enumerate((("x", "x"), ("x", "y"))):
        before["cases"][place]["asked"], after["cases"][place]["asked"] = old, new
    after["cases"][2]["asked"] = "x"  # the older report has no hash: the question alone is compared
    assert compare_reports(before, after, 100, 0)["cases"] == 2

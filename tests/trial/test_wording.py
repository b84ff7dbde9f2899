"""Numbers in words: no "1 points", no "-0", and nothing that reads as 0 or as all and is not."""

from __future__ import annotations

import pytest

from tunebook.trial.charts import Axis, _tick_text
from tunebook.trial.wording import estimate, listed, often, quantity, worths
from tunebook.values import hundredths, points


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.18, "+18 points"),
        (0.0104, "+1 point"),
        (-0.01, "-1 point"),
        (0.0, "0 points"),
        (-1e-12, "0 points"),
        (-0.003, "-0.3 points"),
        (0.0004, "+0.04 points"),
        (12.3, "+1,230 points"),
    ],
)
def test_points(share: float, said: str) -> None:
    assert points(share) == said
    assert quantity(share, "points") == said.replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def test_a_bound_above_0_does_not_read_as_0() -> None:
    told = estimate({"mean": 0.07, "low": 0.002, "high": 0.14}, "points")
    assert told == "+7\N{NO-BREAK SPACE}points (+0.2 to +14)"
    assert hundredths(-0.002) == "-0.2"


def test_a_share_that_is_not_all_is_not_said_to_be() -> None:
    assert [often(share) for share in (1.0, 0.9996, 0.97, 0.0004, 0.0)] == ["100%", "over 99%", "97%", "under 1%", "0%"]


def test_names_are_listed() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_an_axis_of_points_says_its_halves() -> None:
    axis = Axis("", "points", -0.05, 0.05)
    assert [_tick_text(tick, "points").replace("\N{MINUS SIGN}", "-") for tick in axis.ticks()] == [
        "-5", "-2.5", "0", "+2.5", "+5",
    ]  # fmt: skip


def test_what_the_arms_are_worth_is_told_where_weights_are_set() -> None:
    verdict = {"worth": {"rag": 0.5, "hybrid": 0.47, "base": -0.1}, "weights": {"second": 0.03}}
    assert worths(verdict).endswith("where a right answer is 1: rag 0.50, hybrid 0.47 and base -0.10.")
    assert worths(verdict | {"weights": {"second": 0.0, "knowledge": None}}) == ""

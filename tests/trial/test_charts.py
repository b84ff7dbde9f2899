"""The charts and the words of the report: where a mark stands, and how a number is said."""

import re
from typing import Any

import pytest

from tunebook.trial import wording
from tunebook.trial.charts import Axis, Line, Row, interval_plot, line_chart, marks_for, nice_step, ordered

HALF: dict[str, Any] = {"mean": 0.5, "low": 0.0, "high": 1.0, "n": 60}


def test_marks_are_the_same_whatever_else_runs() -> None:
    few, many = marks_for(["rag"]), marks_for(["other", "tuned", "rag"], ["always refuse"])
    assert few["rag"] == many["rag"] and many["always refuse"].hollow
    assert len({(m.colour, m.shape) for m in many.values()}) == len(many)
    assert ordered(["z", "hybrid", "base"]) == ["base", "hybrid", "z"]


def test_an_interval_plot_places_its_mark_and_says_its_values() -> None:
    svg = interval_plot([Row("rag", HALF, marks_for(["rag"])["rag"])], "share", "Score")
    assert 'x="50.00%"' in svg and 'x1="2.50%" x2="97.50%"' in svg
    assert 'aria-label="Score. rag: 50\N{NO-BREAK SPACE}% (0 to 100)."' in svg


def test_a_line_chart_runs_from_corner_to_corner() -> None:
    x, y = Axis("answers", "count", 0, 10), Axis("seconds", "count", 0, 5)
    assert 'points="0.00,100.00 100.00,0.00"' in line_chart(
        [Line("rag", [(0, 0), (10, 5)], marks_for(["rag"])["rag"])], x, y, "t"
    )


@pytest.mark.parametrize(("span", "step"), [(1, 0.25), (10, 2.5), (7, 2), (0.3, 0.1), (1800, 500)])
def test_ticks_are_round(span: float, step: float) -> None:
    assert nice_step(span) == pytest.approx(step)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.714, "share", "71_%"),
        (-0.04, "points", "\N{MINUS SIGN}4_points"),
        (0.0, "points", "0_points"),
        (0, "seconds", "0_s"),
        (0.421, "seconds", "0.42_s"),
        (1260, "seconds", "21_min"),
        (7525, "count", "7,525"),
        (0.0304, "nats", "0.030_nats"),
        (None, "share", "not measured"),
        (float("inf"), "count", "not measured"),
        (True, "count", "not measured"),
    ],
)
def test_numbers_in_words(value: object, unit: wording.Unit, said: str) -> None:
    assert wording.quantity(value, unit) == said.replace("_", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("mean", "low", "high", "said"),
    [
        (0.42, 0.4, 0.44, "0.42_s (0.40 to 0.44)"),
        (130, 100, 180, "2_min (100_s to 3_min)"),
        (110, 90, 180, "110_s (90_s to 3_min)"),
        (600, 480, 720, "10_min (8_min to 12_min)"),
    ],
)
def test_each_bound_of_a_time_is_in_a_unit_that_is_told(mean: float, low: float, high: float, said: str) -> None:
    told = wording.estimate({"mean": mean, "low": low, "high": high, "n": 9}, "seconds")
    assert told == said.replace("_", "\N{NO-BREAK SPACE}")


def test_the_axis_is_named_clear_of_its_highest_tick() -> None:
    line = Line("rag", [(0.0, 0.2), (1.0, 0.5)], marks_for(["rag"])["rag"])
    svg = line_chart([line], Axis("answered", "share", 0.0, 1.0), Axis("wrong", "share", 0.0, 1.0), "t")
    at = {words: float(y) for y, words in re.findall(r'y="([\d.]+)" text-anchor="start">([^<]*)<', svg)}
    assert at["100\N{NO-BREAK SPACE}%"] - at["wrong"] >= 18  # a line of text


def test_a_chart_without_intervals_draws_no_whisker() -> None:
    mark = marks_for(["rag"])["rag"]
    alone = {"mean": 0.5, "low": None, "high": None, "n": 1}
    svg = interval_plot([Row("rag", alone, mark), Row("x", None, mark)], "share", "t")
    assert "whisker" not in svg and svg.count('class="mark"') == 1 and "x: not measured" in svg


def test_of_what_is_counted_no_halves_are_ticked() -> None:
    assert Axis("training steps", "count", 0, 2, whole=True).ticks() == [0, 1, 2]
    assert Axis("answers given", "count", 0, 10, whole=True).ticks() == [0, 3, 6, 9]
    minutes = line_chart([], Axis("answers given", "count", 0, 1000, whole=True), Axis("minutes", "count", 0, 10), "t")
    assert ">2.5<" in minutes and ">1,000<" in minutes

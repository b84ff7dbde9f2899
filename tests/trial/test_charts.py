"""The charts and the words of the report: where a mark stands, and how a number is said."""

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


def test_a_chart_without_intervals_draws_no_whisker() -> None:
    mark = marks_for(["rag"])["rag"]
    alone = {"mean": 0.5, "low": None, "high": None, "n": 1}
    svg = interval_plot([Row("rag", alone, mark), Row("x", None, mark)], "share", "t")
    assert "whisker" not in svg and svg.count('class="mark"') == 1 and "x: not measured" in svg

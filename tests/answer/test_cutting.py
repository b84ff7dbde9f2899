"""A text without some of its sentences leaves no ruins."""

from __future__ import annotations

import pytest

from tunebook.answer.cutting import without

TABLE = "| Bike | Load |\n|---|---|\n| Wren | 80 kg |\n| Moon | cheese |"


@pytest.mark.parametrize("run", ["-", " ", "- ", "|-"])
def test_a_long_run_of_marks_is_cut_around(run):
    """It would take hours where a pattern looked at each mark from each mark."""
    assert without("A b. C d.\n|a|\n" + run * 300_000 + "x", [(0, 4)]).startswith("C d.\n|a|\n")


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        ("1. One.\n2. Two.\n3. Three.", ["Two."], "1. One.\n3. Three."),
        ("1. One. 2. Two. 3. Three.", ["Two."], "1. One. 3. Three."),
        ("1. One. More.\n2. Two.", ["One."], "1. More.\n2. Two."),
        ("It holds 12. It flies.", ["It flies."], "It holds 12."),
        ("- One. More.\n- Two.", ["- One."], "- More.\n- Two."),
        ("Lead:\n\n1. One.\n2. Two.\n\nEnd.", ["One.", "Two."], "Lead:\n\nEnd."),
        ('"One." "Two." Three.', ['"Two."'], '"One." Three.'),
        ('He said "One. Two." So', ['"One.'], 'He said "Two." So'),
        ("(One.) Two.", ["(One.)"], "Two."),
        ("**One. Two.** Three.", ["Two.**"], "**One.** Three."),
        ("```\nOne.\n```\nTwo.", ["One."], "Two."),
        (TABLE, ["| Moon | cheese |"], "| Bike | Load |\n|---|---|\n| Wren | 80 kg |"),
        (f"{TABLE}\n\nEnd.", ["| Wren | 80 kg |", "| Moon | cheese |"], "End."),
        ("One.\n\nTwo.\n\nThree.", ["Two."], "One.\n\nThree."),
    ],
)
def test_what_is_taken_out_takes_its_marks_with_it(text, taken, left):
    assert without(text, [(text.index(one), text.index(one) + len(one)) for one in taken]) == left

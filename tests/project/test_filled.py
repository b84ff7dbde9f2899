"""Where a team has few examples over passages, they are filled up from the passages, and can be looked at."""

from __future__ import annotations

import json

import pytest
from helpers import CountingModel, example

from tunebook.project import filled as module
from tunebook.project import tune
from tunebook.project.filled import filled

BIKES = {
    f"documents/bike{n}.md": f"# Bike {n}\n\nThe frame of bike number {n} was welded in {1900 + n} by two smiths."
    for n in range(12)
}
OWN = [
    example(n, f"When was bike number {n} welded?", f"{1900 + n}", sources=(f"documents/bike{n}.md",), answerable=True)
    for n in range(2)
]


@pytest.fixture
def parts(project):
    def open_parts(wanted: int):
        opened = project(BIKES, CountingModel(), [f"tuning.reading_rows={wanted}", "search.k=2"])
        opened.sync()
        return opened._parts

    return open_parts


def test_what_is_lacking_is_made_and_written_down(parts):
    project = parts(8)
    made = filled(project, tune.desk(project, OWN, []))
    assert len(made) == 6
    rows = [json.loads(line) for line in (project.folder.state / module.FILE).read_text().splitlines()]
    assert [row["prompt"] for row in rows] == [one.prompt for one in made]
    for one in made:
        (source,) = one.sources
        assert one.completion in BIKES[source]


def test_enough_examples_are_left_alone(parts):
    project = parts(2)
    assert filled(project, tune.desk(project, OWN, [])) == []


def test_without_any_of_the_teams_own_nothing_is_made(parts):
    project = parts(8)
    form = [example(1, "Sort: the chain is off.", "workshop")]
    assert filled(project, tune.desk(project, form, [])) == []


def test_documents_behind_the_cases_are_left_alone(parts):
    from helpers import case

    project = parts(50)
    cases = [case(f"k{n}", f"How old is {n}?", sources=[f"documents/bike{n}.md"], answers=("x",)) for n in range(2, 10)]
    made = filled(project, tune.desk(project, OWN, cases))
    assert {one.sources[0] for one in made} <= {f"documents/bike{n}.md" for n in (0, 1, 10, 11)}


def test_the_rows_of_a_hybrid_hold_them(parts):
    project = parts(8)
    rows = tune.work_of(project, "hybrid", tune.desk(project, OWN, []), None).rows
    assert sum(row.id.startswith("made-") for row in rows) == 6


def test_a_hybrid_has_its_own_epochs_and_keeps_its_last_step(parts):
    project = parts(0)
    found = {
        target: tune.work_of(project, target, tune.desk(project, OWN, []), None).tuning
        for target in ("tuned", "hybrid")
    }
    usual = project.settings.tuning
    assert (found["tuned"].epochs, found["tuned"].best_by) == (usual.epochs, "loss")
    assert (found["hybrid"].epochs, found["hybrid"].best_by) == (usual.hybrid_epochs, "last")

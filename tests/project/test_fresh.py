"""Freshness over fakes: held-back documents and a second version; the library of the project stays as it is."""

from __future__ import annotations

import pytest
from helpers import CountingModel, write_rows

from tunebook import Project
from tunebook.errors import BadInput
from tunebook.project import Wishes
from tunebook.settings import ABSTENTION

BIKES = {f"documents/bike{n}.md": f"# Bike {n}\n\nBike number {n} carries {100 + n} kg." for n in range(8)}
CASES = [
    {
        "id": f"k{n}",
        "prompt": f"How much does bike number {n} carry?",
        "answers": [f"{100 + n} kg"],
        "sources": [f"documents/bike{n}.md"],
    }
    for n in range(8)
]


def read_the_best_passage(request) -> str:
    """Reads out the best passage if it is about the bike that was asked about."""
    prompt = request.messages[-1]["content"]
    if not prompt.startswith("Read this text:"):
        return "Ninety."
    *_, passage, question = prompt.split("\n\n")
    number = question.split("number ")[1].split()[0]
    return passage if f"number {number} " in passage else ABSTENTION


@pytest.fixture
def opened(project) -> Project:
    found = project(BIKES, CountingModel(read_the_best_passage), ["search.k=1", "trial.resamples=200"])
    write_rows(found._parts.folder.root / "cases.jsonl", CASES)
    return found


def test_held_documents_are_known_after_a_sync(opened) -> None:
    report = opened.trial(approaches=["base", "rag"], wishes=Wishes(fresh="hold"))
    fresh = report["fresh"]
    assert fresh["what"] == "2 documents were held back, then added"
    assert sorted(fresh["arms"]) == ["base", "rag"], "controls are not asked again"
    rag, base = fresh["arms"]["rag"], fresh["arms"]["base"]
    assert (rag["before"]["right"]["mean"], rag["before"]["refused"]["mean"], rag["after"]["right"]["mean"]) == (
        0,
        1,
        1,
    )
    assert rag["by"] == "a sync"
    assert (base["after"]["right"]["mean"], base["by"]) == (0, None)
    assert "rag went from 0% to 100% right" in fresh["sentence"]
    assert "After a sync" in next(row["measured"] for row in report["factors"] if row["factor"] == "data volatility")
    assert not (opened.state / "fresh").exists()
    assert opened._parts.library.store.count() == 8, "the project's own library was not touched"


def test_a_library_in_the_state_folder_is_copied_and_not_embedded_again(opened, monkeypatch) -> None:
    opened.sync()
    monkeypatch.setattr("tunebook.project.fresh._copy", None)
    assert opened.trial(approaches=["base", "rag"], wishes=Wishes(fresh="hold"))["fresh"]["arms"]


def test_a_second_version_of_the_documents(opened, tmp_path) -> None:
    newer = [
        {
            "_id": f"documents/bike{n}.md",
            "title": "",
            "text": f"Bike number {n} carries {(500 if n < 3 else 100) + n} kg.",
        }
        for n in range(8)
    ]
    documents = write_rows(tmp_path / "newer.jsonl", newer)
    keys = [row | ({"answers": [f"{500 + n} kg"]} if n < 3 else {}) for n, row in enumerate(CASES)]
    wishes = Wishes(fresh=str(documents), fresh_cases=write_rows(tmp_path / "cases-newer.jsonl", keys))
    rag = opened.trial(approaches=["rag"], wishes=wishes)["fresh"]["arms"]["rag"]
    assert (rag["before"]["right"]["mean"], rag["before"]["stale"]["mean"]) == (0, 1)
    assert (rag["after"]["right"]["mean"], rag["after"]["stale"]["mean"]) == (1, 0)
    assert rag["after"]["right"]["n"] == 3, "only what has changed is asked"


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (Wishes(fresh="nowhere.jsonl"), "what is right after it"),
        (Wishes(compare="nothing"), "no such trial"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_before_any_work(opened, wishes, message) -> None:
    with pytest.raises(BadInput, match=message):
        opened.trial(approaches=["base"], wishes=wishes)
    assert opened._parts.model.asked == []


def test_a_trial_is_compared_with_the_last(opened) -> None:
    first = opened.trial(approaches=["base", "rag"])
    (opened._parts.folder.root / "documents/bike0.md").write_text("# Bike 0\n\nBike number 0 carries 555 kg.")
    compared = opened.trial(approaches=["base", "rag"], wishes=Wishes(compare="last"))["compared"]
    assert compared["with"] == first["id"]
    assert compared["arms"]["rag"]["broken"] == ["k0"]


def test_a_budget_is_kept_and_told(opened) -> None:
    report = opened.trial(approaches=["base", "rag"], wishes=Wishes(budget_seconds=3600))
    assert report["budget"]["gave_up"] == []
    assert report["counts"]["cases"] == 8


def test_what_a_killed_measurement_left_is_forgotten_too(opened) -> None:
    opened.sync()
    left = opened.state / "fresh" / "library" / "passages.txt"
    left.parent.mkdir(parents=True)
    left.write_text("Bike number 0 carries 100 kg.")
    opened.forget("documents/bike0.md")
    assert not left.exists()

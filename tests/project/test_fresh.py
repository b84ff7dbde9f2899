"""Freshness over fakes: held-back documents and a second version; the library of the project stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import CountingModel, write_rows

from tunebook import Project
from tunebook.errors import BadInput
from tunebook.project import Wishes
from tunebook.project.fresh import holding_back
from tunebook.rows import read_cases
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
        (Wishes(fresh_cases=Path("cases.jsonl")), "--fresh no documents"),
        (Wishes(compare="nothing"), "no such trial"),
        (Wishes(compare=""), "no such trial"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_before_any_work(opened, wishes, message) -> None:
    with pytest.raises(BadInput, match=message):
        opened.trial(approaches=["base"], wishes=wishes)
    assert opened._parts.model.asked == []


def test_too_few_documents_and_an_empty_second_version_are_told_before_any_work(opened, tmp_path) -> None:
    with pytest.raises(BadInput, match="--as a part of it"):
        opened.trial(approaches=["base"], wishes=Wishes(fresh="hold"), groups=("staff",))
    write_rows(opened._parts.folder.root / "cases.jsonl", CASES[:3])
    with pytest.raises(BadInput, match="3 documents stand behind answerable cases"):
        opened.trial(approaches=["base"], wishes=Wishes(fresh="hold"))
    (tmp_path / "empty").mkdir()
    wishes = Wishes(fresh=str(tmp_path / "empty"), fresh_cases=opened._parts.folder.cases)
    with pytest.raises(BadInput, match="holds no file"):
        opened.trial(approaches=["base"], wishes=wishes)
    assert opened._parts.model.asked == []


@pytest.mark.parametrize("seed", range(8))
def test_a_case_that_rests_on_several_documents_is_held_back_whole(tmp_path, seed) -> None:
    rows = [CASES[n] | {"sources": [f"documents/bike{n}.md", f"documents/bike{(n + 1) % 8}.md"]} for n in range(8)]
    update = holding_back(read_cases(write_rows(tmp_path / "cases.jsonl", rows)), set(), seed)
    assert (len(update.held), len(update.cases)) == (2, 1)
    every = write_rows(tmp_path / "all.jsonl", [CASES[0] | {"sources": [f"documents/bike{n}.md" for n in range(8)]}])
    with pytest.raises(BadInput, match="8 documents stand behind"):  # one case rests on all there are
        holding_back(read_cases(every), set(), seed)


def test_a_trial_with_freshness_is_another_trial_than_one_without(opened) -> None:
    fresh = opened.trial(approaches=["base", "rag"], wishes=Wishes(fresh="hold"))
    assert fresh["fresh"]["sentence"].endswith("(on 2 cases).")
    plain = opened.trial(approaches=["base", "rag"], wishes=Wishes(compare="last"))
    assert (plain["id"] != fresh["id"], plain["compared"]["with"]) == (True, fresh["id"])
    assert json.loads(Path(fresh["report"]).with_suffix(".json").read_text())["fresh"]


@pytest.mark.parametrize("written", ["{garb", "[]", "{}", '""', "\udcff"])
def test_a_report_that_cannot_be_read_is_told_and_not_listed(opened, written) -> None:
    first = opened.trial(approaches=["base"])
    Path(first["report"]).with_suffix(".json").write_bytes(written.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput, match=f"--compare {first['id']}: its report cannot be read") as caught:
        opened.trial(approaches=["base"], wishes=Wishes(compare=first["id"]))
    assert caught.value.hint == "there are: none yet"
    assert opened.reports.all() == []
    with pytest.raises(BadInput, match="cannot be read"):
        opened.reports.get(first["id"])
    assert opened.advise({}).as_json(), "as if there were no trial"


def test_an_interrupted_trial_is_not_shown_as_running(opened) -> None:
    told = []

    def interrupt(step, done, count, note=""):
        told.append(opened.reports.live())
        if step == "asking rag" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened.trial(approaches=["base", "rag"], progress=interrupt)
    assert any(told)
    assert opened.reports.live() is None


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

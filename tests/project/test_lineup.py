"""Who stands in a trial: an adapter for each seed, the first in use afterwards, and arms that answer with their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import CountingModel, example

from tunebook.progress import silent
from tunebook.project import lineup
from tunebook.project.training import Made
from tunebook.project.tune import desk
from tunebook.settings import load_settings

EXAMPLES = [example(n, f"Sort: fault {n}.", "workshop") for n in range(6)]
BIKE = {"documents/bike.md": "# Bike\n\nThe bike carries 80 kg."}


@pytest.fixture
def trained(monkeypatch) -> list[tuple[str, int]]:
    """Training is minutes of work: here it only says which target it was asked for, and with which seed."""
    asked: list[tuple[str, int]] = []

    def tune(parts, target, checked, progress) -> Made:
        seed = parts.settings.tuning.seed
        asked.append((target, seed))
        return Made(Path(f"/adapters/{target}-{seed}"), {}, False)

    monkeypatch.setattr(lineup, "tune", tune)
    return asked


def test_each_adapter_is_trained_with_each_seed_and_the_first_comes_last(project, trained) -> None:
    parts = project(BIKE, None, ["trial.seeds=3", "tuning.seed=7"])._parts
    made, unavailable = lineup.tune_missing(parts, desk(parts, EXAMPLES, []), ["base", "tuned"], silent)
    assert trained == [("tuned", 9), ("tuned", 8), ("tuned", 7)]
    assert [one.folder.name for one in made["tuned"]] == ["tuned-7", "tuned-8", "tuned-9"]
    assert unavailable == {}


def test_arms_answer_with_the_adapters_of_their_seed(project, trained) -> None:
    opened = project(BIKE, CountingModel(), ["trial.seeds=2"])
    opened.sync()
    parts = opened._parts
    made, unavailable = lineup.tune_missing(parts, desk(parts, EXAMPLES, []), ["naive_hybrid"], silent)
    arms = {
        arm.name: arm
        for arm in lineup.arms_of(parts, ["base", "naive_hybrid", "hybrid"], EXAMPLES, made, unavailable, silent)
    }
    assert [len(arms[name].seeds) for name in ("base", "naive_hybrid")] == [1, 2]
    assert len({path for _, path in arms["naive_hybrid"].seeds}) == 2, "each seed keeps its own answers"
    assert {"always_refuse", "commonest_answer", "first_passage"} <= set(arms)
    assert unavailable == {"hybrid": "there is no adapter for hybrid"}


def test_a_setting_asks_only_who_goes_by_it_again(project) -> None:
    opened = project(BIKE, CountingModel())
    opened.sync()
    names = ["base", "prompted", "rag"]

    def stems(*changed: str) -> dict[str, str]:
        parts = opened._parts.with_settings(load_settings(None, ["embedder.name=fake", *changed]))
        found = lineup.arms_of(parts, names, EXAMPLES, {}, {}, silent)
        return {arm.name: arm.seeds[0][1].stem for arm in found if arm.name in names}

    def again(*changed: str) -> list[str]:
        return [name for name, stem in stems(*changed).items() if stem != before[name]]

    before = stems()
    for setting in ("false_refusals=0.3", "min_similarity=0.2", "rag_instruction='Read.'", "unsupported=drop"):
        assert again(f"answer.{setting}") == ["rag"], "base and prompted read no passages"
    assert again("answer.demonstrations=2") == again("answer.prompted_instruction='Be brief.'") == ["prompted"]
    assert again("answer.max_new_tokens=20") == names
    assert again("answer.accepted_wrong=0.1") == []


def test_a_sample_of_the_cases_trains_the_adapter_that_all_of_them_would(project) -> None:
    """An example that leaks into a case is left out whether that case is asked or not."""
    rows = [f'{{"id": "e{n}", "prompt": "Sort: fault {n} of the crane.", "completion": "shop"}}\n' for n in range(9)]
    cases = [
        f'{{"id": "c{n}", "prompt": "Sort: fault {n} of the crane.", "kind": "behaviour", "answers": ["shop"]}}\n'
        for n in range(6)
    ]
    files = {"examples.jsonl": "".join(rows), "cases.jsonl": "".join(cases)}
    opened = project(files, CountingModel(), ["trial.max_cases=2"])
    report = opened.trial(approaches=["base", "prompted"])
    assert report["counts"]["cases"] == 2
    assert report["counts"]["examples"] == 3

"""Fitting a trial into a time: what is given up first, and what is said about it."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from tunebook.progress import silent
from tunebook.project import budget
from tunebook.project.budget import Plan, Training, fit, plan
from tunebook.settings import Settings, load_settings

THREE = load_settings(None, ["trial.seeds=3"])


def fitted(left: float, settings: Settings = THREE, examples: int = 400, hybrid: float = 150.0) -> Plan:
    """`tuned` takes 300 s and `hybrid` 150: 450 s a seed."""
    training = Training({"tuned": 300.0, "hybrid": hybrid})
    return fit(settings, training, examples, left, Plan(settings, 2 * left, 0.0))


def test_what_fits_gives_up_nothing() -> None:
    found = fitted(1350)
    assert (found.settings, found.gave_up, found.untrained) == (THREE, (), {})
    assert found.told(80, 80, 12.3) == {"seconds": 2700, "spent": 12.3, "gave_up": []}
    assert Plan(THREE).told(80, 80, 12.3) is None


@pytest.mark.parametrize(
    ("left", "seeds", "epochs", "examples", "gave_up"),
    [
        (1000, 2, 3.0, None, ["1 of 3 training seeds"]),
        (450, 1, 3.0, None, ["2 of 3 training seeds"]),
        (320, 1, 2.1, None, ["2 of 3 training seeds", "30% of the epochs"]),
        (80, 1, 1.05, 200, ["2 of 3 training seeds", "65% of the epochs", "200 of 400 examples"]),
    ],
)
def test_seeds_go_first_then_epochs_then_examples(left, seeds, epochs, examples, gave_up) -> None:
    found = fitted(left)
    tuning = found.settings.tuning
    assert (found.settings.trial.seeds, round(tuning.epochs, 3), tuning.max_examples) == (seeds, epochs, examples)
    assert list(found.gave_up) == gave_up


def test_what_cannot_be_trained_is_named_and_left_out() -> None:
    found = fitted(10)
    assert sorted(found.untrained) == ["hybrid", "tuned"]
    assert found.names(["base", "rag", "tuned"]) == ["base", "rag"]
    told = found.told(50, 80, 20.0)
    assert told is not None
    assert told["gave_up"][:2] == ["training tuned", "training hybrid"]
    assert told["gave_up"][-1] == "30 of 80 cases were not asked"


def test_the_least_time_that_is_named_is_one_that_would_do() -> None:
    for examples in (20, 90, 120, 400):
        for name, said in fitted(1, examples=examples).untrained.items():
            least = float(said.split("about ")[1].split()[0])
            assert name not in fitted(least, examples=examples).untrained
            assert name in fitted(least - 1, examples=examples).untrained


def test_the_dearest_adapter_is_given_up_first_and_the_others_are_trained() -> None:
    found = fitted(400, hybrid=6000.0)
    assert list(found.untrained) == ["hybrid"]
    assert "of tuned and hybrid takes about 552 s, and 400 s are left" in found.untrained["hybrid"]
    assert found.names(["rag", "tuned", "hybrid"]) == ["rag", "tuned"]
    assert (found.settings.trial.seeds, found.gave_up) == (1, ("2 of 3 training seeds",))


@pytest.mark.parametrize("left", [0.0, -12.0])
def test_no_negative_time_is_left(left: float) -> None:
    for said in fitted(left).untrained.values():
        assert said.endswith("and no time is left for it")


def test_few_examples_are_not_cut_further() -> None:
    assert fitted(80, examples=90).untrained, "half of 90 is too few to learn from"


def planned(monkeypatch: Any, made: set[tuple[str, int]], settings: Settings, seconds: float) -> Plan:
    """Of a trial whose adapters for these targets and seeds are there; a training takes 100 s."""

    def is_made(parts: Any, target: str, _: Any) -> bool:
        return (target, parts.settings.tuning.seed) in made

    def expected(parts: Any, targets: list[str], *_: Any) -> dict[str, Any]:
        assert not any(is_made(parts, target, None) for target in targets), "only what is missing is estimated"
        return {target: SimpleNamespace(seconds=100.0) for target in targets}

    def project(given: Settings) -> Any:
        return SimpleNamespace(settings=given, has_library=True, with_settings=project)

    monkeypatch.setattr(budget, "is_made", is_made)
    monkeypatch.setattr(budget, "expected", expected)
    checked: Any = SimpleNamespace(used=[None] * 400)
    return plan(project(settings), checked, ["rag", "tuned", "hybrid"], seconds, time.monotonic(), silent)


@pytest.mark.parametrize(("made", "kept"), [("tuned", "epochs"), ("hybrid", "hybrid_epochs")])
def test_an_adapter_that_is_there_is_not_made_anew_with_less(made: str, kept: str, monkeypatch: Any) -> None:
    missing = "hybrid" if made == "tuned" else "tuned"
    settings = load_settings(None, [])
    found = planned(monkeypatch, {(made, 0)}, settings, 120)  # 60 s for training
    assert found.gave_up == ("50% of the epochs",)
    assert getattr(found.settings.tuning, kept) == getattr(settings.tuning, kept)
    least = planned(monkeypatch, {(made, 0)}, settings, 60)
    assert (found.settings.tuning.max_examples, list(least.untrained)) == (None, [missing])


@pytest.mark.parametrize(
    ("made", "seconds", "seeds", "gave_up", "untrained"),
    [
        ({("tuned", 0), ("hybrid", 0)}, 1000, 3, (), []),
        ({("tuned", 0), ("hybrid", 0)}, 500, 2, ("1 of 3 training seeds",), []),
        ({("tuned", 0), ("hybrid", 0)}, 100, 1, ("2 of 3 training seeds",), []),
        ({("tuned", 0), ("hybrid", 0)}, -10, 1, ("2 of 3 training seeds",), []),
        ({("tuned", n) for n in range(3)} | {("hybrid", 1), ("hybrid", 2)}, 210, 3, (), []),
        ({("tuned", n) for n in range(3)} | {("hybrid", 1)}, 210, 2, ("1 of 3 training seeds",), []),
        ({("tuned", 0)}, 120, 1, ("2 of 3 training seeds", "50% of the epochs"), []),
        ({("tuned", 0)}, 60, 1, ("2 of 3 training seeds",), ["hybrid"]),
    ],
)
def test_each_seed_that_is_missing_counts_and_none_that_is_there(
    made: set[tuple[str, int]], seconds: float, seeds: int, gave_up: Any, untrained: Any, monkeypatch: Any
) -> None:
    found = planned(monkeypatch, made, THREE, seconds)
    assert (found.settings.trial.seeds, found.gave_up, list(found.untrained)) == (seeds, gave_up, untrained)
    assert found.settings.tuning.epochs == THREE.tuning.epochs, "of tuned, whose first seed is there"

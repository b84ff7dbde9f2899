"""A sweep of learning rate and epochs over a tiny model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import CountingModel, write_rows

from tunebook.errors import BadInput, BadSettings, Diverged
from tunebook.project import Project
from tunebook.project.sweep import _study

torch = pytest.importorskip("torch")
pytest.importorskip("optuna")
sys.path.append(str(Path(__file__).parents[1] / "tuning"))

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture
def opened(tmp_path):
    from tiny import Letters, tiny_llama

    from tunebook.models.local import LocalChatModel

    rows = [{"id": str(n), "prompt": f"Sort fault {n}", "completion": f"shop {n % 3}"} for n in range(24)]
    write_rows(tmp_path / "examples.jsonl", rows)

    def open_with(*overrides: str) -> Any:
        tiny = (
            "tuning.rank=4",
            "tuning.epochs=3",
            "tuning.learning_rate=1e-3",
            "tuning.batch_tokens=128",
            "model.engine=torch",
        )
        project = Project.open(tmp_path, None, [*tiny, *overrides])
        letters = SimpleNamespace(plain=Letters(), window=4096, count=CountingModel().count_tokens)
        local: Any = LocalChatModel("tiny", tiny_llama(), letters)
        project._parts.local_model = project._parts.model = local
        return project

    return open_with


def test_the_best_run_is_made_and_found_again_under_its_settings(opened):
    project = opened()
    found = project.sweep(6.0)
    assert len(found["tried"]) > 1
    losses = [run["validation"] for run in found["tried"]]
    assert losses == sorted(losses)
    present = next(run for run in found["tried"] if (run["learning_rate"], run["epochs"]) == (1e-3, 3.0))
    assert losses[0] <= present["validation"]
    best = found["settings"]
    assert best == {key: found["tried"][0][key] for key in best}
    again = opened(f"tuning.learning_rate={best['learning_rate']}", f"tuning.epochs={best['epochs']}").tune()
    assert (again["adapter"], again["reused"]) == (found["adapter"], True)
    assert min(loss for _, loss in again["loss"]["validation"]) == pytest.approx(losses[0], rel=1e-3)
    left = sorted(path.name for path in (project._parts.folder.state / "adapters").glob("tuned-*"))
    assert left == [Path(found["adapter"]).name]


def test_a_run_made_before_counts_with_the_weights_it_kept(opened):
    project = opened("tuning.best_by=last")
    told = Path(project.tune()["adapter"]) / "manifest.json"
    manifest = json.loads(told.read_text())
    manifest["loss"] |= {"validation": [[2, 1.0], [4, 1.5]], "best_step": 4}
    told.write_text(json.dumps(manifest))
    assert project.sweep(0.0)["tried"][0]["validation"] == 1.5


def test_one_run_at_least_and_it_is_the_present_one(opened):
    found = opened().sweep(1e-6)
    assert [(run["learning_rate"], run["epochs"]) for run in found["tried"]] == [(1e-3, 3.0)]


def test_a_killed_sweep_goes_on_in_the_middle_of_its_run(opened):
    def killed(what, done, total, note):
        if what == "sweep, run 2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened().sweep(60.0, progress=killed)
    broken: list[tuple[str, int, str]] = []
    found = opened().sweep(1e-6, progress=lambda *where: broken.append((where[0], where[1], where[3])))
    assert len(found["tried"]) == 2  # what was begun is ended, and no time is left for a third
    first_of_second = next(done for what, done, _ in broken if what == "sweep, run 2")
    assert first_of_second > 1  # not from its beginning


@pytest.mark.parametrize("torn", [1, 9, 40])
def test_a_line_of_the_journal_that_a_kill_has_torn_is_passed_over(tmp_path, torn):
    import optuna

    path = tmp_path / "sweeps" / "tuned.log"
    for number in range(5):
        study = _study(optuna, path, 0)
        study.tell(study.ask(), 0.5)
        if number == 1:
            path.write_bytes(path.read_bytes()[:-torn])
    assert [trial.value for trial in _study(optuna, path, 0).get_trials()] == [0.5, None, 0.5, 0.5, 0.5]


def test_rows_must_be_held_out(opened):
    with pytest.raises(BadSettings, match="a sweep compares by the rows held out"):
        opened("tuning.validation_share=0").sweep(1.0)


def test_groups_that_are_too_large_to_be_held_out_are_told(opened, tmp_path):
    rows = [{"prompt": f"Sort fault {n}", "completion": f"shop {n % 3}", "group": str(n % 2)} for n in range(24)]
    write_rows(tmp_path / "examples.jsonl", rows)
    with pytest.raises(
        BadSettings, match=r"the smallest of 2 groups has 12 of 24 rows, and tuning.validation_share is 0.4"
    ):
        opened("tuning.validation_share=0.4").sweep(1.0)


def test_at_an_endpoint_nothing_is_swept(opened):
    with pytest.raises(BadInput, match="--sweep compares runs made here"):
        opened("model.endpoint=http://127.0.0.1:9/v1", "tuning.hosted=true").sweep(1.0)


def test_without_optuna(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(BadInput, match="--sweep needs optuna"):
        opened().sweep(1.0)


def test_a_run_that_diverges_does_not_end_the_sweep(opened, monkeypatch):
    from tunebook.project import sweep

    real, begun = sweep.trained, []

    def trained(*given):
        begun.append(given)
        if len(begun) == 1:
            raise Diverged("tuning diverged")
        return real(*given)

    monkeypatch.setattr(sweep, "trained", trained)
    found = opened().sweep(5.0)
    assert found["tried"] and (1e-3, 3.0) not in [(run["learning_rate"], run["epochs"]) for run in found["tried"]]


def test_a_sweep_of_nothing_but_divergence_says_so(opened):
    with pytest.raises(Diverged, match="every run of the sweep diverged"):
        opened("tuning.learning_rate=1e35").sweep(1.0)

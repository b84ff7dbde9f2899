"""An adapter of a tiny model, end to end: estimated, replayed, scaled, judged by the gate, used or refused."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import CountingModel, small_general_set, write_rows

from tunebook.approaches import Unavailable
from tunebook.errors import BadInput, BadSettings
from tunebook.models import FakeEmbedder
from tunebook.progress import silent
from tunebook.project import Project, Wishes
from tunebook.project.budget import plan
from tunebook.project.lineup import seeded, tune_missing
from tunebook.project.soup import singles
from tunebook.project.tune import desk, load

torch = pytest.importorskip("torch")
sys.path.append(str(Path(__file__).parents[1] / "tuning"))

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
TINY = [
    "tuning.rank=4",
    "tuning.epochs=2",
    "tuning.batch_tokens=256",
    "tuning.learning_rate=5e-3",
    "model.engine=torch",
]


@pytest.fixture
def opened(tmp_path):
    """Opens the same project again and again, each time under other settings, with a tiny model that is tuned."""
    from tiny import Letters, tiny_llama

    from tunebook.models.local import LocalChatModel

    rows = [{"id": str(n), "prompt": f"Sort fault {n}", "completion": f"shop {n % 3}"} for n in range(24)]
    write_rows(tmp_path / "examples.jsonl", rows)
    general = small_general_set(tmp_path)

    def open_with(*overrides: str) -> Any:
        project = Project.open(tmp_path, None, [*TINY, general, *overrides])
        model = CountingModel(lambda request: "An answer.")
        letters = SimpleNamespace(
            plain=Letters(),
            window=4096,
            count=model.count_tokens,
            stop=(1,),
            decode=lambda ids: "x" * len(ids),
            encode_all=lambda requests: [Letters().apply_chat_template(request.messages) for request in requests],
        )
        parts: Any = project._parts
        local: Any = LocalChatModel("tiny", tiny_llama(), letters)
        local.generate = lambda requests, adapter=None: model.generate(requests)
        parts.model, parts.local_model = model, local
        return project

    return open_with


def test_a_run_says_before_what_it_will_take_and_after_what_it_took(opened):
    foreseen = opened("tuning.price_per_hour=7.2").estimate()
    assert foreseen["to_make"] == ["tuned"]
    assert foreseen["cost"] == pytest.approx(foreseen["seconds"] / 500, abs=1e-3)
    told: list[str] = []
    made = opened("tuning.price_per_hour=7.2").tune(progress=lambda *where: told.append(f"{where[0]} {where[3]}"))
    assert any(line.startswith("estimating about ") for line in told)
    assert made["estimate"]["steps"] == foreseen["steps"] == made["loss"]["train"][-1][0]
    assert made["cost"] == pytest.approx(made["seconds"] / 500, abs=1e-3)
    assert made["memory_bytes"] >= made["estimate"]["memory_bytes"] > 0
    assert {path.name for path in Path(made["adapter"]).iterdir()} == {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    }
    assert opened().estimate() == {
        "to_make": [],
        "seconds": 0,
        "memory_bytes": 0,
        "steps": 0,
        "tokens": 0,
        "cost": None,
    }


def test_a_price_a_gate_and_another_general_set_train_nothing_anew(opened, tmp_path):
    first = opened("tuning.general=").tune()
    write_rows(tmp_path / "other" / "a.jsonl", [{"question": "Which?", "choices": ["a", "b"], "answer_index": 0}] * 9)
    again = opened("tuning.price_per_hour=1", "tuning.max_forgetting=9", "tuning.general=other").tune()
    assert (again["adapter"], again["reused"], first["reused"]) == (first["adapter"], True, False)
    assert (first["forgetting"]["set"], first["forgetting"]["choice"]["items"]) == ("built-in", 100)
    assert again["forgetting"]["choice"]["items"] == 9


def test_a_run_may_forget_only_so_much_and_says_why_it_ended(opened, monkeypatch):
    usual = opened("tuning.epochs=9").tune()
    loose = opened("tuning.stop_forgetting=50").tune()
    assert [step for step, _ in loose["general"]] == [step for step, _ in loose["loss"]["validation"]]
    assert all(-50 < nats < 50 for _, nats in loose["general"])
    costs = iter([9.0, *[99.0] * 99])  # every step after the first has forgotten more, and all too much
    monkeypatch.setattr("tunebook.project.training._watch", lambda parts: lambda model: next(costs))
    made = opened("tuning.epochs=9", "tuning.patience=0", "tuning.stop_forgetting=0").tune()
    assert made["ended"] is None, "without patience it goes on"
    costs = iter([0.0, *[99.0] * 99])
    made = opened("tuning.epochs=9", "tuning.stop_forgetting=0").tune()
    assert made["adapter"] != usual["adapter"], "the training goes by it"
    assert not usual["general"]
    assert [step for step, _ in made["general"]] == [step for step, _ in made["loss"]["validation"]]
    third = made["loss"]["validation"][2][0]
    told = f"after step {third} of {made['estimate']['steps']}: of the last 2 evaluations none was better"
    assert (made["ended"], made["loss"]["best_step"]) == (told, made["loss"]["validation"][0][0])


def test_a_gate_refuses_and_everyone_says_so(opened):
    folder = Path(opened().tune()["adapter"])
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["forgetting"]["cross_entropy"] = {"before": 3.0, "after": 3.3}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    strict = opened("tuning.max_forgetting=0.2")
    made = strict.tune()
    assert made["reused"]
    assert "costs +0.300 nats a token, and +0.200 is allowed (tuning.max_forgetting)" in made["refused"]
    assert strict.adapters.current("tuned") is None, "it goes out of use"
    assert strict.adapters.all()[0]["refused"] == made["refused"]
    with pytest.raises(Unavailable, match="the adapter for tuned was refused: general text costs"):
        strict.ask("Sort fault 3", "tuned")
    parts = strict._parts
    checked = desk(parts, *load(parts, None))
    assert "its adapter was refused" in tune_missing(parts, checked, ["tuned"], silent)[1]["tuned"]
    assert opened("tuning.max_forgetting=0.4").tune()["refused"] is None
    assert strict.adapters.current("tuned") == folder


def test_replay_adds_the_models_own_answers(opened):
    made = opened("tuning.replay=0.25").tune()
    manifest = opened().adapters.all()[0]
    assert (manifest["examples"]["used"], manifest["replayed"]) == (24, 8)
    assert opened().tune()["adapter"] != made["adapter"]
    assert opened("tuning.replay=0.25").estimate()["to_make"] == []


def test_a_scale_is_written_and_auto_chooses_one(opened):
    whole, half = opened().tune(), opened("tuning.scale=0.5").tune()
    assert (whole["scale"], half["scale"]) == (1.0, 0.5)
    assert half["forgetting"]["kl"] < whole["forgetting"]["kl"]
    chosen = opened("tuning.scale=auto").tune()
    curve = opened().adapters.all()[0]["scale_curve"]
    assert chosen["scale"] in [point["scale"] for point in curve]
    assert chosen["forgetting"]["kl"] == pytest.approx(
        next(point["kl"] for point in curve if point["scale"] == chosen["scale"]), rel=0.02, abs=1e-4
    )


def test_dora_is_tuned_and_not_scaled(opened):
    assert opened("tuning.method=dora").tune()["refused"] is None
    with pytest.raises(BadSettings, match="cannot be set for DoRA"):
        opened("tuning.method=dora", "tuning.scale=0.5").tune()


def test_a_soup_is_made_of_trainings_that_are_found_again(opened):
    single = opened().tune()
    foreseen = opened("tuning.soup=3").estimate()
    assert foreseen["steps"] == 2 * single["estimate"]["steps"], "one is there"
    told: list[str] = []
    made = opened("tuning.soup=3").tune(progress=lambda *where: told.append(where[0]))
    others = [opened(f"tuning.seed={seed}").tune() for seed in (1, 2)]
    assert all(one["reused"] for one in others)
    assert made["soup"] == [Path(one["adapter"]).name for one in (single, *others)]
    assert {line for line in told if line.startswith("tuning")} == {"tuning tuned, 2 of 3", "tuning tuned, 3 of 3"}
    assert (made["scale"], made["refused"]) == (1.0, None)
    assert made["seconds"] == pytest.approx(sum(one["seconds"] for one in (single, *others)), abs=0.1)
    again = opened("tuning.soup=3").tune()
    assert (again["reused"], again["adapter"]) == (True, made["adapter"])
    assert opened().adapters.current("tuned") == Path(made["adapter"]), "it was one of the single ones in between"
    assert opened("tuning.soup=3").estimate()["to_make"] == []


def test_soups_of_a_trial_have_no_training_in_common(opened):
    found = seeded(opened("tuning.soup=3", "trial.seeds=2", "tuning.seed=5")._parts)
    assert [[one.settings.tuning.seed for one in singles(each)] for each in found] == [[5, 6, 7], [8, 9, 10]]


def test_a_soup_of_dora_is_refused_before_anything_is_trained(opened):
    with pytest.raises(BadSettings, match=r"tuning.soup cannot be set for DoRA"):
        opened("tuning.method=dora", "tuning.soup=2").tune()
    assert opened().adapters.all() == []


def test_all_weights_are_tuned_like_any_adapter(opened):
    full = "tuning.method=full", "tuning.learning_rate=1e-3"
    assert opened(*full).estimate()["steps"] > 0
    lora, whole, half = (opened(*set).tune() for set in ((), full, (*full, "tuning.scale=0.5")))
    assert {path.name for path in Path(whole["adapter"]).iterdir()} == {"weight_changes.safetensors", "manifest.json"}
    assert (whole["refused"], half["scale"]) == (None, 0.5)
    assert 0 < half["forgetting"]["kl"] < whole["forgetting"]["kl"]
    again = opened(*full).tune()
    assert (again["adapter"], again["reused"]) == (whole["adapter"], True)
    project = opened(*full)
    listed = {Path(one["adapter"]).name: one["settings"]["method"] for one in project.adapters.all()}
    assert sorted(listed.values()) == ["full", "full", "lora"]
    assert project.adapters.roll_back("tuned") == Path(half["adapter"])
    project.adapters.promote("tuned", Path(lora["adapter"]))
    assert project.adapters.current("tuned") == Path(lora["adapter"])
    chosen = opened(*full, "tuning.scale=auto").tune()
    curve = {point["scale"]: point["kl"] for point in project.adapters.all()[0]["scale_curve"]}
    assert chosen["forgetting"]["kl"] == pytest.approx(curve[chosen["scale"]], rel=0.05, abs=1e-4)


def test_an_unknown_method_is_refused_with_what_is_allowed(tmp_path):
    with pytest.raises(BadSettings) as error:
        Project.open(tmp_path, None, ["tuning.method=ful"])
    assert all(word in str(error.value) for word in ("tuning.method", "'lora'", "'dora'", "'full'"))


def test_a_budget_goes_by_timed_steps_and_leaves_out_what_cannot_be_tuned(opened):
    project = opened()
    rows, cases = load(project._parts, None)
    checked = desk(project._parts, rows, cases)
    begin = time.monotonic()
    enough = plan(project._parts, checked, ["tuned", "hybrid"], 3600.0, begin, silent)
    assert (enough.gave_up, enough.untrained) == ((), {})
    short = plan(project._parts, checked, ["tuned", "hybrid"], 1e-3, begin, silent)
    assert list(short.untrained) == ["tuned"]  # without documents the trial itself says what a hybrid lacks


def test_what_a_budget_leaves_no_time_for_is_not_trained(opened, tmp_path):
    case = {"id": "b1", "prompt": "Sort: x", "kind": "behaviour", "answers": ["workshop"]}
    write_rows(tmp_path / "cases.jsonl", [case])
    project = opened()
    project._parts.embedder = FakeEmbedder()
    report = project.trial(approaches=["base", "tuned"], wishes=Wishes(budget_seconds=0.001))
    assert "not trained: even a short training of tuned takes" in report["unavailable"]["tuned"]
    assert report["budget"]["gave_up"]
    with pytest.raises(BadInput, match="none of tuned can run here"):
        project.trial(approaches=["tuned"], wishes=Wishes(budget_seconds=0.001))


def test_the_best_step_can_be_the_one_that_answers_best(opened, monkeypatch):
    from tunebook.project import training

    scores = iter([0.2, 0.9, 0.4, 0.9])
    monkeypatch.setattr(training, "_check", lambda parts, held: lambda model: next(scores))
    by_loss, made = opened().tune(), opened("tuning.best_by=answers").tune()
    assert by_loss["adapter"] != made["adapter"]
    assert [value for _, value in made["checks"]] == [0.2, 0.9, 0.4, 0.9]
    at = dict(made["loss"]["validation"])
    second, last = made["checks"][1][0], made["checks"][3][0]
    assert made["loss"]["best_step"] == (second if at[second] <= at[last] else last)
    assert not by_loss["checks"]


def test_held_out_rows_are_answered_with_the_adapter_as_it_is(opened):
    project = opened("tuning.best_by=answers", "tuning.checked_rows=1", "answer.max_new_tokens=4", "tuning.epochs=1")
    made = project.tune()
    assert all(0 <= value <= 1 for _, value in made["checks"])
    assert len(made["checks"]) == len(made["loss"]["validation"])

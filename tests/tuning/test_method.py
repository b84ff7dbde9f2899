"""All weights learnt: resumed to the same, put back to the bit, kept as a difference that small updates survive in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny import SETTINGS, Letters, rows_of, run, tiny_llama

from tunebook.errors import BadInput, BadModel
from tunebook.models.difference import FILE
from tunebook.models.local import LocalChatModel
from tunebook.tuning import method
from tunebook.tuning.encoded import encode
from tunebook.tuning.scale import loss_of
from tunebook.tuning.train import prepared, train
from tunebook.tuning.unfinished import tidy

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's business
FULL = SETTINGS.model_copy(update={"method": "full", "learning_rate": 1e-3, "epochs": 2.0})
ROWS = [encode(Letters(), row) for row in rows_of(12)]


def changes_in(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / FILE)


def same(one: Path, other: Path) -> bool:
    first, second = changes_in(one), changes_in(other)
    return first.keys() == second.keys() and all(torch.allclose(first[n], second[n], atol=1e-6) for n in first)


def local() -> LocalChatModel:
    tokens: Any = SimpleNamespace(plain=Letters(), window=99, count=len)
    return LocalChatModel("tiny", tiny_llama(), tokens)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("unbroken")
    return folder, run(folder, FULL)


def test_every_weight_is_learnt_and_what_is_kept_is_the_best_step(unbroken):
    folder, done = unbroken
    assert done.train[-1][1] < 0.9 * done.train[0][1]
    assert changes_in(folder).keys() == dict(tiny_llama().named_parameters()).keys()
    assert all(change.dtype == torch.bfloat16 and change.any() for change in changes_in(folder).values())
    with prepared(tiny_llama(), Letters(), rows_of(24), folder, FULL) as (one, _):
        held = [one.encoded[index] for index in one.held]
    with local().using(folder) as tuned:
        assert loss_of(tuned, held) == pytest.approx(done.best_loss, rel=1e-3)


def test_of_the_upper_layers_only_they_move(tmp_path):
    done = run(tmp_path, FULL.model_copy(update={"layers": "upper"}))
    assert done.train[-1][1] < done.train[0][1]
    assert {name.split(".")[2] for name in changes_in(tmp_path)} == {"1"}
    assert len(changes_in(tmp_path)) == 9  # seven projections and two norms


def test_an_interrupted_run_goes_on_to_the_same_weights(unbroken, tmp_path):
    folder, done = unbroken
    for step in (1, done.validation[0][0], done.steps - 1):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / str(step), FULL, stop_at=step)
        resumed = run(tmp_path / str(step), FULL)
        assert same(folder, tmp_path / str(step))
        assert torch.allclose(torch.tensor(resumed.validation), torch.tensor(done.validation))
    tidy(tmp_path / "1")
    assert [path.name for path in (tmp_path / "1").iterdir()] == [FILE]


def test_the_base_model_is_put_back_to_the_bit(tmp_path):
    model, before = tiny_llama().bfloat16(), tiny_llama().bfloat16().state_dict()

    def moved(*_: Any) -> None:
        assert not all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model, Letters(), rows_of(6), tmp_path, FULL.model_copy(update={"warmup": 0}), moved)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_updates_that_bf16_would_round_away_add_up(tmp_path):
    small = FULL.model_copy(update={"learning_rate": 1e-4, "epochs": 4.0})
    train(tiny_llama().bfloat16(), Letters(), rows_of(24), tmp_path, small, lambda *_: None)
    moved = changes_in(tmp_path)["model.norm.weight"].float()
    assert float(moved.abs().max()) > 5e-4  # from 1, where a step of bf16 is 4e-3 and an update at most about 1e-4


def test_it_goes_on_from_an_adapter(unbroken, tmp_path):
    start, rows = unbroken[0], rows_of(24)
    none = FULL.model_copy(update={"learning_rate": 1e-9, "epochs": 0.5})
    train(tiny_llama(), Letters(), rows, tmp_path, none, lambda *_: None, start)
    for name, change in changes_in(start).items():
        assert torch.allclose(changes_in(tmp_path)[name].float(), change.float(), rtol=0.01, atol=1e-6), name


def test_pairs_are_learnt_with_all_weights(tmp_path):
    rows = [replace(row, rejected=f"no {n}") for n, row in enumerate(rows_of(24))]
    done = train(tiny_llama(), Letters(), rows, tmp_path, FULL, lambda *_: None)
    assert done.preferred[-1][1] > 0.5


def test_one_model_answers_with_all_weights_with_a_lora_and_as_it_came(unbroken, tmp_path):
    run(tmp_path, SETTINGS.model_copy(update={"epochs": 1.0}))
    model, found = local(), []
    for adapter in (None, unbroken[0], tmp_path, unbroken[0], None, tmp_path):
        with model.using(adapter) as tuned:
            found.append(loss_of(tuned, ROWS))
    plain, full, lora = found[:3]
    assert len({plain, full, lora}) == 3
    assert found[3:] == [full, plain, lora]


def test_a_difference_of_another_model_is_told(unbroken, tmp_path):
    from safetensors.torch import save_file

    save_file({"model.norm.weight": torch.ones(3)}, tmp_path / FILE)
    with pytest.raises(BadModel, match="does not fit"), local().using(tmp_path):
        pass
    (tmp_path / FILE).write_bytes(b"broken")
    with pytest.raises(BadModel, match="cannot be read"), local().using(tmp_path):
        pass


def test_a_disk_that_cannot_hold_the_checkpoints_is_told_before(tmp_path, monkeypatch):
    numbers = sum(parameter.numel() for parameter in tiny_llama().parameters())
    usage = SimpleNamespace(free=2 * 16 * numbers - 1)
    monkeypatch.setattr(method.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(BadInput, match="GB free, and checkpoints of this training take"):
        run(tmp_path, FULL)
    usage.free += 1
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, FULL, stop_at=1)
    usage.free //= 2
    assert run(tmp_path, FULL).steps


def test_the_usual_rate_is_the_methods_own():
    unset = SETTINGS.model_copy(update={"learning_rate": None})
    lora, full = (method.rate(unset.model_copy(update={"method": one}), 576) for one in ("lora", "full"))
    assert lora == pytest.approx(1 / 576)
    assert full == pytest.approx(lora * method.FULL_RATE)
    assert method.rate(FULL, 576) == FULL.learning_rate

"""A soup moves each weight by the mean of what its adapters move it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tiny import SETTINGS, Letters, rows_of, tiny_llama

from tunebook.models.local import LocalChatModel
from tunebook.tuning.soup import write
from tunebook.tuning.train import train

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def weights_with(folder):
    """The model's own linear weights with an adapter merged in."""
    from peft import PeftModel

    if (folder / "weight_changes.safetensors").exists():
        local = LocalChatModel("tiny", tiny_llama(), SimpleNamespace(plain=Letters(), window=99, count=len))
        with local.using(folder) as model:
            return {name: weight.detach().clone() for name, weight in model.named_parameters()}
    model = PeftModel.from_pretrained(tiny_llama(), str(folder)).merge_and_unload()
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_it_is_the_mean_of_what_was_learnt(method, tmp_path):
    folders = []
    for seed in range(3):
        settings = SETTINGS.model_copy(update={"method": method, "seed": seed})
        folders.append(tmp_path / str(seed))
        train(tiny_llama(), Letters(), rows_of(24), folders[-1], settings, lambda *_: None)
    write(tmp_path / "soup", folders)
    singles, mixed = [weights_with(folder) for folder in folders], weights_with(tmp_path / "soup")
    plain = dict(tiny_llama().named_parameters())
    for name, weight in mixed.items():
        wanted = sum(single[name] for single in singles) / 3
        assert torch.allclose(weight, wanted, atol=1e-5 if method == "lora" else 1e-3), name
    assert any(not torch.allclose(weight, plain[name], atol=1e-3) for name, weight in mixed.items())

"""Exports: what is written loads elsewhere and says the same; what does not is not called good."""

from __future__ import annotations

import errno
import json
import shutil
import tracemalloc
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from families import family, tiny
from helpers import user

from tunebook.errors import BadModel
from tunebook.models import Generation, Request
from tunebook.models.starter import starter_folder
from tunebook.models.weights import merged, need_mergeable
from tunebook.settings import TuningSettings
from tunebook.tuning.export import TOLERANCES, Tolerance, _copied, export, parity
from tunebook.tuning.method import Lora

REQUESTS = [Request(user(text), 12) for text in ("What is the capital of France?", "2 + 2 =", "Name three fruits.")]


def said(text: str, logprob: float = -1.0) -> Generation:
    return Generation(text, 3, 2, mean_logprob=logprob)


def test_parity_counts_identical_answers_and_log_probabilities():
    found = parity([said("a"), said("b")], [said("a", -1.1), said("c", -1.3)], Tolerance(0.5, 0.21))
    assert found.identical == 0.5
    assert found.logprob_difference == pytest.approx(0.2)
    assert found.good
    assert not parity([said("a")], [said("b")], Tolerance(0.5, 0.2)).good
    assert not parity([said("a")], [said("a", -2.0)], Tolerance(0.5, 0.2)).good
    assert found.as_json()["tolerance"] == {"identical": 0.5, "logprob": 0.21}


def lora(folder: Path, shape: tuple[int, int] = (576, 576), **about: Any) -> Path:
    """An adapter on one projection, written by hand."""
    from safetensors.numpy import save_file

    random = np.random.default_rng(0)
    stem = "base_model.model.model.layers.20.self_attn.o_proj"
    folder.mkdir(parents=True, exist_ok=True)
    down, up = random.normal(size=(4, shape[1])) * 0.1, random.normal(size=(shape[0], 4))
    tensors = {f"{stem}.lora_A.weight": down.astype(np.float32), f"{stem}.lora_B.weight": up.astype(np.float32)}
    save_file(tensors, folder / "adapter_model.safetensors")
    written = {
        "peft_type": "LORA",
        "r": 4,
        "lora_alpha": 8,
        "bias": "none",
        "target_modules": r".*layers\.20\.self_attn\.o_proj",
    } | about
    (folder / "adapter_config.json").write_text(json.dumps(written))
    return folder


def test_weights_in_another_form_are_refused_before_anything_is_asked(tmp_path):
    for architecture in ("GPT2", "Phi3"):
        base = family(tmp_path / architecture, architecture)
        model = Lora(tiny(architecture), TuningSettings(rank=4)).model
        model.save_pretrained(tmp_path / f"{architecture}-adapter")
        need_mergeable(base, None)
    need_mergeable(base, tmp_path / "Phi3-adapter")
    with pytest.raises(BadModel, match="a GPT2LMHeadModel is not exported with an adapter"):
        need_mergeable(tmp_path / "GPT2", tmp_path / "GPT2-adapter")
    about = json.loads((base / "config.json").read_text()) | {"quantization_config": {"quant_method": "bitsandbytes"}}
    (base / "config.json").write_text(json.dumps(about))
    with pytest.raises(BadModel, match=r"its weights are quantised \(bitsandbytes\)"):
        need_mergeable(base, None)


@pytest.mark.model
def test_merged_weights_are_w_plus_scaled_b_a(tmp_path):
    from safetensors.numpy import load_file

    plain, changed = dict(merged(starter_folder("chat"), None)), dict(merged(starter_folder("chat"), lora(tmp_path)))
    moved = [name for name in plain if not np.array_equal(plain[name], changed[name])]
    assert moved == ["model.layers.20.self_attn.o_proj.weight"]
    down, up = (part for _, part in sorted(load_file(tmp_path / "adapter_model.safetensors").items()))
    np.testing.assert_allclose(changed[moved[0]] - plain[moved[0]], 2.0 * up @ down, atol=1e-6)


def test_a_lora_is_multiplied_out_one_weight_at_a_time(tmp_path):
    from safetensors.numpy import save_file

    weights, learnt, size, rank = {}, {}, 256, 2
    for layer in range(16):
        stem = f"model.layers.{layer}.mlp.up_proj"
        weights[f"{stem}.weight"] = np.zeros((size, size), np.float32)
        learnt[f"base_model.model.{stem}.lora_A.weight"] = np.ones((rank, size), np.float32)
        learnt[f"base_model.model.{stem}.lora_B.weight"] = np.ones((size, rank), np.float32)
    (tmp_path / "adapter").mkdir()
    save_file(weights, tmp_path / "model.safetensors")
    save_file(learnt, tmp_path / "adapter" / "adapter_model.safetensors")
    about = {"peft_type": "LORA", "r": rank, "lora_alpha": rank}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(about))
    list(merged(tmp_path, None))  # what is imported is no part of it
    tracemalloc.start()
    assert all((weight == rank).all() for _, weight in merged(tmp_path, tmp_path / "adapter"))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4 * size**2 * len(weights) / 2


def test_a_disk_that_runs_full_is_the_exports_not_the_models(tmp_path, monkeypatch):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    (tmp_path / "out").mkdir()

    def full(file: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(file), None, str(target))

    monkeypatch.setattr(shutil, "copy", full)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(OSError, match="No space left") as told:
        _copied(tmp_path / "base", tmp_path / "out")
    assert told.value.filename == str(tmp_path / "out")


@pytest.mark.model
@pytest.mark.parametrize("about", [{"peft_type": "LOHA"}, {"bias": "all"}])
def test_what_is_neither_lora_nor_dora_is_not_merged(tmp_path, about):
    with pytest.raises(BadModel, match="neither LoRA nor DoRA"):
        next(merged(starter_folder("chat"), lora(tmp_path, **about)))


@pytest.mark.model
def test_an_adapter_of_another_model_is_told(tmp_path):
    with pytest.raises(BadModel, match="does not fit"):
        list(merged(starter_folder("chat"), lora(tmp_path, shape=(64, 64))))


def in_order(found: Any) -> list[Generation]:
    return [answer for _, answer in sorted(found, key=lambda pair: pair[0])]


@pytest.mark.model
@pytest.mark.skipif(find_spec("openvino_genai") is None, reason="the extra `fast` is not installed")
def test_full_tuning_is_answered_and_exported_like_an_adapter(tmp_path):
    from tunebook.models.local import LocalChatModel
    from tunebook.models.openvino import OpenVinoChatModel
    from tunebook.settings import TuningSettings
    from tunebook.tuning.train import train
    from tunebook.tuning.trainingset import TrainingRow

    texts = ("What is the capital of France?", "2 + 2 =", "Name three fruits.")
    rows = [TrainingRow(str(n), user(text), "Ask at the desk.", str(n)) for n, text in enumerate(texts)]
    how = TuningSettings(method="full", epochs=4, learning_rate=1e-4, validation_share=0, checkpoint_seconds=3600)
    local = LocalChatModel.load("starter", "cpu", "float32")
    before, adapter = in_order(local.generate(REQUESTS)), tmp_path / "adapter"
    train(local.detached(), local.tokenizer, rows, adapter, how, lambda *_: None)
    wanted = in_order(local.generate(REQUESTS, adapter))
    assert [answer.text for answer in wanted] == ["Ask at the desk."] * 3
    assert [a.text for a in in_order(local.generate(REQUESTS))] == [a.text for a in before], "it is put back"
    fast = OpenVinoChatModel.load("starter", "float32")
    assert parity(wanted, in_order(fast.generate(REQUESTS, adapter)), Tolerance(1.0, 0.02)).good
    base = starter_folder("chat")
    export(base, adapter, tmp_path / "safetensors", "safetensors")
    merged_alone = LocalChatModel.load(str(tmp_path / "safetensors"), "cpu", "float32")
    coarse = Tolerance(1.0, 0.4)  # four small steps in fp32, rounded to the bf16 of the model's own files
    assert parity(wanted, in_order(merged_alone.generate(REQUESTS)), coarse).good
    (file,) = export(base, adapter, tmp_path / "gguf", "gguf")
    from_file = OpenVinoChatModel.load("starter", "float32", file)
    assert parity(wanted, in_order(from_file.generate(REQUESTS)), Tolerance(1.0, 0.02)).good


@pytest.mark.model
@pytest.mark.skipif(find_spec("openvino_genai") is None, reason="the extra `fast` is not installed")
def test_each_format_answers_as_the_adapter_does(tmp_path):
    from tunebook.models.local import LocalChatModel
    from tunebook.models.openvino import OpenVinoChatModel

    base, adapter = starter_folder("chat"), lora(tmp_path / "adapter")

    def answers(model: Any, its: Path | None = None) -> list[Generation]:
        found = dict(model.generate(REQUESTS, its))
        return [found[index] for index in range(len(REQUESTS))]

    local = LocalChatModel.load("starter", "cpu", "float32")
    wanted = answers(local, adapter)
    assert not parity(wanted, answers(local), Tolerance(0.3, 0.2)).good, (
        "the adapter says something else than the model"
    )
    export(base, adapter, tmp_path / "safetensors", "safetensors")
    found = answers(LocalChatModel.load(str(tmp_path / "safetensors"), "cpu", "float32"))
    assert parity(wanted, found, Tolerance(0.6, 0.1)).good, "three prompts: one may differ by rounding to bf16"
    sizes = {}
    for kind in ("gguf", "gguf-q8_0"):
        (file,) = export(base, adapter, tmp_path / kind, kind)  # type: ignore[arg-type]
        sizes[kind] = file.stat().st_size
        found = answers(OpenVinoChatModel.load("starter", "float32", file))
        assert parity(wanted, found, Tolerance(0.3, 0.2)).good, kind
    assert sizes["gguf-q8_0"] < 0.6 * sizes["gguf"]
    assert TOLERANCES.keys() == {"safetensors", "gguf", "gguf-q8_0"}

"""Which models can be written as GGUF, and what damaged weights say."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from families import CHATML, family, tokenizer

from tunebook.errors import BadModel
from tunebook.models.gguf import _rotary_order, can_write, drop_partial, kept_as, need_known, write_gguf
from tunebook.models.pre_tokenizer import SAMPLE, _rules, pre_tokenizer
from tunebook.models.weights import merged


@pytest.mark.parametrize(
    ("rope", "known"),
    [
        ({}, True),
        ({"rope_scaling": None}, True),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 1e5}}, True),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}}, False),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, False),
    ],
)
def test_stretched_positions_are_not_written_as_plain_ones(rope: dict[str, Any], known: bool, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"], **rope}))
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE"}}))
    assert can_write(tmp_path) is known


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"architectures": ["Gemma2ForCausalLM"]}, "its architecture is Gemma2ForCausalLM"),
        ({"hidden_act": "gelu"}, "its activation is gelu"),
        ({"attention_bias": True}, "its config.json has attention_bias"),
        ({"use_sliding_window": True}, "its config.json has use_sliding_window"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "its config.json has quantization_config"),
    ],
)
def test_what_would_be_computed_otherwise_is_refused_by_name(config: dict[str, Any], told: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"], **config}))
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE"}}))
    with pytest.raises(BadModel, match=f"cannot be written as GGUF: {told}"):
        need_known(tmp_path)


def cut_by(folder: Path, rule: Any) -> Path:
    """A Llama's folder with a tokenizer that has learnt to cut its sample so."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = rule
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False, min_frequency=1)
    tokenizer.train_from_iterator([SAMPLE, SAMPLE], trainer)
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    return folder


def test_how_a_tokenizer_cuts_text_is_found_out_and_what_has_no_name_is_refused(tmp_path: Path) -> None:
    from tokenizers import pre_tokenizers

    for name, rule in _rules().items():
        assert pre_tokenizer(cut_by(tmp_path / name, rule), name) == name
    assert pre_tokenizer(tmp_path / "llama-bpe", "qwen2") == "llama-bpe"
    assert pre_tokenizer(tmp_path / "gpt-2", "llama-bpe") == "gpt-2"
    lines = pre_tokenizers.Sequence([pre_tokenizers.Split("\n", "isolated"), pre_tokenizers.ByteLevel(use_regex=False)])
    own = cut_by(tmp_path / "own", lines)
    need_known(own)
    with pytest.raises(BadModel, match="its tokenizer cuts text in a way that the format has no name for"):
        need_known(own, for_others=True)


def test_several_templates_and_tokens_beyond_the_models_rows_are_written(tmp_path: Path) -> None:
    from gguf import GGUFReader

    plain = tokenizer()
    plain.add_tokens([f"<extra {number}>" for number in range(9)])
    plain.chat_template = {"default": CHATML, "tool_use": f"tools {CHATML}"}
    plain.save_pretrained(family(tmp_path))
    assert len(plain) > json.loads((tmp_path / "config.json").read_text())["vocab_size"]
    write_gguf(tmp_path, tmp_path / "tiny.gguf")
    fields = GGUFReader(tmp_path / "tiny.gguf").fields
    assert fields["tokenizer.chat_template"].contents() == CHATML
    assert fields["tokenizer.chat_template.tool_use"].contents() == f"tools {CHATML}"
    assert len(fields["tokenizer.ggml.tokens"].data) == 264


def test_a_tokenizer_that_others_would_misread_is_refused_for_them(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "byte_fallback": True}}))
    need_known(tmp_path)
    with pytest.raises(BadModel, match="its tokenizer is SentencePiece's"):
        need_known(tmp_path, for_others=True)


def test_keys_turn_as_queries_do_where_the_config_counts_heads_once() -> None:
    weight = np.arange(32, dtype=np.float32).reshape(8, 4)
    query, key = (
        _rotary_order(f"layers.0.self_attn.{part}.weight", weight, {"num_attention_heads": 2})
        for part in ("q_proj", "k_proj")
    )
    assert query[:4].tolist() == weight[[0, 2, 1, 3]].tolist()
    assert key.tolist() == query.tolist()


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_damaged_weights_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not tensors")
    with pytest.raises(BadModel, match=rf"{name}: cannot be read"):
        list(merged(tmp_path, None))


def test_pickled_weights_are_read_where_there_are_no_others(tmp_path: Path) -> None:
    import torch
    from safetensors.numpy import save_file

    tied = torch.arange(6.0).reshape(2, 3)
    first = {
        "embed_tokens.weight": tied,
        "layers.0.self_attn.rotary_emb.inv_freq": torch.ones(2),
        "lm_head.weight": tied,
    }
    torch.save(first, tmp_path / "pytorch_model-00001-of-00002.bin")
    torch.save({"norm.weight": torch.ones(3, dtype=torch.bfloat16)}, tmp_path / "pytorch_model-00002-of-00002.bin")
    torch.save({"lr": 1.0}, tmp_path / "training_args.bin")
    read = dict(merged(tmp_path, None))
    assert {name: weight.tolist() for name, weight in read.items()} == {
        "embed_tokens.weight": [[0, 1, 2], [3, 4, 5]],
        "norm.weight": [1, 1, 1],
    }
    save_file({"norm.weight": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    assert [name for name, _ in merged(tmp_path, None)] == ["norm.weight"]


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_copy_is_found_again_where_an_image_kept_whole_seconds(tmp_path: Path, name: str) -> None:
    weights = tmp_path / name
    weights.write_bytes(b"weights")
    os.utime(weights, ns=(0, 1_700_000_000_123_456_789))
    kept = kept_as(tmp_path)
    os.utime(weights, ns=(0, 1_700_000_000_000_000_000))
    assert kept_as(tmp_path) == kept
    os.utime(weights, ns=(0, 1_700_000_001_000_000_000))
    assert kept_as(tmp_path) != kept


def test_what_killed_processes_were_writing_goes_and_what_others_write_stays(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = (f"a.gguf.{ended.pid}.partial", "a.gguf.none.partial", f"a.gguf.{os.getpid()}.partial", "fresh", "a.gguf")
    for name in names:
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f"b.gguf.{ended.pid}.partial").write_bytes(b"of another container")
    drop_partial(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*names[2:], f"b.gguf.{ended.pid}.partial"}
    drop_partial(tmp_path / "none")

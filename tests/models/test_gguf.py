"""Which models can be written as GGUF, and what damaged weights say."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunebook.errors import BadModel
from tunebook.models.gguf import _rotary_order, can_write, drop_partial, kept_as, need_known
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

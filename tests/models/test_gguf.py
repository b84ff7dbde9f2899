"""Which models can be written as GGUF, and what damaged weights say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunebook.errors import BadModel
from tunebook.models.gguf import _rotary_order, can_write, kept_as, need_known
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


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(BadModel, match=r"model\.safetensors: cannot be read"):
        list(merged(tmp_path, None))


def test_a_copy_is_found_again_where_an_image_kept_whole_seconds(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"weights")
    os.utime(weights, ns=(0, 1_700_000_000_123_456_789))
    name = kept_as(tmp_path)
    os.utime(weights, ns=(0, 1_700_000_000_000_000_000))
    assert kept_as(tmp_path) == name
    os.utime(weights, ns=(0, 1_700_000_001_000_000_000))
    assert kept_as(tmp_path) != name

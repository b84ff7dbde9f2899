"""A chat model as one GGUF file: the weights, an adapter merged into them if wanted, the tokenizer, the chat template.

    write_gguf(Path("starter-chat"), Path("tuned.gguf"), adapter=Path("adapters/tuned-3f2a"))

F16 holds a bf16 weight exactly but for values under 6e-5; Q8_0 holds 32 weights in 34 bytes.  Left out on purpose:
smaller types, and architectures other than those in `ARCHITECTURES`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import BadModel
from tunebook.models.disk import filling
from tunebook.models.pre_tokenizer import pre_tokenizer
from tunebook.models.starter import cache_folder
from tunebook.models.tokenizer import LOCAL
from tunebook.models.weights import merged, weight_files
from tunebook.values import content_hash

ARCHITECTURES = {"LlamaForCausalLM": "llama", "Qwen2ForCausalLM": "qwen2", "Qwen3ForCausalLM": "qwen3"}
UNKNOWN = ("attention_bias", "mlp_bias", "use_sliding_window", "quantization_config")
FileType = Literal["F16", "Q8_0"]
FILE_TYPES = {"F16": 1, "Q8_0": 7}  # general.file_type of the format's specification
IDLE_SECONDS = 60.0  # in which a file that is being written grows
BLOCK = 32  # weights that share one scale in Q8_0


def can_write(folder: Path) -> bool:
    """True for a model whose architecture, layers, rotary positions and kind of tokenizer this writer knows."""
    return _unknown(folder) is None


def _unknown(folder: Path) -> str | None:
    """What of a model has no place in the file, or would be computed otherwise from it; None: it can be written."""
    config, tokenizer = _json(folder / "config.json"), _json(folder / "tokenizer.json")
    architecture = (config.get("architectures") or ["unknown"])[0]
    if architecture not in ARCHITECTURES:
        return f"its architecture is {architecture}"
    if has := next((name for name in UNKNOWN if config.get(name)), None):
        return f"its config.json has {has}"
    if (activation := config.get("hidden_act") or "silu") != "silu":
        return f"its activation is {activation}"
    if _is_scaled(config):
        return "its rotary positions are stretched"
    kind = tokenizer.get("model", {}).get("type")
    return None if kind == "BPE" else f"its tokenizer is of type {kind}"


def kept_as(folder: Path, adapter: Path | None = None) -> Path:
    """Where a model is kept as GGUF: the plain one in the user's cache, a merged one beside its adapter, so that it goes when
    that goes.

    Named after the weights' sizes and whole seconds, for an image of a container keeps no parts of them.
    """
    files = [*weight_files(folder), *(sorted(adapter.glob("*.safetensors")) if adapter else ())]
    made_of = content_hash(*(f"{f.name}:{f.stat().st_size}:{int(f.stat().st_mtime)}" for f in files))[:12]
    return (adapter or cache_folder() / "gguf") / f"{'merged' if adapter else folder.name}-{made_of}.gguf"


def has_place(file: Path) -> bool:
    """Whether it is there, or can be made: a cache that several users share may be read-only."""
    above = next(one for one in file.parents if one.exists())
    return file.is_file() or os.access(above, os.W_OK)


def need_known(folder: Path, for_others: bool = False) -> None:
    """Raises BadModel for a model that cannot be written; `for_others`: who read the tokenizer in the file as well."""
    why = _unknown(folder) or (_misread(folder) if for_others else None)
    if why:
        raise BadModel(
            f"{folder}: cannot be written as GGUF: {why}",
            f"known: {', '.join(ARCHITECTURES)} with a byte-level BPE tokenizer and plain rotary positions",
        )


def _misread(folder: Path) -> str | None:
    """What of its tokenizer other programs would take for something else, which no comparison by tokens shows."""
    if _json(folder / "tokenizer.json").get("model", {}).get("byte_fallback"):
        return "its tokenizer is SentencePiece's"
    known = pre_tokenizer(folder, _usual_cut(_json(folder / "config.json")))
    return None if known else "its tokenizer cuts text in a way that the format has no name for"


def _is_scaled(config: Mapping[str, Any]) -> bool:
    """Whether its rotary positions are stretched (YaRN, Llama 3, linear …); older configs say so in `rope_scaling`."""
    rope = {**(config.get("rope_scaling") or {}), **(config.get("rope_parameters") or {})}
    return str(rope.get("rope_type", rope.get("type", "default"))) != "default"


def write_gguf(folder: Path, target: Path, adapter: Path | None = None, file_type: FileType = "F16") -> None:
    """Writes `target` whole or not at all.

    Raises BadModel for an architecture that is not known, or an adapter that does not fit or is neither LoRA nor DoRA.
    """
    import gguf

    need_known(folder)
    config = _json(folder / "config.json")
    architecture = ARCHITECTURES[config["architectures"][0]]
    drop_partial(target.parent)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        writer = gguf.GGUFWriter(partial, architecture)
        _describe(writer, folder, config, FILE_TYPES[file_type])
        _add_tokenizer(writer, folder, config)
        names = gguf.get_tensor_name_map(_kind(gguf, architecture), config["num_hidden_layers"])
        for name, weight in merged(folder, adapter):
            if name == "lm_head.weight" and config.get("tie_word_embeddings"):
                continue
            turned = _rotary_order(name, weight, config) if architecture == "llama" else weight
            known = names.get_name(name, try_suffixes=(".weight", ".bias"))
            if known is None:
                raise BadModel(f"{folder}: its tensor {name} has no place in a GGUF file", "use the model as it is")
            _add_tensor(writer, known, turned, file_type)
        with filling(target.parent):
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def drop_partial(folder: Path) -> None:
    """Takes away the files that killed processes were writing there.

    One is left where its process is gone and nothing was written to it for a while: who writes in another container that
    shares the folder has no process here.
    """
    for partial in folder.glob("*.gguf.*.partial"):
        with suppress(OSError):
            idle_seconds = time.time() - partial.stat().st_mtime
            if idle_seconds > IDLE_SECONDS and not _runs(partial.suffixes[-2].removeprefix(".")):
                partial.unlink()


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except OSError:  # another user's
        return True
    return True


def _add_tensor(writer: Any, name: str, weight: NDArray[np.float32], file_type: FileType) -> None:
    """Norms and biases stay in fp32; a matrix whose rows do not divide into blocks is F16."""
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if weight.ndim == 1:
        writer.add_tensor(name, weight)
    elif file_type == "Q8_0" and weight.shape[-1] % BLOCK == 0:
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(weight, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, weight.astype(np.float16))


def _describe(writer: Any, folder: Path, config: Mapping[str, Any], file_type: int) -> None:
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or {}
    writer.add_name(folder.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or heads)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(rope.get("rope_theta") or config.get("rope_theta") or 10000.0)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(file_type)


def _add_tokenizer(writer: Any, folder: Path, config: Mapping[str, Any]) -> None:
    from gguf import TokenType
    from transformers import AutoTokenizer

    plain: Any = AutoTokenizer.from_pretrained(folder, **LOCAL)
    made = _json(folder / "tokenizer.json")
    size = config["vocab_size"]
    tokens = [f"[PAD{index}]" for index in range(size)]
    types = [TokenType.UNUSED] * size
    for token, index in made["model"]["vocab"].items():
        tokens[index], types[index] = token, TokenType.NORMAL
    for added in made.get("added_tokens", []):
        if added["id"] < size:  # beyond it the model has no row for it
            tokens[added["id"]] = added["content"]
            types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    writer.add_tokenizer_model("gpt2")
    usual = _usual_cut(config)
    writer.add_tokenizer_pre(pre_tokenizer(folder, usual) or usual)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in made["model"]["merges"]])
    for add, index in (
        (writer.add_bos_token_id, plain.bos_token_id),
        (writer.add_eos_token_id, plain.eos_token_id),
        (writer.add_pad_token_id, plain.pad_token_id),
    ):
        if index is not None and index < size:
            add(index)
    template = plain.chat_template
    if isinstance(template, dict):  # Hermes has one for tools beside the usual one
        template = [{"name": name, "template": text} for name, text in template.items()]
    if template:
        writer.add_chat_template(template)


def _usual_cut(config: Mapping[str, Any]) -> str:
    """Name of the rule by which models of this architecture cut text before merges apply."""
    if config["architectures"][0] == "LlamaForCausalLM":
        return "smollm" if config.get("vocab_size") == 49152 else "llama-bpe"
    return "qwen2"


def _rotary_order(name: str, weight: NDArray[np.float32], config: Mapping[str, Any]) -> NDArray[np.float32]:
    """Rows of a llama's query and key projections, from halves (as transformers rotates) to pairs (as the format does)."""
    heads = {"q_proj": config["num_attention_heads"]}
    heads["k_proj"] = config.get("num_key_value_heads") or heads["q_proj"]
    count = next((number for part, number in heads.items() if f".{part}." in name), None)
    if count is None:
        return weight
    rows = weight.shape[0]  # (heads · dim, …) → (heads, 2, dim / 2, …) → (heads, dim / 2, 2, …)
    halves = weight.reshape(count, 2, rows // count // 2, *weight.shape[1:])
    return halves.swapaxes(1, 2).reshape(weight.shape)


def _kind(gguf: Any, architecture: str) -> Any:
    return next(kind for kind, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return found

"""An adapter as files that other programs load, each checked against the adapter itself.

    export(Path("starter-chat"), Path("adapters/tuned-3f2a"), Path("out"), "gguf")       →  [out/starter-chat-tuned-F16.gguf]
    parity(reference, candidate, tolerance)                                  →  Parity(prompts=50, identical=0.98, …)

`safetensors`: the merged model in its own number type, for transformers and vLLM.  `gguf`: F16, for llama.cpp and what is
built on it; `gguf-q8_0`: half of that.  Left out on purpose: pushing to a hub.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tunebook.models import Generation
from tunebook.models.disk import filling, whole
from tunebook.models.gguf import write_gguf
from tunebook.models.weights import merged

Format = Literal["safetensors", "gguf", "gguf-q8_0"]
FORMATS: tuple[str, ...] = get_args(Format)
KEPT = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
MORE = ("special_tokens_map.json", "vocab.json", "merges.txt", "added_tokens.json", "tokenizer.model")
SHARD_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What an export may differ by: the least share of identical answers, and the mean |Δ log-probability| in nats a token."""

    identical: float
    logprob: float


TOLERANCES: dict[str, Tolerance] = {
    "safetensors": Tolerance(0.85, 0.02),  # rounded to the model's own bf16
    "gguf": Tolerance(0.90, 0.01),
    "gguf-q8_0": Tolerance(0.60, 0.05),
}


@dataclass(frozen=True, slots=True)
class Parity:
    """How an export answered the prompts, against the model with its adapter beside it, in fp32.

    `logprob_difference` is the mean over prompts of |Δ mean log-probability of the answer|, in nats a token.
    """

    prompts: int
    identical: float
    logprob_difference: float
    tolerance: Tolerance

    @property
    def good(self) -> bool:
        return self.identical >= self.tolerance.identical and self.logprob_difference <= self.tolerance.logprob

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"good": self.good}


def parity(reference: Sequence[Generation], candidate: Sequence[Generation], tolerance: Tolerance) -> Parity:
    """Both have answered the same prompts, in the same order, greedily."""
    assert len(reference) == len(candidate) > 0, f"{len(reference)} answers against {len(candidate)}"
    pairs = list(zip(reference, candidate, strict=True))
    same = sum(one.text == other.text for one, other in pairs) / len(pairs)
    apart = [abs((one.mean_logprob or 0.0) - (other.mean_logprob or 0.0)) for one, other in pairs]
    return Parity(len(pairs), same, sum(apart) / len(apart), tolerance)


def export(base: Path, adapter: Path | None, target: Path, kind: Format) -> list[Path]:
    """Writes the model, with the adapter merged where there is one, into the folder `target`; the files written.

    Raises BadModel for what cannot be merged or, as GGUF, for an architecture that is not known.
    """
    target.mkdir(parents=True, exist_ok=True)
    if kind == "safetensors":
        return [*_write_safetensors(base, adapter, target), *_copied(base, target)]
    file_type: Literal["F16", "Q8_0"] = "Q8_0" if kind == "gguf-q8_0" else "F16"
    name = "-".join(part for part in (base.name, adapter.name if adapter else "", file_type) if part)
    file = target / f"{name}.gguf"
    write_gguf(base, file, adapter, file_type)
    return [file]


def _write_safetensors(base: Path, adapter: Path | None, target: Path) -> list[Path]:
    import torch
    from safetensors.torch import save_file

    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    dtype = getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")
    shards: list[dict[str, Any]] = [{}]
    held = 0
    for name, weight in merged(base, adapter):
        tensor = torch.from_numpy(weight).to(dtype).contiguous()
        size = tensor.numel() * tensor.element_size()
        if held and held + size > SHARD_BYTES:
            shards.append({})
            held = 0
        shards[-1][name] = tensor
        held += size
    files = _shard_names(target, len(shards))
    for file, shard in zip(files, shards, strict=True):
        with whole(file) as scratch:
            save_file(shard, scratch, metadata={"format": "pt"})
    if len(files) == 1:
        return files
    index = {name: file.name for file, shard in zip(files, shards, strict=True) for name in shard}
    total = sum(tensor.numel() * tensor.element_size() for shard in shards for tensor in shard.values())
    about = target / "model.safetensors.index.json"
    about.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=2), encoding="utf-8")
    return [*files, about]


def _shard_names(target: Path, count: int) -> list[Path]:
    if count == 1:
        return [target / "model.safetensors"]
    return [target / f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]


def _copied(base: Path, target: Path) -> list[Path]:
    """Everything beside the weights that a program needs to load the model."""
    files = [base / name for name in (*KEPT, *MORE) if (base / name).is_file()]
    with filling(target):  # else the full disk would be told of the file that is copied
        return [Path(shutil.copy(file, target)) for file in files]

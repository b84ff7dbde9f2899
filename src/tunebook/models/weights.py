"""The weights of a model on disk, with an adapter merged into them.

    for name, weight in merged(Path("starter-chat"), Path("adapters/tuned-3f2a")): …

A LoRA adapter is merged as  V = W + (α / r) · B A  in fp32 (Hu et al. 2021, arXiv 2106.09685); of a DoRA adapter every
row of V is then given the length m that was learnt for it,  m · V / ‖V‖  (Liu et al. 2024, arXiv 2402.09353).  What full
tuning learnt is added as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from zipfile import is_zipfile

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import BadModel
from tunebook.models.difference import FILE, is_difference
from tunebook.models.disk import read_json

PRINTED_BYTES = 2**20
OF_CONFIG = ".rotary_emb.inv_freq"  # what older checkpoints keep beside their weights


@dataclass(frozen=True, slots=True)
class _Change:
    """`scale` is α / r; B of shape (out, r), A of (r, in), and of DoRA the lengths of the rows, of (out,)."""

    scale: float
    up: NDArray[np.float32]
    down: NDArray[np.float32]
    lengths: NDArray[np.float32] | None

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.up.shape[0], self.down.shape[1])

    def of(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        changed = weight + self.scale * (
            self.up @ self.down
        )  # multiplied out one at a time: all are as large as the model
        if self.lengths is None:
            return changed
        rescaled: NDArray[np.float32] = changed * (self.lengths / np.linalg.norm(changed, axis=1))[:, None]
        return rescaled


@dataclass(frozen=True, slots=True)
class _Difference:
    """One tensor of a difference, read when it is wanted."""

    file: Path
    name: str
    shape: tuple[int, ...]

    def of(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        from safetensors import safe_open

        with safe_open(self.file, framework="pt") as tensors:
            moved: NDArray[np.float32] = weight + tensors.get_tensor(self.name).float().numpy()
        return moved


def weight_files(folder: Path) -> list[Path]:
    """Those that transformers reads: safetensors, or where there are none what torch has pickled; of several those that an
    index names, for Mistral's consolidated.safetensors holds the same weights once more."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        index = (read_json(folder / f"{name}.index.json") or {}).get("weight_map", {})
        named = [folder / one for one in ([name] if (folder / name).is_file() else sorted({*index.values()}))]
        if any(file.is_file() for file in named):
            return [file for file in named if file.is_file()]
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def merged(folder: Path, adapter: Path | None) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """(name, weight) of every tensor, fp32, the adapter's change added, one in memory at a time.

    Raises BadModel for an adapter that does not fit or is neither LoRA nor DoRA.
    """
    changes = dict(_changes(adapter)) if adapter else {}
    for file in weight_files(folder):
        for name, weight in _tensors(file):
            if name.endswith(OF_CONFIG):
                continue
            change = changes.pop(name, None)
            if change is not None and change.shape != weight.shape:
                raise BadModel(f"{adapter}: does not fit {folder}", "was it tuned on another base model?")
            yield name, weight if change is None else change.of(weight)
    if changes:
        raise BadModel(f"{adapter}: {folder} has no {next(iter(changes))}", "was it tuned on another base model?")


def need_mergeable(folder: Path, adapter: Path | None) -> None:
    """Raises BadModel for weights that are quantised, or that the folder keeps in another shape than the adapter knows them."""
    config = read_json(folder / "config.json") or {}
    kind = (config.get("architectures") or ["model"])[0]
    if how := config.get("quantization_config"):
        told = f"{folder}: its weights are quantised ({how.get('quant_method')}), and nothing is merged into such"
        raise BadModel(told, "name the model that they were made of in model.name, and tune that")
    shapes = {name: shape for file in weight_files(folder) for name, shape in _shapes(file)}
    changes = _changes(adapter).items() if adapter else ()
    strange = next((name for name, change in changes if shapes and shapes.get(name) != change.shape), None)
    if strange:
        told = f"{folder}: a {kind} is not exported with an adapter: its files keep {strange} in another form"
        raise BadModel(told, f"tunebook answers with it here, and PEFT loads a LoRA beside its base: {adapter}")


def _shapes(file: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Of safetensors; what is pickled tells none before it is read."""
    from safetensors import safe_open

    if file.suffix != ".bin":
        with _whole(file), safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118  (no dict)
                yield name, tuple(tensors.get_slice(name).get_shape())


def weights_print(folder: Path) -> str:
    """Tells a model's weights from another's of the same shapes, wherever they lie: sizes, and the ends of each file."""
    digest = hashlib.sha256()
    for file in weight_files(folder):
        size = file.stat().st_size
        with file.open("rb") as weights:
            digest.update(f"{size} ".encode() + weights.read(PRINTED_BYTES))
            weights.seek(max(0, size - PRINTED_BYTES))
            digest.update(weights.read())
    return digest.hexdigest()[:32]


def _changes(adapter: Path) -> Mapping[str, _Change | _Difference]:
    """Name of a weight → what an adapter does to it."""
    from safetensors import safe_open

    if not is_difference(adapter):
        return _lora(adapter)
    file = adapter / FILE
    with safe_open(file, framework="pt") as tensors:
        names = list(tensors.keys())
        return {name: _Difference(file, name, tuple(tensors.get_slice(name).get_shape())) for name in names}


def _lora(adapter: Path) -> dict[str, _Change]:
    about = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    if about.get("peft_type") != "LORA" or about.get("bias", "none") != "none":
        raise BadModel(f"{adapter}: neither LoRA nor DoRA", "run: tunebook tune")
    scale = about["lora_alpha"] / (about["r"] ** 0.5 if about.get("use_rslora") else about["r"])
    tensors = dict(_tensors(adapter / "adapter_model.safetensors"))
    changes = {}
    for name, up in tensors.items():
        if ".lora_B." in name:
            down = tensors[name.replace(".lora_B.", ".lora_A.")]
            lengths = tensors.get(name.replace(".lora_B.weight", ".lora_magnitude_vector"))
            weight = name.removeprefix("base_model.model.").replace(".lora_B.weight", ".weight")
            changes[weight] = _Change(scale, up, down, lengths)
    return changes


def _tensors(file: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """(name, fp32 values) of every tensor of a file, one in memory at a time."""
    from safetensors import safe_open

    with _whole(file):
        if file.suffix == ".bin":
            yield from _pickled(file)
            return
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118  (no dict)
                yield name, tensors.get_tensor(name).float().numpy()


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    """Raises BadModel where a file of weights turns out to be damaged."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, EOFError, RuntimeError, SafetensorError, UnpicklingError) as error:
        raise BadModel(f"{file}: cannot be read: {error}", "make it again, or take the folder away") from error


def _pickled(file: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Two names of one tensor (tied weights) are told once, as in safetensors."""
    import torch

    told = set()
    for name, tensor in torch.load(file, "cpu", weights_only=True, mmap=is_zipfile(file)).items():
        if tensor.data_ptr() not in told:
            told.add(tensor.data_ptr())
            yield name, tensor.float().numpy()

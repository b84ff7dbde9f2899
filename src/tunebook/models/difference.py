"""What full tuning learnt, as the difference of each weight from the base model's: W + scale · Δ, and W again to the bit.

    write(folder, {"model.norm.weight": delta, …})        weight_changes.safetensors, bf16
    moved = Moved(model, folder)
    moved.count(0.5)                                      half of the change; moved.count(0) is the base model

In bf16 the difference keeps more of what was learnt than the tuned weights would, in the same bytes: its eight bits are
those of the change, not those of the weight.  Left out on purpose: two of them at once, and one together with a LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunebook.errors import BadModel
from tunebook.models.disk import whole

FILE = "weight_changes.safetensors"


def is_adapter(folder: Path) -> bool:
    """True where a folder holds a LoRA, a DoRA or a difference."""
    return is_difference(folder) or (folder / "adapter_config.json").is_file()


def is_difference(folder: Path) -> bool:
    return (folder / FILE).is_file()


def write(folder: Path, changes: Mapping[str, Any]) -> None:
    """Tensors by the names of the model's parameters; written whole or not at all."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    rounded = {name: change.to("cpu", torch.bfloat16) for name, change in changes.items()}
    with whole(folder / FILE) as scratch:
        save_file(rounded, scratch, {"format": "pt"})


def read(folder: Path, model: Any) -> dict[str, Any]:
    """Name of a parameter → its change, on the model's device; raises BadModel where it is another model's."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        changes: dict[str, Any] = load_file(folder / FILE)
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{folder}: cannot be read: {error}", "run: tunebook tune") from error
    shapes = {name: weight.shape for name, weight in model.named_parameters()}
    wrong = next((name for name, change in changes.items() if shapes.get(name) != change.shape), None)
    if wrong:
        raise BadModel(f"{folder}: does not fit the model: {wrong}", "was it tuned on another base model?")
    return {name: change.to(model.device) for name, change in changes.items()}


class Moved:
    """A plain model whose weights can be moved; its own are kept beside, which takes as much memory again."""

    def __init__(self, model: Any, folder: Path) -> None:
        self.folder = folder.resolve()
        own = dict(model.named_parameters())
        self._weights = [
            (own[name], own[name].detach().clone(), change) for name, change in read(folder, model).items()
        ]
        self._scale = 0.0

    def count(self, scale: float) -> None:
        """In place, so that whatever shares a weight's memory moves with it."""
        import torch

        if scale == self._scale:
            return
        with torch.no_grad():
            for weight, before, change in self._weights:
                weight.copy_(before.float() + scale * change.float() if scale else before)
        self._scale = scale

"""How much of an adapter is kept: its change is counted `scale` times, and less of it forgets less.

    curve = curve_of(using, tokenizer, held, base, general)    [Point(scale=0.25, loss=1.9, rise=0.01, kl=0.02), …]
    choose(curve, loss_without)                                0.5
    write(folder, 0.5)                                         the saved adapter's change is halved

    W + scale · (α / r) · B A       between the base model and the tuned one (WiSE-FT, arXiv:2109.01903)
    W + scale · Δ                   of full tuning

The scale goes into B or Δ itself: every engine that reads the adapter, and a training that goes on from it, sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tunebook.models.batches import by_tokens
from tunebook.models.difference import FILE, is_difference
from tunebook.models.disk import whole
from tunebook.tuning.encoded import READING_TOKENS, Encoded, completion_nats
from tunebook.tuning.forgetting import Probe, drift
from tunebook.tuning.general import GeneralSet

SCALES = (0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
KEPT_GAIN = 0.95  # share of the whole adapter's gain on the held-out rows that a scale must keep

Using = Callable[[float], AbstractContextManager[Any]]  # scale → the model with its adapter counted so often


@dataclass(frozen=True, slots=True)
class Point:
    """Held-out loss, and on general text the rise of the cross-entropy and the KL divergence; nats a token."""

    scale: float
    loss: float
    rise: float
    kl: float

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def curve_of(using: Using, tokenizer: Any, held: Sequence[Encoded], base: Probe, general: GeneralSet) -> list[Point]:
    """Task loss against forgetting, for each of SCALES."""
    texts = GeneralSet(general.name, general.texts, ())
    points = []
    for scale in SCALES:
        with using(scale) as model:
            rise, kl, _ = drift(base, Probe.of(model, tokenizer, texts))
            points.append(Point(scale, loss_of(model, held), rise, kl))
    return points


def choose(curve: Sequence[Point], loss_without: float) -> float:
    """The scale that forgets least (by KL) among those that keep most of the gain; 1 where nothing was gained."""
    gains = {point.scale: loss_without - point.loss for point in curve}
    if gains[1.0] <= 0:
        return 1.0
    good = [point for point in curve if gains[point.scale] >= KEPT_GAIN * gains[1.0]]
    return min(good, key=lambda point: point.kl).scale


def loss_of(model: Any, rows: Sequence[Encoded]) -> float:
    """Cross-entropy of the rows' completions, nats a token."""
    import torch

    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in by_tokens([len(row.ids) for row in rows], READING_TOKENS):
            nats = completion_nats(model, [rows[index] for index in batch])
            total, count = total + float(nats.sum()), count + len(nats)
    return total / count


def write(folder: Path, scale: float) -> None:
    """Multiplies a saved adapter by `scale`, whole or not at all."""
    from safetensors.torch import load_file, save_file

    file = folder / (FILE if is_difference(folder) else "adapter_model.safetensors")
    tensors = {
        name: (tensor.float() * scale).to(tensor.dtype) if ".lora_B." in name or file.name == FILE else tensor
        for name, tensor in load_file(file).items()
    }
    with whole(file) as scratch:
        save_file(tensors, scratch, metadata={"format": "pt"})

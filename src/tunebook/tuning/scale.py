"""How much of an adapter is kept: its change is counted `scale` times, and less of it forgets less.

    curve = curve_of(tuned, tokenizer, held, base, general)    [Point(scale=0.25, loss=1.9, rise=0.01, kl=0.02), …]
    choose(curve, loss_without)                                0.5
    write(folder, 0.5)                                         the saved adapter's B matrices are halved

    W + scale · (α / r) · B A       between the base model and the tuned one (WiSE-FT, arXiv:2109.01903)

The scale goes into B itself: every engine that reads the adapter, and a training that goes on from it, sees it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tunebook.models.batches import by_tokens
from tunebook.tuning.encoded import READING_TOKENS, Encoded, completion_nats
from tunebook.tuning.forgetting import Probe, drift
from tunebook.tuning.general import GeneralSet

SCALES = (0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
KEPT_GAIN = 0.95  # share of the whole adapter's gain on the held-out rows that a scale must keep


@dataclass(frozen=True, slots=True)
class Point:
    """Held-out loss, and on general text the rise of the cross-entropy and the KL divergence; nats a token."""

    scale: float
    loss: float
    rise: float
    kl: float

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def curve_of(model: Any, tokenizer: Any, held: Sequence[Encoded], base: Probe, general: GeneralSet) -> list[Point]:
    """Task loss against forgetting, for each of SCALES; `model` has the adapter switched on at scale 1."""
    texts = GeneralSet(general.name, general.texts, ())
    points = []
    for scale in SCALES:
        with counted(model, scale):
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


@contextmanager
def counted(model: Any, scale: float) -> Iterator[None]:
    """The adapters of a PEFT model counted `scale` times, while it lasts."""
    from peft.helpers import rescale_adapter_scale

    with rescale_adapter_scale(model, scale):
        yield


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

    file = folder / "adapter_model.safetensors"
    tensors = {
        name: (tensor.float() * scale).to(tensor.dtype) if ".lora_B." in name else tensor
        for name, tensor in load_file(file).items()
    }
    scratch = file.with_suffix(".tmp")
    save_file(tensors, scratch, metadata={"format": "pt"})
    os.replace(scratch, file)

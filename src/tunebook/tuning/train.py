"""The training loop: a method of `method` on the completions of a set of rows, kept short enough to be read.

    train(model, rows, folder, settings, say)   →  Training(loss curve, tokens a second, …), adapter in `folder`

    loss = − Σ log p(token) / N      over the N completion tokens (end-of-turn included) of one optimiser step

What makes it quick: only the completions' positions are projected to the vocabulary (exact, and the logits never fill
the memory); batches have a token budget and are sorted by length, so that almost nothing is padding and, padding being to
the right of a causal model, no mask is needed; what is learnt computes in the model's own type with fp32 master copies
for the optimiser; on a processor the layers have their gradients written out (`trunk`), where the model is known there.

The order of the batches is a function of the seed alone, so a run that was killed goes on from its checkpoint to the same
result.  The last checkpoint stays until `unfinished.tidy(folder)`: what comes after the training may be killed too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.models.device import fitting
from tunebook.settings import TuningSettings
from tunebook.tuning import method
from tunebook.tuning.course import Training
from tunebook.tuning.encoded import Encoded, encode, encode_rejected, hold_out, plan
from tunebook.tuning.run import Run, Say
from tunebook.tuning.trainingset import TrainingRow


def train(
    model: Any,
    tokenizer: Any,
    rows: Sequence[TrainingRow],
    folder: Path,
    settings: TuningSettings,
    say: Say,
    start: Path | None = None,
) -> Training:
    """Trains an adapter on a plain causal model and writes it to `folder`.

    Begins from the adapter in `start` where one is named, and goes on from `folder/checkpoint.pt` where one is there.
    KeyboardInterrupt writes a checkpoint first.
    Raises BadInput when there are no rows, Diverged when nothing was learnt but noise.
    """
    with prepared(model, tokenizer, rows, folder, settings, start) as (run, batches):
        run.go(batches, say)
        run.save_best()
    return run.done


@contextmanager
def prepared(
    model: Any,
    tokenizer: Any,
    rows: Sequence[TrainingRow],
    folder: Path,
    settings: TuningSettings,
    start: Path | None = None,
) -> Iterator[tuple[Run, list[list[int]]]]:
    """A run that has not begun, and its batches of row numbers; the model is as it came afterwards.

    Raises BadInput without rows, or for one that is longer than the model reads.
    """
    if not rows:
        raise BadInput("nothing to tune on: no example is left", "run: tunebook examples check")
    import torch

    torch.manual_seed(settings.seed)
    encoded = [encode(tokenizer, row) for row in rows]
    _need_fitting(model, rows, encoded)
    learn, held = hold_out(rows, settings)
    with fitting(model.device):
        learnt = method.of(model, settings, start)
        attention = model.config._attn_implementation
        run = Run(learnt, encoded, held, settings, folder)
        run.rejected = (
            {index: encode_rejected(tokenizer, row, encoded[index]) for index, row in enumerate(rows) if row.rejected}
            if settings.preference_weight
            else {}
        )
        if model.device.type == "cpu" and run.trunk is None:  # its fused attention runs backwards at half the speed
            model.set_attn_implementation("eager")
        batches = plan([len(encoded[index].ids) for index in learn], settings)
        try:
            yield run, [[learn[place] for place in batch] for batch in batches]
        finally:
            learnt.take_off()
            model.set_attn_implementation(attention)


def _need_fitting(model: Any, rows: Sequence[TrainingRow], encoded: Sequence[Encoded]) -> None:
    """Beyond its window a model with learnt positions (GPT-2) has none, and any other was never asked."""
    window = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    length, id = max((len(own.ids), row.id) for own, row in zip(encoded, rows, strict=True))
    if window and length > window:
        told = f"example {id}: its row of {length} tokens does not fit into the model's {window}"
        raise BadInput(told, "shorten it, or lower tuning.max_row_tokens, which counts without the chat template")

"""Rows as tokens: encoded, held out, planned into batches, and their loss.

rows = [encode(tokenizer, row) for row in training_rows]      Encoded(ids, start)
learn, held = hold_out(training_rows, settings)               row numbers
batches = plan([len(rows[index].ids) for index in learn], settings)
completion_nats(model, rows)                                  cross-entropy of every completion token
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.models.batches import batch_ids
from tunebook.models.tokenizer import answer_ids, chat_ids, end_of_turn
from tunebook.settings import TuningSettings
from tunebook.tuning.trainingset import TrainingRow

MICRO_TOKENS = 1024  # tokens that go forwards and backwards together; a step adds up several
READING_TOKENS = 4096  # tokens that go forwards together where no gradients are wanted


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a row; `ids[start:]` is the completion with its end-of-turn."""

    ids: list[int]
    start: int


def encode(tokenizer: Any, row: TrainingRow) -> Encoded:
    """The chat template with the completion and the end-of-turn token."""
    return _encoded(tokenizer, chat_ids(tokenizer, row.messages), row.completion, row.ended)


def encode_rejected(tokenizer: Any, row: TrainingRow, encoded: Encoded) -> Encoded:
    """The row again, with the answer that is not wanted."""
    return _encoded(tokenizer, encoded.ids[: encoded.start], row.rejected or "", True)


def _encoded(tokenizer: Any, prompt: list[int], completion: str, ended: bool) -> Encoded:
    end = end_of_turn(tokenizer) if ended else None
    return Encoded([*prompt, *answer_ids(tokenizer, completion), *([] if end is None else [end])], len(prompt))


def hold_out(rows: Sequence[TrainingRow], settings: TuningSettings) -> tuple[list[int], list[int]]:
    """(to learn, to validate), split by group so that no group stands on both sides; replayed rows only to learn."""
    members = Counter(row.group for row in rows if not row.replayed)
    groups = sorted(members)
    random.Random(settings.seed).shuffle(groups)
    held: set[str] = set()
    room = settings.validation_share * members.total()  # rows that may still be held out
    for group in groups:
        if members[group] <= room:
            held.add(group)
            room -= members[group]
    learn = [index for index, row in enumerate(rows) if row.group not in held]
    return learn, [index for index, row in enumerate(rows) if row.group in held]


def plan(lengths: Sequence[int], settings: TuningSettings) -> list[list[int]]:
    """Batches of all epochs, as indices: each epoch sorts by length with a little noise, then shuffles the batches."""
    batches: list[list[int]] = []
    for epoch in range(math.ceil(settings.epochs)):
        draw = random.Random(f"{settings.seed}/{epoch}")
        noisy = [length * draw.uniform(0.85, 1.15) for length in lengths]
        order = sorted(range(len(lengths)), key=lambda index: -noisy[index])
        made = _fill(order, lengths, settings.batch_tokens)
        draw.shuffle(made)
        share = min(1.0, settings.epochs - epoch)
        batches += made[: max(1, round(len(made) * share))]
    return batches


def _fill(order: Sequence[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    batches: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if batches and (len(batches[-1]) + 1) * longest <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
            longest = lengths[index]
    return batches


def causal(model: Any) -> Any:
    """The causal model itself, of one with adapters too."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def completion_nats(model: Any, rows: Sequence[Encoded], trunk: Any = None, frozen: Any = None) -> Any:
    """Cross-entropy of every completion token, row after row: float32 (completion tokens of all rows), nats.

    Rows are padded to the right, which a causal model never looks at from a real position, so no mask is needed.
    `model` is a causal model, with adapters or without; `trunk`, where there is one, goes through its layers instead
    (`frozen`: what it gave for these rows below its first trained layer).
    """
    import torch

    plain = causal(model)
    ids = batch_ids([row.ids for row in rows], plain.device)
    at = [(place, position - 1) for place, row in enumerate(rows) for position in range(row.start, len(row.ids))]
    places, positions = (torch.tensor(column, device=ids.device) for column in zip(*at, strict=True))
    if trunk is not None:
        read = trunk.hidden(ids, frozen)[places * ids.shape[1] + positions]  # (completion tokens, dim)
        return trunk.nats(read, ids[places, positions + 1])
    logits = logits_at(plain, places, positions, input_ids=ids)  # (completion tokens, vocabulary)
    return torch.nn.functional.cross_entropy(logits, ids[places, positions + 1], reduction="none")


def logits_at(plain: Any, places: Any, positions: Any, **read: Any) -> Any:
    """Logits at those positions of those rows of a batch, int64 (N) each: float32 (N, vocabulary).

    Only they go through the head, and then through what the model itself does to its logits: Granite divides them, Gemma 2
    caps them.
    """
    head = plain.get_output_embeddings()
    chosen = head.register_forward_pre_hook(lambda _, given: (given[0][places, positions],))  # (batch, tokens, dim)
    try:
        return plain(**read, use_cache=False).logits.float()
    finally:
        chosen.remove()

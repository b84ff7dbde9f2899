"""Rows against forgetting: general prompts with the answers that the base model gives to them.

    replay_rows(answer, count=28, seed=0, cache=state / "replay" / "3f2a.jsonl")

A model that is shown its own answers among the examples is held to them (self-distillation in the manner of
arXiv:2402.13669).  The answers are drawn from its distribution: at the base model the expected gradient of their loss is
nought, while its likeliest answers would sharpen it.  The prompts are a small set of tunebook's own; the base model
answers them once.  Where more rows are wanted than there are prompts, rows come again.  An answer that the token limit
cut is learnt without an end.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.models import Generation, Request, Sampling
from tunebook.models.disk import whole
from tunebook.tuning.trainingset import TrainingRow
from tunebook.values import Message

NEW_TOKENS = 96
Answer = Callable[[Sequence[Request]], Iterable[tuple[int, Generation]]]  # as ChatModel.generate


def prompts() -> list[str]:
    """The general prompts that ship with tunebook."""
    return files("tunebook.tuning").joinpath("replay.txt").read_text(encoding="utf-8").splitlines()


def count_for(share: float, rows: int) -> int:
    """How many rows to add so that they are `share` of all."""
    return round(rows * share / (1 - share))


def replay_rows(answer: Answer, count: int, seed: int, cache: Path) -> list[TrainingRow]:
    """`count` rows; `cache` holds the answers of one base model and is written where it is not there."""
    answers = list(journal.rows(cache)) or _answered(answer, cache)
    order = random.Random(seed).sample(answers, len(answers))
    return [_row(order[number % len(order)], number) for number in range(count)] if order else []


def _row(answer: dict[str, Any], number: int) -> TrainingRow:
    messages: tuple[Message, ...] = ({"role": "user", "content": answer["prompt"]},)
    id = f"replay-{number + 1}"
    return TrainingRow(id, messages, answer["completion"], group=id, replayed=True, ended=answer["ended"])


def _answered(answer: Answer, cache: Path) -> list[dict[str, Any]]:
    asked = prompts()
    requests = [
        Request(({"role": "user", "content": prompt},), NEW_TOKENS, sampling=Sampling(seed=number))
        for number, prompt in enumerate(asked)
    ]
    given = dict(answer(requests))
    rows = [
        {"prompt": prompt, "completion": given[place].text, "ended": given[place].finished}
        for place, prompt in enumerate(asked)
        if given[place].text
    ]
    _write(cache, rows)
    return rows


def _write(cache: Path, rows: Sequence[dict[str, Any]]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    with whole(cache) as scratch:
        scratch.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

"""What a training run will take on this machine, from a few steps of it: time, memory, money.

    estimate(model, tokenizer, rows, settings)   →  Estimate(seconds=184.0, memory_bytes=2_900_000_000, steps=164, …)

    seconds = Σ over all micro-batches of c(longest row) · padded tokens  +  steps · u,  and the same for the held-out rows

c, the seconds that a padded token takes, is timed on the batch with the shortest rows and on the one with the longest
(the quicker of two, since a busy machine only makes slower), and lies on the line between them.  u is an update of what
is learnt, which takes long where that is all weights.  The worse answer of a pair is a row more; it and the better one are
read once before the first step as well, and at each evaluation where they are held out.  The steps run at rate 0 and are
thrown away.  Left out on purpose: loading the model, and measuring what was forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.models.batches import by_tokens
from tunebook.settings import TuningSettings
from tunebook.tuning.encoded import MICRO_TOKENS, READING_TOKENS
from tunebook.tuning.preference import Preference
from tunebook.tuning.run import Run, evaluation_every
from tunebook.tuning.train import prepared
from tunebook.tuning.trainingset import TrainingRow

Rate = Callable[[int], float]  # longest row of a micro-batch, tokens → seconds a padded token


@dataclass(frozen=True, slots=True)
class Estimate:
    """`memory_bytes` is the process's peak, or the accelerator's; `cost` is None where no price is known."""

    seconds: float
    memory_bytes: int
    steps: int
    tokens: int
    cost: float | None = None

    def times(self, trainings: int) -> Estimate:
        """Of so many alike, one after the other."""
        price = None if self.cost is None else self.cost * trainings
        grown = (self.steps * trainings, self.tokens * trainings)
        return Estimate(self.seconds * trainings, self.memory_bytes, *grown, price)

    @property
    def told(self) -> str:
        """For people: "about 3.1 min and 2.9 GB, 0.12 at tuning.price_per_hour"."""
        time = f"{self.seconds:.0f} s" if self.seconds < 120 else f"{self.seconds / 60:.1f} min"
        price = "" if self.cost is None else f", {self.cost:.2f} at tuning.price_per_hour"
        return f"about {time} and {self.memory_bytes / 1e9:.1f} GB{price}"

    def as_json(self) -> dict[str, Any]:
        cost = None if self.cost is None else round(self.cost, 4)
        return {
            "seconds": round(self.seconds, 1),
            "memory_bytes": self.memory_bytes,
            "steps": self.steps,
            "tokens": self.tokens,
            "cost": cost,
        }


def estimate(
    model: Any, tokenizer: Any, rows: Sequence[TrainingRow], settings: TuningSettings, start: Path | None = None
) -> Estimate:
    """Takes a few seconds.  Raises BadInput when there are no rows."""
    with prepared(model, tokenizer, rows, Path(), settings, start) as (run, batches):
        if run.rejected:  # against a reference that nobody has read: what it says takes no other time
            run.preference = Preference(run.rejected, dict.fromkeys(run.rejected, 0.0), settings.preference_beta)
        rate, update = _timed(run, batches)
        seconds = len(batches) * update
        seconds += sum(
            _padded(run, part) * rate(_longest(run, part)) for batch in batches for part in _parts(run, batch)
        )
        every = evaluation_every(len(batches), settings)
        seconds += _reading_seconds(run, -(-len(batches) // every), rate)
        tokens = sum(len(run.encoded[index].ids) for batch in batches for index in batch)
        return Estimate(seconds, peak_memory_bytes(model.device), len(batches), tokens, cost(seconds, settings))


def cost(seconds: float, settings: TuningSettings) -> float | None:
    """In the currency of `tuning.price_per_hour`; None where that is not set."""
    return None if settings.price_per_hour is None else seconds / 3600 * settings.price_per_hour


def peak_memory_bytes(device: Any) -> int:
    """The most that this accelerator has held; that this process has, where the device is none or does not tell."""
    import resource
    import sys

    import torch

    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # kibibytes on Linux


def _timed(run: Run, batches: Sequence[list[int]]) -> tuple[Rate, float]:
    """Warms up on one row, then times a micro-batch of the shortest rows and one of the longest, and their updates."""
    ordered = sorted(batches, key=lambda batch: _longest(run, batch))
    run.timed_step(ordered[0][:1])
    points: list[tuple[int, float]] = []
    updates: list[float] = []
    for batch in (ordered[0], ordered[-1]):
        longest = _longest(run, batch)
        part = batch[: max(1, MICRO_TOKENS // longest)]
        learnt, updated = zip(*(run.timed_step(part) for _ in range(2)), strict=True)
        points.append((longest, min(learnt) / _padded(run, part)))
        updates += updated
    (short, quick), (long, slow) = points
    slope = (slow - quick) / (long - short) if long > short else 0.0
    return (lambda longest: quick + slope * (longest - short)), min(updates)


def _parts(run: Run, rows: Sequence[int], budget: int = MICRO_TOKENS) -> list[list[int]]:
    """The rows that go forwards together."""
    return [[rows[place] for place in part] for part in by_tokens([len(run.encoded[row].ids) for row in rows], budget)]


def _longest(run: Run, rows: Sequence[int]) -> int:
    return max(len(run.encoded[row].ids) for row in rows)


def _padded(run: Run, part: Sequence[int]) -> int:
    """Tokens of rows that go together, and of the worse answers of their pairs, filled up to the longest of each."""
    worse = [len(run.rejected[row].ids) for row in part if row in run.rejected]
    return len(part) * _longest(run, part) + len(worse) * max(worse, default=0)


def _reading_seconds(run: Run, evaluations: int, rate: Rate) -> float:
    """The held-out rows at each evaluation, and the pairs before the first step; the batch with the longest held-out rows
    is timed, which also needs the most memory.  Without one: a third of what learning takes, the way back being two.
    """
    pairs = {row: len(run.encoded[row].ids) + len(worse.ids) for row, worse in run.rejected.items()}
    parts = _parts(run, run.held, READING_TOKENS)
    if not parts and not pairs:
        return 0.0
    own = [len(part) * _longest(run, part) for part in parts]
    each = run.timed_reading(parts[0]) / own[0] if parts else rate(_longest(run, list(pairs))) / 3
    held = sum(own) + sum(pairs.get(row, 0) for row in run.held)
    return each * (evaluations * held + sum(pairs.values()))

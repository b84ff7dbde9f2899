"""What a run of the training loop did, as its checkpoint and the adapter's manifest hold it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Training:
    """What a run did.  Losses are nats a completion token; tokens are real ones, padding left out."""

    train: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    steps: int = 0
    planned: int = 0  # steps of the whole run; fewer are made where it ends early
    tokens: int = 0
    seconds: float = 0.0
    best_step: int = 0
    best_loss: float = math.inf
    best_score: float = -math.inf
    best_within: bool = False  # whether the best step has forgotten no more than the run may
    checks: list[tuple[int, float]] = field(default_factory=list)  # score of the answers to held-out rows, 0 to 1
    general: list[tuple[int, float]] = field(default_factory=list)  # what general text costs more than before the run
    preferred: list[tuple[int, float]] = field(default_factory=list)  # share of held-out pairs that moved the right way

    @property
    def waited(self) -> int:
        """Evaluations since the best one."""
        return sum(step > self.best_step for step, _ in self.validation)

    def as_json(self) -> dict[str, Any]:
        done = asdict(self)
        done["best_loss"] = None if math.isinf(self.best_loss) else self.best_loss
        return done | {"tokens_per_second": self.tokens / self.seconds if self.seconds else None}

"""Fits a trial into a time, and says what it gave up.

    plan(parts, checked, names, 1800.0, started)      →  Plan(settings with fewer seeds or epochs, deadline, gave_up)

Training gets at most half of the time; it gives up seeds first, then epochs, then examples, and last whole adapters.
Cases are not planned but asked round by round until the time is over (arms.py), which no wrong estimate can break.
The speed of training is that of the last training here, or else a share of the speed at which the model reads.

Left out on purpose: the time that a first sync takes.  Without a library there is nothing to compare.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tunebook.models import Request
from tunebook.project.parts import Parts
from tunebook.project.tune import TARGETS, is_made
from tunebook.settings import Settings
from tunebook.tuning import Desk
from tunebook.values import Example

TRAINING_SHARE = 0.5
READING_PER_TRAINING = 4.0  # a prompt is read about four times as fast as the same tokens are trained on
EPOCHS = (1.0, 0.7, 0.5, 0.35)
EXAMPLES = (1.0, 0.5, 0.25)
FEWEST_EXAMPLES = 50
PROBED = 8  # examples that are read to time the model


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings that fit; `deadline` is monotonic, None without a budget."""

    settings: Settings
    seconds: float | None = None
    deadline: float | None = None
    gave_up: tuple[str, ...] = ()
    untrained: dict[str, str] = field(default_factory=dict)  # name → why

    def names(self, wanted: Sequence[str]) -> list[str]:
        """Those that are to be trained or need no training."""
        return [name for name in wanted if name not in self.untrained]

    def told(self, asked: int, cases: int, spent: float) -> dict[str, Any] | None:
        """The `budget` of report.json; None without one."""
        if self.seconds is None:
            return None
        gave_up = [*self.gave_up, *self.untrained.values()]
        if asked < cases:
            gave_up.append(f"{cases - asked} of {cases} cases were not asked")
        return {"seconds": self.seconds, "spent": round(spent, 1), "gave_up": gave_up}


@dataclass(frozen=True, slots=True)
class Training:
    """What one epoch of each target that is not there yet costs, and how many epochs are wanted."""

    epoch_seconds: float
    epochs: dict[str, float]

    def seconds(self, seeds: int, epochs: float, examples: float) -> float:
        return seeds * epochs * examples * self.epoch_seconds * sum(self.epochs.values())


def plan(parts: Parts, checked: Desk | None, names: Sequence[str], budget: float | None, started: float) -> Plan:
    """`started` is the monotonic time at which the trial began."""
    settings = parts.settings
    if budget is None:
        return Plan(settings)
    targets = [target for target in TARGETS if target in names and checked and not settings.model.endpoint]
    missing = [target for target in targets if checked and not is_made(parts, target, checked)]
    deadline = started + budget
    if not missing or checked is None:
        return Plan(settings, budget, deadline)
    tuning = settings.tuning
    wanted = {"tuned": tuning.epochs, "hybrid": tuning.hybrid_epochs}
    training = Training(_epoch_seconds(parts, checked.used), {target: wanted[target] for target in missing})
    left = TRAINING_SHARE * (budget - (time.monotonic() - started))
    return fit(settings, training, len(checked.used), left, Plan(settings, budget, deadline))


def fit(settings: Settings, training: Training, examples: int, left: float, whole: Plan) -> Plan:
    """The richest training that takes no longer than `left` seconds; `whole` is the plan if nothing is given up."""
    for seeds, epochs, share in _choices(settings.trial.seeds, examples):
        if training.seconds(seeds, epochs, share) <= left:
            fewer = max(FEWEST_EXAMPLES, round(share * examples))
            changed = {
                "trial": settings.trial.model_copy(update={"seeds": seeds}),
                "tuning": settings.tuning.model_copy(
                    update={
                        "epochs": settings.tuning.epochs * epochs,
                        "hybrid_epochs": settings.tuning.hybrid_epochs * epochs,
                        "max_examples": fewer if share < 1 else settings.tuning.max_examples,
                    }
                ),
            }
            gave_up = [
                f"{settings.trial.seeds - seeds} of {settings.trial.seeds} training seeds"
                if seeds < settings.trial.seeds
                else "",
                f"{1 - epochs:.0%} of the epochs" if epochs < 1 else "",
                f"{examples - fewer} of {examples} examples" if share < 1 else "",
            ]
            found = settings.model_copy(update=changed)
            return Plan(found, whole.seconds, whole.deadline, tuple(text for text in gave_up if text))
    need = training.seconds(1, EPOCHS[-1], EXAMPLES[-1])
    why = f"not trained: even a short training takes about {need:.0f} s, and {left:.0f} s are left for it"
    one = settings.model_copy(update={"trial": settings.trial.model_copy(update={"seeds": 1})})
    return Plan(one, whole.seconds, whole.deadline, (), {target: f"{target}: {why}" for target in training.epochs})


def _choices(seeds: int, examples: int) -> list[tuple[int, float, float]]:
    """(seeds, share of epochs, share of examples), the richest first."""
    shares = [share for share in EXAMPLES if share == 1 or share * examples >= FEWEST_EXAMPLES]
    return [
        *((count, 1.0, 1.0) for count in range(seeds, 1, -1)),
        *((1, epochs, 1.0) for epochs in EPOCHS),
        *((1, EPOCHS[-1], share) for share in shares[1:]),
    ]


def _epoch_seconds(parts: Parts, examples: Sequence[Example]) -> float:
    texts = [f"{example.prompt} {example.completion or ''}" for example in examples]
    tokens = sum(parts.local_model.count_tokens(texts))
    return float(tokens / _tokens_per_second(parts, examples))


def _tokens_per_second(parts: Parts, examples: Sequence[Example]) -> float:
    manifests = [parts.adapters.manifest(folder) for folder in sorted(parts.adapters.root.glob("*-*"))]
    known = [(one["created"], one["tokens_per_second"]) for one in manifests if one and one.get("tokens_per_second")]
    if known:
        return float(max(known)[1])
    requests = [Request(example.messages, 1) for example in examples[:PROBED]]
    list(parts.model.generate(requests[:1]))  # warms up
    begin = time.perf_counter()
    read = sum(generation.prompt_tokens for _, generation in parts.model.generate(requests))
    return read / (time.perf_counter() - begin) / READING_PER_TRAINING

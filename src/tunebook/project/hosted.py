"""One adapter made at an endpoint: `model.endpoint` with `tuning.hosted = true`.

    made = make(parts, Work("tuned", folder, rows, tuning), progress)       made.manifest["hosted"]  →  "ft:gpt-4o-mini:…"

What needs the weights is not done and not passed over in silence: forgetting is not measured, and settings that a job at
an endpoint cannot follow are refused.
"""

from __future__ import annotations

import time
from typing import Any

from tunebook.errors import BadSettings
from tunebook.models.endpoint import EndpointChatModel, served_name
from tunebook.progress import Progress
from tunebook.project.parts import Parts
from tunebook.project.training import Made, Work, manifest_of, settle
from tunebook.settings import Settings, TuningSettings
from tunebook.tuning.course import Training
from tunebook.tuning.hosted import Ended, Hosted

# settings that a job at an endpoint does not follow, and the value that asks for nothing
NEEDS_WEIGHTS = (
    "method",
    "rank",
    "alpha",
    "dropout",
    "layers",
    "learning_rate",
    "batch_tokens",
    "warmup",
    "weight_decay",
    "evaluations_per_epoch",
    "preference_beta",
    "scale",
    "replay",
    "max_forgetting",
    "stop_forgetting",
    "best_by",
    "patience",
    "soup",
)


def refused(settings: Settings) -> str | None:
    """Why nothing is tuned with these settings; None where the model is tuned in process or may be tuned there."""
    if settings.model.endpoint and not settings.tuning.hosted:
        return "a model at an endpoint is tuned there only with tuning.hosted = true, which sends it the examples"
    return None


def make(parts: Parts, work: Work, progress: Progress) -> Made:
    """Follows a job to its end, and writes the manifest last.  Raises BadSettings, EndpointFailed."""
    _followable(parts.settings.tuning)
    model = parts.model
    assert isinstance(model, EndpointChatModel)
    base = served_name(work.start.folder) if work.start else model.name
    begin = time.monotonic()

    def say(status: str, step: int, steps: int, loss: float | None) -> None:
        note = status if loss is None else f"{status}, loss {loss:.3f}"
        progress(f"tuning {work.target} at the endpoint", step, steps, note)

    ended = Hosted(model.client, base, work.folder).train(work.rows, work.tuning, say)
    done = _training(ended, time.monotonic() - begin)
    price = work.tuning.price_per_million_tokens
    more: dict[str, Any] = {
        "hosted": ended.model,
        "replayed": 0,
        "scale": 1.0,
        "cost": None if price is None or ended.tokens is None else price * ended.tokens / 1e6,
        "forgetting": None,
    }
    return settle(parts, work.folder, manifest_of(parts.model.name, work, done) | more)


def _training(ended: Ended, seconds: float) -> Training:
    """Seconds are those of waiting here, queue and all."""
    best = min(ended.validation or ended.train, key=lambda point: point[1], default=(0, float("inf")))
    return Training(
        ended.train, ended.validation, tokens=ended.tokens or 0, seconds=seconds, best_step=best[0], best_loss=best[1]
    )


def _followable(tuning: TuningSettings) -> None:
    for name in NEEDS_WEIGHTS:
        given, usual = getattr(tuning, name), TuningSettings.model_fields[name].default
        if given != usual:
            raise BadSettings(
                f"tuning.{name} = {given!r}: a job at an endpoint cannot follow it", f"leave tuning.{name} out"
            )

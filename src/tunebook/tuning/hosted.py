"""Tuning at an endpoint: the rows go up as files, a job there is followed to its end, and names the model that it made.

    hosted = Hosted(client, "gpt-4o-mini", folder)
    ended = hosted.train(rows, settings, say)        →  Ended(model="ft:gpt-4o-mini:…", tokens=41234, train=[(10, 1.2)], …)

Speaks `/files` and `/fine_tuning/jobs` in OpenAI's shape.  The job's name is in the folder before anything is waited for,
so that a killed run follows the same job instead of paying for another.
Left out on purpose: learning rates, which an endpoint counts in multiples of its own; rows with a rejected answer are
trained on their better one; deleting the files there, which is for their owner to decide.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunebook.errors import EndpointFailed
from tunebook.models.disk import read_json, write_json
from tunebook.models.endpoint import HOSTED
from tunebook.models.failures import line_of
from tunebook.settings import TuningSettings
from tunebook.tuning.encoded import hold_out
from tunebook.tuning.trainingset import TrainingRow

PAUSE_SECONDS = 5.0  # between two looks at a job
EVENTS = 100  # asked for at a time
RUNNING = ("validating_files", "queued", "running", "paused")

Say = Callable[[str, int, int, float | None], None]  # status, step, steps (0: unknown), loss


@dataclass(frozen=True, slots=True)
class Ended:
    """`train` and `validation`: (step, nats a token) as the endpoint told them; `tokens` is None where it does not count."""

    model: str
    tokens: int | None
    train: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)


def as_line(row: TrainingRow) -> str:
    """A row as a line of the file that goes up."""
    said = {"role": "assistant", "content": row.completion}
    return json.dumps({"messages": [*map(dict, row.messages), said]}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Hosted:
    """`client` is openai's; `folder` keeps the names of files and job."""

    client: Any
    base: str
    folder: Path

    def train(self, rows: Sequence[TrainingRow], settings: TuningSettings, say: Say) -> Ended:
        """Begins a job, or goes on with the one that the folder names.

        Raises EndpointFailed where the endpoint refuses, or says that the job failed or was cancelled.
        """
        job = (read_json(self.folder / HOSTED) or {}).get("job") or self._begin(rows, settings)
        ended = self._follow(job, say)
        write_json(self.folder / HOSTED, {"job": job, "model": ended.model})
        return ended

    def _begin(self, rows: Sequence[TrainingRow], settings: TuningSettings) -> str:
        learn, held = hold_out(rows, settings)
        files = {"training_file": self._upload("train.jsonl", [rows[index] for index in learn])}
        if held:
            files["validation_file"] = self._upload("validation.jsonl", [rows[index] for index in held])
        epochs = max(1, round(settings.epochs))
        try:
            job = self.client.fine_tuning.jobs.create(
                model=self.base, **files, seed=settings.seed, hyperparameters={"n_epochs": epochs}
            )
        except Exception as error:
            raise _told("the job was refused", error) from error
        write_json(self.folder / HOSTED, {"job": job.id, **files})
        return str(job.id)

    def _upload(self, name: str, rows: Sequence[TrainingRow]) -> str:
        data = "".join(as_line(row) + "\n" for row in rows).encode()
        try:
            return str(self.client.files.create(file=(name, data), purpose="fine-tune").id)
        except Exception as error:
            raise _told(f"{name} was not taken", error) from error

    def _follow(self, id: str, say: Say) -> Ended:
        while True:
            try:
                job = self.client.fine_tuning.jobs.retrieve(id)
                train, validation, steps = self._course(id)
            except Exception as error:
                raise _told(f"job {id} cannot be looked at", error) from error
            step, loss = train[-1] if train else (0, None)
            say(job.status, step, steps, loss)
            if job.status == "succeeded" and job.fine_tuned_model:
                return Ended(job.fine_tuned_model, job.trained_tokens, train, validation)
            if job.status not in RUNNING:
                (self.folder / HOSTED).unlink(missing_ok=True)  # the next run begins a new one
                why = job.error.message if job.error and job.error.message else "it does not say why"
                raise EndpointFailed(f"job {id} ended as {job.status}: {why}", "mend it and run tune again")
            time.sleep(PAUSE_SECONDS)

    def _course(self, id: str) -> tuple[list[tuple[int, float]], list[tuple[int, float]], int]:
        """(training losses, validation losses, steps) from the job's events."""
        curves: dict[str, dict[int, float]] = {"train_loss": {}, "valid_loss": {}}
        steps = 0
        for event in self.client.fine_tuning.jobs.list_events(id, limit=EVENTS):
            data = event.data if isinstance(event.data, dict) else {}
            step = data.get("step")
            if not isinstance(step, int):
                continue
            steps = max(steps, int(data.get("total_steps") or 0))
            for name, curve in curves.items():
                if isinstance(data.get(name), int | float):
                    curve[step] = float(data[name])
        train, validation = (sorted(curve.items()) for curve in curves.values())
        return train, validation, steps


def _told(what: str, error: Exception) -> EndpointFailed:
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return EndpointFailed(f"{what}: the key was refused", "set the variable that model.key_env names")
    if status == 404:
        hint = "it may not tune models: OpenAI's /files and /fine_tuning/jobs are needed"
        return EndpointFailed(f"{what}: the endpoint knows no such thing ({line_of(error)})", hint)
    if status is None:
        return EndpointFailed(f"{what}: {line_of(error)}", "is model.endpoint right, and does a server answer there?")
    return EndpointFailed(f"{what}: {line_of(error)}", "run tune again: a job that has begun is gone on with")

"""One adapter made: estimated, trained, scaled, probed for what was forgotten, and used or refused.

    made = make(parts, Work("tuned", folder, rows, tuning, dropped=[]), progress)        made.refused   →  None

A killed run leaves its checkpoint in the folder until the manifest is written, so that also what comes after the
training may be killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any

from tunebook.errors import BadSettings
from tunebook.models import Request
from tunebook.models.device import give_back
from tunebook.models.disk import read_json
from tunebook.models.local import LocalChatModel
from tunebook.progress import Progress
from tunebook.project.folder import write_json
from tunebook.project.parts import Parts
from tunebook.settings import TuningSettings
from tunebook.trial.scores import score
from tunebook.tuning import scale as scaling
from tunebook.tuning.course import Training
from tunebook.tuning.encoded import encode, hold_out
from tunebook.tuning.estimate import Estimate, cost, estimate, peak_memory_bytes
from tunebook.tuning.forgetting import Probe, cross_entropy, forgotten, refusal
from tunebook.tuning.general import BUILTIN
from tunebook.tuning.replay import count_for, prompts, replay_rows
from tunebook.tuning.run import Check, Say, Watch
from tunebook.tuning.train import prepared
from tunebook.tuning.trainingset import TrainingRow
from tunebook.tuning.unfinished import ESTIMATE, tidy
from tunebook.values import Answer, Case, content_hash


@dataclass(frozen=True, slots=True)
class Made:
    """A finished adapter: its folder, its manifest, and whether it was there before."""

    folder: Path
    manifest: dict[str, Any]
    reused: bool

    @property
    def refused(self) -> str | None:
        """Why it does not come into use, where `tuning.max_forgetting` says so."""
        why: str | None = self.manifest.get("refused")
        return why


@dataclass(frozen=True, slots=True)
class Work:
    """What goes into an adapter; `start` is the adapter that the training goes on from."""

    target: str
    folder: Path
    rows: Sequence[TrainingRow]
    tuning: TuningSettings
    dropped: Sequence[dict[str, str]] = field(default=())
    start: Made | None = None

    @property
    def start_folder(self) -> Path | None:
        return self.start.folder if self.start else None


def make(parts: Parts, work: Work, progress: Progress) -> Made:
    """Trains, and writes the manifest last."""
    tuning = work.tuning
    if tuning.method == "dora" and tuning.scale != 1:
        raise BadSettings(
            "tuning.scale cannot be set for DoRA, which is not linear in it", 'use tuning.method = "lora"'
        )
    _ = parts.general  # a folder that holds none is told before the training
    rows = with_replay(parts, work.rows, tuning, progress)
    foreseen = _foreseen(parts, work, rows, progress)

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        progress(f"tuning {work.target}", step, steps, f"loss {loss:.3f}, {rate:.0f} tokens/s")

    done = trained(parts, work, rows, say)
    scale = _scale(parts, work, rows, progress)
    manifest = manifest_of(parts.local_model.name, work, done) | {
        "base_print": parts.base_print,
        "replayed": len(rows) - len(work.rows),
        "scale": scale["scale"],
        "scale_curve": scale["curve"],
        "estimate": foreseen,
        "memory_bytes": peak_memory_bytes(parts.local_model.model.device),
        "cost": cost(done.seconds, tuning),
        "forgetting": what_was_forgotten(parts, work.folder, progress),
    }
    made = settle(parts, work.folder, manifest)
    tidy(work.folder)
    give_back()
    return made


def trained(parts: Parts, work: Work, rows: Sequence[TrainingRow], say: Say) -> Training:
    """The adapter is in the folder afterwards, or a checkpoint where it was interrupted."""
    local = parts.local_model
    watch = _watch(parts) if work.tuning.stop_forgetting is not None else None
    with prepared(local.detached(), local.tokenizer, rows, work.folder, work.tuning, work.start_folder) as (
        run,
        batches,
    ):
        if work.tuning.best_by == "answers" and run.held:
            run.check = _check(parts, [rows[index] for index in run.held])
        run.watch = watch
        run.go(batches, say)
        run.save_best()
    return run.done


def _check(parts: Parts, held: Sequence[TrainingRow]) -> Check:
    """Answers to held-out rows, scored as the trial scores cases of form: slots of JSON, or ROUGE-L."""
    rows = held[: parts.settings.tuning.checked_rows]
    limit = parts.settings.answer.max_new_tokens
    requests = [Request(row.messages, limit) for row in rows]
    cases = [Case(n, row.id, row.messages, "behaviour", answers=(row.completion,)) for n, row in enumerate(rows)]

    def check(model: Any) -> float:
        answering = LocalChatModel(parts.local_model.name, model, parts.local_model.tokens)
        answers = sorted(answering.generate(requests), key=itemgetter(0))
        texts = [Answer(given.text, False, "tuned", answering.name) for _, given in answers]
        return fmean(score(case, text).score or 0.0 for case, text in zip(cases, texts, strict=True))

    return check


def _watch(parts: Parts) -> Watch:
    """What general text costs more than before anything was tuned."""
    before = parts.base_probe.cross_entropy
    return lambda model: cross_entropy(model, parts.local_model.tokenizer, parts.general) - before


def settle(parts: Parts, folder: Path, manifest: dict[str, Any], reused: bool = False) -> Made:
    """Brings an adapter into use, or refuses it, by the gate as it is set now."""
    measured = manifest["forgetting"]  # None where it cannot be
    why = refusal(measured, parts.settings.tuning.max_forgetting) if measured else None
    judged = manifest | {"refused": why}
    if why:
        parts.adapters.refuse(folder, judged)
    else:
        parts.adapters.finish(folder, judged)
    return Made(folder, judged, reused)


def again(parts: Parts, folder: Path, manifest: dict[str, Any], progress: Progress) -> Made:
    """An adapter that is there already: what it has forgotten is measured anew where another general set is named."""
    if (measured := manifest["forgetting"]) and measured.get("set", BUILTIN) != parts.general.name:
        manifest |= {"forgetting": what_was_forgotten(parts, folder, progress)}
    return settle(parts, folder, manifest, reused=True)


def with_replay(
    parts: Parts, rows: Sequence[TrainingRow], tuning: TuningSettings, progress: Progress
) -> list[TrainingRow]:
    """The rows, and the base model's own answers among them where `tuning.replay` says so."""
    count = count_for(tuning.replay, len(rows))
    if not count:
        return list(rows)
    progress("answering general prompts", 0, 0, "with the base model, once")
    cache = parts.folder.state / "replay" / f"{content_hash(parts.model_identity, *prompts())[:12]}.jsonl"
    return [*rows, *replay_rows(parts.local_model.generate, count, tuning.seed, cache)]


def estimated(parts: Parts, work: Work, rows: Sequence[TrainingRow], progress: Progress) -> Estimate:
    """A few steps of the real rows, timed."""
    progress("estimating", 0, 0, "a few steps")
    local = parts.local_model
    found = estimate(local.detached(), local.tokenizer, rows, work.tuning, work.start_folder)
    progress("estimating", 0, 0, found.told)
    return found


def _foreseen(parts: Parts, work: Work, rows: Sequence[TrainingRow], progress: Progress) -> dict[str, Any]:
    """The estimate; a run that goes on after a kill keeps the one it was begun with."""
    path = work.folder / ESTIMATE
    found: dict[str, Any] | None = read_json(path)
    if found is None:
        found = estimated(parts, work, rows, progress).as_json()
        write_json(path, found)
    return found


def _scale(parts: Parts, work: Work, rows: Sequence[TrainingRow], progress: Progress) -> dict[str, Any]:
    """Writes the scale into the saved adapter; {"scale", "curve"}."""
    wanted, local = work.tuning.scale, parts.local_model
    curve: list[scaling.Point] = []
    if wanted == "auto":
        progress("choosing the scale", 0, 0, "")
        _, held = hold_out(rows, work.tuning)
        encoded = [encode(local.tokenizer, rows[index]) for index in held]
        wanted = 1.0
        if encoded:
            without = scaling.loss_of(local.detached(), encoded)
            base = parts.base_probe
            curve = scaling.curve_of(partial(local.using, work.folder), local.tokenizer, encoded, base, parts.general)
            wanted = scaling.choose(curve, without)
            local.detached()  # the adapter in memory is not the one that is written now
    if wanted != 1:
        scaling.write(work.folder, wanted)
    return {"scale": wanted, "curve": [point.as_json() for point in curve]}


def what_was_forgotten(parts: Parts, folder: Path, progress: Progress) -> dict[str, Any]:
    """Of an adapter, against the base model: {"set", "verdict", …}."""
    progress("measuring general ability", 0, 0, "before tuning")
    before = parts.base_probe
    progress("measuring general ability", 0, 0, "after tuning")
    with parts.local_model.using(folder) as tuned:
        return forgotten(before, Probe.of(tuned, parts.local_model.tokenizer, parts.general), parts.general.name)


def manifest_of(base: str, work: Work, done: Training) -> dict[str, Any]:
    """What every adapter says of itself, wherever it was made; `base` is the model's name."""
    documents = {document for row in work.rows for document in row.documents}
    documents |= set(work.start.manifest["documents"]) if work.start else set()
    return {
        "target": work.target,
        "adapter": work.folder.name,
        "base": base,
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "examples": {"used": len(work.rows), "dropped": list(work.dropped)},
        "loss": {"train": done.train, "validation": done.validation, "best_step": done.best_step},
        "ended": _ended(work.tuning, done),
        "checks": done.checks,  # [step, score of the answers to held-out rows]
        "general": done.general,  # [step, nats a token that general text costs more], where the run may forget only so much
        "preferred": done.preferred,  # [step, share] of the held-out pairs
        "tokens": done.tokens,
        "seconds": round(done.seconds + (work.start.manifest["seconds"] if work.start else 0.0), 1),
        "started_from": work.start.folder.name if work.start else None,
        "tokens_per_second": round(done.tokens / done.seconds, 1) if done.seconds else None,
        "settings": work.tuning.model_dump(),
        "seed": work.tuning.seed,
        "documents": sorted(documents),
    }


def _ended(tuning: TuningSettings, done: Training) -> str | None:
    """Why a run ended before its last step; None: it did not."""
    if not tuning.patience or done.waited < tuning.patience or done.steps >= done.planned:
        return None
    within = tuning.stop_forgetting is None or done.best_within
    why = "none was better" if within else "none was better, and none forgot as little as tuning.stop_forgetting says"
    return f"after step {done.steps} of {done.planned}: of the last {done.waited} evaluations {why}"

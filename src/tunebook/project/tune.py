"""Examples to an adapter, end to end: desk, training set, training, forgetting, manifest.

The adapter's folder is named after everything that went in (base model, rows, settings, seed), so that a second run
with nothing changed finds it, and a killed one goes on from its checkpoint.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project.parts import Parts
from tunebook.rows import read_cases, read_examples, sample
from tunebook.settings import TuningSettings
from tunebook.tuning import Desk, form_rows, inspect, reading_rows
from tunebook.tuning.trainingset import Reading, RowSet
from tunebook.values import Case, Example, content_hash

TARGETS = ("tuned", "hybrid")
# settings that are seen in the rows themselves, or in what a hybrid starts from
OF_THE_ROWS = (
    "hybrid_from",
    "hybrid_epochs",
    "form_replay",
    "gold_absent_share",
    "abstain_share",
    "leaks",
    "max_examples",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A finished adapter: its folder, its manifest, and whether it was there before."""

    folder: Path
    manifest: dict[str, Any]
    reused: bool


def desk(parts: Parts, examples: Sequence[Example], cases: Sequence[Case]) -> Desk:
    """The examples that may be learnt from; tokens are the local model's, or words where an endpoint answers."""
    tuning = parts.settings.tuning
    count = words if parts.settings.model.endpoint else parts.count_tokens
    return inspect(examples, cases, count, tuning.max_row_tokens, tuning.leaks == "drop")


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def load(parts: Parts, examples: Path | None) -> tuple[list[Example], list[Case]]:
    """The project's examples, and its cases where it has any (to find leaks)."""
    path = examples or parts.folder.examples
    cases = read_cases(parts.folder.cases) if parts.folder.has_cases else []
    tuning = parts.settings.tuning
    return sample(read_examples(path), tuning.max_examples, tuning.seed), cases


def tune(parts: Parts, target: str, checked: Desk, progress: Progress) -> Made:
    """Trains what is not there yet; raises BadInput for an unknown target or where nothing is left to learn from."""
    if target not in TARGETS:
        raise BadInput(f"--for {target}: unknown", f"allowed: {', '.join(TARGETS)}")
    folder = _folder(parts, target, checked)
    goes_on = target == "hybrid" and parts.settings.tuning.hybrid_from == "tuned"
    start = tune(parts, "tuned", checked, progress) if goes_on else None
    if manifest := parts.adapters.manifest(folder):
        parts.adapters.promote(target, folder)
        return Made(folder, manifest, True)
    rows = _rows(parts, target, checked)
    with parts.folder.lock():
        return _train(parts, target, rows, _how(parts, target), checked, folder, start, progress)


def is_made(parts: Parts, target: str, checked: Desk) -> bool:
    """Whether an adapter from these examples and settings is there already."""
    return parts.adapters.manifest(_folder(parts, target, checked)) is not None


def _how(parts: Parts, target: str) -> TuningSettings:
    tuning = parts.settings.tuning
    return tuning.model_copy(update={"epochs": tuning.hybrid_epochs}) if target == "hybrid" else tuning


def _folder(parts: Parts, target: str, checked: Desk) -> Path:
    """Named after everything that goes in."""
    goes_on = target == "hybrid" and parts.settings.tuning.hybrid_from == "tuned"
    fingerprint = content_hash(
        target,
        _folder(parts, "tuned", checked).name if goes_on else "",
        parts.model_identity,
        _how(parts, target).model_dump_json(exclude=set(OF_THE_ROWS)),
        json.dumps([[e.messages, e.completion, e.sources, e.answerable] for e in checked.used], default=dict),
        *(_read_by(parts, checked) if target == "hybrid" else (parts.settings.answer.abstention,)),
    )
    return parts.adapters.folder(target, fingerprint)


def _read_by(parts: Parts, checked: Desk) -> tuple[str, ...]:
    """What a hybrid's rows are made from beside the examples: equal parts make equal rows."""
    if not parts.has_library:
        raise BadInput("the library is empty, and a hybrid is tuned on its passages", "run: tunebook sync")
    settings = parts.settings
    said = (settings.search, settings.passages, settings.answer)
    rows = settings.tuning.model_dump_json(include=set(OF_THE_ROWS))
    avoided = sorted(checked.case_documents)
    return (parts.library.hash, settings.embedder.name, *(part.model_dump_json() for part in said), rows, *avoided)


def _rows(parts: Parts, target: str, checked: Desk) -> RowSet:
    settings = parts.settings
    if target == "tuned":
        return form_rows(checked.used, settings.answer.abstention)
    if not parts.has_library:
        raise BadInput("the library is empty, and a hybrid is tuned on its passages", "run: tunebook sync")
    how = Reading(
        k=settings.search.k,
        instruction=settings.answer.instruction,
        abstention=settings.answer.abstention,
        gold_absent_share=settings.tuning.gold_absent_share,
        abstain_share=settings.tuning.abstain_share,
        form_replay=settings.tuning.form_replay if settings.tuning.hybrid_from == "tuned" else 1.0,
        seed=settings.tuning.seed,
        avoid=checked.case_documents if settings.tuning.leaks == "drop" else frozenset(),
    )
    library = parts.library
    return reading_rows(checked.used, lambda queries, k: library.search(queries, k), library.store.passages_of, how)


def _train(
    parts: Parts,
    target: str,
    rows: RowSet,
    tuning: TuningSettings,
    checked: Desk,
    folder: Path,
    start: Made | None,
    progress: Progress,
) -> Made:
    local = parts.local_model
    from tunebook.tuning.forgetting import Probe, forgotten
    from tunebook.tuning.train import train

    started = time.perf_counter()
    estimate: dict[str, Any] = {}

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        if step == 2:  # the first step warms up
            estimate["seconds"] = (time.perf_counter() - started) * steps / step
        progress(f"tuning {target}", step, steps, f"loss {loss:.3f}, {rate:.0f} tokens/s")

    progress("measuring general ability", 0, 0, "before")
    before = parts.base_probe
    done = train(local.detached(), local.tokenizer, rows.rows, folder, tuning, say, start.folder if start else None)
    with local.using(folder) as tuned:
        progress("measuring general ability", 0, 0, "after")
        lost = forgotten(before, Probe.of(tuned, local.tokenizer))
    documents = {document for row in rows.rows for document in row.documents}
    documents |= set(start.manifest["documents"]) if start else set()
    manifest = {
        "target": target,
        "adapter": folder.name,
        "base": local.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "examples": {"used": len(rows.rows), "dropped": [*checked.dropped, *rows.dropped]},
        "loss": {"train": done.train, "validation": done.validation, "best_step": done.best_step},
        "tokens": done.tokens,
        "seconds": round(done.seconds + (start.manifest["seconds"] if start else 0.0), 1),
        "started_from": start.folder.name if start else None,
        "tokens_per_second": round(done.tokens / done.seconds, 1) if done.seconds else None,
        "estimate": estimate or None,
        "forgetting": lost,
        "settings": tuning.model_dump(),
        "seed": tuning.seed,
        "documents": sorted(documents),
    }
    parts.adapters.finish(folder, manifest)
    return Made(folder, manifest, False)

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
from tunebook.tuning import Desk, form_rows, inspect, reading_rows
from tunebook.tuning.trainingset import Reading, RowSet
from tunebook.values import Case, Example, content_hash

TARGETS = ("tuned", "hybrid")
PROBE_TOKENS = 2000  # of the estimate's timed step


@dataclass(frozen=True, slots=True)
class Made:
    """A finished adapter: its folder, its manifest, and whether it was there before."""

    folder: Path
    manifest: dict[str, Any]
    reused: bool


def desk(parts: Parts, examples: Sequence[Example], cases: Sequence[Case]) -> Desk:
    """The examples that may be learnt from; tokens are the local model's, or words where an endpoint answers."""
    tuning = parts.settings.tuning
    count = words if parts.settings.model.endpoint else parts.local_model.count_tokens
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
    local = parts.local_model
    rows = _rows(parts, target, checked)
    fingerprint = content_hash(
        target,
        parts.model_identity,
        parts.settings.tuning.model_dump_json(),
        json.dumps([[row.messages, row.completion] for row in rows.rows], ensure_ascii=False, default=dict),
    )
    folder = parts.adapters.folder(target, fingerprint)
    if manifest := parts.adapters.manifest(folder):
        parts.adapters.promote(target, folder)
        return Made(folder, manifest, True)
    with parts.folder.lock():
        return _train(parts, local, target, rows, checked, folder, progress)


def _rows(parts: Parts, target: str, checked: Desk) -> RowSet:
    settings = parts.settings
    if target == "tuned":
        return form_rows(checked.used, settings.answer.abstention)
    if not parts.has_library:
        raise BadInput("the library is empty, and a hybrid is tuned on its passages", "run: tunebook sync")
    how = Reading(
        k=settings.search.k,
        instruction=settings.answer.rag_instruction.format(abstention=settings.answer.abstention),
        abstention=settings.answer.abstention,
        gold_absent_share=settings.tuning.gold_absent_share,
        abstain_share=settings.tuning.abstain_share,
        seed=settings.tuning.seed,
    )
    library = parts.library
    return reading_rows(checked.used, lambda queries, k: library.search(queries, k), library.store.passages_of, how)


def _train(
    parts: Parts, local: Any, target: str, rows: RowSet, checked: Desk, folder: Path, progress: Progress
) -> Made:
    from tunebook.tuning.forgetting import Probe, forgotten
    from tunebook.tuning.train import train

    started = time.perf_counter()
    estimate: dict[str, Any] = {}

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        if step == 2:  # the first step warms up
            estimate["seconds"] = (time.perf_counter() - started) * steps / step
        progress(f"tuning {target}", step, steps, f"loss {loss:.3f}, {rate:.0f} tokens/s")

    with local.using(None) as plain:
        progress("measuring general ability", 0, 0, "before")
        before = Probe.of(plain, local.tokenizer)
    done = train(local.detached(), local.tokenizer, rows.rows, folder, parts.settings.tuning, say)
    with local.using(folder) as tuned:
        progress("measuring general ability", 0, 0, "after")
        lost = forgotten(before, Probe.of(tuned, local.tokenizer))
    manifest = {
        "target": target,
        "adapter": folder.name,
        "base": local.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "examples": {"used": len(rows.rows), "dropped": [*checked.dropped, *rows.dropped]},
        "loss": {"train": done.train, "validation": done.validation, "best_step": done.best_step},
        "tokens": done.tokens,
        "seconds": round(done.seconds, 1),
        "tokens_per_second": round(done.tokens / done.seconds, 1) if done.seconds else None,
        "estimate": estimate or None,
        "forgetting": lost,
        "settings": parts.settings.tuning.model_dump(),
        "seed": parts.settings.tuning.seed,
        "documents": sorted({document for row in rows.rows for document in row.documents}),
    }
    parts.adapters.finish(folder, manifest)
    return Made(folder, manifest, False)

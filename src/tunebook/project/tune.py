"""Examples to an adapter: desk, training set, and the adapter that training.py makes of them.

The adapter's folder is named after everything that went in (base model, rows, settings, seed), so that a second run
with nothing changed finds it, and a killed one goes on from its checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project import hosted, retriever, screen, soup
from tunebook.project.filled import filled
from tunebook.project.parts import RETRIEVER, Parts
from tunebook.project.training import Made, Work, again, estimated, make, with_replay
from tunebook.rows import read_cases, read_examples, sample
from tunebook.settings import TuningSettings
from tunebook.tuning import Desk, form_rows, inspect, reading_rows
from tunebook.tuning.checks.facts import LookUp
from tunebook.tuning.estimate import Estimate
from tunebook.tuning.replay import prompts
from tunebook.tuning.trainingset import ROWS_VERSION, Reading, RowSet
from tunebook.values import Case, Example, content_hash

TARGETS = ("tuned", "hybrid", RETRIEVER)
# settings that are seen in the rows themselves, or in what a hybrid starts from
OF_THE_ROWS = (
    "hybrid_from",
    "hybrid_epochs",
    "form_replay",
    "gold_absent_share",
    "abstain_share",
    "leaks",
    "max_examples",
    "reading_rows",
    "replay",
)
# settings that the training itself does not see
BESIDE = (
    "general",
    "max_forgetting",
    "price_per_hour",
    "price_per_million_tokens",
    "checkpoint_seconds",
    "hosted",
    "best_by",
    "checked_rows",
    "soup",
)
TOLD = (
    "examples",
    "hosted",
    "soup",
    "loss",
    "ended",
    "checks",
    "general",
    "gate",
    "found_again",
    "forgetting",
    "refused",
    "scale",
    "seconds",
    "tokens_per_second",
    "memory_bytes",
    "cost",
    "estimate",
)


def desk(
    parts: Parts,
    examples: Sequence[Example],
    cases: Sequence[Case],
    look_up: LookUp | None = None,
    documents: Container[str] | None = None,
) -> Desk:
    """The examples that may be learnt from; tokens are the local model's, or words where an endpoint answers."""
    tuning = parts.settings.tuning
    count = words if parts.settings.model.endpoint else parts.count_tokens
    return inspect(examples, cases, count, tuning.max_row_tokens, tuning.leaks == "drop", look_up, documents)


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def load(parts: Parts, examples: Path | None) -> tuple[list[Example], list[Case]]:
    """All examples of the project, and its cases where it has any (to find leaks)."""
    cases = read_cases(parts.folder.cases) if parts.folder.has_cases else []
    return read_examples(examples or parts.folder.examples, any_turns=True), cases


def drawn(parts: Parts, examples: list[Example]) -> list[Example]:
    """Those that are tuned on: all, or tuning.max_examples of them."""
    return sample(examples, parts.settings.tuning.max_examples, parts.settings.tuning.seed)


def known(target: str) -> None:
    """Raises BadInput for what cannot be tuned."""
    if target not in TARGETS:
        raise BadInput(f"--for {target}: unknown", f"allowed: {', '.join(TARGETS)}")


def tune(parts: Parts, target: str, checked: Desk, progress: Progress) -> Made:
    """Trains what is not there yet; raises BadInput for an unknown target or where nothing is left to learn from."""
    known(target)
    if target == RETRIEVER:
        return retriever.tune(parts, checked, progress)
    if why := hosted.refused(parts.settings):
        raise BadInput(why, "or leave out model.endpoint to tune here")
    folder = _folder(parts, target, checked)
    manifest = parts.adapters.manifest(folder)
    if soup.wanted(parts) and not manifest:
        singles = soup.singles(parts)
        return soup.make(parts, folder, lambda n, say: tune(singles[n], target, checked, say), progress)
    start = tune(parts, "tuned", checked, progress) if _goes_on(parts, target) else None
    if manifest:
        return again(parts, folder, manifest, progress)
    with parts.folder.lock():
        if target == "hybrid":
            screen.fitted(parts, checked.used, progress)  # a hybrid is not taught to refuse: this does
        maker = hosted.make if parts.settings.model.endpoint else make
        return maker(parts, work_of(parts, target, checked, start), progress)


def foresee(parts: Parts, target: str, checked: Desk, progress: Progress) -> dict[str, Any]:
    """What `tune` would take: {"to_make": the adapters that are missing, "seconds", "memory_bytes", "cost", …}."""
    if target == RETRIEVER:
        raise BadInput(
            "--estimate does not know the retriever", "it learns for minutes, not hours; Ctrl-C loses little"
        )
    if parts.settings.model.endpoint:
        raise BadInput(
            "how long an endpoint takes to tune is not known here", "its price list says what training tokens cost"
        )
    missing = expected(parts, [*(("tuned",) if _goes_on(parts, target) else ()), target], checked, progress)
    found = missing.values()
    costs = [one.cost for one in found if one.cost is not None]
    return {
        "to_make": list(missing),
        "seconds": round(sum(one.seconds for one in found), 1),
        "memory_bytes": max((one.memory_bytes for one in found), default=0),
        "steps": sum(one.steps for one in found),
        "tokens": sum(one.tokens for one in found),
        "cost": round(sum(costs), 4) if costs else None,
    }


def expected(parts: Parts, targets: Sequence[str], checked: Desk, progress: Progress) -> dict[str, Estimate]:
    """Of each target whose adapter is not there yet, from a few timed steps of it."""
    found = {}
    for target in targets:
        missing = [one for one in soup.singles(parts) if not is_made(one, target, checked)]
        if missing:
            work = work_of(missing[0], target, checked, None)
            rows = with_replay(parts, work.rows, work.tuning, progress)
            found[target] = estimated(parts, work, rows, progress).times(len(missing))
    return found


def work_of(parts: Parts, target: str, checked: Desk, start: Made | None) -> Work:
    """What goes into the adapter of a target; `start` is the adapter that it goes on from.

    Raises BadInput for a hybrid without a library.
    """
    folder = _folder(parts, target, checked)
    rows = _rows(parts, target, checked)
    return Work(target, folder, rows.rows, _how(parts, target), [*checked.dropped, *rows.dropped], start)


def _goes_on(parts: Parts, target: str) -> bool:
    """Whether the training goes on from the adapter of `tuned`."""
    return target == "hybrid" and parts.settings.tuning.hybrid_from == "tuned"


def is_made(parts: Parts, target: str, checked: Desk) -> bool:
    """Whether an adapter from these examples and settings is there already."""
    return parts.adapters.manifest(_folder(parts, target, checked)) is not None


def _how(parts: Parts, target: str) -> TuningSettings:
    """A hybrid has its own epochs, and keeps its last step: its answers improve after the held-out loss has turned."""
    tuning = parts.settings.tuning
    if target != "hybrid":
        return tuning.model_copy(update={"best_by": tuning.best_by or "loss"})
    return tuning.model_copy(update={"epochs": tuning.hybrid_epochs, "best_by": tuning.best_by or "last"})


def _folder(parts: Parts, target: str, checked: Desk) -> Path:
    """Named after everything that goes in."""
    tuning = parts.settings.tuning
    if soup.wanted(parts):
        return soup.folder_of(parts, target, [_folder(one, target, checked) for one in soup.singles(parts)])
    fingerprint = content_hash(
        target,
        _folder(parts, "tuned", checked).name if _goes_on(parts, target) else "",
        parts.model_identity,
        _how(parts, target).model_dump_json(exclude={*OF_THE_ROWS, *BESIDE}),
        json.dumps([[e.messages, e.completion, e.sources, e.answerable] for e in checked.used], default=dict),
        *(_read_by(parts, checked) if target == "hybrid" else (parts.settings.answer.abstention,)),
        *([json.dumps(groups)] if (groups := [e.group for e in checked.used]) != [e.id for e in checked.used] else []),
        *([json.dumps(pairs)] if (pairs := [[e.id, e.rejected] for e in checked.used if e.rejected]) else []),
        *((f"replay {tuning.replay}", *prompts()) if tuning.replay else ()),
        *((parts.general.fingerprint,) if tuning.scale == "auto" or tuning.stop_forgetting is not None else ()),
        *((f"best by answers to {tuning.checked_rows} rows",) if tuning.best_by == "answers" else ()),
        *(("the last step",) if _how(parts, target).best_by == "last" else ()),
    )
    return parts.adapters.folder(target, fingerprint)


def _read_by(parts: Parts, checked: Desk) -> tuple[str, ...]:
    """What a hybrid's rows are made from beside the examples: equal parts make equal rows."""
    if not parts.has_library:
        raise BadInput("the library is empty, and a hybrid is tuned on its passages", "run: tunebook sync")
    settings = parts.settings
    said = (
        settings.search.model_dump_json(),
        settings.passages.model_dump_json(),
        settings.instruction,
        settings.answer.abstention,
    )
    rows = settings.tuning.model_dump_json(include=set(OF_THE_ROWS))
    avoided = sorted(checked.case_documents)
    return (
        ROWS_VERSION,
        parts.library.hash,
        parts.searched_with,
        *said,
        rows,
        *avoided,
    )


def _rows(parts: Parts, target: str, checked: Desk) -> RowSet:
    settings = parts.settings
    if target == "tuned":
        return form_rows(checked.used, settings.answer.abstention)
    how = Reading(
        k=settings.search.k,
        max_gap=settings.max_gap,
        instruction=settings.instruction,
        abstention=settings.answer.abstention,
        gold_absent_share=settings.tuning.gold_absent_share,
        abstain_share=settings.tuning.abstain_share,
        form_replay=settings.tuning.form_replay if settings.tuning.hybrid_from == "tuned" else 1.0,
        seed=settings.tuning.seed,
        max_tokens=settings.tuning.max_row_tokens,
        count_tokens=parts.count_tokens,
        avoid=checked.case_documents if settings.tuning.leaks == "drop" else frozenset(),
    )
    library = parts.library
    examples = [*checked.used, *filled(parts, checked)]
    return reading_rows(examples, lambda queries, k: library.search(queries, k), library.store.passages_of, how)

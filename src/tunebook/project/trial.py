"""The trial of a project, end to end: sync, tune what is missing, ask, score, decide, report."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.approaches import Approach, Question, Unavailable, check_names, make
from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project.folder import write_json
from tunebook.project.parts import Neighbours, Parts
from tunebook.project.sync import sync
from tunebook.project.tune import Made, desk, tune
from tunebook.rows import read_cases, read_examples, sample
from tunebook.trial import assemble
from tunebook.trial.factors import factors
from tunebook.trial.report import write_html
from tunebook.trial.run import latencies, run
from tunebook.trial.scores import run_check, score
from tunebook.values import Answer, Case, Example, content_hash

PROMPTS_VERSION = "3"  # raised when a prompt or the way an answer is made from it changes


def trial(
    parts: Parts, cases: Sequence[Case], examples: Sequence[Example], names: Sequence[str], progress: Progress
) -> dict[str, Any]:
    """Runs the approaches over the cases and writes report.json and report.html; returns the report with its path."""
    begin = time.perf_counter()
    check_names(tuple(names))
    if parts.folder.documents():
        sync(parts, [], progress)
    checked = desk(parts, examples, cases) if examples else None
    used = checked.used if checked else ()
    made, unavailable = _tune_missing(parts, checked, names, progress)
    kit = parts.kit(
        Neighbours(parts.embedder, used) if used else None, {target: adapter.folder for target, adapter in made.items()}
    )
    outcomes: dict[str, assemble.Outcome] = {}
    library = parts.library.hash if kit.library else "none"
    for name in names:
        if name in unavailable:
            continue
        try:
            approach = make(name, kit)
        except Unavailable as error:
            unavailable[name] = error.message
            continue
        outcomes[name] = _outcome(parts, approach, cases, _fingerprint(parts, name, library, used, made), progress)
    if not outcomes:
        raise BadInput(
            f"none of {', '.join(names)} can run here: {'; '.join(unavailable.values())}", "tunebook sync, or tune"
        )
    measured = assemble.Measured(cases, outcomes, parts.settings)
    return _report(parts, measured, made, unavailable, library, len(used), time.perf_counter() - begin)


def load(parts: Parts, cases: Path | None, examples: Path | None) -> tuple[list[Case], list[Example]]:
    """Cases must be there; examples are what there is.  Raises BadInput also for a check that cannot be run."""
    path = examples or parts.folder.examples
    wanted = examples is not None or parts.folder.has_examples
    trying, tuning = parts.settings.trial, parts.settings.tuning
    asked = sample(read_cases(cases or parts.folder.cases), trying.max_cases, trying.seed)
    for case in asked:
        for check in case.checks:
            run_check(check, "")  # a schema that is none is told now, not after every case was asked
    return asked, sample(read_examples(path), tuning.max_examples, tuning.seed) if wanted else []


def _tune_missing(
    parts: Parts, checked: Any, names: Sequence[str], progress: Progress
) -> tuple[dict[str, Made], dict[str, str]]:
    made: dict[str, Made] = {}
    unavailable: dict[str, str] = {}
    for target in ("tuned", "hybrid"):
        if target not in names:
            continue
        if parts.settings.model.endpoint:
            unavailable[target] = "a model at an endpoint cannot be tuned from here"
        elif checked is None:
            unavailable[target] = "there are no examples to tune on"
        else:
            try:
                made[target] = tune(parts, target, checked, progress)
            except BadInput as error:
                unavailable[target] = error.message
    return made, unavailable


def _fingerprint(parts: Parts, name: str, library: str, examples: Sequence[Example], made: dict[str, Made]) -> str:
    settings = parts.settings
    seen = [name, PROMPTS_VERSION, parts.model_identity, settings.answer.model_dump_json()]
    if name not in ("base", "prompted", "tuned"):
        seen += [
            library,
            settings.search.model_dump_json(),
            settings.passages.model_dump_json(),
            settings.embedder.name,
        ]
    if name in ("prompted", "hybrid"):
        seen += [f"{example.id}:{example.prompt}:{example.completion}" for example in examples]
    if name in made:
        seen.append(made[name].folder.name)
    return content_hash(*seen)


def _outcome(
    parts: Parts, approach: Approach, cases: Sequence[Case], fingerprint: str, progress: Progress
) -> assemble.Outcome:
    def ask(asked: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        return approach.answer([Question(case.messages, None, case.sources) for case in asked])

    stem = f"{approach.name}-{fingerprint[:12]}"
    folder = parts.folder.state / "answers"
    answers = run(cases, ask, folder / f"{stem}.jsonl", approach.name, progress)
    sample = _spread(cases, parts.settings.trial.latency_cases)
    timed = latencies(sample, ask, folder / f"{stem}-timed.jsonl", approach.name, progress)
    return assemble.Outcome(answers, [score(case, answer) for case, answer in zip(cases, answers, strict=True)], timed)


def _spread(cases: Sequence[Case], count: int) -> list[Case]:
    """Evenly spread over the cases, so that both kinds are timed."""
    if not count:
        return []
    step = max(1, len(cases) // count)
    return list(cases[step // 2 :: step][:count])


def _update_seconds(parts: Parts) -> float | None:
    """Time to bring one changed document in, split to indexed: the largest of the first twenty is written again."""
    if not parts.has_library:
        return None
    store = parts.library.store
    entries = sorted(store.entries().values(), key=lambda entry: entry.document)[:20]
    found = [(document, entry) for entry in entries if (document := store.document(entry.document))]
    largest = max(found, key=lambda pair: len(pair[0].text))
    with parts.folder.lock():
        begin = time.perf_counter()
        parts.library.add([largest])
        parts.library.store.index()
        return time.perf_counter() - begin


def _report(
    parts: Parts,
    measured: assemble.Measured,
    made: dict[str, Made],
    unavailable: dict[str, str],
    library: str,
    examples: int,
    seconds: float,
) -> dict[str, Any]:
    found = assemble.approaches(measured)
    pairs = assemble.pairs(measured)
    upfront = {name: made[name].manifest["seconds"] if name in made else 0.0 for name in measured.outcomes}
    cost = assemble.cost(measured, upfront)
    training = {name: _training(one.manifest) for name, one in made.items()}
    forgetting = {name: one.manifest["forgetting"] for name, one in made.items()}
    hashes = {"cases": _hash(measured.cases), "library": library, "model": parts.model_identity}
    id = content_hash(
        *hashes.values(),
        parts.settings.model_dump_json(),
        *(one.folder.name for one in made.values()),
        *measured.outcomes,
    )[:12]
    folder = parts.folder.state / "trials" / id
    report = {
        "version": 1,
        "id": id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "project": parts.folder.root.name,
        "machine": _machine(),
        "settings": parts.settings.model_dump(mode="json"),
        "seeds": [parts.settings.tuning.seed, parts.settings.trial.seed],
        "hashes": hashes,
        "counts": _counts(parts, measured.cases, examples),
        "verdict": assemble.verdict(measured),
        "approaches": found,
        "trivial": assemble.trivial(measured),
        "unavailable": unavailable,
        "pairs": pairs,
        "training": training,
        "forgetting": forgetting,
        "cost": cost,
        "factors": factors(found, pairs, training, forgetting, cost, _update_seconds(parts)),
        "failures": assemble.failures(measured),
        "cases": assemble.by_case(measured),
        "report": str(folder / "report.html"),
    }
    write_json(folder / "report.json", report)
    write_json(parts.folder.state / "trials" / "last.json", {"id": id})
    write_html(report, folder / "report.html")
    return report


def _training(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in ("seconds", "examples", "loss", "tokens", "tokens_per_second")}


def _hash(cases: Sequence[Case]) -> str:
    return content_hash(*(repr(case) for case in cases))


def _counts(parts: Parts, cases: Sequence[Case], examples: int) -> dict[str, int]:
    store = parts.library.store if parts.has_library else None
    return {
        "cases": len(cases),
        "knowledge": sum(case.kind == "knowledge" for case in cases),
        "behaviour": sum(case.kind == "behaviour" for case in cases),
        "unanswerable": sum(not case.answerable for case in cases),
        "examples": examples,
        "documents": len(store.entries()) if store else 0,
        "passages": store.count() if store else 0,
    }


def _machine() -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        torch: str | None = version("torch")
    except PackageNotFoundError:
        torch = None
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch,
    }

"""The trial of a project, end to end: sync, tune what is missing, ask, score, decide, report."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.approaches import Unavailable, check_names, make
from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project.arms import Arm, Rounds, ask
from tunebook.project.folder import write_json
from tunebook.project.history import indexing_seconds
from tunebook.project.parts import Neighbours, Parts
from tunebook.project.reports import Reports
from tunebook.project.sync import sync
from tunebook.project.tune import Made, desk, tune
from tunebook.rows import read_cases, read_examples, sample
from tunebook.trial import assemble
from tunebook.trial.factors import factors
from tunebook.trial.report import to_markdown, write_html
from tunebook.trial.scores import run_check
from tunebook.trial.verdict import hopeless
from tunebook.tuning import Desk
from tunebook.tuning.adapters import Adapters
from tunebook.values import Case, Example, content_hash

WEIGHTS_OF = {"naive_hybrid": "tuned"}  # whose adapter an approach answers with, where it is not its own
ROUNDS = (0.25, 0.5, 0.75, 1.0)  # shares of the cases after which losers are stopped
PROMPTS_VERSION = "5"  # raised when a prompt or the way an answer is made from it changes


def trial(
    parts: Parts,
    cases: Sequence[Case],
    examples: Sequence[Example],
    names: Sequence[str],
    progress: Progress,
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Runs the approaches over the cases and writes the report; returns it with its path.

    For a reader in `groups` everything is done over what that reader may read: cases and examples that rest on
    other documents are left out.  Raises BadInput where nothing can run.
    """
    begin = time.perf_counter()
    check_names(tuple(names))
    synced = sync(parts, [], progress) if parts.folder.documents() else None
    parts = parts.reading_as(groups)
    if parts.reader is not None:  # what is tuned on less must not come into use for everyone
        parts.adapters = Adapters(parts.adapters.root, f"current-{content_hash(*parts.reader)[:12]}.json")
    cases = [one for one in cases if parts.readable([source.document for source in one.sources], groups)]
    examples = [one for one in examples if parts.readable(one.sources, groups)]
    if not cases:
        raise BadInput("every case rests on documents that this reader may not read", "name other groups with --as")
    checked = desk(parts, examples, cases) if examples else None
    used = checked.used if checked else ()
    made, unavailable = _tune_missing(parts, checked, names, progress)
    arms = _arms(parts, names, used, made, unavailable)
    if not any(arm.name in names for arm in arms):
        raise BadInput(
            f"none of {', '.join(names)} can run here: {'; '.join(unavailable.values())}", "tunebook sync, or tune"
        )
    reports = Reports(parts.folder.state / "trials")

    def tell(chosen: Sequence[Case], outcomes: Mapping[str, assemble.Outcome]) -> None:
        found = assemble.approaches(assemble.Measured.of(chosen, outcomes, parts.settings))
        reports.tell(names, len(chosen), {name: {"score": found[name].get("score")} for name in found if name in names})

    asked = ask(arms, cases, replace(_rounds(parts, len(cases)), tell=tell), progress)
    reports.end()
    measured = assemble.Measured.of(asked.cases, asked.outcomes, parts.settings)
    about = About(made, unavailable, synced, len(used), time.perf_counter() - begin)
    return _report(parts, measured, about)


@dataclass(frozen=True, slots=True)
class About:
    """What a report says beside what was measured; `made` holds an adapter for each seed, the shown one first."""

    made: Mapping[str, Sequence[Made]]
    unavailable: Mapping[str, str]
    synced: Mapping[str, Any] | None
    examples: int
    seconds: float

    @property
    def shown(self) -> dict[str, Made]:
        return {target: seeds[0] for target, seeds in self.made.items()}


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
    parts: Parts, checked: Desk | None, names: Sequence[str], progress: Progress
) -> tuple[dict[str, list[Made]], dict[str, str]]:
    """An adapter for each target and seed; the first seed is trained last, so that it is the one in use afterwards."""
    made: dict[str, list[Made]] = {}
    unavailable: dict[str, str] = {}
    for target in ("tuned", "hybrid"):
        if target not in names and not (target == "tuned" and "naive_hybrid" in names):
            continue
        if parts.settings.model.endpoint:
            unavailable[target] = "a model at an endpoint cannot be tuned from here"
        elif checked is None:
            unavailable[target] = "there are no examples to tune on"
        else:
            try:
                found = [tune(seeded, target, checked, progress) for seeded in reversed(_seeded(parts))]
                made[target] = found[::-1]
            except BadInput as error:
                unavailable[target] = error.message
    return made, unavailable


def _seeded(parts: Parts) -> list[Parts]:
    """The project under each of the trial's training seeds, its own first."""
    settings = parts.settings
    first = settings.tuning.seed
    found = []
    for seed in range(first, first + settings.trial.seeds):
        tuning = settings.tuning.model_copy(update={"seed": seed})
        found.append(parts.with_settings(settings.model_copy(update={"tuning": tuning})))
    return found


def _arms(
    parts: Parts,
    names: Sequence[str],
    used: Sequence[Example],
    made: Mapping[str, Sequence[Made]],
    unavailable: dict[str, str],
) -> list[Arm]:
    """The arms that can run, controls last; what cannot goes to `unavailable`, controls without a word."""
    controls = [name for name in parts.settings.trial.controls if name not in names]
    kit = parts.kit(Neighbours(parts.embedder, used) if used else None, {})
    library = parts.library.hash if kit.library else "none"
    found = []
    for name in (*names, *controls):
        if name in unavailable:
            continue
        seeds = len(made.get(WEIGHTS_OF.get(name, name), [])) or 1
        adapters = [{target: its[seed].folder for target, its in made.items()} for seed in range(seeds)]
        try:
            approaches = [make(name, replace(kit, adapters=folders)) for folders in adapters]
        except Unavailable as error:
            if name not in controls:
                unavailable[name] = error.message
            continue
        stems = [f"{name}-{_fingerprint(parts, name, library, used, folders)[:12]}" for folders in adapters]
        found.append(Arm.of(approaches, [parts.folder.state / "answers" / f"{stem}.jsonl" for stem in stems]))
    return found


def _fingerprint(
    parts: Parts, name: str, library: str, examples: Sequence[Example], adapters: Mapping[str, Path]
) -> str:
    settings = parts.settings
    seen = [name, PROMPTS_VERSION, parts.model_identity, settings.answer.model_dump_json()]
    if name not in ("base", "prompted", "tuned", "always_refuse", "commonest_answer"):
        seen += [
            library,
            settings.search.model_dump_json(),
            settings.passages.model_dump_json(),
            settings.embedder.name,
        ]
    if name in ("prompted", "hybrid", "commonest_answer"):
        seen += [f"{example.id}:{example.prompt}:{example.completion}" for example in examples]
    adapter = adapters.get(WEIGHTS_OF.get(name, name))
    if adapter:
        seen.append(adapter.name)
    return content_hash(*seen)


def _rounds(parts: Parts, cases: int) -> Rounds:
    trying = parts.settings.trial
    if not trying.stop_losers:
        return Rounds((cases,), trying.seed, latency_cases=trying.latency_cases)
    sizes = sorted({max(1, round(cases * share)) for share in ROUNDS})

    def losers(asked: Sequence[Case], outcomes: Mapping[str, assemble.Outcome]) -> dict[str, str]:
        return hopeless(assemble.comparison(assemble.Measured.of(asked, outcomes, parts.settings)))

    return Rounds(tuple(sizes), trying.seed, losers, None, trying.latency_cases)


def _update_seconds(parts: Parts) -> float | None:
    """Time to bring one changed document in, split to indexed: the largest of the first twenty is written again."""
    if not parts.has_library or parts.reader is not None:
        return None
    store = parts.library.store
    entries = sorted(store.entries().values(), key=lambda entry: entry.document)[:20]
    found = [(document, entry) for entry in entries if (document := store.document(entry.document))]
    largest = max(found, key=lambda pair: len(pair[0].text))
    with parts.builds.writing():
        begin = time.perf_counter()
        parts.library.add([largest])
        parts.library.store.index()
        return time.perf_counter() - begin


def _report(parts: Parts, measured: assemble.Measured, about: About) -> dict[str, Any]:
    found, pairs = assemble.approaches(measured), assemble.pairs(measured)
    made = about.shown
    cost = assemble.cost(measured, _upfront(parts, measured, made))
    training = {name: _training(one.manifest) for name, one in made.items()}
    forgetting = {name: one.manifest["forgetting"] for name, one in made.items()}
    hashes = {
        "cases": _hash(measured.cases),
        "library": parts.library.hash if parts.has_library else "none",
        "model": parts.model_identity,
    }
    adapters = [one.folder.name for seeds in about.made.values() for one in seeds]
    seen = ("", *parts.reader) if parts.reader is not None else ()
    id = content_hash(*hashes.values(), parts.settings.model_dump_json(), *adapters, *measured.outcomes, *seen)[:12]
    first = parts.settings.tuning.seed
    folder = parts.folder.state / "trials" / id
    report = {
        "version": 1,
        "id": id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(about.seconds, 1),
        "project": parts.folder.root.name,
        "machine": _machine(),
        "settings": parts.settings.model_dump(mode="json", exclude=None if parts.reader is None else {"documents"}),
        "reader": None if parts.reader is None else list(parts.reader),
        "seeds": [*range(first, first + parts.settings.trial.seeds), parts.settings.trial.seed],
        "hashes": hashes,
        "counts": _counts(parts, measured.cases, about.examples),
        "sync": {"failed": list(about.synced["failed"]) if about.synced and parts.reader is None else []},
        "verdict": assemble.verdict(measured),
        "approaches": found,
        "trivial": assemble.trivial(measured),
        "unavailable": dict(about.unavailable),
        "stopped": {name: outcome.stopped for name, outcome in measured.outcomes.items() if outcome.stopped},
        "pairs": pairs,
        "training": training,
        "forgetting": forgetting,
        "cost": cost,
        "factors": factors(found, pairs, training, forgetting, cost, _update_seconds(parts)),
        "failures": assemble.failures(measured),
        "failure_map": assemble.failure_map(measured),
        "cases": assemble.by_case(measured),
        "report": str(folder / "report.html"),
    }
    write_json(folder / "report.json", report)
    if parts.reader is None:  # what the advisor and the pages go by
        write_json(parts.folder.state / "trials" / "last.json", {"id": id})
    write_html(report, folder / "report.html")
    (folder / "report.md").write_text(to_markdown(report), encoding="utf-8")
    return report


def _upfront(parts: Parts, measured: assemble.Measured, made: Mapping[str, Made]) -> dict[str, float]:
    """Seconds of set-up: indexing for what retrieves, training for what was tuned, both for a hybrid."""
    indexing = indexing_seconds(parts.folder.state)
    found = {}
    for name, outcome in measured.outcomes.items():
        adapter = made.get(WEIGHTS_OF.get(name, name))
        found[name] = (adapter.manifest["seconds"] if adapter else 0.0) + (indexing if outcome.retrieves else 0.0)
    return found


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

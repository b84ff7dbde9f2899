"""The trial of a project, end to end: sync, tune what is missing, ask, score, decide, report.

trial(parts, cases, examples, ("base", "rag"), Wishes(budget_seconds=1800), progress)["verdict"]["sentence"]
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunebook.approaches import check_names
from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project import fresh
from tunebook.project.arms import Arm, Asked, Rounds, ask
from tunebook.project.budget import Plan, plan
from tunebook.project.cases import astray, measurable
from tunebook.project.lineup import arms_of, tune_missing
from tunebook.project.parts import Parts
from tunebook.project.record import About, earlier_report, record
from tunebook.project.reports import Reports
from tunebook.project.sync import sync
from tunebook.project.training import Made
from tunebook.project.tune import desk, drawn
from tunebook.project.wishes import Wishes
from tunebook.rows import read_examples, sample
from tunebook.trial import assemble
from tunebook.trial.candidates import comparison
from tunebook.trial.measured import Measured, Outcome
from tunebook.trial.refusing import barred
from tunebook.trial.verdict import hopeless, so_far
from tunebook.tuning.adapters import Adapters
from tunebook.values import Case, Example, content_hash

ROUNDS = (0.25, 0.5, 0.75, 1.0)  # shares of the cases after which losers are stopped
BUDGET_ROUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # with a budget, also where the clock may end it


def trial(
    parts: Parts,
    cases: Sequence[Case],
    examples: Sequence[Example],
    names: Sequence[str],
    wishes: Wishes,
    progress: Progress,
) -> dict[str, Any]:
    """Runs the approaches over the cases, or a sample of them, and writes the report; returns it with its path.

    For a reader in `wishes.groups` everything is done over what that reader may read: cases and examples that rest on
    other documents are left out.  Raises BadInput where nothing can run.
    """
    started, settings = time.monotonic(), parts.settings
    check_names((*names, *parts.settings.trial.controls))
    _check_fresh(parts, sampled(parts, cases), wishes)
    earlier = earlier_report(parts, wishes.compare) if wishes.compare is not None else None
    synced = sync(parts, [], progress) if parts.folder.documents() else None
    parts, cases, examples = _as_read(parts, cases, examples, wishes)
    every, cases = cases, sampled(parts, cases)
    _tell_astray(parts, cases, progress)
    _check_length(parts, cases)
    _check_weights(parts, cases)
    checked = desk(parts, examples, every) if examples else None  # as `tune` looks for leaks: the same adapters
    budget = plan(parts, checked, names, wishes.budget_seconds, started, progress)
    parts = parts.with_settings(budget.settings)
    if checked and budget.settings.tuning.max_examples not in (None, settings.tuning.max_examples):
        checked = desk(parts, sample(list(examples), budget.settings.tuning.max_examples, settings.tuning.seed), every)
    used = checked.used if checked else ()
    made, unavailable = tune_missing(parts, checked, budget.names(names), progress)
    unavailable |= budget.untrained
    arms = arms_of(parts, names, used, made, unavailable, progress)
    if not any(arm.name in names for arm in arms):
        raise BadInput(
            f"none of {', '.join(names)} can run here: {'; '.join(unavailable.values())}", "tunebook sync, or tune"
        )
    update = _update(parts, cases, made, wishes) if wishes.fresh else None
    asked = _ask(parts, arms, cases, names, _rounds(parts, cases, budget, progress), progress)
    measured = Measured.of(asked.cases, asked.outcomes, parts.settings)
    freshness = _fresh(parts, update, used, names, made, progress) if update else None
    spent = time.monotonic() - started
    about = About(made, unavailable, synced, used, spent, freshness, budget.told(len(asked.cases), len(cases), spent))
    return record(parts, measured, about, earlier)


def _tell_astray(parts: Parts, cases: Sequence[Case], progress: Progress) -> None:
    """What the report will list at the end, while there is time to stop and mend it."""
    found = astray(parts, cases)
    if found:
        first = f"{found[0]['case']}: {found[0]['document']}: {found[0]['why']}"
        told = f"{len(found)} source{'s' if len(found) > 1 else ''} cannot be found; case {first}; tunebook cases check lists all"
        progress("checking cases", len(cases), len(cases), told)


def _check_length(parts: Parts, cases: Sequence[Case]) -> None:
    """Raises BadInput, before anything is tuned, for a question that alone is longer than the model's window."""
    if parts.settings.model.endpoint:  # which says so itself
        return
    answer, window = parts.settings.answer.max_new_tokens, parts.window
    lengths = parts.count_tokens([case.messages[-1]["content"] for case in cases])
    tokens, longest = max(zip(lengths, cases, strict=True), key=lambda pair: pair[0])
    if window and tokens + answer > window:
        told = f"case {longest.id!r}, row {longest.row}: a question of {tokens} tokens and {answer} for the answer"
        told += f" do not fit into {parts.settings.model.name}'s {window}"
        raise BadInput(told, "shorten it, lower answer.max_new_tokens, or take a model with a longer window")


def _check_weights(parts: Parts, cases: Sequence[Case]) -> None:
    """Raises BadInput, before anything is tuned, where all cases are of a kind that the weights leave out."""
    kind = cases[0].kind
    if all(case.kind == kind for case in cases) and getattr(parts.settings.weights, kind) == 0:
        told = f"weights.{kind} is 0, and every case is of that kind: none would count"
        raise BadInput(told, f"raise weights.{kind}, or add cases of the other kind")


def _as_read(
    parts: Parts, cases: Sequence[Case], examples: Sequence[Example], wishes: Wishes
) -> tuple[Parts, list[Case], list[Example]]:
    """What the reader may read, whose documents the trial is about."""
    groups = wishes.groups
    parts = parts.reading_as(groups)
    if parts.reader is not None:  # what is tuned on less must not come into use for everyone
        parts.adapters = Adapters(parts.adapters.root, f"current-{content_hash(*parts.reader)[:12]}.json")
    asked = [one for one in cases if parts.readable([source.document for source in one.sources], groups)]
    shown = [one for one in examples if parts.readable(one.sources, groups)]
    if not asked:
        raise BadInput("every case rests on documents that this reader may not read", "name other groups with --as")
    return parts, asked, shown


def _ask(
    parts: Parts, arms: Sequence[Arm], cases: Sequence[Case], names: Sequence[str], rounds: Rounds, progress: Progress
) -> Asked:
    """Asks the arms, and lets whoever looks at the project meanwhile see how they stand."""
    reports = Reports(parts.folder.state / "trials")

    def tell(chosen: Sequence[Case], outcomes: Mapping[str, Outcome]) -> None:
        found = assemble.approaches(Measured.of(chosen, outcomes, parts.settings))
        reports.tell(names, len(chosen), {name: {"score": found[name].get("score")} for name in found if name in names})

    with reports.asking():
        return ask(arms, cases, replace(rounds, tell=tell), progress)


def load(parts: Parts, cases: Path | None, examples: Path | None) -> tuple[list[Case], list[Example]]:
    """All cases, which must be there, and what there is of examples.  Raises BadInput also for a check that cannot be run."""
    path = examples or parts.folder.examples
    wanted = examples is not None or parts.folder.has_examples
    asked = measurable(cases or parts.folder.cases)
    return asked, drawn(parts, read_examples(path, any_turns=True)) if wanted else []


def sampled(parts: Parts, cases: Sequence[Case]) -> list[Case]:
    """Those that are asked: all, or trial.max_cases of them."""
    trying = parts.settings.trial
    return sample(list(cases), trying.max_cases, trying.seed)


def _rounds(parts: Parts, cases: Sequence[Case], budget: Plan, progress: Progress) -> Rounds:
    trying, count = parts.settings.trial, len(cases)
    if not trying.stop_losers and budget.deadline is None:
        return Rounds((count,), trying.seed, latency_cases=trying.latency_cases)
    shares = ROUNDS if budget.deadline is None else BUDGET_ROUNDS
    sizes = sorted({max(1, round(count * share)) for share in shares})
    kinds = Counter[str](case.kind for case in cases)

    def losers(asked: Sequence[Case], outcomes: Mapping[str, Outcome]) -> dict[str, str]:
        measured = Measured.of(asked, outcomes, parts.settings)
        field = comparison(measured, barred(measured))
        progress("comparing", len(asked), count, so_far(field))
        return hopeless(field, kinds)

    return Rounds(tuple(sizes), trying.seed, losers, budget.deadline, trying.latency_cases)


def _check_fresh(parts: Parts, cases: Sequence[Case], wishes: Wishes) -> None:
    """What cannot be measured is told before any work: wrong paths, too few documents behind the cases."""
    if wishes.fresh is None and wishes.fresh_cases is not None:
        raise BadInput("--fresh-cases names cases, and --fresh no documents", "give both, or: --fresh hold")
    if wishes.fresh and wishes.groups is not None:
        raise BadInput("--fresh measures the whole library, --as a part of it", "give one of them")
    if wishes.fresh:
        _update_of(parts, cases, set(), wishes)


def _update(parts: Parts, cases: Sequence[Case], made: Mapping[str, Sequence[Made]], wishes: Wishes) -> fresh.Update:
    """Before anything is asked, now that it is known which documents were tuned on."""
    if not parts.has_library:
        raise BadInput("--fresh: the library is empty", "put documents into documents/ and run: tunebook sync")
    learnt = {document for seeds in made.values() for one in seeds for document in one.manifest["documents"]}
    return _update_of(parts, cases, learnt, wishes)


def _update_of(parts: Parts, cases: Sequence[Case], learnt: set[str], wishes: Wishes) -> fresh.Update:
    if wishes.fresh == fresh.HOLD:
        return fresh.holding_back(cases, learnt, parts.settings.trial.seed)
    part = parts.settings.trial.max_cases is not None
    return fresh.second_version(cases, Path(str(wishes.fresh)), wishes.fresh_cases, part)


def _fresh(
    parts: Parts,
    update: fresh.Update,
    used: Sequence[Example],
    names: Sequence[str],
    made: Mapping[str, Sequence[Made]],
    progress: Progress,
) -> dict[str, Any]:
    """Who answers before and after documents appear or change, over a copy of the library."""
    copied = fresh.Copied.before(parts, update)
    try:
        arms = [arm for arm in arms_of(copied.parts, names, used, made, {}, progress) if arm.name in names]
        retrain = {name: float(seeds[0].manifest["seconds"]) for name, seeds in made.items()}
        return fresh.measure(copied, arms, update, retrain, progress)
    finally:
        copied.discard()

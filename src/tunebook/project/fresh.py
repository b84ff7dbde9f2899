"""Freshness, measured: documents appear or change after tuning; who answers their cases before and after?

    tunebook trial --fresh hold                                  some documents are held back, then added
    tunebook trial --fresh documents-2025/ --fresh-cases f.jsonl   a second version of the documents, and its cases

Everything happens on a copy of the library, so that nobody who searches meanwhile misses a document.  What answers from
its weights cannot change by a sync: its answers are the same before and after, and what it costs to bring the tuned
model up to date is the time that its training took.

Left out on purpose: training again to see whether that helps.  It is the dear half, and its time is known.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tunebook.errors import BadInput
from tunebook.library.store import Entry
from tunebook.progress import Progress
from tunebook.project.arms import Arm
from tunebook.project.folder import Folder
from tunebook.project.parts import Parts
from tunebook.project.sync import sync
from tunebook.rows import read_cases
from tunebook.trial.run import run
from tunebook.trial.scores import Scored, score
from tunebook.trial.statistics import share
from tunebook.trial.wording import duration
from tunebook.values import Answer, Case, Document

HELD_SHARE, FEWEST_HELD = 0.1, 2  # of the documents behind the cases
HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Update:
    """What changes: the cases that it bears on, as they are after it, and how it is brought about."""

    cases: list[Case]
    held: list[str]  # documents taken out first, and added again
    documents: Path | None  # or a second version of all documents
    old_keys: Mapping[str, Case]  # the same cases as they were before

    @property
    def said(self) -> str:
        if self.documents is None:
            return f"{len(self.held)} documents were held back, then added"
        return f"the documents were replaced by those of {self.documents.name}"


def holding_back(cases: Sequence[Case], learnt: set[str], seed: int) -> Update:
    """A tenth of the documents behind answerable cases, none of which any adapter was tuned on.

    Raises BadInput where there are too few.
    """
    asked = [case for case in cases if case.kind == "knowledge" and case.answerable and case.sources]
    behind = [{source.document for source in case.sources} for case in asked]
    behind = [documents for documents in behind if documents.isdisjoint(learnt)]
    everything = set().union(*behind)
    wanted = max(FEWEST_HELD, math.ceil(HELD_SHARE * len(everything)))
    held: set[str] = set()
    for place in (
        np.random.default_rng(seed).permutation(len(behind)).tolist()
    ):  # all that a case rests on, or none of it
        if len(held) < wanted and 2 * len(held | behind[place]) <= len(everything):
            held |= behind[place]
    if len(held) < FEWEST_HELD:
        raise BadInput(
            f"--fresh {HOLD}: {len(everything)} documents stand behind answerable cases and were not tuned on",
            f"{FEWEST_HELD} are held back with all that their cases rest on, and as many stay; name sources in cases.jsonl, "
            "or give a second version of the documents",
        )
    bearing = [case for case in asked if {source.document for source in case.sources} <= held]
    return Update(bearing, sorted(held), None, {})


def second_version(cases: Sequence[Case], documents: Path, fresh_cases: Path | None, sampled: bool) -> Update:
    """The cases of the second version that are new, or whose right answer is another now; no new ones where `cases`
    is a sample, for then nobody can tell.

    Raises BadInput where the documents or their cases are not there, or nothing has changed.
    """
    if fresh_cases is None:
        raise BadInput(f"--fresh {documents}: what is right after it?", "name the cases with --fresh-cases FILE")
    if not documents.exists():
        raise BadInput(f"--fresh {documents}: no such file or folder", f"name documents, or: --fresh {HOLD}")
    if documents.is_dir() and not any(path.is_file() for path in documents.rglob("*")):
        raise BadInput(f"--fresh {documents}: the folder holds no file", "name the second version of the documents")
    before = {case.id: case for case in cases}
    asked = [case for case in read_cases(fresh_cases) if case.id in before or not sampled]
    changed = [case for case in asked if _changed(before.get(case.id), case)]
    if not changed:
        raise BadInput(
            f"--fresh-cases {fresh_cases}: no right answer differs from the project's cases", "nothing to do"
        )
    return Update(changed, [], documents, before)


def _changed(before: Case | None, after: Case) -> bool:
    return before is None or (before.answerable, before.answers) != (after.answerable, after.answers)


@dataclass(frozen=True, slots=True)
class Copied:
    """A project over a copy of the library as it was before the update, and what was taken out of it."""

    parts: Parts
    taken: list[tuple[Document, Entry]]

    @classmethod
    def before(cls, parts: Parts, update: Update) -> Copied:
        """Shares the loaded models; its state lies in `fresh/` and is removed by `discard`."""
        state = parts.folder.state / "fresh"
        shutil.rmtree(state, ignore_errors=True)
        here = parts.settings.library.model_copy(update={"url": ""})
        found = Parts(Folder(parts.folder.root, state), parts.settings.model_copy(update={"library": here}))
        found.model, found.embedder = parts.model, parts.embedder
        if parts.reranked_with:
            found.cross_encoder = parts.cross_encoder
        if not parts.settings.library.url:
            shutil.copytree(parts.folder.state / "library", state / "library")
        else:
            _copy(parts, found)
        return cls(found, _take_out(found, update.held))

    def update(self, update: Update, progress: Progress) -> float:
        """Brings the update about; seconds."""
        begin = time.perf_counter()
        if update.documents is not None:
            sync(self.parts, [update.documents.resolve()], progress)
        else:
            self.parts.library.add(self.taken)
            self.parts.library.store.index()
        return time.perf_counter() - begin

    def discard(self) -> None:
        shutil.rmtree(self.parts.folder.state, ignore_errors=True)


def _copy(parts: Parts, to: Parts) -> None:
    """A library at a server is embedded again, document by document, into a local one."""
    store = parts.library.store
    generation = to.builds.wanted(lambda: int(to.embedder.embed(["dimension"]).shape[1]))
    library = to.library_of(generation)
    for entry in store.entries().values():
        if document := store.document(entry.document):
            library.add([(document, entry)])
    library.store.index()
    to.builds.finish(generation)


def _take_out(parts: Parts, documents: Sequence[str]) -> list[tuple[Document, Entry]]:
    store = parts.library.store
    entries = store.entries()
    found = [(document, entries[id]) for id in documents if id in entries and (document := store.document(id))]
    store.delete([document.id for document, _ in found])
    store.index()
    return found


def measure(
    copied: Copied, arms: Sequence[Arm], update: Update, retrain_seconds: Mapping[str, float], progress: Progress
) -> dict[str, Any]:
    """The `fresh` of report.json.  Arms are asked before the update and, where they retrieve, again after it."""
    first = {arm.name: _ask(arm, update.cases, "before", copied, progress) for arm in arms}
    seconds = copied.update(update, progress)
    found: dict[str, Any] = {}
    for arm in arms:
        retrieves = any(answer.hits for answer in first[arm.name])
        then = _ask(arm, update.cases, "after", copied, progress) if retrieves else first[arm.name]
        until = seconds if retrieves else retrain_seconds.get(arm.name)
        found[arm.name] = {
            "before": _shares(update, first[arm.name]),
            "after": _shares(update, then),
            "seconds_until_known": until,
            "by": "a sync" if retrieves else "training again" if until is not None else None,
        }
    return {
        "what": update.said,
        "cases": len(update.cases),
        "update_seconds": seconds,
        "retrain_seconds": dict(retrain_seconds),
        "arms": found,
        "sentence": _sentence(found, len(update.cases), seconds, retrain_seconds),
    }


def _ask(arm: Arm, cases: Sequence[Case], when: str, copied: Copied, progress: Progress) -> list[Answer]:
    asker, path = arm.seeds[0]
    return run(cases, asker, copied.parts.folder.state / f"{path.stem}-{when}.jsonl", f"{arm.name}, {when}", progress)


def _shares(update: Update, answers: Sequence[Answer]) -> dict[str, Any]:
    """right: by the key after the update; stale: right by the old key and not by the new; refused."""
    groups = [case.group for case in update.cases]
    right = [_right(score(case, answer)) for case, answer in zip(update.cases, answers, strict=True)]
    found = {"right": right, "refused": [float(answer.abstained) for answer in answers]}
    if update.old_keys:
        old = [update.old_keys.get(case.id) for case in update.cases]
        found["stale"] = [
            float(known is not None and not now and _right(score(known, answer)) > 0)
            for known, now, answer in zip(old, right, answers, strict=True)
        ]
    estimates = {name: share(values, groups) for name, values in found.items()}
    return {name: value.as_json() for name, value in estimates.items() if value}


def _right(scored: Scored) -> float:
    return float((scored.score or 0.0) >= 0.5)


def _sentence(arms: Mapping[str, Any], cases: int, seconds: float, retrain: Mapping[str, float]) -> str:
    def rose(name: str) -> str:
        before, after = (arms[name][when]["right"]["mean"] for when in ("before", "after"))
        return f"{name} went from {before:.0%} to {after:.0%} right"

    follows = [name for name in arms if arms[name]["by"] == "a sync"]
    stays = [name for name in retrain if name in arms and name not in follows]
    told = f"After a sync of {duration(seconds)} " + ("; ".join(map(rose, follows)) or "nothing had changed")
    if stays:
        training = ", ".join(f"{name} stays at {arms[name]['after']['right']['mean']:.0%}" for name in stays)
        told += f"; {training} until it is trained again, {duration(max(retrain[name] for name in stays))}"
    return f"{told} (on {cases} case{'' if cases == 1 else 's'})."

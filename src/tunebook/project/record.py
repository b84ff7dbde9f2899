"""What a trial leaves behind: report.json (docs/design/report-json.md), report.html and report.md.

report = record(parts, measured, About(made, …))        report["report"] is the page's path
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, LibraryFailed
from tunebook.models.device import processors, rationed
from tunebook.project import gates
from tunebook.project.cases import astray
from tunebook.project.folder import write_json
from tunebook.project.history import indexing_seconds
from tunebook.project.judging import judging
from tunebook.project.lineup import WEIGHTS_OF
from tunebook.project.parts import Parts
from tunebook.project.reports import Reports
from tunebook.project.training import Made
from tunebook.rows import KINDS
from tunebook.settings import ModelSettings
from tunebook.trial import assemble
from tunebook.trial.compare import compare_reports
from tunebook.trial.factors import factors
from tunebook.trial.measured import Measured
from tunebook.trial.report import to_markdown, write_html
from tunebook.trial.style import styles
from tunebook.values import Case, Example, content_hash


@dataclass(frozen=True, slots=True)
class About:
    """What a report says beside what was measured; `made` holds an adapter for each seed, the shown one first."""

    made: Mapping[str, Sequence[Made]]
    unavailable: Mapping[str, str]
    synced: Mapping[str, Any] | None
    examples: Sequence[Example]
    seconds: float
    fresh: Mapping[str, Any] | None = None
    budget: Mapping[str, Any] | None = None

    @property
    def shown(self) -> dict[str, Made]:
        return {target: seeds[0] for target, seeds in self.made.items()}


def earlier_report(parts: Parts, id: str) -> dict[str, Any]:
    """The report of an earlier trial of this project; "last" is the one before this.  Raises BadInput without one."""
    reports = Reports(parts.folder.state / "trials")
    wanted = reports.last() if id == "last" else id
    found = reports.readable(wanted) if wanted else None
    if found is None:
        known = ", ".join(row["id"] for row in reports.all()) or "none yet"
        there = wanted is not None and (reports.root / wanted / "report.json").is_file()
        why = "its report cannot be read" if there else "no such trial"
        raise BadInput(f"--compare {id or repr(id)}: {why}", f"there are: {known}")
    return found


def record(parts: Parts, measured: Measured, about: About, earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """Writes the report and returns it; `earlier` is a report that it is compared with."""
    project = _project(parts, measured, about)
    id = _id(parts, measured, about, project["hashes"])
    folder = parts.folder.state / "trials" / id
    abstention, kept = gates.fitted(measured)
    report = {
        "version": 1,
        "id": id,
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "seconds": round(about.seconds, 1),
        **project,
        **_found(parts, measured, about),
        "abstention": abstention,
        "cases": assemble.by_case(measured),
        "report": str(folder / "report.html"),
    }
    trying = parts.settings.trial
    report["compared"] = compare_reports(earlier, report, trying.resamples, trying.seed) if earlier else None
    write_json(folder / "report.json", report)
    if parts.reader is None:  # what the advisor and the pages go by
        write_json(parts.folder.state / "trials" / "last.json", {"id": id})
        gates.keep(parts, kept)
    write_html(report, folder / "report.html")
    (folder / "report.md").write_text(to_markdown(report), encoding="utf-8")
    return report


def _id(parts: Parts, measured: Measured, about: About, hashes: Mapping[str, str]) -> str:
    """The same for a trial of the same things under the same settings."""
    adapters = [one.folder.name for seeds in about.made.values() for one in seeds]
    seen = ("", *parts.reader) if parts.reader is not None else ()
    beside = (*seen, f"{about.fresh['what']} {about.fresh['cases']}") if about.fresh else seen
    given = parts.settings.model_dump_json()
    return content_hash(*hashes.values(), given, *adapters, *measured.outcomes, *beside)[:12]


def _project(parts: Parts, measured: Measured, about: About) -> dict[str, Any]:
    """What was measured, where, and for whom."""
    first = parts.settings.tuning.seed
    everyone = parts.reader is None
    counts = _counts(parts, measured.cases, len(about.examples))
    return {
        "project": parts.folder.root.name,
        "machine": _machine(),
        "settings": parts.settings.model_dump(mode="json", exclude=None if everyone else {"documents"}),
        "reader": None if parts.reader is None else list(parts.reader),
        "seeds": [*range(first, first + parts.settings.trial.seeds), parts.settings.trial.seed],
        "hashes": {
            "cases": _hash(measured.cases),
            "examples": _hash(about.examples) if about.examples else "none",
            "library": parts.library.hash if parts.has_library else "none",
            "model": parts.model_identity,
        },
        "counts": counts,
        "measured_on": _measured_on(counts, parts.settings.model),
        "sync": {"failed": list(about.synced["failed"]) if about.synced and everyone else []},
        "astray": astray(parts, measured.cases) if everyone else [],
    }


def _found(parts: Parts, measured: Measured, about: About) -> dict[str, Any]:
    """What came of it."""
    found, pairs = assemble.approaches(measured), assemble.pairs(measured)
    cost = assemble.cost(measured, _upfront(parts, measured, about.shown))
    training = {name: _training(one.manifest) for name, one in about.shown.items()}
    forgetting = {name: lost for name, one in about.shown.items() if (lost := one.manifest["forgetting"])}
    verdict = assemble.verdict(measured)
    judge = judging(parts, measured, verdict)
    if judge and judge.get("counts"):
        verdict["judge"] = judge["sentence"]
    return {
        "verdict": verdict,
        "judge": judge,
        "approaches": found,
        "trivial": assemble.trivial(measured),
        "unavailable": dict(about.unavailable),
        "stopped": {name: outcome.stopped for name, outcome in measured.outcomes.items() if outcome.stopped},
        "pairs": pairs,
        "style": styles(measured),
        "training": training,
        "forgetting": forgetting,
        "cost": cost,
        "factors": factors(found, pairs, training, forgetting, cost, _update(parts), about.fresh),
        "fresh": about.fresh,
        "budget": about.budget,
        "failures": assemble.failures(measured),
        "failure_map": assemble.failure_map(measured),
    }


def _update(parts: Parts) -> float | str:
    """Seconds to bring one changed document in, split to indexed: the largest of the first twenty is written again.

    Or why they were not measured: a reader's view of the library is not written to, nor what another process writes.
    """
    if not parts.has_library:
        return "There are no documents to change."
    if parts.reader is not None:
        return "How soon a changed document is known is measured for the whole library, and not for one reader."
    store = parts.library.store
    entries = sorted(store.entries().values(), key=lambda entry: entry.document)[:20]
    found = [(document, entry) for entry in entries if (document := store.document(entry.document))]
    largest = max(found, key=lambda pair: len(pair[0].text))
    try:
        with parts.builds.writing():
            begin = time.perf_counter()
            parts.library.add([largest])
            parts.library.store.index()
            return time.perf_counter() - begin
    except LibraryFailed as error:  # a sync in between costs the trial this figure, and no more
        return f"How soon a changed document is known was not measured: {error.message}."


def _upfront(parts: Parts, measured: Measured, made: Mapping[str, Made]) -> dict[str, float]:
    """Seconds of set-up: indexing for what retrieves, training for what was tuned, both for a hybrid."""
    indexing = indexing_seconds(parts.folder.state)
    found = {}
    for name, outcome in measured.outcomes.items():
        adapter = made.get(WEIGHTS_OF.get(name, name))
        found[name] = (adapter.manifest["seconds"] if adapter else 0.0) + (indexing if outcome.retrieves else 0.0)
    return found


def _training(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in ("seconds", "examples", "loss", "tokens", "tokens_per_second")}


def _hash(rows: Sequence[Case | Example]) -> str:
    return content_hash(*(repr(row) for row in rows))


def _measured_on(counts: Mapping[str, int], model: ModelSettings) -> str:
    """ "80 cases (50 of knowledge, 30 of behaviour; 15 of them unanswerable), 280 examples and 41 documents, with …"."""
    kinds = [f"{counts[kind]} of {kind}" for kind in KINDS if counts[kind]]
    refusing = f"; {counts['unanswerable']} of them unanswerable" if counts["unanswerable"] else ""
    beside = [f"{counts[what]} {what if counts[what] != 1 else what[:-1]}" for what in ("examples", "documents")]
    named = "the starter model" if model.name == "starter" and not model.endpoint else Path(model.name).name
    cases = f"{counts['cases']} case{'' if counts['cases'] == 1 else 's'} ({', '.join(kinds)}{refusing})"
    return f"{cases}, {' and '.join(beside)}, with {named}"


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
    try:
        torch: str | None = version("torch")
    except PackageNotFoundError:
        torch = None
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": rationed() or processors(),
        "python": platform.python_version(),
        "torch": torch,
    }

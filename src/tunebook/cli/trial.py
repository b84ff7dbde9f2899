"""`tunebook trial`: every approach on your cases, and which one to take.

    approach  score        knowledge    citations    latency
    rag       71% (64-78)  83% (75-90)  91% (84-96)  1.2s (1.1-1.4)

The pages and charts of the report are made by `tunebook.trial`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, names, place, seconds, table
from tunebook.errors import BadInput

COLUMNS = {
    "score": "score",
    "knowledge": "knowledge",
    "behaviour": "behaviour",
    "citation_precision": "citations",
    "refusal_recall": "refusals",
    "latency_seconds": "latency",
}
SHOWN = 5
READERS = "Measure what a reader in these groups, a,b, gets; empty: one in none. Else everything is seen."
LEGEND = {  # what a column, or a word, needs said
    "citation_precision": "citations: precision",
    "refusal_recall": "refusals: of the unanswerable",
}


@command
def trial(
    common: Common,
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="FILE", help="Else the project's cases.jsonl.")
    ] = None,
    approaches: Annotated[
        str | None, typer.Option("--approaches", metavar="NAME,…", help="Else those of the settings.")
    ] = None,
    examples: Annotated[
        Path | None, typer.Option("--examples", metavar="FILE", help="Else the project's examples.jsonl.")
    ] = None,
    readers: Annotated[str | None, typer.Option("--as", metavar="GROUP,…", help=READERS)] = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="TIME", help="Fit it into a time: 90s, 30m, 2h; says what it gave up."),
    ] = None,
    fresh: Annotated[
        str | None,
        typer.Option(
            "--fresh", metavar="hold|PATH", help="Also measure an update: hold back documents, or a second version."
        ),
    ] = None,
    fresh_cases: Annotated[
        Path | None, typer.Option("--fresh-cases", metavar="FILE", help="What is right after the second version.")
    ] = None,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="last|ID", help="Compare with an earlier trial.")
    ] = None,
) -> Outcome:
    """Measure the approaches on your cases and say which to take."""
    asked = names(approaches)
    if asked == ():
        raise BadInput(f"--approaches {approaches!r} names none", "for example: --approaches prompted,rag")
    from tunebook.project.wishes import Wishes

    wishes = Wishes(fresh, fresh_cases, None if budget is None else seconds("--budget", budget), compare)
    project = common.open()
    common.warn(project.case_warnings(cases))
    report = project.trial(cases, asked, examples, common.progress, names(readers), wishes)
    missing = set(asked or ()) & set(report.get("unavailable") or ())
    return Outcome(report, text(report), status=1 if missing else 0)


def text(report: Mapping[str, Any]) -> str:
    """The report for people; its fields are in docs/design/report-json.md."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    verdict = report["verdict"]
    yield verdict.get("sentence") or f"recommended: {verdict['recommended']}"
    yield verdict["reason"]
    if verdict.get("how_sure"):
        yield f"how sure: {verdict['how_sure']}"
    if search := verdict.get("search_alone"):
        yield search["sentence"]
    if verdict.get("judge"):
        yield verdict["judge"]
    yield ""
    trivial = report.get("trivial") or {}
    yield from _table({**report["approaches"], **trivial}, verdict)
    if trivial:
        yield f"controls, which ask no model: {', '.join(trivial)}"
    if over := report.get("measured_on"):
        yield f"measured on {over}"
    if report.get("reader") is not None:
        groups = ", ".join(report["reader"]) or "no group"
        yield f"measured as a reader in {groups}: what rests on other documents was left out"
    yield from (f"not run: {name}: {why}" for name, why in (report.get("unavailable") or {}).items())
    yield from (f"{name} {why}" for name, why in (report.get("stopped") or {}).items())
    yield from _unread((report.get("sync") or {}).get("failed") or [])
    yield from _astray(report.get("astray") or [])
    yield from _budget(report.get("budget"))
    yield from (part["sentence"] for key in ("fresh", "compared") if (part := report.get(key)))
    yield ""
    if verdict.get("next_step"):
        yield f"next: {verdict['next_step']}"
    yield f"report: {report['report']}"


def _budget(budget: Mapping[str, Any] | None) -> Iterator[str]:
    if budget is None:
        return
    yield from (f"given up for the budget: {what}" for what in budget["gave_up"])
    if budget["spent"] > budget["seconds"]:
        yield (
            f"{budget['seconds']:.0f} s were given and {budget['spent']:.0f} s taken: "
            "the sync, the models and the first tenth of the cases are not given up"
        )


def _unread(failed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from (f"not read: {one['path']}: {one['error']}" for one in failed[:SHOWN])
    if len(failed) > SHOWN:
        yield f"and {len(failed) - SHOWN} more that could not be read: tunebook sync lists them"


def _astray(sources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in sources[:SHOWN]:
        yield f"case {one['case']}: its source {place(one['document'], one['page'])} cannot be found: {one['why']}"
    if len(sources) > SHOWN:
        yield f"and {len(sources) - SHOWN} more sources that cannot be found"


def _table(approaches: Mapping[str, Mapping[str, Any]], verdict: Mapping[str, Any]) -> Iterator[str]:
    """Best first; with what each is worth where more than the score counts; and what the columns mean."""
    keys = [key for key in COLUMNS if any(metrics.get(key) for metrics in approaches.values())]
    worth = verdict["worth"] if _weighed(verdict.get("weights") or {}) else {}
    values = {name: worth.get(name, (its.get("score") or {}).get("mean") or 0.0) for name, its in approaches.items()}
    ranked = sorted(approaches, key=lambda name: (bool(worth) and name not in worth, -values[name]))
    worths = {name: [f"{worth[name]:.2f}" if name in worth else "-"] if worth else [] for name in ranked}
    rows = [[name, *worths[name], *(_cell(approaches[name].get(key), key) for key in keys)] for name in ranked]
    yield table([["approach", *(["worth"] if worth else []), *(COLUMNS[key] for key in keys)], *rows])
    told = ["mean and 95 % interval", *(LEGEND[key] for key in keys if key in LEGEND), "-: does not apply"]
    told += ["worth: by the weights that are set"] if worth else []
    told += ["resamples: the cases drawn again, by chance"] if "resamples" in (verdict.get("how_sure") or "") else []
    yield "; ".join(told)


def _weighed(weights: Mapping[str, Any]) -> bool:
    """Whether more than the score counts, or a kind, though it be 0, other than once a case."""
    return any(value is not None if key in ("knowledge", "behaviour") else value for key, value in weights.items())


def _cell(estimate: Mapping[str, Any] | None, key: str) -> str:
    if not estimate or estimate.get("mean") is None:
        return "-"
    mean, low, high = estimate["mean"], estimate.get("low"), estimate.get("high")
    number, unit = (_seconds, "s") if key == "latency_seconds" else (_percent, "%")
    interval = "" if low is None or high is None else f" ({number(low)}-{number(high)})"
    return f"{number(mean)}{unit}{interval}"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"

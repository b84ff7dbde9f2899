"""`tunebook cases check [FILE]`: what is questionable about the cases, before a trial measures by them;
`tunebook cases import FILE`: an evaluation set of another tool, or a table, becomes cases."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, place

SHOWN = 20
SETS = "Of RAGAS, DeepEval, promptfoo, LlamaIndex or SQuAD, or a table of cases: CSV, TSV, JSON or Parquet."

group = typer.Typer(rich_markup_mode=None, help="Look at the cases before a trial, or import some.")


@group.callback()
def _cases() -> None:
    """Look at the cases before a trial, or import some."""


@group.command()
@command
def check(
    common: Common,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Else the project's cases.jsonl.")] = None,
) -> Outcome:
    """List unknown fields, contradictions, and sources, pages and quotes that are not in the library."""
    project = common.open()
    result = project.check_cases(file)
    return Outcome(result, "\n".join([*project.case_warnings(file), *_found(result)]))


@group.command("import")
@command
def import_(
    common: Common,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=SETS)],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="Of rows that do not say theirs: knowledge or behaviour.")
    ] = "knowledge",
) -> Outcome:
    """Add the rows of an evaluation set to cases.jsonl."""
    result = common.open().import_cases(file, kind, common.progress)
    return Outcome(result, "\n".join(_added(result)), status=1 if result["left_out"] else 0)


def _found(result: Mapping[str, Any]) -> Iterator[str]:
    for one in result["astray"]:
        yield f"case {one['case']}: its source {place(one['document'], one['page'])} cannot be found: {one['why']}"
    if not result["synced"]:
        yield "sources were not looked up: the library is empty; run tunebook sync"
    amiss = sum(len(result[found]) for found in ("unknown_fields", "contradictions", "astray"))
    cases = f"{result['cases']} case{'' if result['cases'] == 1 else 's'}"
    yield f"{cases}, {amiss or 'no'} finding{'' if amiss == 1 else 's'}"


def _added(result: Mapping[str, Any]) -> Iterator[str]:
    left_out, contexts = result["left_out"], result["contexts"]
    yield from (f"row {one['row']}: left out: {one['why']}" for one in left_out[:SHOWN])
    if len(left_out) > SHOWN:
        yield f"and {len(left_out) - SHOWN} more, with --json"
    if given := contexts["given"]:
        yield _sources(contexts["found"], given)
    there = f", {result['there']} asked there already" if result["there"] else ""
    yield f"{result['added']} case{'' if result['added'] == 1 else 's'} added to {result['file']}{there}"


def _sources(found: int, given: int) -> str:
    if not found:
        return f"no context of {given} stands in a document of the library: without sources, citations are not measured"
    lost = "; the others were left out" if found < given else ""
    return f"{found} of {given} contexts stand in a document of the library, which is a source now{lost}"

"""`tunebook cases check [FILE]`: what is questionable about the cases, before a trial measures by them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, place

group = typer.Typer(rich_markup_mode=None, help="Look at the cases before a trial.")


@group.callback()
def _cases() -> None:
    """Look at the cases before a trial."""


@group.command()
@command
def check(
    common: Common,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Else the project's cases.jsonl.")] = None,
) -> Outcome:
    """List unknown fields, contradictions, and sources, pages and quotes that are not in the library."""
    project = common.open()
    result = project.check_cases(file)
    return Outcome(result, "\n".join([*project.case_warnings(file), *_lines(result)]))


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    for one in result["astray"]:
        yield f"case {one['case']}: its source {place(one['document'], one['page'])} cannot be found: {one['why']}"
    if not result["synced"]:
        yield "sources were not looked up: the library is empty; run tunebook sync"
    amiss = sum(len(result[found]) for found in ("unknown_fields", "contradictions", "astray"))
    cases = f"{result['cases']} case{'' if result['cases'] == 1 else 's'}"
    yield f"{cases}, {amiss or 'no'} finding{'' if amiss == 1 else 's'}"

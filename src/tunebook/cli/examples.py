"""`tunebook examples check [FILE]`: what tuning would use of the examples, and what is wrong with the rest."""

from pathlib import Path
from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command

group = typer.Typer(rich_markup_mode=None, help="Look at the examples before tuning.")


@group.callback()
def _examples() -> None:
    """Look at the examples before tuning."""


@group.command()
@command
def check(
    common: Common,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Else the project's examples.jsonl.")] = None,
) -> Outcome:
    """List duplicates, leaks into the cases and other findings."""
    result = common.open().check_examples(file)
    lines = [f"row {f['row']} ({f['id']}): {f['kind']}: {f['why']}" for f in result["findings"]]
    return Outcome(result, "\n".join([*lines, f"{result['used']} used, {len(lines)} findings"]))

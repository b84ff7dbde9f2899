"""`tunebook demo [DIR]`: the example project, and its trial from end to end."""

from pathlib import Path
from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command
from tunebook.cli.trial import text


@command
def demo(
    common: Common,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where; else --project, else larkmoor.")] = None,
) -> Outcome:
    """Make the example project and run its trial."""
    from tunebook.project import demo as run_demo

    report = run_demo(folder or common.project, common.state, common.overrides, common.progress)
    return Outcome(report, text(report))

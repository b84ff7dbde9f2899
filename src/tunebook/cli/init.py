"""`tunebook init [DIR]`: a new project folder with a settings file and empty places."""

from pathlib import Path
from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command


@command
def init(
    common: Common,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder; else --project, else here.")] = None,
) -> Outcome:
    """Make a project folder."""
    from tunebook.project import init as make_project

    result = make_project(folder or common.project or Path.cwd())
    lines = [f"wrote {path}" for path in result["written"]] or ["nothing to write: everything is there"]
    return Outcome(result, "\n".join([*lines, "next: put your files into documents/, then: tunebook sync"]))

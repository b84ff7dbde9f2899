"""`tunebook init [DIR]`: a new project folder with a settings file and empty places."""

import shlex
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

    common.unused("--state", "--set")
    target = folder or common.project or Path.cwd()
    result = make_project(target)
    lines = [f"wrote {path}" for path in result["written"]] or ["nothing to write: everything is there"]
    place, of = ("", "") if target.resolve() == Path.cwd() else (f"{target}/", f" --project {shlex.quote(str(target))}")
    lines += [
        f"next: put your files into {place}documents/, then: tunebook sync{of}",
        f"for a trial: fill {place}cases.jsonl and {place}examples.jsonl; with what, and how much, says: tunebook advise{of}",
    ]
    return Outcome(result, "\n".join(lines))

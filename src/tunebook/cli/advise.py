"""`tunebook advise`: what to expect before measuring, from a few answers and the data."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command
from tunebook.errors import BadInput


@command
def advise(
    common: Common,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Answers as .json or .toml; else you are asked.")
    ] = None,
) -> Outcome:
    """Say which approach to expect to win, and why."""
    from tunebook.advise import ask_interactively, render

    project = common.open()
    given: Any = _read(answers) if answers else None
    if answers is None and sys.stdin.isatty():
        given = ask_interactively(input, print)  # both on standard error: the advice alone goes to standard output
    advice = project.advise(given)
    return Outcome(advice.as_json(), render(advice))


def _read(path: Path) -> dict[str, Any]:
    hint = 'for example: {"goal": "facts"}, or goal = "facts"'
    if path.suffix.lower() not in (".json", ".toml"):
        raise BadInput(f"--answers {path}: a .json or .toml file of answers is read", hint)
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise BadInput(f"--answers {path}: {error.strerror}", "a .json or .toml file of answers") from error
    except ValueError as error:  # not UTF-8, not TOML, not JSON
        raise BadInput(f"--answers {path}: {error}", hint) from error
    if not isinstance(found, dict):
        raise BadInput(f"--answers {path}: not a set of answers but {type(found).__name__}", hint)
    return found

"""`tunebook models get starter`: the starter models, into the user's cache."""

from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, table
from tunebook.errors import BadInput

group = typer.Typer(rich_markup_mode=None, help="Fetch the starter models.")


@group.callback()
def _models() -> None:
    """Fetch the starter models."""


@group.command()
@command
def get(common: Common, name: Annotated[str, typer.Argument(metavar="NAME", help="starter")]) -> Outcome:
    """Put models into the cache, verified and converted; what is there is not fetched again."""
    if name != "starter":
        raise BadInput(f"no models named {name!r}", "allowed: starter")
    from tunebook.models.starter import get_starters

    common.unused("--project", "--state", "--set")
    found = {model: str(folder) for model, folder in get_starters(common.say).items()}
    return Outcome(found, table(found.items()))

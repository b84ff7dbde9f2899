"""`tunebook keys make|list|revoke`: who may use the server."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, filled, names, table
from tunebook.errors import BadInput

if TYPE_CHECKING:
    from tunebook.serve.keys import Keys

group = typer.Typer(rich_markup_mode=None, help="Make, list and revoke the server's keys.")


@group.callback()
def _keys() -> None:
    """Make, list and revoke the server's keys."""


@group.command()
@command
def make(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what it is for.")],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="read, ask or manage.")] = "ask",
    groups: Annotated[
        str | None, typer.Option("--groups", metavar="GROUP,…", help="Its groups; else only what everyone may read.")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="It reads every document.")] = False,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="It ends after so many days.")] = None,
) -> Outcome:
    """Make a key; it is shown once and kept as a hash."""
    if everything and groups is not None:
        raise BadInput(f"--everything and --groups {groups!r} say different things", "leave one of them out")
    allowed = None if everything else names(groups or "")
    key, text = _store(common).make(filled("NAME", name), role, allowed, days)
    return Outcome(key.as_json() | {"key": text}, text)


@group.command("list")
@command
def show(common: Common) -> Outcome:
    """List the keys."""
    rows = [key.as_json() for key in _store(common).all()]
    shown = [[row["id"], row["name"], row["role"], _groups(row), _state(row)] for row in rows]
    return Outcome({"keys": rows}, table([["id", "name", "role", "groups", "state"], *shown]))


@group.command()
@command
def revoke(common: Common, key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, or its name.")]) -> Outcome:
    """Take a key out of use, at once."""
    revoked = _store(common).revoke(key)
    return Outcome(revoked.as_json(), f"revoked {revoked.id} ({revoked.name})")


def _store(common: Common) -> "Keys":
    from tunebook.serve.keys import Keys

    return Keys(common.open().state / "serve")


def _groups(row: dict[str, Any]) -> str:
    return "every document" if row["groups"] is None else ", ".join(row["groups"]) or "-"


def _state(row: dict[str, Any]) -> str:
    if row["revoked"]:
        return f"revoked {row['revoked']}"
    if not row["valid"]:
        return f"ended {row['expires']}"
    return f"until {row['expires']}" if row["expires"] else "valid"

"""`tunebook adapters list|use|remove`: what was tuned, which of it answers, and room on the disk."""

from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, filled, table

group = typer.Typer(rich_markup_mode=None, help="What was tuned: list it, put one into use, remove one.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `adapters list` shows it.")]


@group.command("list")
@command
def show(common: Common) -> Outcome:
    """Show every adapter, which are in use, and what they take of the disk."""
    found = common.open().tuned()
    rows = [(one["adapter"], _state(one), f"{one['bytes'] / 1e6:.0f} MB", _created(one)) for one in found]
    head = ("adapter", "", "size", "created")
    return Outcome({"adapters": found}, table([head, *rows]) if rows else "no adapter yet: tunebook tune")


@group.command("use")
@command
def use(common: Common, name: Name) -> Outcome:
    """Answer with another adapter from now on."""
    used = common.open().use_adapter(filled("NAME", name))
    text = f"{used['adapter']} is in use for {used['target']} now"
    if used["target"] == "retriever":
        text += "; the library is built with it by the next: tunebook sync"
    return Outcome(used, text)


@group.command("remove")
@command
def remove(common: Common, name: Name) -> Outcome:
    """Delete an adapter that is not in use, with the copies that the fast path made of it."""
    gone = common.open().remove_adapter(filled("NAME", name))
    return Outcome(gone, f"removed {gone['adapter']}: {gone['bytes'] / 1e6:.0f} MB")


def _state(one: dict[str, Any]) -> str:
    told = ("in use", "in_use"), ("unfinished", "unfinished"), ("refused", "refused"), ("stale", "stale")
    return ", ".join(word for word, key in told if one.get(key))


def _created(one: dict[str, Any]) -> str:
    return str(one.get("created") or "")[:19]

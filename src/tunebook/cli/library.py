"""`tunebook library list|use`: the builds of the library, and the way back to an earlier one."""

from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, table

group = typer.Typer(rich_markup_mode=None, help="The builds of the library: list them, go back to an earlier one.")


@group.command("list")
@command
def list_generations(common: Common) -> Outcome:
    """Show every build of the library and which one is searched."""
    found = common.open().generations()
    head = ("number", "", "embedder", "language", "max tokens", "passages", "created")
    rows = [
        (
            str(one["number"]),
            "in use" if one["current"] else "" if one["finished"] else "unfinished",
            one["embedder"],
            one["language"],
            str(one["max_tokens"]),
            str(one["passages"]),
            one["created"][:19],
        )
        for one in found
    ]
    return Outcome({"generations": found}, table([head, *rows]) if rows else "no library yet: tunebook sync")


@group.command("use")
@command
def use(
    common: Common, number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `library list` shows it.")]
) -> Outcome:
    """Search another finished build from now on."""
    used = common.open().use_generation(number)
    text = f"generation {used['number']} is searched now ({used['embedder']})"
    if used["next_sync"] != used["embedder"]:
        at = "://" in used["next_sync"] + used["embedder"]
        back = "embedder.name and embedder.endpoint" if at else "embedder.name"
        text += f"\nthe settings name {used['next_sync']}: set {back} back, or the next sync goes on with it"
    if used["next_max_tokens"] != used["max_tokens"]:
        told = f"passages.max_tokens is {used['next_max_tokens']}: set it to {used['max_tokens']}"
        text += f"\n{told}, or the next sync goes on with passages cut so"
    if used["next_language"] != used["language"]:
        told = f"library.language is {used['next_language']!r}: set it to {used['language']!r}"
        text += f"\n{told}, or the next sync goes on with words of that"
    return Outcome(used, text)

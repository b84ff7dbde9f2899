"""`tunebook sync [PATH…]`: the library mirrors the documents."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, listing
from tunebook.cli.progress import span

SHOWN = 5
SHOWN_FAILED = 20  # a file of rows that are none has one for each


@command
def sync(
    common: Common,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Files and folders; else the project's documents.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and sync after every change; a line for each, until interrupted.")
    ] = False,
) -> Outcome | Iterator[Outcome]:
    """Make the library mirror the documents."""
    project = common.open()
    if watch:
        return map(_outcome, project.watch(paths or (), common.progress))
    return _outcome(project.sync(paths or (), common.progress))


def _outcome(result: Mapping[str, Any]) -> Outcome:
    return Outcome(result, _text(result), status=1 if result["failed"] else 0)


def _renamed(renamed: Sequence[Mapping[str, str]], names_old: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """From where to where, and what of the team's own still names the old place."""
    for one in renamed[:SHOWN]:
        yield f"renamed: {one['from']} is {one['to']} now"
    if len(renamed) > SHOWN:
        yield f"and {len(renamed) - SHOWN} more"
    for kind, ids in names_old.items():
        told = ", ".join(ids[:SHOWN]) + (", …" if len(ids) > SHOWN else "")
        noun, those = (kind[:-1], "names") if len(ids) == 1 else (kind, "name")
        yield f"{len(ids)} {noun} still {those} an old path: {told}; put the new one into {kind}.jsonl"


def _text(result: Mapping[str, Any]) -> str:
    counts = [f"{result[name]} {name}" for name in ("added", "updated", "unchanged", "deleted")]
    counts += [f"{len(renamed)} renamed"] if (renamed := result.get("renamed")) else []
    passages = f"{result['passages']} passage{'' if result['passages'] == 1 else 's'}"
    lines = [f"{', '.join(counts)}; {passages}; {span(result['seconds'])}"]
    lines += _renamed(renamed or [], result.get("names_old") or {})
    if left_out := result.get("left_out"):
        lines.append(f"left out, as settings or questions beside documents: {', '.join(left_out)}")
    lines += [f"warning: {line}" for line in result.get("warnings") or ()]
    if result["failed"]:
        lines.append(f"{len(result['failed'])} failed:")
        lines += [f"  {failure['path']}: {failure['error']}" for failure in result["failed"][:SHOWN_FAILED]]
        more = len(result["failed"]) - SHOWN_FAILED
        lines += [f"  and {more} more, with --json"] if more > 0 else []
        hints = dict.fromkeys(failure["hint"] for failure in result["failed"] if failure.get("hint"))
        lines += [f"hint: {hint}" for hint in list(hints)[:SHOWN]]
    if result.get("receipt"):
        lines.append(listing(result["receipt"]))
    return "\n".join(lines)

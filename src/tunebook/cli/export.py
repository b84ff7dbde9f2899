"""`tunebook export`: an adapter as files for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command


@command
def export(
    common: Common,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the files.")],
    target: Annotated[str, typer.Option("--for", metavar="TARGET", help="tuned, hybrid or base.")] = "tuned",
    kind: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="safetensors, gguf (F16) or gguf-q8_0.")
    ] = "safetensors",
) -> Outcome:
    """Write a tuned model for other programs, checked against the adapter."""
    result = common.open().export(folder, target, kind, common.progress)
    found = result["parity"]
    lines = [
        f"{result['folder']}: {', '.join(result['files'])} ({result['bytes'] / 1e6:,.0f} MB)",
        f"parity: {found['identical']:.0%} of {found['prompts']} answers identical, log-probabilities "
        f"{found['logprob_difference']:.4f} nats a token apart: {'good' if found['good'] else 'NOT GOOD'}",
    ]
    return Outcome(result, "\n".join(lines), 0 if found["good"] else 1)

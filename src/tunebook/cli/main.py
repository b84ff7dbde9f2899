"""`tunebook`: registers the commands and words every failure.

    $ tunebook ask ""
    error: QUESTION '' is empty
    hint: give it some words, in quotes: "how heavy is it?"                        exit status 2

Exit status: 0 done; 1 done in part; 2 refused; 130 interrupted; 70 a bug in tunebook, with its traceback.
Importing this loads Typer and nothing of tunebook that costs time: `--help` answers in under 0.3 s.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from tunebook import __version__
from tunebook.cli import (
    adapters,
    advise,
    ask,
    cases,
    demo,
    examples,
    export,
    forget,
    init,
    keys,
    library,
    mcp,
    models,
    search,
    serve,
    sync,
    traces,
    trial,
    tune,
)
from tunebook.errors import ours

INTERRUPTED = 130
BUG = 70

app = typer.Typer(
    name="tunebook",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tunebook {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Tune it, give it the book, or both: RAG, fine-tuning and their hybrid, measured on your own data.

    Begin with: tunebook demo, or tunebook init DIR.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for body in (
    init.init,
    sync.sync,
    search.search,
    ask.ask,
    traces.traces,
    tune.tune,
    export.export,
    trial.trial,
    advise.advise,
    forget.forget,
    serve.serve,
    mcp.mcp,
    demo.demo,
):
    app.command()(body)
app.add_typer(models.group, name="models")
app.add_typer(cases.group, name="cases")
app.add_typer(examples.group, name="examples")
app.add_typer(keys.group, name="keys")
app.add_typer(library.group, name="library")
app.add_typer(adapters.group, name="adapters")


def run(args: Sequence[str] | None = None) -> int:
    """Runs one command line (None: the process's own) and returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no failure
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries warn their developers; `python -W default` shows it
    try:
        status = get_command(app).main(
            None if args is None else list(args), prog_name="tunebook", standalone_mode=False
        )
    except typer.TyperException as error:
        return _misused(error, sys.argv[1:] if args is None else args)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Exception as error:
        known = ours(error)
        if known is None:
            return _bug(error)
        return _refuse(known.message, known.hint or "tunebook --help lists the commands", known.exit_status)
    if status == INTERRUPTED:
        print("interrupted; nothing is lost", file=sys.stderr)
    return status if isinstance(status, int) else 0


def _misused(error: typer.TyperException, args: Sequence[str]) -> int:
    """An unknown command or option, or a value that does not fit it."""
    command = getattr(getattr(error, "ctx", None), "command_path", "tunebook")
    message = error.format_message()
    if isinstance(error, typer.BadParameter) and not message.startswith("Missing"):
        message += f" (given: tunebook {shlex.join(args)})"
    advice = "put several words in quotes" if "extra argument" in message else "options follow a command"
    return _refuse(message, f"{command} --help shows what is allowed; {advice}", 2)


def _refuse(message: str, hint: str, status: int) -> int:
    print(f"error: {_one_line(message)}\nhint: {_one_line(hint)}", file=sys.stderr)
    return status


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def _bug(error: Exception) -> int:
    traceback.print_exception(error)
    return _refuse(f"{type(error).__name__}: {error}", "this is a bug in tunebook; the lines above say where", BUG)


def main() -> None:
    """The console entry point."""
    sys.exit(run())


if __name__ == "__main__":
    main()

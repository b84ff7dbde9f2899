"""What every command shares: the five options, where output goes, and how it looks.

    @command
    def sync(common: Common, paths: Paths = None) -> Outcome:
        result = common.open().sync(paths or (), common.progress)
        return Outcome(result, text(result))

The decorator gives the command its five options in place of `common`, keeps standard output free of anything but the
outcome, and ends with the outcome's status.  Errors pass through: `main` is the one place that words them.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunebook.cli.progress import ProgressLine
from tunebook.errors import BadInput, need_utf8
from tunebook.progress import Progress, silent

if TYPE_CHECKING:
    from tunebook.project import Project

OPTIONS: tuple[tuple[str, Any, Any], ...] = (
    (
        "project",
        Annotated[
            Path | None,
            typer.Option(
                "--project",
                metavar="DIR",
                help="The project folder; else the one you stand in, or the nearest parent with a tunebook.toml.",
            ),
        ],
        None,
    ),
    (
        "state",
        Annotated[
            Path | None,
            typer.Option("--state", metavar="DIR", help="Where tunebook writes; else PROJECT/.tunebook."),
        ],
        None,
    ),
    (
        "overrides",
        Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="A setting for this run, such as search.k=5; repeatable."),
        ],
        None,
    ),
    (
        "as_json",
        Annotated[bool, typer.Option("--json", help="One JSON object on standard output, and nothing else there.")],
        False,
    ),
    ("quiet", Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")], False),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found: `data` for --json, `text` for people, and the exit status."""

    data: Mapping[str, Any]
    text: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Common:
    """The shared options of one run."""

    project: Path | None = None
    state: Path | None = None
    overrides: Sequence[str] = ()
    as_json: bool = False
    quiet: bool = False
    line: ProgressLine = field(default_factory=ProgressLine)

    def open(self) -> Project:
        """The project that the options name."""
        from tunebook.project import Project

        project = Project.open(self.project, self.state, self.overrides)
        self.warn(project.warnings)
        return project

    def warn(self, lines: Iterable[str]) -> None:
        """What looks wrong and is no error, on standard error, --quiet or not."""
        for line in lines:
            print(f"warning: {line}", file=sys.stderr, flush=True)

    def unused(self, *options: str) -> None:
        """Warns of those of the shared options that were given to a command which has no use for them."""
        given = {"--project": self.project, "--state": self.state, "--set": self.overrides}
        told = "is not used here: give it to the command that works on the project"
        self.warn(f"{option} {told}" for option in options if given[option])

    @property
    def progress(self) -> Progress:
        """Where long work tells how far it is."""
        return silent if self.quiet else self.line

    def say(self, line: str) -> None:
        """One line on standard error, for people who watch."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)


def command(body: Callable[..., Outcome | Iterator[Outcome]]) -> Callable[..., None]:
    """A Typer command from a function whose first parameter is `common`: see the module's example.

    One that goes on yields an outcome now and then; each is shown at once.
    """
    signature = inspect.signature(body, eval_str=True)
    own = list(signature.parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [inspect.Parameter(name, keyword, default=value, annotation=kind) for name, kind, value in OPTIONS]

    @functools.wraps(body)
    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name, _, _ in OPTIONS}
        common = Common(**(options | {"overrides": tuple(options["overrides"] or ())}))
        outcomes: Iterator[Outcome] = iter(())
        status = 0
        try:
            with redirect_stdout(sys.stderr):  # whatever a library prints is no result
                made = body(common, **given)
                outcomes = iter([made]) if isinstance(made, Outcome) else made
            while outcome := _next(outcomes):
                common.line.close()
                show(outcome, common.as_json)
                status = outcome.status
        finally:
            common.line.close()
        if status:
            raise typer.Exit(status)

    parameters = [p.replace(kind=keyword) for p in own] + shared
    run.__signature__ = signature.replace(parameters=parameters, return_annotation=None)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _next(outcomes: Iterator[Outcome]) -> Outcome | None:
    with redirect_stdout(sys.stderr):
        return next(outcomes, None)


def show(outcome: Outcome, as_json: bool) -> None:
    """Writes the outcome to standard output; a reader that has gone away is no error."""
    text = to_json(outcome.data) if as_json else outcome.text.rstrip("\n")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the flush at exit fails again


def to_json(data: Mapping[str, Any]) -> str:
    """One line of strict JSON: paths as text, what is not finite as null."""
    text = json.dumps(_plain(data), ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return json.dumps(_plain(data), allow_nan=False)
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


def standard_input() -> str:
    """All of it, stripped; BadInput where it is not UTF-8."""
    try:
        return sys.stdin.read().strip()
    except UnicodeDecodeError as error:
        told = f"standard input is not UTF-8 text, at byte {error.start + 1}"
        raise BadInput(told, "iconv -f latin1 -t utf-8 FILE | tunebook ask -, for instance") from error


def filled(what: str, text: str) -> str:
    """The text, or BadInput where it is empty or white space, or is not UTF-8."""
    need_utf8(text, what)
    if not text.strip():
        raise BadInput(f"{what} {text!r} is empty", 'give it some words, in quotes: "how heavy is it?"')
    return text


def names(given: str | None) -> tuple[str, ...] | None:
    """`"a, b"` → `("a", "b")`; None where nothing was given."""
    return None if given is None else tuple(name.strip() for name in given.split(",") if name.strip())


def place(document: str, page: int | None) -> str:
    """Where something stands: `guides/loading.pdf, p. 2`."""
    return document if page is None else f"{document}, p. {page}"


def snippet(text: str, chars: int = 160) -> str:
    """The text on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= chars else line[:chars].rsplit(" ", 1)[0] + " …"


def seconds(option: str, time: str) -> float:
    """ "30m" is 1800.  Raises BadInput for what is no time."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", time.strip().lower())
    if not match or not float(match[1]):
        raise BadInput(
            f"{option} {time or repr(time)}: not a time", f"for example: {option} 90s, {option} 30m, {option} 2h"
        )
    return float(match[1]) * {"": 60.0, "s": 1.0, "m": 60.0, "h": 3600.0}[match[2]]


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows as aligned columns, two blanks apart."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def listing(data: Mapping[str, Any]) -> str:
    """A mapping for people: a line for each key, lists below it."""
    lines = []
    for key, value in data.items():
        name = key.replace("_", " ")
        if isinstance(value, list | tuple):
            lines += [f"{name}: {len(value) or 'none'}", *(f"  {_item(item)}" for item in value)]
        else:
            lines.append(f"{name}: {_item(value)}")
    return "\n".join(lines)


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')}: {_item(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(map(_item, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else "unknown" if value is None else str(value)

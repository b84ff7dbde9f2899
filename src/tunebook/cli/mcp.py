"""`tunebook mcp`: the project as tools for an agent, on standard input and output."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, names
from tunebook.cli.search import READERS
from tunebook.cli.serve import need_serve


@command
def mcp(
    common: Common,
    readers: Annotated[str | None, typer.Option("--as", metavar="GROUP,…", help=READERS)] = None,
) -> Iterator[Outcome]:
    """Offer search, ask and read to an agent, by the Model Context Protocol; over HTTP, serve does so at /mcp."""
    need_serve()
    import asyncio

    from tunebook.serve.access import Reader
    from tunebook.serve.mcp import serve_stdio
    from tunebook.serve.service import Service

    project = common.open()
    service = Service.of(project, project.settings.serve)
    with redirect_stdout(sys.__stdout__):  # the protocol's own; it turns away what libraries print
        signal.signal(signal.SIGINT, _leave)
        asyncio.run(serve_stdio(service, Reader("local", "ask", names(readers))))
    return iter(())  # standard output is the protocol's alone: not a line of ours at the end


def _leave(*_: object) -> None:
    """At Ctrl+C: a thread waits for a line on standard input, and nothing but the end of the process ends its waiting."""
    print("interrupted; nothing is lost", file=sys.stderr, flush=True)
    os._exit(130)

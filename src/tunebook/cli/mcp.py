"""`tunebook mcp`: the project as tools for an agent, on standard input and output."""

import sys
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
) -> Outcome:
    """Offer search, ask and read to an agent, by the Model Context Protocol; over HTTP, serve does so at /mcp."""
    need_serve()
    import asyncio

    from tunebook.serve.access import Reader
    from tunebook.serve.mcp import serve_stdio
    from tunebook.serve.service import Service

    project = common.open()
    service = Service.of(project, project.settings.serve)
    with redirect_stdout(sys.__stdout__):  # the protocol's own; it turns away what libraries print
        asyncio.run(serve_stdio(service, Reader("local", "ask", names(readers))))
    return Outcome({}, "")

"""`tunebook serve`: the project over HTTP, for programs and for people."""

from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command
from tunebook.errors import BadInput


@command
def serve(
    common: Common,
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Else serve.host: loopback.")] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="N", help="Else serve.port: 8765.")] = None,
) -> Outcome:
    """Serve the project: an OpenAI-compatible API, and pages."""
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise BadInput("tunebook serve needs the extra `serve`", "pip install 'tunebook[serve]'") from error
    from tunebook.serve.run import run

    project = common.open()
    given = {"host": host, "port": port}
    settings = project.settings.serve.model_copy(update={k: v for k, v in given.items() if v is not None})
    run(project, settings, common.say, common.quiet)
    return Outcome({"stopped": True}, "stopped")

"""`tunebook serve`: the project over HTTP, for programs and for people."""

from importlib.util import find_spec
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
    need_serve()
    from tunebook.serve.run import run

    project = common.open()
    given = {"host": host, "port": port}
    settings = project.settings.serve.model_copy(update={k: v for k, v in given.items() if v is not None})
    run(project, settings, common.say, common.quiet)
    return Outcome({"stopped": True}, "stopped")


def need_serve() -> None:
    """Raises BadInput where the extra is not installed."""
    missing = [name for name in ("fastapi", "uvicorn", "mcp", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise BadInput(f"the extra `serve` is not installed: no {', '.join(missing)}", "pip install 'tunebook[serve]'")

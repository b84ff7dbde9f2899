"""Runs the server until it is told to stop."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

from tunebook.errors import BadInput
from tunebook.project import Project
from tunebook.project.folder import make
from tunebook.serve import logs, traces
from tunebook.serve.access import is_loopback
from tunebook.serve.app import create_app
from tunebook.serve.keys import Keys
from tunebook.settings import ServeSettings

GRACE_SECONDS = 30
KEEP_ALIVE_SECONDS = 75  # longer than clients keep a connection, or one is closed just as it is used again
FULL_COLLECTIONS = 100  # collections of the next younger kind before one, which holds up all threads for some 50 ms
SWITCH_SECONDS = 0.001  # the event loop takes turns with the model's threads; Python's 5 ms each add up


def run(project: Project, settings: ServeSettings, say: Callable[[str], None], quiet: bool = False) -> None:
    """Listens where the settings say; returns when it was told to stop and the open answers are given."""
    import uvicorn

    has_key = any(key.valid for key in Keys(project.state / "serve").all())
    if not (is_loopback(settings.host) or has_key or settings.oidc_issuer):
        raise BadInput(
            f"--host {settings.host} is open to other machines, and there is no key",
            "make one first: tunebook keys make NAME --role manage",
        )
    make(project.state / "serve" / "jobs")
    listening = _listen(settings.host, settings.port)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTIONS)
    logs.set_up(quiet)
    traces.set_up()
    app = create_app(project, settings)
    app.state.service.kept.clear_unfinished()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )
    say(f"tunebook is at http://{settings.host}:{listening.getsockname()[1]}, stop it with Ctrl+C")
    server = uvicorn.Server(config)
    tell = server.handle_exit

    def stop(sign: int, frame: FrameType | None) -> None:
        if app.state.service.stopping and sign == signal.SIGINT:
            say("interrupted; nothing is lost")
            os._exit(130)  # else the model's threads would be waited for
        app.state.service.stopping = True
        tell(sign, frame)
        say(f"stopping: open answers are given, for up to {GRACE_SECONDS} s; Ctrl+C ends it at once")

    server.handle_exit = stop  # type: ignore[assignment]
    server.run([listening])


def _listen(host: str, port: int) -> socket.socket:
    """Before anything is loaded.  Raises BadInput where the address or the port cannot be had."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:  # the second: no such port
        why = getattr(error, "strerror", None) or str(error)
        hint = "does another server run there? --port names another port, 0 any free one"
        raise BadInput(f"{host}:{port} cannot be listened on: {why}", hint) from error

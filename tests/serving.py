"""What is served in tests, two documents of which one is for `hr` alone; and a server that really listens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tunebook.serve.app import create_app

ROWS = [
    {"_id": "wren", "title": "The Wren", "text": "The Wren carries 80 kg. It weighs 19 kg."},
    {"_id": "pay", "title": "Pay", "text": "The director earns 9000 a month.", "groups": ["hr"]},
]
DOCUMENTS = "".join(json.dumps(row) + "\n" for row in ROWS)


@contextmanager
def live(project: Any, **settings: Any) -> Iterator[str]:
    """`with live(project) as url:` serves it on a free port of loopback."""
    import uvicorn

    chosen = project.settings.serve.model_copy(update={"port": 0, "requests_per_minute": 1_000_000} | settings)
    config = uvicorn.Config(create_app(project, chosen), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()

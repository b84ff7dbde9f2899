"""The server's log: a JSON object a line on standard error.

{"at": "2026-01-05T10:15:00.123Z", "level": "INFO", "log": "tunebook.access", "event": "request", "route": "/api/ask", …}

Left out on purpose: questions, answers and documents.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"at": at, "level": record.levelname, "log": record.name, "event": record.getMessage()}
        told |= getattr(record, "fields", {})
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def set_up(quiet: bool) -> None:
    """Logs of the server to standard error; `quiet`: warnings alone."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    for name in ("tunebook", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING if quiet or name != "tunebook" else logging.INFO)

"""How a reading child and its parent talk: length-prefixed JSON.

    {"path": "/p/sheet.pdf", "id": "sheet.pdf", …}  →  {"document": {"id": …, "text": …}}  or  {"error": …, "hint": …}

with {"alive": true} before it after each page that is read from a picture, which takes its time.

JSON and not pickle: what comes out of a child that a hostile file took over is data, never code.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import IO, Any

from tunebook.errors import ReadFailed
from tunebook.values import Document, Page

ALIVE = {"alive": True}
SCRATCH = "tunebook-"  # what the folder is called that children write in
_LENGTH_BYTES = 8


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    data = json.dumps(message).encode("ascii")
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> dict[str, Any] | None:
    """None where the other side has ended, even in the middle of a message."""
    length = int.from_bytes(stream.read(_LENGTH_BYTES), "big")
    data = stream.read(length) if length else b""
    message: dict[str, Any] | None = json.loads(data) if length and len(data) == length else None
    return message


def to_answer(result: Document | ReadFailed) -> dict[str, Any]:
    if isinstance(result, ReadFailed):
        return {"error": result.message, "hint": result.hint}
    return {"document": asdict(result)}


def from_answer(answer: dict[str, Any]) -> Document | ReadFailed:
    if "error" in answer:
        return ReadFailed(answer["error"], hint=answer["hint"])
    fields = answer["document"]
    pages, groups = tuple(Page(**page) for page in fields["pages"]), tuple(fields["groups"])
    return Document(fields["id"], fields["title"], fields["text"], pages, fields["metadata"], groups)

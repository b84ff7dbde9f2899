"""Nothing of a request under `/api/` is passed over: what its route does not know is refused.

    GET /api/documents?limt=5                       →  422, "limt: unknown query parameter"
    POST /api/examples/check {"file": "x.jsonl"}    →  422, "file: unknown field"

A misspelt filter would be missing in silence.  Fields of a body that a route does read are the business of `Given`.
"""

from __future__ import annotations

import json

from fastapi import Request

from tunebook.serve.problems import Problem

HINT = "/openapi.json describes the request"
NOTHING: tuple[object, ...] = (None, {}, [], "")


async def all_known(request: Request) -> None:
    """A dependency of every route.  Raises Problem 422 for what the route would not read."""
    route = request.scope["route"]
    names = [field.alias for field in route.dependant.query_params]
    for name in request.query_params:
        if name not in names:
            allowed = f"allowed: {', '.join(names)}" if names else "this route has none"
            raise Problem(422, "invalid", f"{name[:100]}: unknown query parameter", allowed, name[:100])
    if route.body_field is None and (body := await request.body()):
        _refuse(body)


def _refuse(body: bytes) -> None:
    """A route without a body is sent none, or an empty one, as some clients do."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(422, "invalid", "body: this route reads none", HINT, "body") from None
    if given in NOTHING:
        return
    name = str(next(iter(given)))[:100] if isinstance(given, dict) else "body"
    raise Problem(
        422, "invalid", f"{name}: unknown field" if name != "body" else "body: this route reads none", HINT, name
    )

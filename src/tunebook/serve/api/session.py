"""Sign-in for pages.

POST /api/session {"key": "tb_…"}       sets the cookie; every later change sends the token it answers with
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from tunebook.serve.access import LOCAL, NO_KEY, Reads, is_https, is_open, who
from tunebook.serve.problems import Given, Problem
from tunebook.serve.service import Served

router = APIRouter(tags=["session"])
NOBODY: dict[str, Any] = {"signed_in": False, "role": None, "groups": (), "csrf": None, "open": False}


class SignIn(Given):
    key: str = Field(max_length=200)


@router.get("/session")
def session(request: Request, service: Served) -> dict[str, Any]:
    """Who this is: `signed_in`, `role`, `groups`, and the token that a page sends with a change.

    `open`: no key is needed here; `provider`: people may also sign in at /oidc/start.
    """
    reader = who(service, request)
    provider = service.settings.oidc_issuer is not None
    if reader is None:
        return NOBODY | {"provider": provider}
    token = None if reader is LOCAL else service.sessions.token(request)
    return {
        "signed_in": True,
        "role": reader.role,
        "groups": reader.groups,
        "csrf": token,
        "open": is_open(service),
        "provider": provider,
    }


@router.post("/session")
def sign_in(given: SignIn, request: Request, response: Response, service: Served) -> dict[str, Any]:
    """Signs a browser in with a key."""
    service.count_stranger(request)
    key = service.keys.find(given.key.strip())
    if key is None:
        raise Problem(401, *NO_KEY)
    token = service.sessions.open(response, {"key": key.id}, secure=is_https(service, request))
    return {"signed_in": True, "role": key.role, "groups": key.groups, "csrf": token, "open": False}


@router.delete("/session")
def sign_out(reader: Reads, response: Response, service: Served) -> dict[str, Any]:
    """Signs the browser out."""
    service.sessions.close(response)
    return NOBODY

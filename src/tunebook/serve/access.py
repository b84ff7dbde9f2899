"""Who asks, and what they may do.

    @router.get("/documents")
    def documents(reader: Reads, …): project.documents(reader.groups)

Roles hold each other: `read` searches and reads, `ask` also asks, `manage` does everything and sees every document.
A program sends its key as a bearer token; a page has a session, and a token against forged requests.  While no key was
ever made, whoever reaches the server may do everything, which is why it then listens on loopback alone, answers only
to loopback names (a hostile site could point its own name here), and takes no request that another site's page sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from tunebook.serve.keys import ROLES, Key, Role
from tunebook.serve.problems import Problem
from tunebook.serve.service import Service, service_of

SAFE = ("GET", "HEAD", "OPTIONS")
NO_KEY = ("no_key", "a key is needed", "send it as: Authorization: Bearer tb_…; tunebook keys make")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: `groups` None reads every document, () only what everyone may read."""

    key: str
    role: Role
    groups: tuple[str, ...] | None

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Reader("local", "manage", None)


class Needs:
    """A route's role, as a dependency; tests read it from the routes.  Raises Problem 401, 403 or 429."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Reader:
        service = service_of(request)
        reader = who(service, request)
        if reader is None:
            service.count_stranger(request)
            raise Problem(401, *NO_KEY)
        if request.method not in SAFE and "authorization" not in request.headers:
            await _not_forged(service, request, reader)
        service.limits.take(reader.key)
        request.scope["tunebook.reader"] = reader.key  # for the log
        if not reader.may(self.role):
            raise Problem(403, "role_too_low", f"this needs the role {self.role}; yours is {reader.role}")
        return reader


Reads = Annotated[Reader, Depends(Needs("read"))]
Asks = Annotated[Reader, Depends(Needs("ask"))]
Manages = Annotated[Reader, Depends(Needs("manage"))]


def who(service: Service, connection: HTTPConnection) -> Reader | None:
    """Who asks, or None: a request with a wrong key, or with none where one is needed."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    keys = service.keys
    if is_open(service):
        return LOCAL if is_loopback(connection.url.hostname or "") else None
    if scheme:
        return _reader(keys.find(text.strip()) if scheme.lower() == "bearer" else None)
    claims = service.sessions.claims(connection)
    if claims and "person" in claims and service.settings.oidc_issuer:
        groups = claims["groups"]
        return Reader(f"person:{claims['person']}", claims["role"], None if groups is None else tuple(groups))
    return _reader(keys.get(claims["key"]) if claims and "key" in claims else None)


def is_open(service: Service) -> bool:
    """True where no key was ever made, nobody can sign in, and only this machine can reach the server."""
    return is_loopback(service.settings.host) and not service.settings.oidc_issuer and not service.keys.all()


def is_https(service: Service, connection: HTTPConnection) -> bool:
    """Whether browsers reach the server by TLS, which a proxy may speak for it."""
    return (service.settings.public_url or str(connection.url)).startswith("https:")


@lru_cache(maxsize=256)  # asked for every piece of every answer
def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def _not_forged(service: Service, request: Request, reader: Reader) -> None:
    """Raises Problem 403 where another site's page may have sent the request."""
    origin = request.headers.get("origin")
    own = {request.headers.get("host", ""), _host(service.settings.public_url or "")}  # a proxy may send its own Host
    if origin is not None and _host(origin) not in own - {""}:
        raise Problem(403, "other_origin", f"a page of {origin} may not ask for this")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "other_origin", "a page of another site may not ask for this")
    if reader is LOCAL:
        return
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        given = str((await request.form()).get("csrf", ""))
    if given != service.sessions.token(request):
        raise Problem(403, "no_csrf_token", "the page's token is missing or old", "load the page again")


def _host(url: str) -> str:
    """With its port; "" of what is no address, such as the origin `null`."""
    return url.partition("://")[2].partition("/")[0]


def _reader(key: Key | None) -> Reader | None:
    return Reader(key.id, key.role, key.groups) if key else None

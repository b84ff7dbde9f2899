"""The pages for people: frames that this server renders, filled by small modules that call the JSON API.

    GET /            Ask          GET /library   Library      GET /library/read?document=…   one document
    GET /decide      Decide       GET /tune      Tune         GET /cases                     Cases

A page holds nothing of the project but its name: what a reader may see is decided by the API alone, once.  Every text
becomes a text node, no script stands in a page, and the Content-Security-Policy (see `guard`) forbids what is not of this server.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jinja2
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

import tunebook
from tunebook.serve.access import LOCAL, Reader, who
from tunebook.serve.keys import Role
from tunebook.serve.problems import Problem
from tunebook.serve.service import Served, Service

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent
STATIC = HERE / "static"
# colours and type, shared with the report
TOKENS = Path(tunebook.__file__).parent / "trial" / "templates" / "tokens.css"


class Place(NamedTuple):
    """A page in the navigation, and the role that it is for."""

    path: str
    title: str
    role: Role


PAGES = {
    "ask": Place("/", "Ask", "ask"),
    "library": Place("/library", "Library", "read"),
    "decide": Place("/decide", "Decide", "manage"),
    "tune": Place("/tune", "Tune", "manage"),
    "cases": Place("/cases", "Cases", "manage"),
}


@router.get("/")
def ask(request: Request, service: Served) -> Response:
    return _page(request, service, "ask", "Ask")


@router.get("/library")
def library(request: Request, service: Served) -> Response:
    return _page(request, service, "library", "Library")


@router.get("/library/read")
def read(request: Request, service: Served) -> Response:
    return _page(request, service, "read", "Document")


@router.get("/decide")
def decide(request: Request, service: Served) -> Response:
    return _page(request, service, "decide", "Decide")


@router.get("/tune")
def tune(request: Request, service: Served) -> Response:
    return _page(request, service, "tune", "Tune")


@router.get("/cases")
def cases(request: Request, service: Served) -> Response:
    return _page(request, service, "cases", "Cases")


@router.get("/signin")
def sign_in(service: Served) -> Response:
    return _render(service, "signin", title="Sign in", provider=service.settings.oidc_issuer is not None)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """The pages' own files, and no others."""
    path = TOKENS if name == TOKENS.name else _files().get(name)
    if path is None:
        raise Problem(404, "no_route", f"no file {name!r}")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@cache
def _files() -> dict[str, Path]:
    return {path.name: path for path in STATIC.iterdir()}


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(request: Request, service: Service, page: str, title: str) -> Response:
    """A page for who is signed in; others are asked to sign in, and who may not have it is shown what they may."""
    reader = who(service, request)
    if reader is None:
        return RedirectResponse(f"/signin?{urlencode({'next': _here(request)})}", 303)
    allowed = {name: words for name, words in PAGES.items() if reader.may(words.role)}
    if page in PAGES and page not in allowed:
        return RedirectResponse(next(iter(allowed.values())).path, 303)
    nav = [(words.path, name, words.title) for name, words in allowed.items()]
    return _render(service, page, title=title, nav=nav, csrf=service.sessions.token(request), reader=reader)


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _render(service: Service, page: str, reader: Reader | None = None, **more: Any) -> Response:
    signed_in = reader is not None and reader is not LOCAL
    role = reader.role if reader else ""
    known = {
        "page": page,
        "role": role,
        "project": service.project.root.name,
        "signed_in": signed_in,
        "nav": (),
        "csrf": "",
    }
    return HTMLResponse(_templates().get_template(f"{page}.html").render(known | more))

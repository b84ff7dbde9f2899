"""Who asks, and what they may do.

    @router.get("/documents")
    def documents(reader: Reads, …): project.documents(reader.groups)

Roles hold each other: `read` searches and reads, `ask` also asks, `manage` does everything and sees every document.
Without any key the server is open to whoever reaches it, which is why it then binds to loopback alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from tunebook.serve.problems import Problem

Role = Literal["read", "ask", "manage"]
ROLES: tuple[Role, ...] = ("read", "ask", "manage")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: `groups` None reads every document, () only what everyone may read."""

    key: str
    role: Role
    groups: tuple[str, ...] | None


LOCAL = Reader("local", "manage", None)


class Needs:
    """A route's role, as a dependency; tests read it from the routes."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, request: Request) -> Reader:
        reader = identify(request)
        if ROLES.index(reader.role) < ROLES.index(self.role):
            raise Problem(403, "role_too_low", f"this needs the role {self.role}; the key has {reader.role}")
        return reader


def identify(request: Request) -> Reader:
    return LOCAL


Reads = Annotated[Reader, Depends(Needs("read"))]
Asks = Annotated[Reader, Depends(Needs("ask"))]
Manages = Annotated[Reader, Depends(Needs("manage"))]
Identify = Callable[[Request], Reader]

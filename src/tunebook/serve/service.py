"""What every route works with: the project, the desk, the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from tunebook.project import Project
from tunebook.serve.desk import Desk
from tunebook.settings import ServeSettings


@dataclass(slots=True)
class Service:
    """One project, served."""

    project: Project
    settings: ServeSettings
    desk: Desk
    ready: bool = False  # models are loaded
    not_ready: str = "loading the models"


def service_of(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]

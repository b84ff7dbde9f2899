"""A served project over fakes: two documents, one of them for the group `hr` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from serving import DOCUMENTS

from tunebook.serve.app import create_app


@pytest.fixture
def served(project: Callable[..., Any]) -> Any:
    """The project, synced."""
    opened = project({"documents.jsonl": DOCUMENTS}, overrides=["passages.max_tokens=24"])
    opened.sync()
    return opened


@pytest.fixture
def client(served: Any) -> Iterator[TestClient]:
    with TestClient(create_app(served), base_url="http://127.0.0.1:8765") as client:
        yield client

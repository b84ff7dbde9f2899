"""A served project over fakes: two documents, one of them for the group `hr` alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tunebook.serve.app import create_app

ROWS = [
    {"_id": "wren", "title": "The Wren", "text": "The Wren carries 80 kg. It weighs 19 kg."},
    {"_id": "pay", "title": "Pay", "text": "The director earns 9000 a month.", "groups": ["hr"]},
]
DOCUMENTS = "".join(json.dumps(row) + "\n" for row in ROWS)


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

"""The library over each store in turn: what one test of this folder says holds for both."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tunebook.documents import split
from tunebook.library import LanceStore, Late, Library, Store
from tunebook.library.postgres import PostgresStore
from tunebook.models import FakeEmbedder

DIM = 256


@pytest.fixture(params=["lance", "postgres"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the test's own store; called again, as another process would."""
    if request.param == "lance":
        yield lambda: LanceStore(tmp_path / "library", DIM)
        return
    import psycopg

    url = request.getfixturevalue("postgres_url")
    schema = f"test_{uuid.uuid4().hex[:12]}"
    yield lambda: PostgresStore(url, DIM, schema=schema)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@pytest.fixture
def library(new_store: Callable[[], Store]) -> Library:
    embedder = FakeEmbedder(DIM)
    split_up = partial(split, count_tokens=embedder.count_tokens, max_tokens=24)
    return Library(new_store(), embedder.embed, split_up, Late(embedder.tokens))

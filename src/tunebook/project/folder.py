"""Where a project's files are, and where tunebook writes.

Folder.find(None)   the folder you stand in, or the nearest parent with a tunebook.toml
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

from tunebook.errors import BadInput, LibraryFailed
from tunebook.models import disk
from tunebook.project.locks import lock

SETTINGS = "tunebook.toml"


@dataclass(frozen=True, slots=True)
class Folder:
    """`root` is read, `state` is written."""

    root: Path
    state: Path

    @classmethod
    def find(cls, folder: Path | None, state: Path | None = None) -> Folder:
        """Raises BadInput for a folder that is not there."""
        if folder is not None and not folder.is_dir():
            raise BadInput(f"--project {folder}: no such folder", "name a folder, or make one: tunebook init")
        here = (folder or Path.cwd()).resolve()
        parents = [here] if folder else [here, *here.parents]
        root = next((parent for parent in parents if os.path.lexists(parent / SETTINGS)), here)
        return cls(root, (state or root / ".tunebook").absolute())

    @property
    def settings(self) -> Path | None:
        """None where there are none; a dead link is there, and cannot be read: who may read what would not count."""
        path = self.root / SETTINGS
        return path if os.path.lexists(path) else None

    def model(self, name: str) -> str:
        """What `model.name`, `embedder.name` or `reranker.name` is loaded by: a relative path counts from the project's folder."""
        return name if name == "starter" else str(self.root / Path(name).expanduser())

    @property
    def cases(self) -> Path:
        return self.root / "cases.jsonl"

    @property
    def examples(self) -> Path:
        return self.root / "examples.jsonl"

    @property
    def has_cases(self) -> bool:
        """False also for the empty file that a new project has."""
        return self.cases.is_file() and self.cases.stat().st_size > 0

    @property
    def has_examples(self) -> bool:
        return self.examples.is_file() and self.examples.stat().st_size > 0

    def documents(self) -> list[Path]:
        """What a sync mirrors when it is told nothing: what the last one was pointed at, else the default places."""
        remembered = disk.read_json(self.state / "sync.json") or {}
        named = [self.root / path for path in remembered.get("paths", [])]
        return named or [path for path in (self.root / "documents", self.root / "documents.jsonl") if path.exists()]

    def file(self, id: str) -> Path:
        """Where the file of that id lies: its name may have as characters of their own the accents that the id has not."""
        path = self.root
        for part in Path(id).parts:  # of an absolute one the first leads to the top
            here = path / part
            path = here if here.exists() else path / normalize("NFD", part)
        return path

    def remember(self, paths: Sequence[Path]) -> None:
        """What `documents` names from now on: from the project's folder on, so that a project that is moved or copied reads
        its own."""
        named = [path.relative_to(self.root) if path.is_relative_to(self.root) else path for path in paths]
        write_json(self.state / "sync.json", {"paths": list(map(str, named))})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time; raises LibraryFailed where another process holds the lock."""
        make(self.state)
        file = self.state / "lock"
        held = lock(file)
        if held is None:
            owner = file.read_text(encoding="utf-8").strip() or "another process"
            raise LibraryFailed(f"{self.state} is locked by {owner}", "wait for it to end")
        with held:
            held.truncate(0)
            held.write(f"process {os.getpid()}")
            held.flush()
            yield


def make(folder: Path, hint: str = "name another place with --state") -> None:
    """Makes a folder to write to; raises BadInput where that is not allowed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}", hint) from error
    if not os.access(folder, os.W_OK):
        raise BadInput(f"{folder}: cannot be written", hint)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Whole or not at all; raises BadInput where its folder cannot be made."""
    make(path.parent)
    disk.write_json(path, data)

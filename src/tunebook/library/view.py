"""A store as one reader sees it: what none of the reader's groups may read is not there, whoever asks and however.

    ReaderView(store, ("crew",)).passages_of("board/plan.md")     →  []

Every way to read goes through the same rule, so a part that forgets to name the reader cannot leak.
Left out on purpose: writing.  A reader's view is never synced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tunebook.library.store import EVERYTHING, Entry, Listed, Scope, Store
from tunebook.values import Document, Passage, may_read


@dataclass(frozen=True, slots=True)
class ReaderView:
    """A `Store` for a reader in these groups; () is one in none."""

    store: Store
    reader: tuple[str, ...]

    def entries(self) -> dict[str, Entry]:
        entries = self.store.entries()
        return {id: entries[id] for id in self._visible(entries)}

    def listing(self) -> list[Listed]:
        return [one for one in self.store.listing() if may_read(one.groups, self.reader)]

    def metadata(self) -> dict[str, dict[str, Any]]:
        metadata = self.store.metadata()
        return {id: metadata[id] for id in self._visible(metadata)}

    def lexical(self, query: str, limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        return self.store.lexical(query, limit, self._narrowed(scope))

    def dense(self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING) -> dict[str, float]:
        return self.store.dense(vector, limit, self._narrowed(scope))

    def _narrowed(self, scope: Scope) -> Scope:
        asked = self.reader if scope.groups is None else scope.groups
        return replace(scope, groups=tuple(group for group in asked if group in self.reader))

    def passages(self, rows: Iterable[str]) -> dict[str, Passage]:
        found = self.store.passages(rows)
        return {row: passage for row, passage in found.items() if may_read(passage.groups, self.reader)}

    def passages_of(self, document: str) -> list[Passage]:
        return [one for one in self.store.passages_of(document) if may_read(one.groups, self.reader)]

    def passage_counts(self, documents: Sequence[str]) -> dict[str, int]:
        return self.store.passage_counts(self._visible(documents))

    def document(self, id: str) -> Document | None:
        found = self.store.document(id)
        return found if found and may_read(found.groups, self.reader) else None

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        return self.store.hashes(self._visible(ids))

    def count(self, scope: Scope = EVERYTHING) -> int:
        return self.store.count(self._narrowed(scope))

    def vectors_of(self, documents: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return self.store.vectors_of(self._visible(documents))

    def remaining(self, documents: Sequence[str]) -> int:
        return self.store.remaining(self._visible(documents))

    def _visible(self, documents: Iterable[str]) -> list[str]:
        listed = {one.id for one in self.listing()}
        return [id for id in documents if id in listed]

    def replace(self, *_: object) -> NoReturn:
        _refuse()

    def note(self, *_: object) -> NoReturn:
        _refuse()

    def delete(self, *_: object) -> NoReturn:
        _refuse()

    def erase(self) -> NoReturn:
        _refuse()

    def index(self) -> NoReturn:
        _refuse()


def _refuse() -> NoReturn:
    raise AssertionError("a reader's view is not written to")

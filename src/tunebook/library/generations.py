"""Generations: the same documents embedded or cut in another way, built beside the library that is in use.

    library = open_generations(state / "library")        a folder, an object storage URL, or postgresql://…
    library.current()                                    →  Generation(number=1, embedder="starter", …), or None
    library.add(Generation(2, …)); …; library.use(2)     the pointer moves in one commit: a reader sees 1 or 2, never both

Nothing is in use before `use`, so a build that was killed leaves the old generation serving.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from tunebook.errors import LibraryFailed
from tunebook.library.connections import Server
from tunebook.library.lance import LanceStore, connect, mapped
from tunebook.library.language import ENGLISH
from tunebook.library.postgres import SCHEMA, PostgresStore
from tunebook.library.store import Store

TABLE = "generations"


@dataclass(frozen=True, slots=True)
class Generation:
    """One build of the library, and what its vectors came from."""

    number: int
    embedder: str  # its name in the settings
    weights: str  # hash of its weights; empty for a starter model
    dim: int
    cut: str  # the settings of passages, the prompts that they give and the language, as JSON
    created: str  # ISO, UTC
    current: bool = False
    served: bool = False  # it is, or was, in use: its build was finished

    @property
    def max_tokens(self) -> int | None:
        found: int | None = json.loads(self.cut).get("max_tokens")
        return found

    @property
    def prompts(self) -> tuple[str | None, str | None]:
        """Before a question and before a passage, as its settings gave them; None: the embedder's own."""
        cut = json.loads(self.cut)
        return cut.get("query_prompt"), cut.get("prompt")

    @property
    def language(self) -> str:
        """Whose words are looked for by their stems."""
        found: str = json.loads(self.cut).get("language", ENGLISH)
        return found

    @property
    def reading(self) -> int:
        """By which readers' version its files were last read; 0: by one from before this was kept."""
        found: int = json.loads(self.cut).get("reading", 0)
        return found

    def like(self, other: Generation) -> bool:
        """Whether both come from the same embedder over passages cut the same way; no vector holds a question's prompt."""
        apart = ("query_prompt", "reading")
        return self._cut_without(*apart) == other._cut_without(*apart) and self.embeds_as(other)

    def embeds_as(self, other: Generation) -> bool:
        """Whether a text has the same vector in both."""
        apart = ("query_prompt", "reading", "max_tokens", "language")
        same = self._cut_without(*apart) == other._cut_without(*apart)
        return same and self.embedded_by(other.embedder, other.weights)

    def _cut_without(self, *keys: str) -> dict[str, Any]:
        return {key: value for key, value in json.loads(self.cut).items() if key not in keys}

    def embedded_by(self, name: str, weights: str) -> bool:
        """Whether its vectors are this embedder's: one is known by its weights, wherever its folder lies now."""
        return self.weights == weights and (bool(weights) or self.embedder == name)


class Generations(Protocol):
    """All generations of one library, in one place.  Every method raises LibraryFailed where the place does not answer."""

    def all(self) -> list[Generation]:
        """By number."""
        ...

    def add(self, generation: Generation) -> None: ...

    def use(self, number: int) -> None:
        """From now on readers are given this one."""
        ...

    def recut(self, number: int, cut: str) -> None:
        """Keeps another `cut` with it, which asks for the same vectors."""
        ...

    def drop(self, number: int) -> None:
        """Removes one that is not in use, tables and all."""
        ...

    def store(self, generation: Generation) -> Store: ...

    def lock(self) -> Any:
        """Held by who writes; raises LibraryFailed, "locked by …", where another holds it."""
        ...


def current(generations: Generations) -> Generation | None:
    """The one in use; None before the first sync was finished."""
    return next((one for one in generations.all() if one.current), None)


def open_generations(place: Path | str, schema: str = SCHEMA) -> Generations:
    """Nothing is made before the first generation is added."""
    if isinstance(place, str) and place.startswith(("postgresql://", "postgres://")):
        return PostgresGenerations(place, schema)
    return LanceGenerations(place)


class LanceGenerations:
    """In LanceDB: a table of generations beside theirs."""

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._opened: Any = None

    def all(self) -> list[Generation]:
        with mapped(self._place):
            table = self._table()
            rows = table.to_arrow().to_pylist() if table else []
        return sorted((Generation(**row) for row in rows), key=lambda one: one.number)

    def add(self, generation: Generation) -> None:
        with mapped(self._place):
            if table := self._table():
                table.add([asdict(generation)])
            else:
                connect(self._place).create_table(TABLE, [asdict(generation)])

    def use(self, number: int) -> None:
        with mapped(self._place):
            self._table().update(
                where="true", values_sql={"current": f"number = {number}", "served": f"served OR number = {number}"}
            )

    def recut(self, number: int, cut: str) -> None:
        with mapped(self._place):
            self._table().update(where=f"number = {number}", values={"cut": cut})

    def drop(self, number: int) -> None:
        with mapped(self._place):
            self._table().delete(f"number = {number}")
            db = connect(self._place)
            for name in {f"passages_{number}", f"documents_{number}"} & set(db.list_tables().tables):
                db.drop_table(name)

    def store(self, generation: Generation) -> Store:
        return LanceStore(self._place, generation.dim, generation.number, generation.language)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Commits of two writers do not mix, and the state folder has a lock of its own."""
        yield

    def _table(self) -> Any:
        """None where there is nothing yet; a folder is not made for asking."""
        if self._opened is None and not (isinstance(self._place, Path) and not self._place.is_dir()):
            db = connect(self._place)
            self._opened = db.open_table(TABLE) if TABLE in db.list_tables().tables else None
        return self._opened


class PostgresGenerations:
    """In PostgreSQL: a table of generations, and an advisory lock for who writes."""

    def __init__(self, url: str, schema: str = SCHEMA) -> None:
        self._url = url
        self._schema = schema
        self._server = Server(url, schema)

    def all(self) -> list[Generation]:
        (found,) = self._server.rows("SELECT to_regclass(%(name)s) AS there", {"name": f"{self._schema}.{TABLE}"})
        if not found["there"]:
            return []
        return [Generation(**row) for row in self._server.rows(f"SELECT * FROM {TABLE} ORDER BY number", {})]

    def add(self, generation: Generation) -> None:
        columns = "number int PRIMARY KEY, embedder text, weights text, dim int, cut text, created text, current bool, served bool"
        values = "%(number)s, %(embedder)s, %(weights)s, %(dim)s, %(cut)s, %(created)s, %(current)s, %(served)s"
        with self._server.transaction() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} ({columns})")
            cursor.execute(f"INSERT INTO {TABLE} VALUES ({values})", asdict(generation))

    def use(self, number: int) -> None:
        update = f"UPDATE {TABLE} SET current = (number = %(number)s), served = served OR number = %(number)s"
        self._server.rows(update, {"number": number})

    def recut(self, number: int, cut: str) -> None:
        self._server.rows(f"UPDATE {TABLE} SET cut = %(cut)s WHERE number = %(number)s", {"number": number, "cut": cut})

    def drop(self, number: int) -> None:
        with self._server.transaction() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE number = %s", [number])
            for table in ("passages", "documents", "terms", "totals"):
                cursor.execute(f"DROP TABLE IF EXISTS {table}_{number}")

    def store(self, generation: Generation) -> Store:
        return PostgresStore(self._url, generation.dim, generation.number, self._schema, generation.language)

    @contextmanager
    def lock(self) -> Iterator[None]:
        name = {"name": f"tunebook {self._schema}"}
        with self._server.session() as connection:  # its own session: the lock goes when that ends, however it ends
            taken = connection.execute("SELECT pg_try_advisory_lock(hashtext(%(name)s)) AS mine", name).fetchone()
            try:
                if not taken["mine"]:
                    raise LibraryFailed(
                        f"the library in schema {self._schema} is locked by {self._holder(name)}", "wait for it to end"
                    )
                yield
            finally:
                with suppress(Exception):  # a session that is closed keeps its lock until the server sees that
                    if taken["mine"]:
                        connection.execute("SELECT pg_advisory_unlock(hashtext(%(name)s))", name)
                connection.close()

    def _holder(self, name: dict[str, str]) -> str:
        found = self._server.rows(_HOLDER, name)
        return f"process {found[0]['pid']} of the server, from {found[0]['host']}" if found else "another process"


_HOLDER = """
SELECT pid, coalesce(client_hostname, host(client_addr), 'this machine') AS host
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objid = (hashtext(%(name)s)::bigint & 4294967295)::oid
"""

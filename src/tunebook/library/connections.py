"""Connections to PostgreSQL: a few, each lent to one thread at a time.

    server = Server("postgresql://db.example/team", "tunebook")
    server.rows("SELECT %(a)s AS a", {"a": 1})                →  [{"a": 1}]
    with server.transaction() as cursor: …                    statements that count together or not at all

A reader's statement never becomes part of a writer's transaction: a connection is nobody else's for as long as it is
used.  Left out on purpose: threads that keep connections ready.  One is made where none is free, so an error of
connecting reaches who asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from tunebook.errors import BadInput, LibraryFailed

CONNECTIONS = 8  # of one process; who comes then waits

_SESSION = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    # a filter that leaves few passages must not end the search early
    "SET hnsw.iterative_scan = strict_order",
    "SET hnsw.max_scan_tuples = 2147483647",
    "SET hnsw.scan_mem_multiplier = 100",
    "SET hnsw.ef_search = 100",
    "SET jit = off",  # compiling takes longer than any statement here
)


class Server:
    """A database's connections; safe to share between threads."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema  # settings allow letters, digits and _ alone
        self._free: deque[Any] = deque()  # the last used is taken first
        self._seats = BoundedSemaphore(CONNECTIONS)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor whose statements count together or not at all."""
        with self.session() as connection, connection.transaction(), connection.cursor() as cursor:
            yield cursor

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One statement by itself; the rows that it gives, if any."""
        with self.session() as connection:
            cursor = connection.execute(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def session(self) -> Iterator[Any]:
        """A connection that nobody else uses meanwhile; one that breaks is not lent again."""
        with mapped(), self._seats:
            connection = self._take() or self._connect()
            try:
                yield connection
            except BaseException:
                if connection.info.transaction_status:  # not idle: a statement may still run there
                    connection.close()
                raise
            finally:
                if not connection.closed:
                    self._free.append(connection)

    def close(self) -> None:
        """Ends the connections that are free."""
        while self._free:
            self._free.pop().close()

    def _take(self) -> Any:
        """A free connection that answers: the server may have been restarted since it was used.  None where there is none."""
        import psycopg

        while self._free:
            try:
                connection = self._free.pop()
            except IndexError:  # another thread took the last
                break
            try:
                connection.execute("")
                return connection
            except psycopg.OperationalError:
                connection.close()
        return None

    def _connect(self) -> Any:
        import psycopg
        from psycopg.rows import dict_row

        connection: Any = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
        for statement in (f"CREATE SCHEMA IF NOT EXISTS {self._schema}", *_SESSION):
            connection.execute(statement)
        connection.execute(f"SET search_path = {self._schema}, public")
        return connection


@contextmanager
def mapped() -> Iterator[None]:
    """psycopg's errors, mapped once."""
    try:
        import psycopg
    except ImportError as error:
        raise BadInput("a library at postgresql:// needs psycopg", "pip install 'tunebook[postgres]'") from error
    try:
        yield
    except psycopg.Error as error:
        text = " ".join(str(error).split())[:300]
        hint = "what was committed before is whole; check that the server runs and has pgvector, then sync again"
        raise LibraryFailed(f"PostgreSQL: {text}", hint) from error

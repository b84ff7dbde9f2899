"""What is PostgreSQL's own: BM25 against its formula, a server that comes back, and what its files hold."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psycopg
import pytest
from helpers import entry_of, passage

from tunebook.errors import LibraryFailed
from tunebook.library.connections import CONNECTIONS
from tunebook.library.postgres import PostgresStore
from tunebook.library.store import Scope
from tunebook.values import Document, Passage

WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "kite", "lamp")  # each is its own stem
SCHEMA = "test_own"


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    yield PostgresStore(postgres_url, 2, schema=SCHEMA)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def put(store: PostgresStore, texts: dict[str, str]) -> dict[str, Passage]:
    """Documents of one passage each; their passages by document."""
    documents = [Document(id, "", text) for id, text in texts.items()]
    passages = [passage(text, id) for id, text in texts.items()]
    store.replace(documents, passages, np.ones((len(texts), 2), np.float32), list(map(entry_of, documents)))
    return {one.document: one for one in passages}


def bm25(query: str, texts: dict[str, str]) -> dict[str, float]:
    words = {id: Counter(text.split()) for id, text in texts.items()}
    average = sum(count.total() for count in words.values()) / len(words)
    scores: dict[str, float] = {}
    for word in set(query.split()):
        n = sum(word in count for count in words.values())
        idf = math.log(1 + (len(words) - n + 0.5) / (n + 0.5))
        for id, count in words.items():
            if f := count[word]:
                part = idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * count.total() / average))
                scores[id] = scores.get(id, 0.0) + part
    return scores


def test_lexical_scores_are_bm25_also_after_changes_and_deletions(store):
    draw = random.Random(0)
    texts = {f"d{n}": " ".join(draw.choices(WORDS, k=draw.randint(1, 12))) for n in range(60)}
    put(store, texts)
    changed = {f"d{n}": " ".join(draw.choices(WORDS[:4], k=5)) for n in range(10)}
    put(store, changed)
    store.delete(["d20", "d21"])
    texts = {id: text for id, text in (texts | changed).items() if id not in ("d20", "d21")}
    ids = {id: store.passages_of(id)[0].id for id in texts}
    for query in ("amber", "kite lamp", "bolt bolt gear amber", "unknown"):
        wanted = {ids[id]: score for id, score in bm25(query, texts).items()}
        assert store.lexical(query, 100) == pytest.approx(wanted)


def test_a_group_ranks_by_the_same_scores(store):
    put(store, {"a": "amber lamp", "b": "amber"})
    assert store.lexical("amber", 5, Scope(("crew",))) == store.lexical("amber", 5)


def test_a_connection_that_was_cut_is_made_again(store, postgres_url):
    put(store, {"a": "amber"})
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert store.count() == 1


def test_a_reader_sees_nothing_of_a_transaction_that_is_not_over(store):
    put(store, {"a": "amber"})
    with ThreadPoolExecutor(4) as readers, store._server.transaction() as cursor:
        cursor.execute("DELETE FROM passages_1")
        assert [len(found) for found in readers.map(store.passages_of, ["a"] * 4)] == [1] * 4
    assert store.passages_of("a") == []


def test_connections_are_lent_again_and_never_to_two(store, monkeypatch):
    server, made, lent = store._server, [], set()
    connect = server._connect
    monkeypatch.setattr(server, "_connect", lambda: made.append(connect()) or made[-1])

    def use(_: int) -> None:
        with server.session() as connection:
            assert connection not in lent
            lent.add(connection)
            connection.execute("SELECT pg_sleep(0.002)")
            lent.remove(connection)

    with ThreadPoolExecutor(2 * CONNECTIONS) as threads:
        list(threads.map(use, range(200)))
    assert len(made) < CONNECTIONS
    assert len(server._free) <= CONNECTIONS


def test_a_statement_that_fails_leaves_its_connection_usable(store):
    for _ in range(3):
        with pytest.raises(LibraryFailed, match="nothing_of_the_kind"):
            store._server.rows("SELECT * FROM nothing_of_the_kind", {})
    assert store.count() == 0
    assert len(store._server._free) == 1


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(LibraryFailed, match="PostgreSQL: "):
        PostgresStore("postgresql://127.0.0.1:9/none", 2)


def test_erased_files_hold_nothing_of_what_was_deleted(store, postgres_url):
    put(store, {"a": "amber", "secret": "The safe opens with zwieback."})
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def on_disk() -> bytes:
            """Every file of the schema's tables and indexes."""
            connection.execute("CHECKPOINT")
            ((base,),) = connection.execute("SHOW data_directory").fetchall()
            find = "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = %s::regnamespace"
            paths = [Path(base, path) for (path,) in connection.execute(find, [SCHEMA]).fetchall()]
            return b"".join(path.read_bytes() for path in paths)

        assert b"zwieback" in on_disk()
        store.delete(["secret"])
        assert b"zwieback" in on_disk()
        store.erase()
        assert b"zwieback" not in on_disk()
        assert b"amber" in on_disk()

"""What is LanceDB's own: its files, decoded one by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from helpers import entry_of

from tunebook.documents import split
from tunebook.errors import LibraryFailed
from tunebook.library import LanceStore, Library
from tunebook.library.store import searched_text
from tunebook.models import FakeEmbedder
from tunebook.values import Document

pytestmark = pytest.mark.filterwarnings("ignore:optimize")  # no other reader is there to be disturbed
WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "hub", "iron", "kite", "lamp", "motor", "oil", "quay")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    embedder = FakeEmbedder(8)
    store = LanceStore(tmp_path / "library", 8)
    return Library(store, embedder.embed, lambda document: split(document, embedder.count_tokens, 24))


def some(count: int, seed: int) -> list[Document]:
    draw = random.Random(seed)
    return [Document(f"d{n}", f"T{n}", " ".join(draw.choices(WORDS, k=30))) for n in range(count)]


def decoded(folder: Path) -> str:
    """Every value in every file of Lance's own format, whether a version names it or not; other files as they are."""
    from lance.file import LanceFileReader

    told = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".lance" and path.is_file():
            told += [str(batch.to_pylist()) for batch in LanceFileReader(str(path)).read_all().to_batches()]
        if path.is_file():
            told.append(path.read_bytes().decode("latin-1"))
    return " ".join(told)


def secret_words(told: str) -> list[str]:
    return [word for word in ("zwieback", "quagmir", "ylophag", "secret.md") if word in told]


def test_a_place_that_cannot_hold_a_library_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryFailed, match="file"):
        LanceStore(tmp_path / "file", 8)


@pytest.mark.parametrize("limit", [20, 1000])
@pytest.mark.parametrize("indexed", [400, 600])
def test_cosines_are_the_same_whether_all_is_indexed_or_not(library, monkeypatch, limit, indexed):
    monkeypatch.setattr("tunebook.library.lance.INDEX_VECTORS_ABOVE", 100)
    documents = [(document, entry_of(document)) for document in some(600, 5)]
    library.add(documents[:indexed])
    library.store.index()
    library.add(documents[indexed:])
    query = 3 * library.embed(["lamp of the quay"])[0]
    found = library.store.dense(query, limit)
    passages = library.store.passages(found)
    vectors = library.embed([searched_text(passages[row]) for row in found])
    assert list(found.values()) == pytest.approx((vectors @ query / 3).tolist(), abs=0.02 if limit >= 100 else 1e-5)


@pytest.mark.parametrize("others", [0, 1, 30])
def test_erased_files_hold_nothing_of_what_was_deleted(library, tmp_path, others):
    secret = Document("secret.md", "Xylophagous", "The safe opens with zwieback and quagmire.")
    for documents in (some(others, 1), [secret], some(others, 2)):
        library.add([(document, entry_of(document)) for document in documents])
        library.store.index()
    assert len(secret_words(decoded(tmp_path / "library"))) == 4
    library.store.delete(["secret.md"])
    library.store.erase()
    assert secret_words(decoded(tmp_path / "library")) == []
    assert library.store.count() == sum(len(library.store.passages_of(f"d{n}")) for n in range(others))


def test_a_library_that_is_no_longer_large_is_erased_with_its_indexes(library, tmp_path, monkeypatch):
    monkeypatch.setattr("tunebook.library.lance.INDEX_VECTORS_ABOVE", 300)
    library.add([(document, entry_of(document)) for document in some(600, 5)])
    library.store.index()
    library.store.delete([f"d{n}" for n in range(1, 600)])
    library.store.erase()
    assert list(library.store.entries()) == ["d0"]
    assert library.search(["lamp"], 3)[0]


def test_a_replaced_text_is_erased_too(library, tmp_path):
    for text in ("The safe opens with zwieback.", "The safe is empty."):
        library.add([(Document("a.md", "A", text), entry_of(Document("a.md", "A", text)))])
        library.store.index()
    assert secret_words(decoded(tmp_path / "library"))
    library.store.erase()
    assert secret_words(decoded(tmp_path / "library")) == []


@pytest.mark.parametrize("name", ["_deletions/.tmpXYZ", "_versions/18446744073709551570.manifest#1"])
def test_what_a_killed_writer_began_is_erased_too(library, tmp_path, name):
    library.add([(document, entry_of(document)) for document in some(5, 3)])
    begun = tmp_path / "library/documents_1.lance" / name
    begun.parent.mkdir(exist_ok=True)
    begun.write_bytes(b"zwieback")
    orphan = tmp_path / "library/passages_1.lance/data/0123.lance"
    orphan.write_bytes(b"zwieback")
    library.store.erase()
    assert not begun.exists() and not orphan.exists()
    assert library.store.count() > 0


def test_a_read_that_meets_an_erasure_is_asked_again(library):
    document = some(1, 4)[0]
    library.add([(document, entry_of(document))])
    store, tries = library.store, []

    def asked():
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("lance error: Not found: data/0123.lance")
        return store._documents.search().select(["id"])

    assert store._read(asked) == [{"id": "d0"}]
    with pytest.raises(LibraryFailed, match="Not found"):
        store._read(lambda: tries.clear() or asked())

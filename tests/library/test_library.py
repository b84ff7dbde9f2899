"""The library over each real store: what goes in, what is found, who may find it, and what is gone when it is gone."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from helpers import entry_of

from tunebook.errors import BadInput
from tunebook.library import Ranking, ReaderView
from tunebook.library.filters import parse
from tunebook.library.store import Scope, searched_text
from tunebook.values import Document, Hit, Page

WREN = Document("wren.md", "The Wren", "# Load\n\nThe Wren carries 60 kg.\n\n# Price\n\nIt costs ten crowns a day.")
HERON = Document("heron.md", "The Heron", "The Heron carries 80 kg. Its lamp is yellow.", metadata={"by": "Ann"})
WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "hub", "iron", "kite", "lamp", "motor", "oil", "quay")
pytestmark = pytest.mark.filterwarnings("ignore:optimize")  # no other reader is there to be disturbed
GROUPS = ("admin", "crew", "desk", "it's", "night, shift")


def documents_of(library) -> set[str]:
    return set(library.store.entries())


def found(library, query, k=5, groups=None) -> list[str]:
    return [hit.passage.document for hit in library.search([query], k, groups)[0]]


def random_documents(count: int, seed: int) -> list[Document]:
    draw = random.Random(seed)
    return [
        Document(f"d{n}", f"T{n}", ". ".join(" ".join(draw.choices(WORDS, k=8)) for _ in range(draw.randint(1, 6))),
                 groups=tuple(draw.sample(GROUPS, draw.randint(0, 3))))
        for n in range(count)
    ]  # fmt: skip


# --- what goes in


def test_what_was_added_is_found_with_its_place_and_its_scores(library, add):
    add(WREN, HERON)
    ((best, *_),) = library.search(["How much does the Heron carry?"], 3)
    assert (best.rank, best.passage.document, best.passage.title) == (1, "heron.md", "The Heron")
    assert HERON.text[best.passage.start : best.passage.end] == best.passage.text
    assert best.stages.keys() == best.ranks.keys() == {"bm25", "cosine", "document", "fused", "late"}
    assert best.explained()["stages"]["cosine"] == {"rank": 1, "score": round(best.stages["cosine"], 6)}
    assert 0 <= best.score <= 1


def test_a_document_comes_back_as_it_went_in(library, add):
    paged = Document("p.pdf", "P", "One.\fTwo.", (Page(1, 0, 4), Page(2, 5, 9)), {"ä": [1, None]}, ("crew",))
    add(WREN, paged)
    assert library.store.document("p.pdf") == paged
    assert library.store.document("none") is None
    assert library.store.entries()["p.pdf"] == entry_of(paged)
    assert [passage.page for passage in library.store.passages_of("p.pdf")] == [1, 2]


def test_a_replaced_document_has_no_old_passage(library, add):
    add(WREN, HERON)
    before = library.hash
    add(Document("wren.md", "The Wren", "The Wren has retired."))
    assert [passage.text for passage in library.store.passages_of("wren.md")] == ["The Wren has retired."]
    assert "wren.md" not in found(library, "costs ten crowns a day", k=1)
    assert documents_of(library) == {"wren.md", "heron.md"}
    assert library.hash != before


def test_adding_the_same_again_changes_nothing(library, add):
    add(WREN)
    before = (library.hash, library.store.passages_of("wren.md"))
    add(WREN)
    assert (library.hash, library.store.passages_of("wren.md")) == before


def test_a_document_that_shrinks_to_nothing_leaves_nothing(library, add):
    add(WREN, HERON)
    add(Document("wren.md", "The Wren", " "))
    assert library.store.passages_of("wren.md") == []
    assert len(library.store.passages_of("heron.md")) == 1


def test_what_was_deleted_is_gone(library, add):
    add(WREN, HERON)
    passages = len(library.store.passages_of("wren.md"))
    assert library.store.delete(["wren.md", "unknown"]) == passages
    assert documents_of(library) == set(found(library, "the Wren carries")) == {"heron.md"}
    assert library.store.delete([]) == 0


@pytest.mark.parametrize("id", ["it's.md", "a''b", '"; drop', "a\\b.md", "100%_.md", "grüße/日本.md", "new\nline"])
def test_ids_of_every_kind_are_names_and_no_syntax(library, add, id):
    add(WREN, Document(id, "Odd", "An oddly named sheet about lanterns."))
    add(Document(id, "Odd", "A newer sheet about candles."))
    assert [passage.text for passage in library.store.passages_of(id)] == ["A newer sheet about candles."]
    assert found(library, "candles", k=1) == [id]
    assert library.store.delete([id]) == 1
    assert documents_of(library) == {"wren.md"}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Der Ver\u00adtrag endet.", "Vertrag"),
        ("nai\u0308ve re\u0301sume\u0301", "naïve"),
        ("naïve résumé", "nai\u0308ve"),
        ("zero\u200bwidth words", "zerowidth"),
        ("हिन्दी में किराया अस्सी रुपये है", "किराया"),
    ],
)
def test_a_word_is_found_however_its_letters_are_composed(library, add, written, asked):
    add(WREN, Document("a", "a", written))
    hits = library.search([asked], 1)[0]
    assert [(hit.passage.document, hit.passage.text) for hit in hits if "bm25" in hit.stages] == [("a", written)]


def test_an_empty_library_and_an_empty_query_find_nothing(library, add):
    assert library.search(["anything"], 3) == [[]]
    add(WREN)
    assert library.search([], 3) == []
    library.search(["?!"], 3)
    assert library.search(["qwertz"], 3)[0], "where no word is known, nearness alone decides"


def test_another_process_sees_what_was_added(library, add, new_store):
    other = new_store()
    add(WREN)
    assert set(other.entries()) == {"wren.md"}
    assert other.count() == 2


def test_documents_are_listed_with_who_may_read_them(library, add):
    add(WREN, replace(HERON, groups=("crew",)))
    assert [(one.id, one.title, one.groups) for one in library.store.listing()] == [
        ("heron.md", "The Heron", ("crew",)),
        ("wren.md", "The Wren", ()),
    ]


def test_what_is_noted_of_a_file_leaves_its_document_alone(library, add):
    add(WREN, HERON)
    noted = replace(entry_of(WREN), file="moved.md", size=-1, rights=("crew",))
    library.store.note([noted])
    library.store.note([])
    assert library.store.entries() == {"wren.md": noted, "heron.md": entry_of(HERON)}
    assert library.store.document("wren.md") == WREN
    assert len(library.store.passages_of("wren.md")) == 2


def test_the_version_of_a_document_is_its_hash(library, add):
    add(WREN)
    assert library.versions([WREN.id, "none"]) == {WREN.id: WREN.hash, "none": ""}
    assert library.versions([]) == {}


def test_the_vectors_of_a_document_come_back_by_their_text(library, add):
    add(WREN, HERON)
    vectors = library.store.vectors_of(["wren.md", "none"])
    texts = [searched_text(passage) for passage in library.store.passages_of("wren.md")]
    assert list(vectors) == texts
    np.testing.assert_array_equal(np.stack(list(vectors.values())), library.embed(texts))
    assert library.store.vectors_of([]) == {}


# --- what is found


def test_dense_is_the_exact_cosine_of_all_passages(library, add):
    add(*random_documents(60, seed=1))
    passages = [passage for id in documents_of(library) for passage in library.store.passages_of(id)]
    vectors = library.embed([searched_text(passage) for passage in passages])
    query = library.embed(["lamp of the quay"])[0]
    cosines = dict(zip((passage.id for passage in passages), map(float, vectors @ query), strict=True))
    found = library.store.dense(query, 10)
    read = library.store.passages(found)
    dense = {read[row].id: cosine for row, cosine in found.items()}
    assert len(dense) == 10
    assert dense == pytest.approx({id: cosines[id] for id in dense}, abs=1e-5)
    assert min(dense.values()) == pytest.approx(np.sort(list(cosines.values()))[-10], abs=1e-5)


def test_the_weights_choose_the_list(library, add):
    add(*random_documents(20, seed=2))
    for weight, stage in ((0.0, "bm25"), (1.0, "cosine")):
        (hits,) = replace(library, ranking=Ranking(dense_weight=weight, rerank=0)).search(["lamp motor"], 5)
        assert hits
        assert all(hit.stages.keys() == {stage, "document", "fused"} for hit in hits)


def test_a_batch_finds_what_its_queries_find_alone(library, add):
    add(*random_documents(20, seed=3))
    queries = ["amber lamp", "quay", "motor oil pump"]
    assert library.search(queries, 4) == [library.search([query], 4)[0] for query in queries]


def test_what_a_writer_moved_between_the_lists_and_the_reading_is_found(library, add):
    add(*random_documents(20, seed=4), HERON)
    wanted = library.search(["yellow lamp"], 5)

    class Moved:
        """The store, whose rows are written anew after the first list."""

        def __init__(self):
            self.rewrites = 1

        def __getattr__(self, name):
            return getattr(library.store, name)

        def dense(self, *asked):
            rows = library.store.dense(*asked)
            while self.rewrites:
                self.rewrites -= 1
                library.store.erase()
            return rows

    assert replace(library, store=Moved()).search(["yellow lamp"], 5) == wanted


def test_a_row_names_its_passage_or_nothing(library, add):
    add(WREN, HERON)
    rows = library.store.lexical("carries", 5)
    assert {one.document for one in library.store.passages(rows).values()} == {"wren.md", "heron.md"}
    library.store.delete(["wren.md"])
    assert {one.document for one in library.store.passages(rows).values()} == {"heron.md"}
    assert library.store.passages([]) == {}


# --- who may find it


def test_nobody_finds_what_is_not_theirs(library, add):
    documents = random_documents(120, seed=4)
    add(*documents)
    allowed = {document.id: set(document.groups) for document in documents}
    draw = random.Random(5)
    for _ in range(60):
        rights = tuple(draw.sample(GROUPS, draw.randint(0, 2)))
        hits = found(library, " ".join(draw.choices(WORDS, k=3)), k=20, groups=rights)
        assert hits
        assert not [id for id in hits if allowed[id] and not allowed[id] & set(rights)]


def test_everything_that_is_theirs_is_found(library, add):
    documents = random_documents(40, seed=6)
    add(*documents)
    for rights in ((), ("crew",), ("it's",), ("night, shift", "desk")):
        theirs = {d.id for d in documents if not d.groups or set(d.groups) & set(rights)}
        assert set(found(library, " ".join(WORDS), k=1000, groups=rights)) == theirs
    assert set(found(library, " ".join(WORDS), k=1000)) == {d.id for d in documents}


def test_a_search_keeps_to_documents_of_such_metadata(library, add):
    sheets = [
        Document(f"{year}-{kind}", "Lamp", "The lamp is yellow.", metadata={"year": year, "kind": kind}, groups=groups)
        for year in (2023, 2024, 2025)
        for kind, groups in (("sheet", ()), ("memo", ("crew",)))
    ]
    add(*sheets, HERON)

    def within(*conditions: str, groups=None) -> set[str]:
        ((*hits,),) = library.search(["yellow lamp"], 20, groups, parse(conditions))
        return {hit.passage.document for hit in hits}

    assert within("year>=2024") == {"2024-sheet", "2024-memo", "2025-sheet", "2025-memo"}
    assert within("year>=2024", "kind=memo") == {"2024-memo", "2025-memo"}
    assert within("year>=2024", groups=()) == {"2024-sheet", "2025-sheet"}
    assert within("by=Ann") == {"heron.md"}
    assert within("year>2030") == set()


def test_a_key_that_no_readable_document_has_is_told_with_those_there_are(library, add):
    add(
        Document("a", "Lamp", "The lamp is yellow.", metadata={"year": 2024, "kind": None}),
        Document("b", "Lamp", "The lamp is hidden.", metadata={"margin": 12}, groups=("crew",)),
    )

    def search(condition: str, groups=None) -> list[Hit]:
        return library.search(["lamp"], 5, groups, parse([condition]))[0]

    with pytest.raises(BadInput, match="--where author: no document has that key") as told:
        search("author!=Ann")
    assert told.value.hint == "keys there are: margin, year"
    for condition in ("margin=12", "margin=13"):  # whether a hidden document fits must not be told by silence either
        with pytest.raises(BadInput, match="margin: no document") as told:
            search(condition, ())
        assert told.value.hint == "keys there are: year"
    assert search("margin=12", ("crew",))
    assert search("year=1999") == []


def test_a_readers_view_holds_what_is_theirs_and_nothing_else(library, add):
    documents = random_documents(40, seed=9)
    add(*documents)
    view = ReaderView(library.store, ("crew",))
    theirs = {d.id for d in documents if not d.groups or "crew" in d.groups}
    others = {d.id for d in documents} - theirs
    assert set(view.entries()) == {one.id for one in view.listing()} == theirs
    assert view.count() == sum(len(view.passages_of(id)) for id in theirs) == library.store.count(Scope(("crew",)))
    assert all(view.document(id) is None and view.passages_of(id) == [] for id in others)
    everyone = sorted(theirs | others)
    assert library.store.passage_counts(everyone) == {id: len(library.store.passages_of(id)) for id in everyone}
    assert view.passage_counts(everyone) == {id: len(view.passages_of(id)) for id in theirs}
    assert library.store.passage_counts([]) == library.store.passage_counts(["nowhere"]) == {}
    everywhere = library.store.passages(library.store.dense(library.embed(["amber"])[0], 1000))
    hidden = [row for row, passage in everywhere.items() if passage.document in others]
    assert len(hidden) == sum(len(library.store.passages_of(id)) for id in others)
    assert view.passages(hidden) == view.vectors_of(sorted(others)) == {}
    assert view.remaining(sorted(others)) == 0
    query = library.embed([" ".join(WORDS)])[0]
    for groups in (None, ("crew",), ("desk", "crew"), ("desk",)):
        scope = Scope(groups)
        found = {**view.lexical("amber lamp", 1000, scope), **view.dense(query, 1000, scope)}
        assert not found.keys() & set(hidden)


def test_a_change_of_groups_counts_at_once(library, add):
    add(HERON)
    add(Document(HERON.id, HERON.title, HERON.text, groups=("crew",)))
    assert found(library, "Heron", groups=()) == []
    assert found(library, "Heron", groups=("crew",)) == ["heron.md"]


# --- what is gone when it is gone


def test_search_works_on_after_erasing(library, add):
    add(*random_documents(30, seed=8), HERON, WREN)
    library.store.delete(["wren.md"])
    library.store.erase()
    assert found(library, "yellow lamp of the Heron", k=1) == ["heron.md"]
    add(WREN)
    assert found(library, "the Wren costs ten crowns", k=1) == ["wren.md"]


def test_the_last_document_can_be_erased(library, add):
    add(HERON)
    library.store.delete(["heron.md"])
    library.store.erase()
    assert library.search(["Heron"], 3) == [[]]
    add(WREN)
    assert found(library, "Wren", k=1) == ["wren.md"]

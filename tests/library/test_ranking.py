"""The ranking against its formula by hand, what a hit tells of it, and what repeats what."""

from __future__ import annotations

import pytest
from helpers import passage

from tunebook.library import Crossed, Late, Ranking
from tunebook.library.ranking import REACH, Candidates, documents, open_ones, rank, repeats
from tunebook.library.store import searched_text
from tunebook.models import FakeEmbedder, FakeReranker
from tunebook.values import Passage

PRICE = "The deposit of a day is ten crowns and is paid back at the counter when the barrow is whole"


def candidates(lexical: dict[Passage, float], dense: dict[Passage, float], how: Ranking) -> Candidates:
    one, other = ({found.id: score for found, score in list_.items()} for list_ in (lexical, dense))
    return Candidates(one, other, how.fuse(one, other), {found.id: found for found in {**lexical, **dense}})


def test_the_formula_by_hand():
    a, b, c = passage("red barn"), passage("red lamp"), passage("old lamp")
    how = Ranking(dense_weight=0.5, document_weight=0, rerank=2, rerank_weight=0.4)
    found = candidates({a: 4.0, b: 2.0}, {b: 0.8, c: 0.7, a: 0.3}, how)
    # f: a 0.5 + 0, b 0 + 0.5, c 0 + 0.4: a and b are read again; late: a 0.5, b 1 → 0 and 1
    (hits,) = rank(["red lamp"], [found], Late(FakeEmbedder(dim=512).tokens), how)
    assert [hit.passage for hit in hits] == [b, a, c]
    assert [hit.score for hit in hits] == pytest.approx([0.6 * 0.5 + 0.4, 0.6 * 0.5, 0.6 * 0.4])
    assert hits[0].stages == pytest.approx({"bm25": 2.0, "cosine": 0.8, "document": 1.0, "fused": 0.5, "late": 1.0})
    assert hits[2].stages.keys() == {"cosine", "document", "fused"}
    assert (hits[0].ranks["bm25"], hits[0].ranks["cosine"], hits[0].ranks["late"]) == (2, 1, 1)


def test_a_document_that_speaks_of_it_in_several_places_is_believed_more():
    once, off = passage("a", document="once"), passage("b", document="once")
    often = [passage(text, document="often") for text in "cde"]
    how = Ranking(document_weight=0.3, rerank=0)
    found = candidates({once: 10.0, often[0]: 9.0, often[1]: 9.0, often[2]: 8.0, off: 0.0}, {}, how)
    # a: 1, .9, .9, .8 and 0, halved; documents: once (1 + 0) / 2, often (.9 + .9 + .8) / 3, the best of them
    assert documents(found) == pytest.approx(
        {once.id: 0.5 / (2.6 / 3), off.id: 0.5 / (2.6 / 3)} | {one.id: 1.0 for one in often}
    )
    (hits,) = rank(["?"], [found], None, how)
    assert [hit.passage.document for hit in hits] == ["often", "often", "often", "once", "once"]
    assert hits[0].score == pytest.approx(0.7 * 0.45 + 0.3)
    assert hits[3].score == pytest.approx(0.7 * 0.5 + 0.3 * 0.5 / (2.6 / 3))
    assert [hit.ranks["document"] for hit in hits] == [1, 1, 1, 2, 2]


def test_without_late_interaction_the_fused_order_stands():
    a, b = passage("a"), passage("b")
    for late, how in ((None, Ranking()), (Late(FakeEmbedder().tokens), Ranking(rerank=0))):
        found = candidates({a: 4.0, b: 2.0}, {a: 0.8}, how)
        (hits,) = rank(["b"], [found], late, how)
        assert [(hit.passage, hit.score) for hit in hits] == [(a, 1.0), (b, pytest.approx(0.3))]
        assert "late" not in hits[0].stages


def test_what_a_cross_encoder_does_not_read_stays_in_the_fused_order():
    """Also where it decides alone, and all the others have nothing left of their scores."""
    passages = [passage(text) for text in ("red barn", "old barn", "red lamp", "zinc", "mill", "apple")]
    how = Ranking(document_weight=0, rerank=3, rerank_weight=1.0, reach=1.0)
    found = candidates(dict(zip(passages, (10.0, 4.0, 3.0, 2.0, 1.0, 0.0), strict=True)), {}, how)
    (hits,) = rank(["red lamp"], [found], Crossed(FakeReranker().scores), how)
    assert [hit.passage for hit in hits] == [passages[place] for place in (2, 0, 1, 3, 4, 5)]
    assert [hit.score for hit in hits] == [1.0, 0.5, 0, 0, 0, 0]
    assert (hits[0].stages["reranker"], hits[0].ranks["reranker"]) == (1.0, 1)
    assert "reranker" not in hits[3].stages
    assert "late" not in hits[0].stages


def test_what_the_best_is_far_ahead_of_is_not_read_again():
    fused = {"a": 0.9, "b": 0.7, "c": 0.9 - REACH, "d": 0.89 - REACH}
    assert open_ones(fused, 20) == ["a", "b", "c"]
    assert open_ones(fused, 2) == ["a", "b"]
    assert open_ones(fused, 20, reach=1.0) == list(fused)
    assert open_ones(fused, 0) == open_ones({}, 20) == []


def test_what_was_deleted_meanwhile_is_no_hit():
    a, b = passage("a"), passage("b")
    how = Ranking()
    found = candidates({a: 4.0, b: 2.0}, {}, how)
    gone = Candidates(found.lexical, found.dense, found.added, {b.id: b})
    (hits,) = rank(["a"], [gone], Late(FakeEmbedder().tokens), how)
    assert [hit.passage for hit in hits] == [b]


def test_a_copy_comes_after_what_it_copies_and_what_is_new():
    original, copy, other = passage(PRICE), passage(PRICE + "."), passage("Barrows are blue", document="b.md")
    copy = Passage("copy.md", "", "", None, 0, len(copy.text), copy.text)
    how = Ranking(document_weight=0, rerank=0)
    (hits,) = rank(["?"], [candidates({original: 9.0, copy: 8.0, other: 6.0, passage("x"): 0.0}, {}, how)], None, how)
    assert [hit.passage for hit in hits][:3] == [original, other, copy]
    assert [hit.repeats for hit in hits] == [None, None, 1, None]
    assert hits[2].explained()["repeats"] == 1


def test_the_same_words_with_other_numbers_are_no_copy():
    old, new = passage(f"{PRICE}, 2024, 10.50"), passage(f"{PRICE}, 2025, 10.50", document="b.md")
    assert repeats([old, new]) == {}
    same = passage(f"{PRICE}, 2024, 10.50", document="c.md")
    assert repeats([old, new, same]) == {same.id: old.id}


def test_short_and_empty_passages_are_compared_too():
    assert repeats([passage("Ten."), passage("ten", document="b.md"), passage("--", document="c.md")]) != {}
    assert repeats([passage("Ten."), passage("Twelve.", document="b.md")]) == {}
    assert repeats([]) == {}


@pytest.mark.parametrize(
    ("document", "title", "named"),
    [
        ("terms/haul-agreement.pdf", "0000764478-23-000041", "haul agreement"),
        ("terms/haul-agreement.pdf", "The Haul Agreement", ""),
        ("BOEING_2022_10K.pdf", "BOEING_2022_10K", ""),
        ("Warsaw#31", "Warsaw", ""),
        ("p2.5", "", ""),
        ("notes.d/README", "", ""),
    ],
)
def test_a_file_is_found_by_its_name(document, title, named):
    text = searched_text(passage("Ten.", document=document, title=title, heading="Prices"))
    assert text == "\n".join(part for part in (named, title, "Prices", "Ten.") if part)

"""Citations: the right span among decoys, quotes to the letter, and what is not borne out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from helpers import hits_of, passage
from hypothesis import given
from hypothesis import strategies as st

from tunebook.answer import attribute, sentences, verify
from tunebook.values import Passage

SHEET = (
    "# The Heron\n\nThe Heron is our long bike. It carries up to 80 kg in its box. "
    "The battery lasts 45 km on the flat.\n\nIt is washed on Mondays."
)
OTHER = "The Wren carries up to 60 kg. Its battery lasts 45 km too. Wrens are washed on Fridays."


def heron(text: str = SHEET) -> Passage:
    at = text.index("The Heron is")
    return passage(text[at:], "heron.md", start=at, title="The Heron")


def cited(answer, hits, question):
    return list(verify(answer, hits, question).citations)


def test_the_right_sentence_is_found_among_decoys():
    hits = hits_of(passage(OTHER, "wren.md", title="The Wren"), heron())
    (citation,) = cited("The Heron carries up to 80 kg.", hits, "How much does the Heron carry?")
    assert (citation.document, citation.marker, citation.supported) == ("heron.md", 1, True)
    assert "80 kg" in citation.quote
    assert "battery" not in citation.quote
    assert SHEET[citation.start : citation.end] == citation.quote


def test_the_title_tells_equal_sentences_apart():
    wren, heron = (passage("It lasts 45 km.", id, title=title) for id, title in (("w.md", "Wren"), ("h.md", "Heron")))
    (citation,) = cited("45 km", hits_of(wren, heron), "How far does the Heron go?")
    assert citation.document == "h.md"


def test_each_sentence_has_its_own_citation_and_a_document_one_marker():
    hits = hits_of(heron(), passage(OTHER, "wren.md", title="The Wren"))
    answer = "The Heron carries up to 80 kg. The Wren carries up to 60 kg. The Heron is washed on Mondays."
    found = cited(answer, hits, "What do they carry?")
    assert [(c.marker, c.document) for c in found] == [(1, "heron.md"), (2, "wren.md"), (1, "heron.md")]
    assert [c.sentence for c in found] == [answer[start:end] for start, end in sentences(answer)]


def test_a_sentence_over_two_neighbours_is_quoted_from_both():
    hits = hits_of(passage("The Heron has a box. Its lid is made of oak.", "h.md"))
    (citation,) = cited("The Heron has a box with a lid of oak.", hits, "What is it like?")
    assert citation.quote == "The Heron has a box. Its lid is made of oak."


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("The Heron carries up to 80 kg in its box.", True),
        ("The Heron carries up to 90 kg in its box.", False),  # the number is not there
        ("It carries 80kg.", True),
        ("The Heron flies to Madagascar, Java, Borneo, Timor and Flores in a box.", False),  # hardly a word is there
    ],
)
def test_what_the_quote_does_not_bear_out_is_not_supported(sentence, supported):
    span = attribute(sentence, hits_of(heron()), "What does the Heron carry?")
    assert span is not None
    assert span.supported is supported


def test_between_the_thresholds_nobody_can_tell():
    hits = hits_of(passage("We carry pianos.", "h.md"))
    found = [attribute(sentence, hits, "?") for sentence in ("carry grand pianos", "carry grand black pianos")]
    assert [(span.recall, span.supported) for span in found if span] == [(2 / 3, True), (0.5, None)]


def test_thousands_separators_and_plurals_are_equal():
    span = attribute("It costs 4,960 crowns.", hits_of(passage("The price: 4960 crown.", "p.md")), "?")
    assert span is not None
    assert span.supported is True


def test_nothing_in_common_is_no_citation():
    hits = hits_of(heron())
    assert attribute("Quantum chromodynamics.", hits, "?") is None
    assert cited("Quantum chromodynamics.", hits, "?") == []
    assert cited("It carries 80 kg.", [], "?") == []
    assert cited("", hits, "?") == []


def test_sentences_are_spans_without_outer_white_space():
    text = "  One is here. Two (2.5 kg) is e.g. there!\n\n Three"
    assert [text[a:b] for a, b in sentences(text)] == ["One is here.", "Two (2.5 kg) is e.g. there!", "Three"]


ODD = ('45 km.\n\n"Quoted." Ｆｕｌｌ １２ ² ½ İ ß', "\ud800 1,2,3:4/5.")
WORDS = st.text(max_size=80) | st.sampled_from((SHEET, OTHER, *ODD))


@given(answer=WORDS, texts=st.lists(WORDS, max_size=3), question=WORDS, start=st.integers(0, 50))
def test_cite_never_raises_and_quotes_to_the_letter(answer, texts, question, start):
    documents = {f"d{number}": "x" * start + text for number, text in enumerate(texts)}
    hits = hits_of(*(passage(text[start:], id, start=start) for id, text in documents.items()))
    for citation in cited(answer, hits, question):
        assert documents[citation.document][citation.start : citation.end] == citation.quote
        assert citation.quote.strip()
        assert citation.sentence in answer
        assert 1 <= citation.marker <= len(hits)


@given(WORDS)
def test_sentences_hold_every_word(text):
    spans = sentences(text)
    assert all(a < b for a, b in spans)
    assert all(before <= after for (_, before), (after, _) in pairwise(spans))

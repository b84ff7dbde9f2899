"""For every format: what a passage quotes stands in its document's text, to the letter, where it says."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import ENCODINGS, MAKERS, Maker, _text

from tunebook.documents import RowFailure, read_file, read_jsonl, split
from tunebook.errors import ReadFailed
from tunebook.values import Document

LETTERS = "aeinrst ABC 0123456789 .,;:!?-()\"'|#*<>&\\/_`~ éüßøñ Ωж 日本語 \t\n\r\u00ad\u200b\u2028\U0001f6b2"
PARAGRAPHS = st.lists(
    st.one_of(
        st.text(LETTERS, min_size=1, max_size=120),
        st.sampled_from(["| a | b |", "# Heading", "- item", "1. item", "    code()", "It costs 3.5 crowns. Ask Ann."]),
    ),
    min_size=1,
    max_size=9,
)
QUICKLY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
FORMATS = [*MAKERS.items(), *((f"txt in {one}", partial(_text, encoding=one)) for one in ENCODINGS)]


def documents_of(path: Path) -> list[Document]:
    """What the file holds; one with nothing to read, or in an encoding that cannot be told, has none."""
    if path.suffix == ".jsonl":
        return [row for row in read_jsonl(path) if not isinstance(row, RowFailure)]
    try:
        return [read_file(path, path.name)]
    except ReadFailed:
        return []


@pytest.mark.parametrize(("format", "make"), FORMATS, ids=[name for name, _ in FORMATS])
def test_plain_words_are_read_and_quoted(format: str, make: Maker, tmp_path: Path) -> None:
    path = tmp_path / f"a.{format.split()[0]}"
    make(path, ["The Wren carries eighty kilograms of freight.", "Its lamp is yellow.", "It costs ten crowns a day."])
    documents = documents_of(path)
    assert "yellow" in " ".join(document.text for document in documents)
    for document in documents:
        check(document, 5)


@pytest.mark.parametrize(("format", "make"), FORMATS, ids=[name for name, _ in FORMATS])
@QUICKLY
@given(paragraphs=PARAGRAPHS, max_tokens=st.integers(3, 40))
def test_every_passage_is_its_stretch_of_the_text(
    format: str, make: Maker, paragraphs: list[str], max_tokens: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.{format.split()[0]}")
        make(path, paragraphs)
        for document in documents_of(path):
            check(document, max_tokens)


def check(document: Document, max_tokens: int) -> None:
    def words(texts):
        return [len(text.split()) for text in texts]

    passages = split(document, words, max_tokens)
    covered = bytearray(len(document.text))
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text != ""
        covered[passage.start : passage.end] = b"x" * len(passage.text)
        pages = [page for page in document.pages if page.start <= passage.start and passage.end <= page.end]
        assert passage.page == (pages[0].number if document.pages else None)
    assert not [char for char, seen in zip(document.text, covered, strict=True) if not seen and not char.isspace()]

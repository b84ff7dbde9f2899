"""What must hold for every document: passages are verbatim, in order, within limits, and together are everything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunebook.documents import split
from tunebook.documents.sentences import sentences
from tunebook.values import Document, Page, Passage


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def pieces(texts: Sequence[str]) -> list[int]:
    """Like a real tokenizer: a frame around each text, four characters a token, newlines cost."""
    return [2 + len(re.findall(r"\w{1,4}|[^\w\s]|\n+", text)) for text in texts]


LINES = st.one_of(
    st.sampled_from(
        ["", "", "# Wren", "## Prices", "| Plan | Deposit |", "| --- | --- |", "| Day | 10 |", "- item", "```"]
    ),
    st.sampled_from(
        ["1. one", "    indented", "Title", "=====", "-----", "\t", "Ends here. Then goes on! Does it? Dr. Ash."]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(alphabet="ab .\n", max_size=80),
    st.just("x" * 70),
)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    marks = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = [(start, end) for start, end in zip(marks[::2], marks[1::2], strict=False) if text[start:end].strip()]
    pages = tuple(Page(number, start, end) for number, (start, end) in enumerate(spans, start=1))
    return Document("a", "A", text, pages, {"format": draw(st.sampled_from(["md", "py", "pdf", "txt"]))}, ("sales",))


def check(document: Document, passages: list[Passage]) -> None:
    covered = [False] * len(document.text)
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert (passage.document, passage.title, passage.groups) == ("a", "A", ("sales",))
        covered[passage.start : passage.end] = [True] * len(passage.text)
        for page in document.pages:
            inside = page.start <= passage.start and passage.end <= page.end
            outside = passage.end <= page.start or page.end <= passage.start
            assert inside if page.number == passage.page else outside
    assert all(seen or character.isspace() for seen, character in zip(covered, document.text, strict=True))
    assert len({passage.id for passage in passages}) == len(passages)


@given(documents(), st.integers(3, 40), st.sampled_from([words, pieces]))  # 2 tokens are the frame of `pieces`
@settings(deadline=None, max_examples=300)
def test_passages_are_verbatim_ordered_whole_and_short(document, max_tokens, count):
    passages = split(document, count, max_tokens)
    check(document, passages)
    assert all(one.end <= other.start for one, other in pairwise(passages))
    for passage in passages:
        assert count([passage.text])[0] <= max_tokens or len(passage.text) == 1
    assert passages == split(document, count, max_tokens)


def parts(text: str, max_tokens: int, format: str = "md") -> list[tuple[str, str]]:
    document = Document("a", "A", text, metadata={"format": format})
    return [(passage.heading, passage.text) for passage in split(document, words, max_tokens)]


def test_sections_stay_whole_and_headings_stay_with_their_text():
    text = "# Wren\n\n## Load\n\nIt carries 80 kg.\n\n- one\n- two\n\n## Price\nTen a day.\n"
    assert parts(text, 20) == [
        ("Wren > Load", "# Wren\n\n## Load\n\nIt carries 80 kg.\n\n- one\n- two"),
        ("Wren > Price", "## Price\nTen a day."),
    ]


def test_a_heading_is_not_alone_even_where_its_paragraph_must_be_cut():
    text = "# Wren\n\n" + " ".join(f"Sentence number {n} is here." for n in range(8))
    found = parts(text, 12)
    assert found[0][1] == "# Wren\n\nSentence number 0 is here. Sentence number 1 is here."
    assert all(passage.startswith(("#", "Sentence")) and passage.endswith(".") for _, passage in found)


def test_a_table_is_cut_between_rows_and_its_head_goes_into_the_heading():
    rows = [f"| Plan{n} | {n} |" for n in range(6)]
    text = "# Prices\n\n| Plan | Deposit |\n| --- | --- |\n" + "\n".join(rows)
    found = parts(text, 25)
    assert found[0][0] == "Prices" and found[0][1].startswith("# Prices\n\n| Plan | Deposit |\n| --- | --- |\n| Plan0")
    assert all(heading == "Prices > | Plan | Deposit |" for heading, _ in found[1:])
    assert all(line.startswith("|") and line.endswith("|") for _, passage in found[1:] for line in passage.split("\n"))


def test_long_text_is_shared_out_evenly():
    text = "\n\n".join(f"This is paragraph {n} of the text." for n in range(10))  # 7 words each
    sizes = [len(passage.split()) for _, passage in parts(text, 40)]
    assert sizes == [35, 35]


def test_a_long_sentence_is_cut_at_white_space_and_a_long_word_at_characters():
    assert all(len(text.split()) <= 3 for _, text in parts("a b c d e f g h", 3))
    letters = split(Document("a", "A", "x" * 50), lambda texts: [len(text) for text in texts], 20)
    assert "".join(passage.text for passage in letters) == "x" * 50 and all(
        len(passage.text) <= 20 for passage in letters
    )


def test_a_text_without_blanks_is_cut_though_it_counts_as_one_token():
    text = "ราคาค่าเช่าจักรยาน" * 200
    passages = split(Document("a.md", "A", text), lambda texts: [len(text.split()) for text in texts], 16)
    assert "".join(passage.text for passage in passages) == text
    assert max(len(passage.text) for passage in passages) <= 20 * 17


def test_sentences_are_not_cut_after_abbreviations():
    text = "Ask Dr. Ash about No. 5. It costs 3.50 a day, i.e. not much. Next one."
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == [
        "Ask Dr. Ash about No. 5.",
        "It costs 3.50 a day, i.e. not much.",
        "Next one.",
    ]
    text = "これは文です。次の文。"
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == ["これは文です。", "次の文。"]
    text = "Am 3. März z. B. ist der 2. Stock zu. Ab Mai, d. h. Montag, nicht. पुल खुला है। वह मुफ़्त है। نعم؟ لا."
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == [
        "Am 3. März z. B. ist der 2. Stock zu.",
        "Ab Mai, d. h. Montag, nicht.",
        "पुल खुला है।",
        "वह मुफ़्त है।",
        "نعم؟",
        "لا.",
    ]


def test_code_has_no_headings_and_is_cut_by_line():
    text = "# a comment\nimport os\n\ndef f():\n    return 1\n"
    assert parts(text, 100, "py") == [("", text.strip())]
    assert parts(text, 4, "py")[-1] == ("", "def f():\n    return 1")
    fenced = "# Use\n\n```\n# no heading\n\nrun it\n```\n\n## Next\n\nEnd."
    assert [heading for heading, _ in parts(fenced, 9)] == ["Use", "Use > Next"]


def test_a_fence_is_closed_by_its_own_signs_alone():
    for fenced in ("~~~sh\n# no heading\n~~~", "````md\n```sh\n# no heading\n```\n````", "```one line```"):
        assert parts(f"# Use\n\n{fenced}\n\n## Next\n\nEnd.", 100) == [
            ("Use", f"# Use\n\n{fenced}"),
            ("Use > Next", "## Next\n\nEnd."),
        ]


def test_titles_of_restructured_text_have_any_sign_and_code_has_none():
    text = '=====\nWren\n=====\n\nLoad\n****\n\nIt rolls::\n\n   # not a title\n\nRain\n""""\n\nWet.\n\nPrice\n*****\n\nTen.'
    found = dict.fromkeys(heading for heading, _ in parts(text, 3, "rst"))
    assert list(found) == ["Wren", "Wren > Load", "Wren > Load > Rain", "Wren > Price"]
    assert parts("And so on\n...", 9, "rst") == [("", "And so on\n...")]
    assert parts("-----\n\nText.", 9, "rst") == [("", "-----\n\nText.")]


def test_underlined_titles_are_headings_and_front_matter_is_not():
    assert parts("Wren\n====\n\nIt rolls.\n\nLoad\n----\nMuch.", 5) == [
        ("Wren", "Wren\n====\n\nIt rolls."),
        ("Wren > Load", "Load\n----\nMuch."),
    ]
    assert parts("---\ntitle: x\n---\n\nText.", 20) == [("", "---\ntitle: x\n---\n\nText.")]


def test_no_passage_crosses_a_page_and_headings_are_carried_over():
    text = "# Wren\n\nOne.\n\nTwo."
    document = Document("a", "A", text, (Page(1, 0, 12), Page(2, 14, 18)))
    assert [(p.page, p.heading, p.text) for p in split(document, words)] == [
        (1, "Wren", "# Wren\n\nOne."),
        (2, "Wren", "Two."),
    ]


def test_tokens_are_counted_in_few_batches():
    calls = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    text = "\n\n".join("A sentence of words. " * 30 for _ in range(50))
    assert len(split(Document("a", "A", text), count, 40)) > 50
    assert len(calls) < 10


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_gives_nothing(text):
    assert split(Document("a", "A", text), words) == []


def test_a_large_document_takes_no_time():
    text = "\n".join(f"| row {n} | {n} |" for n in range(20_000)) + "\n\n" + "word " * 100_000
    assert len(split(Document("a", "A", text), words)) > 1000


def test_what_stands_over_a_table_goes_with_its_later_parts():
    rows = [f"| Wren{n} | {n} | yes |" for n in range(4)]
    text = "# Prices\n\nDeposits in crowns\n\n| Model | Deposit | Hire |\n| --- | --- | --- |\n"
    found = parts(text + "\n".join(["| City |  |  |", *rows, "| Cargo |  |  |", *rows]), 36)
    above = "Prices > Deposits in crowns > | Model | Deposit | Hire |"
    assert [heading for heading, _ in found] == ["Prices", f"{above} > City", f"{above} > Cargo"]
    assert found[1][1].startswith("| Wren1 | 1 | yes |") and "| Cargo |  |  |" in found[1][1]
    found = parts(text + "\n".join(["| City |  |  |", *rows, "| Cargo |  |  |", *rows]), 30)
    assert found[2][0] == above and found[2][1].startswith("| Cargo |  |  |\n| Wren0")


def test_a_row_with_one_cell_names_no_others_where_the_first_row_is_full():
    rows = [f"| Wren{n} | {n} | yes |" for n in range(4)]
    text = "| Model | Deposit | Hire |\n| --- | --- | --- |\n" + "\n".join([*rows, "| Lark |  |  |", *rows])
    assert {heading for heading, _ in parts(text, 30)} == {"", "| Model | Deposit | Hire |"}


def test_a_row_that_is_too_long_is_cut_between_cells_under_the_names_of_their_columns():
    names = [f"Name{n}" for n in range(9)]
    rows = (names, ["---"] * 9, ["Wren", *"bcdefghi"], ["Lark", *"BCDEFGHI"])
    found = parts("\n".join("| " + " | ".join(cells) + " |" for cells in rows), 8)
    assert found[-8:] == [
        ("| Name0 | Name1 |", "| Wren | b"),
        ("| Name0: Wren | Name2 | Name3 | Name4 |", "| c | d | e"),
        ("| Name0: Wren | Name5 | Name6 | Name7 |", "| f | g | h"),
        ("| Name0: Wren | Name8 |", "| i |"),
        ("| Name0 | Name1 |", "| Lark | B"),
        ("| Name0: Lark | Name2 | Name3 | Name4 |", "| C | D | E"),
        ("| Name0: Lark | Name5 | Name6 | Name7 |", "| F | G | H"),
        ("| Name0: Lark | Name8 |", "| I |"),
    ]


def test_a_header_that_is_very_long_is_told_as_far_as_whole_names_go():
    names = " | ".join(f"A rather long name of column {n}" for n in range(30))
    heading = parts(f"| {names} |\n|" + " --- |" * 30 + "\n" + f"| {'1 | ' * 30}\n" * 9, 300)[-1][0]
    assert len(heading) <= 600 and heading.endswith("of column 16 |")


def test_a_table_whose_rows_begin_without_a_bar():
    rows = "\n".join(f"Wren{n} | {n}" for n in range(6))
    found = parts(f"It costs:\nModel | Deposit\n--- | ---\n{rows}\n\nEnd.", 12)
    assert found[0] == ("", "It costs:\nModel | Deposit\n--- | ---\nWren0 | 0")
    assert found[1][0] == "It costs: > Model | Deposit" and found[1][1].startswith("Wren1 | 1\nWren2")
    assert parts("Either a | b.\n\nOr not.", 50) == [("", "Either a | b.\n\nOr not.")]

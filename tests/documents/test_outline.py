"""Headings of a PDF: from its bookmarks, from the size and weight of its letters, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tunebook.documents import read_file, split
from tunebook.documents.letters import Line, by_size
from tunebook.documents.outline import Title, marked
from tunebook.values import Document

PROSE = "Bring the bicycle back before noon, and it is looked over while you wait for it."
Piece = tuple[str, float, str]  # text, size in points, font


def manual(path: Path, pages: list[list[Piece]], marks: list[tuple] = (), rotation: int = 0) -> Document:
    """`marks`: (page from 0, level from 0, title) of each bookmark, and where on the page, in points, if it says so."""
    canvas = Canvas(str(path), pagesize=(595, 842))
    for number, pieces in enumerate(pages):
        canvas.setPageRotation(rotation)
        for key, (page, level, title, *top) in enumerate(marks):
            if page == number:
                canvas.bookmarkPage(str(key), fit="XYZ", top=top[0]) if top else canvas.bookmarkPage(str(key))
                canvas.addOutlineEntry(title, str(key), level)
        y = 800.0
        for text, size, font in pieces:
            canvas.setFont(font, size)
            y -= 1.6 * size
            canvas.drawString(60, y, text)
        canvas.showPage()
    canvas.save()
    return read_file(path, path.name)


def text(*lines: str) -> list[Piece]:
    return [(line, 10, "Helvetica") for line in lines]


def headings(document: Document) -> list[str]:
    return [line for line in document.text.split("\n") if line.startswith("#")]


def test_bookmarks_are_headings_where_their_page_says_them(tmp_path):
    pages = [
        text("Contents", "1 Hire . . . . . 2", "2 Care . . . . . 3"),
        text("1 Hire", PROSE, "1.1 A very long title about deposits and", "how they are paid back", PROSE),
        text("CHAPTER TWO", "CARE", PROSE, "# apt-get install oil"),
    ]
    marks = [(1, 0, "1 Hire"), (1, 1, "A very long title about deposits and how they are paid back"), (2, 0, "Care")]
    document = manual(tmp_path / "a.pdf", pages, [*marks, (2, 0, "Not to be found")])
    assert headings(document) == [
        "# 1 Hire",
        "## 1.1 A very long title about deposits and how they are paid back",
        "# CARE",
        "#\N{NO-BREAK SPACE}apt-get install oil",
    ]
    passages = split(document, lambda texts: [len(one.split()) for one in texts], 40)
    assert [one.heading for one in passages if "noon" in one.text] == [
        "1 Hire",
        "1 Hire > 1.1 A very long title about deposits and how they are paid back",
        "CARE",
    ]
    assert all(document.text[one.start : one.end] == one.text for one in passages)


def test_without_bookmarks_large_lines_and_bold_numbered_ones_are_headings(tmp_path):
    head = ("Guide to hire 2026", 8.0, "Helvetica-Bold")
    pages = [
        [head, ("Hiring a bicycle", 20.0, "Helvetica-Bold"), *text(*[PROSE] * 9), ("Prices", 14.0, "Helvetica")],
        [head, *text(*[PROSE] * 5), ("1. Deposits", 10.0, "Helvetica-Bold"), *text(PROSE)],
        [
            ("1.1 Paid back", 10.0, "Helvetica-Bold"),
            *text(PROSE),
            ("Note", 10.0, "Helvetica-Bold"),
            *text(*[PROSE] * 3),
        ],
    ]
    document = manual(tmp_path / "a.pdf", pages)
    assert headings(document) == ["# Hiring a bicycle", "## Prices", "### 1. Deposits", "#### 1.1 Paid back"]
    assert document.title == "a"


def test_a_file_that_lists_its_chapters_alone_is_read_by_its_letters(tmp_path):
    pages = [[(f"Part {'ABCDEF'[number]}", 16.0, "Helvetica"), *text(*[PROSE] * 9)] for number in range(6)]
    document = manual(tmp_path / "a.pdf", pages, [(0, 0, "Part A")])
    assert len(headings(document)) == 6


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_turned_page_has_no_headings_by_size(tmp_path, rotation):
    pages = [[("Prices", 20.0, "Helvetica"), *text(*[PROSE] * 9)]]
    assert not headings(manual(tmp_path / "a.pdf", pages, rotation=rotation))


def line(text: str, size: float = 10.0, bold: bool = False) -> Line:
    return Line(text, size, bold)


BODY = [line(PROSE)] * 20


def test_what_is_large_and_no_heading():
    running = [
        [line("Annual report 7", 14), *BODY],
        [line("Annual report 8", 14), *BODY],
        [line("Annual report 9", 14)],
    ]
    assert not by_size(running), "it stands at the top of each page"
    assert not by_size([[*BODY, *[line("Words in large print", 14)] * 4]]), "a paragraph of four lines"
    assert not by_size([[line(PROSE), line(PROSE, 14), line("x")]]), "as much is large as is not"
    assert not by_size([[*BODY, line("12", 14), line(PROSE * 2, 14)]]), "no letters; too long"
    assert not by_size([[*BODY, line("1 Hire 12", bold=True), line("Model Price", bold=True)]]), (
        "a list of contents; a table"
    )
    assert not by_size([[*BODY, line("Hire . . . . . . 12", 14)]]), "a list of contents"
    assert not by_size([])


def test_a_chapter_is_a_heading_though_its_pages_repeat_its_name_on_top_in_small():
    running = line("1 Hire", 10)
    pages = [[line("1 Hire", 16), *BODY], [running, *BODY], [running, *BODY]]
    assert by_size(pages) == [Title(0, 1, "1 Hire")]


def test_lines_of_one_size_are_one_heading_until_a_number_begins_another():
    large = [line("The long name", 14), line("of a chapter", 14), line("1.1 Scope", 14)]
    assert by_size([[*large, *BODY]]) == [Title(0, 1, "The long name of a chapter"), Title(0, 1, "1.1 Scope")]


def test_a_title_is_looked_for_behind_the_one_before_it():
    titles = [Title(0, 1, "Care"), Title(0, 2, "Oil"), Title(0, 1, "Care"), Title(7, 1, "Nowhere"), Title(0, 1, "…")]
    assert marked(["Oil\nCare\nOil\nCare\n…"], titles) == (["Oil\n# Care\n## Oil\n# Care\n…"], 3)


def test_of_lines_that_say_the_same_the_one_where_the_bookmark_points_to_is_meant(tmp_path):
    """A list of contents, a running head and the heading itself on one page."""
    lines = ["Care", "Hire", "Care", PROSE, "Hire", PROSE, "Care", PROSE]  # the last three lines are 16 points apart
    tops = [800 - 16 * at for at in range(len(lines))]
    document = manual(tmp_path / "a.pdf", [text(*lines)], [(0, 0, "Hire", tops[4]), (0, 1, "Care", tops[6])])
    assert document.text.split("\n") == ["Care", "Hire", "Care", PROSE, "# Hire", PROSE, "## Care", PROSE]


def test_a_title_that_cannot_be_read_is_left_out(tmp_path, monkeypatch):
    import pypdfium2

    def title(mark) -> str:
        return b"\x3d\xd8".decode("utf-16-le")

    monkeypatch.setattr(pypdfium2.PdfBookmark, "get_title", title)
    assert manual(tmp_path / "a.pdf", [text("Care", PROSE)], [(0, 0, "Care")]).text == f"Care\n{PROSE}"


def test_bookmarks_that_no_page_says_leave_it_to_the_letters(tmp_path):
    page = [("Prices", 20.0, "Helvetica"), *text(*[PROSE] * 9)]
    assert headings(manual(tmp_path / "a.pdf", [page], [(0, 0, "Page 1")])) == ["# Prices"]


@pytest.mark.parametrize(
    ("page", "title", "told"),
    [
        ("}\nkdc.conf\nIt …", "kdc.conf", "}\n# kdc.conf\nIt …"),
        ("Numbers\nPart numbers", "Part numbers", "Numbers\n# Part numbers"),
        ("Day\nA Day", "A Day", "Day\n# A Day"),
        ("Appendix B — Forms", "Forms", "# Appendix B — Forms"),
        ("2.3 Rules for\n10 people", "Rules for 10 people", "# 2.3 Rules for 10 people"),
        ("Pru\u0308fung", "Pr\u00fcfung", "# Pru\u0308fung"),
        ("3.1 Hire", "4.2 Hire", "# 3.1 Hire"),
        ("Appendix A Forms", "A Forms", "# Appendix A Forms"),
        ("Forms", "II Forms", "# Forms"),
        ("  # a comment\n#!bin", "Hire", "  #\N{NO-BREAK SPACE}a comment\n#!bin"),
    ],
)
def test_which_lines_say_a_title(page, title, told):
    assert marked([page], [Title(0, 1, title)])[0] == [told]


def test_bookmarks_may_come_in_any_order():
    titles = [Title(0, 1, "Care"), Title(1, 1, "Oil"), Title(0, 1, "Hire")]
    assert marked(["Hire\nCare", "Oil"], titles) == (["# Hire\n# Care", "# Oil"], 3)


def test_days_are_headings_and_pages_are_none():
    days = [[line(f"Day {day} of the course", 14), *BODY[:3], *BODY] for day in (1, 2)]
    assert len(by_size(days)) == 2
    numbered = [[line(f"{page}"), line(f"Report of the year, page {page}", 14), *BODY] for page in (4, 5, 6)]
    assert not by_size(numbered)


def test_bold_numbers_that_are_no_headings():
    assert not by_size([[*BODY, line("12 crates", bold=True), line("100 EUR in all", bold=True)]])
    assert not by_size([[line(f"{number} g of flour", bold=True) for number in range(1, 20)]]), "all is bold"
    assert not by_size([[*BODY, line("1 Hire", bold=True), line("01.03.2026 due", bold=True)]])[1:]


def test_a_large_first_letter_is_no_heading():
    assert not by_size([[line("K", 20), *BODY]])
    assert by_size([[line("第", 20), *BODY]])


def test_a_heading_keeps_a_sign_of_its_own_and_loses_the_closing_one():
    document = Document("a.md", "a", "# Programming in C#\n\nOne.\n\n# Rust ##\n\nTwo.")
    assert [one.heading for one in split(document, lambda texts: [len(one.split()) for one in texts], 5)] == [
        "Programming in C#",
        "Rust",
    ]

"""Headings of a PDF: from its bookmarks, from the size and weight of its letters, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tunebook.documents import read_file, split
from tunebook.documents.outline import Line, Title, by_size, marked
from tunebook.values import Document

PROSE = "Bring the bicycle back before noon, and it is looked over while you wait for it."
Piece = tuple[str, float, str]  # text, size in points, font


def manual(path: Path, pages: list[list[Piece]], marks: list[tuple[int, int, str]] = (), rotation: int = 0) -> Document:
    """`marks`: (page from 0, level from 0, title) of each bookmark."""
    canvas = Canvas(str(path), pagesize=(595, 842))
    for number, pieces in enumerate(pages):
        canvas.setPageRotation(rotation)
        for page, level, title in marks:
            if page == number:
                canvas.bookmarkPage(title)
                canvas.addOutlineEntry(title, title, level)
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
    assert marked(["Oil\nCare\nOil\nCare\n…"], titles) == ["Oil\n# Care\n## Oil\n# Care\n…"]

"""Running heads and feet: what goes, and what looks like one and stays."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from tunebook.documents import read_file
from tunebook.documents.running import without_running

BODY = ("Keep it dry.", "Pay on time.", "Bring it back.", "Lock the door.")


def pages(head: str = "", foot: str = "", first: int = 1) -> list[str]:
    return [
        "\n".join(filter(None, (head.format(n), body, "It is so.", "And so on.", foot.format(n))))
        for n, body in enumerate(BODY, first)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "- {} -",
        "Page {}",
        "Seite {} von 12",
        "{} / 233",
        "Terms of hire {}",
        "{} Chapter 2. Terms",
        "Release 1.20.1, page {}",
        "Report 2024 {}",
    ],
)
@pytest.mark.parametrize("first", [1, 37])
def test_lines_with_the_page_s_number_go(line, first):
    plain = pages()
    assert without_running(pages(head=line, first=first)) == plain
    assert without_running(pages(foot=line, first=first)) == plain


@pytest.mark.parametrize(
    "line",
    [
        "Terms of hire",  # it could be the head of a table
        "Step {}",
        "## Lesson of week {}",
        "Rate 7",
        "Version 2.{}",
    ],
)
def test_other_lines_stay(line):
    assert without_running(pages(head=line)) == pages(head=line)


def test_a_number_that_is_the_page_s_by_chance_stays():
    told = pages(foot="Page {}")
    told[2] = told[2].replace("Bring it back.", "3 bikes are in Ashby").replace("And so on.", "The price is 3")
    assert without_running(told)[2] == "3 bikes are in Ashby\nIt is so.\nThe price is 3"


def test_rows_of_numbers_stay():
    told = pages(foot="Page {}")
    rows = [page.replace("And so on.", f"{n} 45 17\n12 8 {n}") for n, page in enumerate(told, 1)]
    assert without_running(rows) == [row.rsplit("\n", 1)[0] for row in rows]


def test_two_pages_tell_nothing_and_half_of_the_pages_is_the_least():
    assert without_running(pages(foot="Page {}")[:2]) == pages(foot="Page {}")[:2]
    some = pages(foot="Page {}") + ["A picture.\nWith text."] * 4
    assert without_running(some) == pages() + ["A picture.\nWith text."] * 4
    more = [*some, "A table.\nOf it all."]
    assert without_running(more) == more
    assert without_running([]) == [] and without_running([""]) == [""]


def test_left_and_right_pages_have_heads_of_their_own():
    sides = [f"{n} The book\nText." if n % 2 == 0 else f"The loads {n}\nText." for n in range(1, 7)]
    assert without_running(sides) == ["Text."] * 6


def test_a_section_goes_on_beyond_its_page(tmp_path):
    made = Canvas(str(tmp_path / "a.pdf"))
    for number, body in enumerate(BODY, 1):
        made.drawString(72, 800, f"Terms of hire - page {number}")
        made.drawString(72, 700, body)
        made.showPage()
    made.save()
    document = read_file(tmp_path / "a.pdf", "a.pdf")
    assert document.text == "\n\n".join(BODY) and [page.number for page in document.pages] == [1, 2, 3, 4]

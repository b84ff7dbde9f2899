"""A page as a picture: the quote is found whatever the reader did to blanks and lines, and marked where it stands."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from tunebook.documents import read_file
from tunebook.documents.picture import Mark, draw_page, find_quote, lines_of
from tunebook.errors import ReadFailed

AGREEMENT = Path(__file__).parents[2] / "examples" / "larkmoor" / "documents" / "terms" / "haul-agreement.pdf"


@pytest.mark.parametrize(
    ("page", "quote", "found"),
    [
        ("A bent front-\nwheel: 85 cr.", "front wheel", ["front-\nwheel"]),
        ("The ﬁrst oﬃce", "first office", ["ﬁrst oﬃce"]),
        ("nothing of it", "bent wheel", []),
        ("nothing", "…", []),
        ("It costs 85 crowns. Footer. And twelve months.", "costs 85 crowns. And twelve", ["costs 85 crowns", "And twelve"]),
    ],
)  # fmt: skip
def test_a_quote_is_found_by_its_letters(page: str, quote: str, found: list[str]) -> None:
    assert [page[first : last + 1] for first, last in find_quote(page, quote)] == found


def test_of_several_places_the_nearest_is_taken() -> None:
    page = "85 crowns here, and " + "x" * 60 + " 85 crowns there"
    assert find_quote(page, "85 crowns", near=0.0) == [(0, 8)]
    assert find_quote(page, "85 crowns", near=0.9)[0][0] > 60


def test_characters_of_a_line_are_one_mark_and_a_column_begins_another() -> None:
    boxes = [(0, 0, 5, 10), (5, 1, 10, 10), (60, 0, 65, 10), (0, 20, 5, 30), (5, 20, 5, 20)]
    assert lines_of(boxes) == [Mark(0, 0, 10, 10), Mark(60, 0, 5, 10), Mark(0, 20, 5, 10)]


def test_the_marks_lie_on_the_page() -> None:
    picture = draw_page(AGREEMENT, 2, "Bent front wheel 85 cr", 0.5)
    assert picture.png.startswith(b"\x89PNG")
    assert (picture.width, picture.pages) == (1200, 3)
    assert len(picture.marks) == 2  # two cells of one row
    first, second = picture.marks
    assert abs(first.top - second.top) < 5
    assert first.left + first.width < second.left
    assert all(
        mark.left + mark.width < picture.width and mark.top + mark.height < picture.height for mark in picture.marks
    )


def test_every_sentence_that_was_read_is_found_on_its_page() -> None:
    """pdfium and the reader see the same page."""
    document = read_file(AGREEMENT, "a.pdf")
    for page in document.pages[:2]:
        lines = [line for line in document.text[page.start : page.end].split("\n") if len(line) > 30]
        for line in lines[:: len(lines) // 3]:
            assert draw_page(AGREEMENT, page.number, line).marks, line


def test_what_cannot_be_drawn_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    for path, page, why in [
        (broken, 1, "cannot be drawn"),
        (AGREEMENT, 9, "3 pages"),
        (tmp_path / "no.pdf", 1, "not there"),
    ]:
        with pytest.raises(ReadFailed, match=why):
            draw_page(path, page)


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ReadFailed, match="longer than"):
        draw_page(AGREEMENT, 1, timeout_seconds=0.001)


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_file_is_drawn_or_refused(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    data = bytearray(AGREEMENT.read_bytes())
    for _ in range(200):
        data[draw.randrange(len(data))] = draw.randrange(256)
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(bytes(data[: draw.randrange(len(data) // 2, len(data))]))
    with suppress(ReadFailed):
        assert draw_page(damaged, 1, "Bent front wheel").png


def test_what_is_filled_into_a_form_is_drawn(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    drawn = []
    for value in ("", "46"):
        canvas = Canvas(str(tmp_path / "a.pdf"))
        canvas.drawString(72, 700, "Docks:")
        canvas.acroForm.textfield(name="docks", x=150, y=690, width=100, height=20, value=value)
        canvas.save()
        drawn.append(draw_page(tmp_path / "a.pdf", 1, timeout_seconds=60).png)
    assert drawn[0] != drawn[1]

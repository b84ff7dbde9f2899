"""PDFs as they come: turned and cropped pages, boxes that begin elsewhere, forms, words that a line's end parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tunebook.documents import read_file
from tunebook.documents.pdf import rejoined
from tunebook.errors import ReadFailed

ROWS = [(f"Row {number} left", f"right {number}") for number in range(25)]


def page_of(path: Path) -> list[str]:
    return read_file(path, path.name).text.split("\n")


def test_a_landscape_page_is_read_to_its_right_edge(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    canvas.setPageRotation(90)
    canvas.rotate(90)
    for at, (left, right) in enumerate(ROWS):
        canvas.drawString(40, -60 - 20 * at, left)
        canvas.drawString(680, -60 - 20 * at, right)
    canvas.showPage()
    canvas.save()
    assert page_of(tmp_path / "a.pdf") == [" ".join(row) for row in ROWS]


@pytest.mark.parametrize(("x", "y"), [(300, 400), (-200, -300)])
def test_a_page_whose_box_begins_elsewhere_is_read_whole(tmp_path, x, y):
    path = boxed(tmp_path / "a.pdf", x, y, set_box="set_mediabox", box=(x, y, x + 595, y + 842))
    assert page_of(path) == [" ".join(row) for row in ROWS]


def test_what_is_cropped_away_is_not_read(tmp_path):
    path = boxed(tmp_path / "a.pdf", 0, 0, set_box="set_cropbox", box=(0, 300, 400, 842))
    assert [line.strip() for line in page_of(path)] == [left for left, _ in ROWS]


def boxed(path: Path, x: float, y: float, set_box: str, box: tuple[float, float, float, float]) -> Path:
    import pypdfium2 as pdfium

    canvas = Canvas(str(path), pagesize=(595, 842))
    canvas.translate(x, y)
    for at, (left, right) in enumerate(ROWS):
        canvas.drawString(40, 800 - 20 * at, left)
        canvas.drawString(500, 800 - 20 * at, right)
    canvas.showPage()
    canvas.save()
    with pdfium.PdfDocument(path.read_bytes()) as document:
        getattr(document[0], set_box)(*box)
        document.save(path)
    return path


def test_a_page_that_cannot_be_loaded_costs_itself_only(tmp_path):
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for text in ("First page of the sheet.", "Second page of the sheet.", "Third page of the sheet."):
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    kids = re.search(rb"/Kids \[ (\d+ 0 R) (\d+ 0 R) (\d+ 0 R) \]", whole := path.read_bytes())
    path.write_bytes(whole.replace(kids[0], kids[0].replace(kids[2], b"null ".ljust(len(kids[2])))))
    document = read_file(path, "a.pdf", "eng")
    assert document.metadata["missing_parts"] == ["page 2"] and len(document.pages) == 3
    assert document.text.split() == ["First", "page", "of", "the", "sheet.", "Third", "page", "of", "the", "sheet."]
    path.write_bytes(
        re.sub(rb"/Kids \[[^\]]*\]", lambda found: b"/Kids [ null null null ]".ljust(len(found[0])), whole)
    )
    with pytest.raises(ReadFailed, match="none of its pages can be loaded"):
        read_file(path, "a.pdf", "eng")


def test_what_is_filled_into_a_form_is_read_with_its_label(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for text, y in (("Applicant:", 720), ("Docks ....", 690), ("Zone", 660), ("Notes", 640)):
        canvas.drawString(72, y, text)
    canvas.drawString(225, 663, "insured")
    canvas.drawString(325, 663, "leased")
    form = canvas.acroForm
    form.textfield(name="a", x=150, y=712, width=100, height=20, value="Ann Ash")
    form.textfield(name="b", x=270, y=712, width=100, height=20, value="Bob", tooltip="Second applicant")
    form.textfield(name="c", x=150, y=682, width=100, height=20, value="46")
    form.choice(name="d", x=110, y=655, width=80, height=20, value="Harbour", options=["Harbour", "Valley"])
    form.checkbox(name="e", x=200, y=657, size=16, checked=True)
    form.checkbox(name="f", x=300, y=657, size=16, checked=False)
    form.textfield(name="g", x=72, y=615, width=300, height=20, value="By the pier")
    form.textfield(name="h", x=72, y=500, width=100, height=20, value="secret", fieldFlags="password")
    form.textfield(name="i", x=72, y=460, width=100, height=20, value="")
    canvas.showPage()
    canvas.save()
    document = read_file(tmp_path / "a.pdf", "a.pdf")
    assert document.text.split("\n\n")[1].split("\n") == [
        "Applicant: Ann Ash",
        "Second applicant: Bob",
        "Docks: 46",
        "Zone: Harbour",
        "insured: yes",
        "Notes: By the pier",
    ]
    assert document.pages[0].end == len(document.text)


def test_words_that_a_line_parts_are_joined_as_the_document_has_them():
    pages = [
        "The trans\ufffeport and long\ufffeterm, well\ufffeknown man\ufffeners of North\ufffeEast.",
        "A transport, long-term; well known.",
    ]
    assert (
        rejoined(pages)[0] == "The transport and long-term, well-known man-ners of North-East."
    )  # as many of either kind
    pages[1] += " The manners."
    pages[0] += " Em\ufffebers"
    assert rejoined(pages)[0] == "The transport and long-term, well-known manners of North-East. Embers"
    assert rejoined(["A so\ufffecalled re\ufffe2"]) == ["A so-called re-2"]

"""Scans: pages that are pictures of text are read where an engine is there, and nothing else is read so."""

from __future__ import annotations

import io
import re
import resource
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tunebook.documents import SourceFile, read_file, read_many, scan
from tunebook.documents.picture import draw_page
from tunebook.errors import BadSettings, ReadFailed
from tunebook.settings import load_settings

AGREEMENT = Path(__file__).parents[2] / "examples" / "larkmoor" / "documents" / "terms" / "haul-agreement.pdf"
engine = pytest.mark.skipif(scan.engine() is None, reason="Tesseract is not installed")


def scanned(target: Path, dots_per_inch: int = 200, first: str = "", times: int = 1) -> Path:
    """The agreement's pages as pictures in a PDF, after a page with a text of its own."""
    made = canvas.Canvas(str(target))
    if first:
        made.drawString(70, 700, first)
        made.showPage()
    for page in [*pdfium.PdfDocument(AGREEMENT)] * times:
        picture = page.render(scale=dots_per_inch / 72, grayscale=True).to_pil()
        made.drawImage(ImageReader(picture), 0, 0, *made._pagesize)
        made.showPage()
    made.save()
    return target


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch) -> Path:
    """A program called tesseract that answers what the file beside it says, and keeps what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\ncat > /dev/null\n. {folder}/does\n')
    program.chmod(0o755)
    (folder / "does").write_text("printf 'Read from a picture of text.\\n\\f'\n")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_pages_are_read_where_the_system_takes_no_limit_of_addresses(tmp_path, stand_in, monkeypatch):
    def as_on_macos(kind, limits):
        if kind == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", as_on_macos)
    assert "Read from a picture" in read_file(scanned(tmp_path / "scan.pdf"), "scan.pdf", "eng").text


def test_a_page_without_text_is_read_and_a_page_with_text_is_not(tmp_path, stand_in):
    path = scanned(tmp_path / "mixed.pdf", first="This page is text as it should be.")
    document = read_file(path, "mixed.pdf", "deu+eng")
    texts = [document.text[page.start : page.end] for page in document.pages]
    assert texts[0] == "This page is text as it should be."
    assert set(texts[1:]) == {"Read from a picture of text."}
    assert document.metadata == {"format": "pdf", "scanned_pages": len(texts) - 1}
    asked = (stand_in / "asked").read_text().splitlines()
    assert len(asked) == len(texts) - 1 and all("-l deu+eng" in line for line in asked)


def test_a_file_of_text_asks_no_engine(stand_in):
    assert "scanned_pages" not in read_file(AGREEMENT, "a.pdf", "eng").metadata
    assert not (stand_in / "asked").exists()


def test_without_languages_or_without_an_engine_a_scan_holds_no_text(tmp_path, stand_in, monkeypatch):
    path = scanned(tmp_path / "scan.pdf")
    with pytest.raises(ReadFailed, match="holds no text") as failure:
        read_file(path, "scan.pdf")
    assert "Tesseract" in failure.value.hint
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ReadFailed, match="holds no text"):
        read_file(path, "scan.pdf", "eng")


def test_a_page_that_fails_costs_itself_only_where_others_have_text(tmp_path, stand_in):
    (stand_in / "does").write_text("echo 'Error during processing.' >&2\nexit 1\n")
    mixed = scanned(tmp_path / "mixed.pdf", first="This page is text as it should be.")
    assert read_file(mixed, "mixed.pdf", "eng").text.strip() == "This page is text as it should be."
    with pytest.raises(ReadFailed, match=r"^scan\.pdf cannot be read: Tesseract: Error during processing\.$"):
        read_file(scanned(tmp_path / "scan.pdf"), "scan.pdf", "eng")


def test_a_language_that_the_engine_has_not_is_told(tmp_path, stand_in):
    (stand_in / "does").write_text("echo \"Failed loading language 'xyz'\" >&2\nexit 1\n")
    with pytest.raises(ReadFailed, match="Tesseract has not all languages of 'xyz'"):
        read_file(scanned(tmp_path / "scan.pdf"), "scan.pdf", "xyz")


@pytest.mark.parametrize("languages", ["-x", "eng+", "eng deu", "../eng"])
def test_languages_are_names_and_nothing_else(languages):
    """They become an argument of a program."""
    with pytest.raises(BadSettings, match=r"allowed are languages as Tesseract names them, joined by \+: deu\+eng"):
        load_settings(None, [f"documents.ocr_languages={languages}"])
    assert load_settings(None, ["documents.ocr_languages=chi_sim+script/Latin"]).documents.ocr_languages


def test_the_time_limit_is_for_a_page_and_not_for_the_file(tmp_path, stand_in):
    (stand_in / "does").write_text("sleep 1.2\nprintf 'Read from a picture of text.'\n")
    path = scanned(tmp_path / "scan.pdf", dots_per_inch=40, times=3)
    pages = len(pdfium.PdfDocument(path))
    assert pages * 1.2 > 8.5
    ((_, document),) = read_many([SourceFile(str(path), "scan.pdf", 1, 1)], 1, 8.5, ocr_languages="eng")
    assert not isinstance(document, ReadFailed) and document.metadata["scanned_pages"] == pages


@engine
def test_a_scan_of_the_example_reads_like_the_original(tmp_path):
    read = read_file(scanned(tmp_path / "scan.pdf"), "scan.pdf", "eng")
    original = words(read_file(AGREEMENT, "a.pdf").text)
    assert len(set(original) & set(words(read.text))) / len(set(original)) > 0.9
    assert len(read.pages) == len(pdfium.PdfDocument(AGREEMENT))


@engine
def test_a_picture_file_is_a_document(tmp_path):
    page = pdfium.PdfDocument(AGREEMENT)[0].render(scale=200 / 72).to_pil()
    page.save(tmp_path / "a.png")
    page.save(tmp_path / "b.tif", save_all=True, append_images=[page])
    assert len(words(read_file(tmp_path / "a.png", "a.png", "eng").text)) > 50
    assert [page.number for page in read_file(tmp_path / "b.tif", "b.tif", "eng").pages] == [1, 2]
    (tmp_path / "c.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(ReadFailed, match=r"^c\.png cannot be read: Tesseract"):
        read_file(tmp_path / "c.png", "c.png", "eng")


@engine
def test_a_quote_is_marked_on_a_scan_where_it_stands(tmp_path):
    path = scanned(tmp_path / "scan.pdf")
    quote = "Bent front wheel"
    (here,) = draw_page(path, 2, quote, 0.5, "eng").marks
    (there,) = draw_page(AGREEMENT, 2, quote, 0.5).marks
    assert abs(here.left - there.left) < 40 and abs(here.top - there.top) < 40
    assert draw_page(path, 2, quote, 0.5).marks == ()
    assert io.BytesIO(draw_page(path, 2).png).read(4) == b"\x89PNG"

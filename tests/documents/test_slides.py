"""Slides: titles as headings, tables with their headers, groups, notes, and what each slide repeats."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tunebook.documents import read_file, split
from tunebook.documents.converted import as_slides
from tunebook.documents.reading import _BY_EXTENSION, OLD_SLIDES, SLIDES
from tunebook.documents.slides import read_slides
from tunebook.values import Document

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{OFFICE}"'
)


def line(text: str, properties: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"


def shape(inner: str, kind: str | None = None) -> str:
    place = "" if kind is None else f'<p:ph type="{kind}"/>'
    return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{inner}</p:txBody></p:sp>"


def cell(text: str, attributes: str = "") -> str:
    return f"<a:tc {attributes}><a:txBody>{line(text) if text else '<a:p/>'}</a:txBody></a:tc>"


def deck(path: Path, *slides: str, listed: int = 0) -> Document:
    """A file of these slides, the first with a note; `listed` more are listed and not there."""
    count = len(slides) + listed
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/slide" Target="slides/slide{n}.xml"/>' for n in range(count)
    )
    ids = "".join(f'<p:sldId id="{n}" r:id="r{n}"/>' for n in range(count))
    note = f'<Relationship Id="n" Type="{OFFICE}/notesSlide" Target="../notesSlides/notesSlide1.xml"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "ppt/presentation.xml", f"<p:presentation {NAMES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
        )
        archive.writestr("ppt/_rels/presentation.xml.rels", f"<Relationships>{links}</Relationships>")
        archive.writestr("ppt/slides/_rels/slide0.xml.rels", f"<Relationships>{note}</Relationships>")
        notes = shape(line("1"), "sldNum") + shape(line("Say hello"), "body")
        archive.writestr("ppt/notesSlides/notesSlide1.xml", f"<p:notes {NAMES}>{notes}</p:notes>")
        for n, inner in enumerate(slides):
            archive.writestr(
                f"ppt/slides/slide{n}.xml", f"<p:sld {NAMES}><p:cSld><p:spTree>{inner}</p:spTree></p:cSld></p:sld>"
            )
    return read_file(path, path.name)


def test_a_table_of_a_slide_is_a_table(tmp_path):
    rows = (
        ("Kind", "Model", "Price"),
        ("City", "Wren | x", ""),
        ("", "Lark", "12"),
    )
    told = ""
    for at, row in enumerate(rows):
        merged = {1: 'rowSpan="2"', 2: 'vMerge="1"'}.get(at, "")
        told += "<a:tr>" + cell(row[0], merged) + "".join(map(cell, row[1:])) + "</a:tr>"
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{told}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    document = deck(tmp_path / "a.pptx", shape(line("Prices &amp; more"), "title") + frame + shape(line("7"), "sldNum"))
    table = "| Kind | Model | Price |\n| --- | --- | --- |\n| City | Wren \\| x |  |\n| City | Lark | 12 |"
    assert (document.title, document.text) == ("Prices & more", f"## Prices & more\n\n{table}\n\nSay hello")


def test_the_number_of_a_slide_in_a_box_of_its_own_is_left_out(tmp_path):
    field = '<a:p><a:fld type="slidenum"><a:t>&lt;number&gt;</a:t></a:fld></a:p>'
    document = deck(tmp_path / "a.pptx", shape(line("Prices"), "title") + shape(line("Day: 7")) + shape(field))
    assert document.text == "## Prices\n\nDay: 7\n\nSay hello"


def test_every_kind_of_slides_is_known_as_one():
    known = {extension for extension, format in _BY_EXTENSION.items() if format.read in (read_slides, as_slides)}
    assert known == set(f"{SLIDES} {OLD_SLIDES}".split())


def test_items_groups_and_slides_that_are_not_there(tmp_path):
    items = shape(line("one") + line("below", '<a:pPr lvl="1"/>') + "<a:p><a:br/></a:p>", "body")
    group = f"<p:grpSp><p:grpSp>{shape(line('Desk: 4410') + line('Gate: 17'))}</p:grpSp></p:grpSp>"
    document = deck(tmp_path / "a.pptx", items, group, listed=1)
    slides = [document.text[page.start : page.end] for page in document.pages]
    assert slides == ["- one\n  - below\n\nSay hello", "Desk: 4410\nGate: 17", ""]
    assert document.metadata["missing_parts"] == ["slide 3"]


def test_a_slide_without_a_title_is_not_under_another_ones(tmp_path):
    document = deck(tmp_path / "a.pptx", shape(line("Prices"), "ctrTitle") + shape(line("Ten.")), shape(line("Other.")))
    passages = split(document, lambda texts: [len(text.split()) for text in texts], 9)
    assert [(one.page, one.heading) for one in passages] == [(1, "Prices"), (2, "")]

"""Real small files of every kind, made here, and bad ones."""

from __future__ import annotations

import doctest
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.documents import read_file, split
from tunebook.documents.decoding import decode
from tunebook.documents.parsed import join_pages
from tunebook.documents.webpage import html_to_text
from tunebook.errors import ReadFailed
from tunebook.values import Document, Page


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, name: str, content: str | bytes) -> Document:
    return read_file(write(folder, name, content), name)


def make_pdf(path: Path, pages: list[list[str]], title: str | None = None, password: str | None = None) -> Path:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(password) if password else None)
    if title:
        canvas.setTitle(title)
    for lines in pages:
        for row, line in enumerate(lines):
            canvas.drawString(72, 760 - 14 * row, line)
        canvas.showPage()
    canvas.save()
    return path


def make_docx(path: Path) -> Path:
    from docx import Document as Word

    word = Word()
    word.add_heading("The Wren", 0)
    word.add_heading("Load & limits", 1)
    paragraph = word.add_paragraph("R&D says it carries ")
    paragraph.add_run("<80 kg").bold = True
    word.add_paragraph("first", style="List Bullet")
    word.add_paragraph("second", style="List Number")
    word.add_heading("Prices", 2)
    table = word.add_table(2, 2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ["Plan", "Deposit", "Day | x", "£10"], strict=True
    ):
        cell.text = text
    inner = table.cell(1, 1).add_table(1, 1)
    inner.cell(0, 0).text = "inner"
    word.add_page_break()
    word.add_paragraph("# not a heading")
    word.save(str(path))
    return path


def make_xlsx(path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Prices & co"
    for row in (
        ["Plan", "Deposit", None, "Note"],
        ["Day", 10.5, None, "a|b\nc"],
        [None] * 4,
        ["Week", 30, None, "<x>"],
    ):
        book.active.append(row)
    book.create_sheet("Empty")
    book.create_sheet("More").append(["only"])
    book.save(path)
    return path


# --- PDF


def test_pdf_pages_are_exact(tmp_path):
    path = make_pdf(tmp_path / "sheet.pdf", [["The Wren", "carries 80 kg."], [], ["Ten a day."]], title="Wren sheet")
    document = read_file(path, "sheet.pdf")
    assert (document.title, document.metadata["format"]) == ("Wren sheet", "pdf")
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "The Wren\ncarries 80 kg.",
        "",
        "Ten a day.",
    ]
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document == read_file(path, "sheet.pdf") and document.hash == read_file(path, "sheet.pdf").hash


def test_pdf_without_a_sensible_title_is_named_after_its_file(tmp_path):
    assert read_file(make_pdf(tmp_path / "load-sheet.pdf", [["Hello"]]), "x").title == "load-sheet"  # says "untitled"
    assert read_file(make_pdf(tmp_path / "b.pdf", [["Hello"]], title="report_final.doc"), "x").title == "b"


def test_pdf_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(ReadFailed, match=r"^a\.pdf cannot be read: PDF is password-protected$"):
        read_file(make_pdf(tmp_path / "a.pdf", [["Hello"]], password="secret"), "a.pdf")
    with pytest.raises(ReadFailed, match=r"^b\.pdf holds no text$") as blank:
        read_file(make_pdf(tmp_path / "b.pdf", [[]]), "b.pdf")
    assert "OCR" in blank.value.hint
    whole = make_pdf(tmp_path / "c.pdf", [["Hello"]]).read_bytes()
    with pytest.raises(ReadFailed, match=r"^d\.pdf cannot be read: Invalid PDF$"):
        read(tmp_path, "d.pdf", whole[:200])


# --- office


def test_docx_keeps_headings_lists_tables_and_ampersands(tmp_path):
    document = read_file(make_docx(tmp_path / "wren.docx"), "wren.docx")
    assert document.text == (
        "# The Wren\n\n# Load & limits\n\nR&D says it carries <80 kg\n\n- first\n1. second\n\n## Prices\n\n"
        "| Plan | Deposit |\n| --- | --- |\n| Day \\| x | £10 inner |\n\n# not a heading"
    )
    assert (document.title, document.pages) == ("The Wren", ())


def test_docx_keeps_formulas(tmp_path):
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    names += ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    formula = "<w:r><w:t>Load: </w:t></w:r><m:oMath><m:r><m:t>F = m g</m:t></m:r></m:oMath>"
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {names}><w:body><w:p>{formula}</w:p></w:body></w:document>")
    assert read_file(tmp_path / "a.docx", "a.docx").text == "Load: F = m g"


def test_xlsx_is_a_section_and_a_table_a_sheet(tmp_path):
    document = read_file(make_xlsx(tmp_path / "prices.xlsx"), "prices.xlsx")
    assert document.text == (
        "## Prices & co\n\n| Plan | Deposit | Note |\n| --- | --- | --- |\n| Day | 10.5 | a\\|b c |\n"
        "| Week | 30 | <x> |\n\n## More\n\n| only |\n| --- |"
    )
    assert document.title == "prices"


def test_hidden_sheets_rows_and_columns_are_read(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Plan", "Deposit"], ["Day", 10], ["Week", 30]):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = book.active.column_dimensions["B"].hidden = True
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.append([f"what is {state}"])
        sheet.sheet_state = state
    book.save(tmp_path / "a.xlsx")
    text = read_file(tmp_path / "a.xlsx", "a.xlsx").text
    assert "| Day | 10 |" in text and "## hidden\n\n| what is hidden |" in text and "| what is veryHidden |" in text


def test_pptx_has_a_page_a_slide_and_its_notes(tmp_path):
    document = read_file(make_pptx(tmp_path / "deck.pptx"), "deck.pptx")
    slides = [document.text[page.start : page.end] for page in document.pages]
    assert slides[0].startswith("Wren & co") and "Say hello slowly" in slides[0]
    assert slides[1] == "Prices" and [page.number for page in document.pages] == [1, 2]


def test_odt(tmp_path):
    body = (
        '<text:h text:outline-level="1">Q&amp;A</text:h><text:p>It costs &lt;5 #1 3*4 a_b.</text:p>'
        "<text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Plan</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell><text:p>Day | x</text:p></table:table-cell></table:table-row></table:table>"
    )
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "text", "table")
    )
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
        )
    document = read_file(tmp_path / "a.odt", "a.odt")
    assert document.text == "# Q&A\n\nIt costs <5 #1 3*4 a_b.\n\n- item\n\n| Plan |\n| --- |\n| Day \\| x |"


def test_epub_is_read_in_the_order_of_its_spine(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr(
            "META-INF/container.xml", '<container xmlns="u:c"><rootfile full-path="in/p.opf"/></container>'
        )
        archive.writestr(
            "in/p.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<dc:title>Book</dc:title></metadata><manifest><item id="a" href="a%201.xhtml"/>'
            '<item id="b" href="b.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></package>',
        )
        archive.writestr("in/a 1.xhtml", "<h1>Last</h1><p>A&amp;B.</p>")
        archive.writestr("in/b.xhtml", "<html><head><title>x</title></head><body><h1>First</h1></body></html>")
    document = read_file(tmp_path / "a.epub", "a.epub")
    assert (document.title, document.text) == ("Book", "# First\n\n# Last\n\nA&B.")


def test_an_epub_without_one_of_its_chapters_is_read_and_says_so(tmp_path):
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"/>'
        '<item id="b" href="b.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></package>'
    )
    container = '<container xmlns="u:c"><rootfile full-path="in/p.opf"/></container>'
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        for name, text in (("META-INF/container.xml", container), ("in/p.opf", package), ("in/a.xhtml", "<p>Last</p>")):
            archive.writestr(name, text)
    document = read_file(tmp_path / "a.epub", "a.epub")
    assert (document.text, document.metadata["missing_parts"]) == ("Last", ["in/b.xhtml"])


def mail(*parts: str, kind: str = "mixed") -> str:
    return (
        f"Subject: Trip\nContent-Type: multipart/{kind}; boundary=cut\n\n--cut\n"
        + "\n--cut\n".join(parts)
        + "\n--cut--\n"
    )


def test_eml_all_texts_of_a_mail_are_read(tmp_path):
    page, footer = "Content-Type: text/html\n\n<p>Ten a day.</p>", "Content-Type: text/plain\n\nThe list"
    assert read(tmp_path, "a.eml", mail(page, footer)).text == "# Trip\n\nTen a day.\n\nThe list"
    assert read(tmp_path, "b.eml", mail("\n ", page, kind="alternative")).text == "# Trip\n\nTen a day."
    assert read(tmp_path, "c.eml", mail(footer, page, kind="alternative")).text == "# Trip\n\nThe list"


def test_eml_a_forwarded_mail_is_read(tmp_path):
    inner = "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=x.eml\n\nSubject: Load\n\nIt carries 80 kg."
    picture = "Content-Type: image/png\nContent-Disposition: attachment; filename=x.png\n\nxx"
    document = read(tmp_path, "a.eml", mail("\nSee below.", inner, picture))
    assert document.text == "# Trip\n\nAttachments: x.png\n\nSee below.\n\n## Load\n\nIt carries 80 kg."


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_eml_headers_with_bare_letters(tmp_path, encoding):
    document = read(tmp_path, "a.eml", "Subject: Gebühr\nFrom: Jörg <a@b.c>\n\nZehn.".encode(encoding))
    assert (document.title, document.text) == ("Gebühr", "# Gebühr\n\nFrom: Jörg <a@b.c>\n\nZehn.")


def test_eml_plain_and_html(tmp_path):
    head = "From: =?utf-8?q?J=C3=B6rg?= <a@b.c>\nTo: d@e.f\nSubject: Deposit\nMIME-Version: 1.0\n"
    plain = head + "Content-Type: text/plain; charset=iso-8859-1\n\nCafé & <5\n"
    document = read(tmp_path, "a.eml", plain.encode("latin-1"))
    assert document.title == "Deposit"
    assert document.text == "# Deposit\n\nFrom: Jörg <a@b.c>\nTo: d@e.f\n\nCafé & <5"
    html = read(tmp_path, "b.eml", head + "Content-Type: text/html\n\n<p>One</p><p>Two &amp; three</p>")
    assert html.text.endswith("\n\nOne\n\nTwo & three")


# --- text


def test_text_is_kept_to_the_letter(tmp_path):
    text = "---\ntitle: 'The Wren'\n---\n\n# Load\r\n\r\n  80 kg\t*now*\r\n\n\n\n"
    document = read(tmp_path, "a.md", text)
    assert (document.text, document.title) == (text.replace("\r\n", "\n"), "The Wren")
    assert read(tmp_path, "b.md", "intro\n\n## Load ##\n").title == "Load"
    assert read(tmp_path, "c.py", "# a comment\n").title == "c"
    assert read(tmp_path, "d.md", "```sh\n# a comment\nls\n```\n\n# Load\n").title == "Load"
    assert read(tmp_path, "e.md", "~~~\n# never closed\n").title == "e"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize(
    "text", ["Café costs £10 – “quoted” naïve.", "Zürich: Grüße, schöne Straße kostet 5 €.", "£5", "plain ascii"]
)
def test_western_text(encoding, text):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "自転車の積載量は八十キロです。\n保証金は二万円。"),
        ("cp1251", "Привет, как дела? Это текст на русском языке."),
        ("gb18030", "这是一个中文文本，押金是二十元。"),
        ("euc_kr", "이것은 한국어 텍스트입니다. 보증금은 이만원입니다."),
        ("utf-16-le", "Hello plain deposit text"),
        ("utf-16-be", "Hello plain deposit text"),
        ("utf-32-be", "\ufeffHello plain deposit text"),
        ("cp1250", "Zażółć gęślą jaźń, dziękuję bardzo. Rower kosztuje dziesięć złotych."),
    ],
)
def test_other_text(encoding, text):
    assert decode(text.encode(encoding)) == text.lstrip("\ufeff")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1))
def test_utf8_always_comes_back(text):
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text


def test_csv_and_tsv_become_tables(tmp_path):
    table = "| Plan | Deposit |\n| --- | --- |\n| We,ek | 30 a |"
    assert read(tmp_path, "a.csv", 'Plan,Deposit\n"We,ek","30\na"\n').text == table
    assert read(tmp_path, "b.csv", "Plan;Deposit\nWe,ek;30 a\n").text == table
    assert read(tmp_path, "c.tsv", "Plan\tDeposit\r\nWe,ek\t30 a\r\n").text == table
    assert read(tmp_path, "e.csv", '"Plan, net, gross";Deposit\na;30\n').text.startswith(
        "| Plan, net, gross | Deposit |"
    )
    assert read(tmp_path, "f.csv", "sep=;\r\nPlan, net;Deposit\r\na;30\r\n").text.startswith("| Plan, net | Deposit |")
    assert read(tmp_path, "d.csv", "Plan,Deposit\nWeek," + "a" * 200_000).text.endswith("aaa |")
    assert read(tmp_path, "g.csv", "Plan,Deposit\nDay\u2028trip,30\x0b\n").text.endswith("\n| Day trip | 30 |")


@pytest.mark.parametrize("tag", ["iframe", "noembed", "noframes"])
def test_what_stands_in_for_a_frame_is_not_read_by_any_python(tag):
    assert html_to_text(f"<p>a</p><{tag}><p>Get a newer browser</p></{tag}><p>b</p>")[0] == "a\n\nb"


def test_html(tmp_path):
    page = """<!doctype html><html><head><meta charset="iso-8859-2"><title>Lark &amp; co</title><style>p{}</style>
    </head><body><nav><a>Home</a></nav><script>var a = "<p>no</p>";</script><h1>Łark<br>moor</h1><p>Some <b>bold</b>
    text, 5 &lt; 6<br>next</p><ul><li>one<ul><li><p>nested</p></li></ul><li>two</ul><ol><li>uno<li>dos</ol>
    <table><caption>What it costs</caption><tr><th>Plan<th>Deposit<tr><td>Day | x<td><p>£10</p><p>net</p></table>
    <table><tr><td><h2>Layout</h2><table><tr><td>a<td>b</table></td><td>side</td></tr></table>
    <pre>code
      indent</pre></body></html>"""
    document = read(tmp_path, "a.html", page.replace("£", "&pound;").encode("iso-8859-2"))
    assert document.title == "Lark & co"
    assert document.text == (
        "# Łark moor\n\nSome bold text, 5 < 6\nnext\n\n- one\n  - nested\n- two\n1. uno\n2. dos\n\nWhat it costs\n\n"
        "| Plan | Deposit |\n| --- | --- |\n| Day \\| x | £10 net |\n\n## Layout\n\n"
        "| a | b |\n| --- | --- |\n\nside\n\n```\ncode\n      indent\n```"
    )


def test_underlined_titles_are_titles(tmp_path):
    assert read(tmp_path, "a.md", "Intro\n\nThe Wren\n=====\n\n# Load").title == "The Wren"
    assert read(tmp_path, "a.rst", "#####\n The Wren\n#####\n\nLoad\n----").title == "The Wren"
    assert read(tmp_path, "b.rst", "Only text.\n\n----\n\nMore.").title == "b"
    assert read(tmp_path, "b.md", "```pip install wren```\n\n# The Wren").title == "The Wren"


def test_cells_that_span_keep_the_others_in_their_columns(tmp_path):
    page = (
        "<table><tr><th>Plan<th colspan=2>Price<th>Note<tr><td rowspan=2>Day<td>10<td>12<td>a<tr><td>20<td>22<td>b"
        "<tr><td>Week<td rowspan=9>30<td>32<td>c</table>"
    )
    table = (
        "| Plan | Price |  | Note |\n| --- | --- | --- | --- |\n| Day | 10 | 12 | a |\n| Day | 20 | 22 | b |\n"
        "| Week | 30 | 32 | c |"
    )
    assert html_to_text(page)[0] == table
    from docx import Document as Word

    word = Word()
    cells = word.add_table(2, 3)
    cells.cell(0, 0).merge(cells.cell(0, 1)).text = "Price"
    for place, text in {(0, 2): "Note", (1, 0): "10", (1, 1): "12", (1, 2): "a"}.items():
        cells.cell(*place).text = text
    word.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx", "a.docx").text == "| Price |  | Note |\n| --- | --- | --- |\n| 10 | 12 | a |"


def test_lists_are_counted_as_the_page_counts_them():
    page = "<ol start=5><li>five<li>six</ol><ol><li value=9>nine<li>ten</ol>"
    assert html_to_text(page)[0] == "5. five\n6. six\n9. nine\n10. ten"


def test_a_time_of_a_spreadsheet_has_no_day(tmp_path):
    from datetime import datetime, time

    from openpyxl import Workbook

    book = Workbook()
    for row in (["Opens", "Since"], [time(9, 30), datetime(2024, 3, 1)]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert read_file(tmp_path / "a.xlsx", "a.xlsx").text.endswith("| 09:30:00 | 2024-03-01 |")


def test_numbers_above_the_line_are_no_digits_of_what_is_before_them(tmp_path):
    page = "<p>10<sup>6</sup> m<sup>2</sup>, 85<sup><a href='#1'>1</a></sup>, 3<sup>-4</sup>, "
    page += "the 1<sup>st</sup> H<sub>2</sub>O <sup>7<p>8"
    assert html_to_text(page)[0] == "10⁶ m², 85¹, 3⁻⁴, the 1st H2O ⁷\n\n8"
    from docx import Document as Word

    word = Word()
    paragraph = word.add_paragraph("10")
    paragraph.add_run("6").font.superscript = True
    paragraph.add_run(" m")
    word.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx", "a.docx").text == "10⁶ m"


def test_html_that_is_deep_or_unclosed_keeps_its_words():
    assert html_to_text("<div>" * 50_000 + "deep")[0] == "deep"
    assert html_to_text("<nav>menu<p>body")[0] == "menu\n\nbody"
    assert html_to_text("<table><tr><td>a<td>b")[0] == "| a | b |\n| --- | --- |"


def test_navigation_is_left_out_whatever_its_tag():
    menu = '<div role="navigation"><div>Home<div>Prices</div></div>More</div>'
    assert html_to_text(f"<p>a</p>{menu}<p>b</p>")[0] == "a\n\nb"
    assert html_to_text(f'<nav>{menu}</nav><div role="main">b</div>')[0] == "b"
    assert html_to_text('<div role="navigation">never closed<p>body')[0] == "never closed\n\nbody"


TAGS = ["<p>", "</p>", "<td>", "<tr>", "<table>", "</table>", "<li>", "<ul>", "</ul>", "<h2>", "</h2>", "<pre>"]


@given(st.lists(st.sampled_from([*TAGS, "word", "&", "é"])))
def test_html_never_loses_a_word(parts):
    html = " ".join(parts)
    assert html_to_text(html)[0].count("word") == parts.count("word")


# --- bad files


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"", "a.pdf is an empty file"),
        ("a.md", b" \n\n", "a.md holds no text"),
        ("a.txt", b"%PDF-1.4 \x00", "a.txt cannot be read: it is a PDF by its content, not text"),
        ("a.txt", bytes(range(256)) * 9, "a.txt cannot be read: it is not text"),
        ("a.docx", b"hello", "a.docx cannot be read: File is not a zip file"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.docx cannot be read: it is encrypted, or an old office file"),
        ("a.xlsx", b"PK\x03\x04 broken", "a.xlsx cannot be read: "),
        ("a.epub", b"", "a.epub is an empty file"),
        ("a.eml", b"no headers here", "a.eml cannot be read: it has no mail headers"),
        ("a.gif", b"GIF89a", "a.gif: files of kind '.gif' are not read"),
        ("a.png", b"\x89PNG", "a.png holds no text"),
        ("README", b"text", "README: files of kind 'README' are not read"),
        ("a.html", b"<script>only()</script>", "a.html holds no text"),
    ],
)
def test_bad_files_fail_in_one_line(tmp_path, name, content, reason):
    with pytest.raises(ReadFailed) as failure:
        read(tmp_path, name, content)
    assert failure.value.message.startswith(reason) and "\n" not in failure.value.message


def test_a_missing_file_fails(tmp_path):
    with pytest.raises(ReadFailed, match=r"a\.md cannot be read: No such file or directory"):
        read_file(tmp_path / "a.md", "a.md")


# --- pieces


@given(st.lists(st.text(max_size=20)))
def test_pages_hold_exactly_their_text(contents):
    result = join_pages(enumerate(contents, start=1))
    assert [result.text[page.start : page.end] for page in result.pages] == contents
    assert all(isinstance(page, Page) for page in result.pages)


@pytest.mark.parametrize("name", ["parsed", "decoding", "webpage", "sentences", "splitting", "tables", "heads"])
def test_examples_in_docstrings(name):
    module = import_module(f"tunebook.documents.{name}")
    examples = {"split": split, "join_pages": join_pages, "Document": Document}
    result = doctest.testmod(module, extraglobs=examples)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_importing_loads_no_parser():
    code = "import sys, tunebook.documents; print({'kreuzberg', 'charset_normalizer', 'psutil'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def make_pptx(path: Path) -> Path:
    """The least that is a deck of two slides, the first with speaker notes."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        f'xmlns:r="{office}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    )

    def links(*targets: tuple[str, str]) -> str:
        inner = "".join(
            f'<Relationship Id="rId{at}" Type="{office}/{kind}" Target="{target}"/>'
            for at, (kind, target) in enumerate(targets, start=1)
        )
        return f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>'

    def shapes(tag: str, text: str) -> str:
        shape = (
            '<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
            f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
        return f"<p:{tag} {names}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:{tag}>"

    slides = '<p:sldId id="256" r:id="rId1"/><p:sldId id="257" r:id="rId2"/>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "_rels/.rels": links(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {names}><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": links(("slide", "slides/slide1.xml"), ("slide", "slides/slide2.xml")),
            "ppt/slides/slide1.xml": shapes("sld", "Wren &amp; co"),
            "ppt/slides/slide2.xml": shapes("sld", "Prices"),
            "ppt/slides/_rels/slide1.xml.rels": links(("notesSlide", "../notesSlides/notesSlide1.xml")),
            "ppt/notesSlides/notesSlide1.xml": shapes("notes", "Say hello slowly"),
        }.items():
            archive.writestr(name, content)
    return path

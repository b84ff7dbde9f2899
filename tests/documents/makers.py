"""A small file of each kind that is read, made from paragraphs: what property tests and the benchmark of bad files begin with.

MAKERS["docx"](Path("a.docx"), ["First paragraph.", "Second."])
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

Maker = Callable[[Path, Sequence[str]], object]


def _text(path: Path, paragraphs: Sequence[str], encoding: str = "utf-8", head: str = "") -> None:
    text = head + "\n\n".join(paragraphs) + "\n"
    path.write_bytes(text.encode(encoding, "replace"))


def _pdf(path: Path, paragraphs: Sequence[str]) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path))
    for number, paragraph in enumerate(paragraphs):
        canvas.drawString(72, 760 - 30 * (number % 3), paragraph.encode("latin-1", "replace").decode("latin-1"))
        if number % 3 == 2:
            canvas.showPage()
    canvas.save()


def _docx(path: Path, paragraphs: Sequence[str]) -> None:
    from docx import Document

    word = Document()
    for number, paragraph in enumerate(map(_printable, paragraphs)):
        if number % 3 == 0:
            word.add_heading(paragraph, 1)
        elif number % 3 == 1:
            word.add_paragraph(paragraph, style="List Bullet")
        else:
            word.add_table(1, 2).rows[0].cells[0].text = paragraph
    word.save(str(path))


def _xlsx(path: Path, paragraphs: Sequence[str]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for paragraph in map(_printable, paragraphs):
        book.active.append(["'" + word for word in paragraph.split()[:8]])
    book.save(path)


def _archive(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _odt(path: Path, paragraphs: Sequence[str]) -> None:
    body = "".join(f"<text:p>{_xml(paragraph)}</text:p>" for paragraph in paragraphs)
    names = "".join(f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "text"))
    content = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content{names}>{content}</office:document-content>"
    _archive(path, {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def _ods(path: Path, paragraphs: Sequence[str]) -> None:
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "table", "text")
    )
    cells = "".join(f"<table:table-cell><text:p>{_xml(word)}</text:p></table:table-cell>" for word in paragraphs)
    sheet = f'<table:table table:name="Sheet"><table:table-row>{cells}</table:table-row></table:table>'
    content = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    _archive(path, {"content.xml": f"<office:document-content{names}>{content}</office:document-content>"})


def _ipynb(path: Path, paragraphs: Sequence[str]) -> None:
    kinds = ("markdown", "code", "raw")
    cells = [{"cell_type": kinds[n % 3], "source": [text], "outputs": []} for n, text in enumerate(paragraphs)]
    path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}), encoding="utf-8")


def _epub(path: Path, paragraphs: Sequence[str]) -> None:
    chapter = "<h1>Chapter</h1>" + "".join(f"<p>{_xml(paragraph)}</p>" for paragraph in paragraphs)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    container = '<container xmlns="u:c"><rootfile full-path="p.opf"/></container>'
    _archive(path, {"META-INF/container.xml": container, "p.opf": package, "a.xhtml": chapter})


def _pptx(path: Path, paragraphs: Sequence[str]) -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    names = (
        f'xmlns:a="{drawing}" xmlns:r="{office}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    )

    def links(kind: str, targets: Sequence[str]) -> str:
        inner = "".join(
            f'<Relationship Id="rId{n}" Type="{office}/{kind}" Target="{t}"/>' for n, t in enumerate(targets)
        )
        return f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>'

    def slide(text: str) -> str:
        shape = (
            '<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
            f"<a:p><a:r><a:t>{_xml(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
        return f"<p:sld {names}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>"

    default = '<Default Extension="xml" ContentType="application/xml"/>'
    slides = [f"slides/slide{n}.xml" for n in range(len(paragraphs))]
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="rId{n}"/>' for n in range(len(paragraphs)))
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">{default}</Types>',
        "_rels/.rels": links("officeDocument", ["ppt/presentation.xml"]),
        "ppt/presentation.xml": f"<p:presentation {names}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": links("slide", slides),
    }
    _archive(path, files | {f"ppt/{name}": slide(text) for name, text in zip(slides, paragraphs, strict=True)})


def _html(path: Path, paragraphs: Sequence[str]) -> None:
    tags = ("h1", "p", "li", "pre", "td")
    body = "".join(f"<{tags[n % 5]}>{escape(text)}</{tags[n % 5]}>" for n, text in enumerate(paragraphs))
    path.write_text(f"<!doctype html><meta charset=utf-8><title>Page</title>{body}", encoding="utf-8")


def _table(path: Path, paragraphs: Sequence[str], delimiter: str) -> None:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter).writerows([["name", "text"], *(["row", text] for text in paragraphs)])
    path.write_bytes(lines.getvalue().encode())


def _eml(path: Path, paragraphs: Sequence[str]) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Lanterns", "ann@example.org", "bob@example.org"
    message.set_content("\n\n".join(paragraphs))
    path.write_bytes(message.as_bytes())


def _json(path: Path, paragraphs: Sequence[str]) -> None:
    path.write_text(json.dumps({"items": list(paragraphs)}, indent=1, ensure_ascii=False), encoding="utf-8")


def _jsonl(path: Path, paragraphs: Sequence[str]) -> None:
    rows = [{"_id": f"r{number}", "text": text} for number, text in enumerate(paragraphs)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _code(path: Path, paragraphs: Sequence[str]) -> None:
    functions = [f"def f{number}():\n    return {text!r}" for number, text in enumerate(paragraphs)]
    path.write_text("\n\n\n".join(functions) + "\n", encoding="utf-8")


def _printable(text: str) -> str:
    """What XML can hold."""
    return "".join(
        char if char == "\t" or (ord(char) >= 32 and not 0xFFFE <= ord(char) <= 0xFFFF) else " " for char in text
    )


def _xml(text: str) -> str:
    return escape(_printable(text))


MAKERS: dict[str, Maker] = {
    "pdf": _pdf,
    "docx": _docx,
    "pptx": _pptx,
    "xlsx": _xlsx,
    "odt": _odt,
    "ods": _ods,
    "ipynb": _ipynb,
    "epub": _epub,
    "html": _html,
    "md": partial(_text, head="# Lanterns\n\n"),
    "rst": partial(_text, head="Lanterns\n========\n\n"),
    "txt": _text,
    "csv": partial(_table, delimiter=","),
    "tsv": partial(_table, delimiter="\t"),
    "eml": _eml,
    "json": _json,
    "jsonl": _jsonl,
    "py": _code,
}
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "shift_jis", "koi8-r", "gb18030")

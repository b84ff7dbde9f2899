"""Writes the PDF, DOCX and XLSX documents of part A of the Larkmoor example.

Run from the root of the repository: python examples/sources/products_and_policies.py
The texts live in the *_text.py files beside this script. The same input gives the same bytes.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import docx
import openpyxl
from openpyxl.styles import Font
from products_and_policies_office_text import DOCX, XLSX
from products_and_policies_pdf_text import PDFS
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

TARGET = Path(__file__).resolve().parent.parent / "larkmoor" / "documents"
ZIP_DATE = (2025, 1, 1, 0, 0, 0)

# A text is a list of blocks: a string is a paragraph, "# " and "## " start headings, "- " starts a
# list item, and a list of rows is a table whose first row is its head.
Block = str | list[list[str]]

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=16.5, spaceAfter=7)
ITEM = ParagraphStyle("item", parent=BODY, leftIndent=16, bulletIndent=4, spaceAfter=4)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.5, leading=12.5, spaceAfter=0)
HEAD_CELL = ParagraphStyle("headcell", parent=CELL, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=19, leading=24, spaceAfter=10)
HEADING = ParagraphStyle(
    "heading",
    parent=BODY,
    fontName="Helvetica-Bold",
    fontSize=13,
    leading=18,
    spaceBefore=12,
    spaceAfter=5,
    keepWithNext=1,
)


def pdf_table(rows: list[list[str]], widths: list[float], room: float) -> Table:
    cells = [
        [Paragraph(escape(text), HEAD_CELL if number == 0 else CELL) for text in row] for number, row in enumerate(rows)
    ]
    table = Table(cells, colWidths=[room * share / sum(widths) for share in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.9, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def pdf_block(block: Block, widths: list[float], room: float) -> list[Flowable]:
    if isinstance(block, list):
        return [Spacer(1, 4), pdf_table(block, widths, room), Spacer(1, 10)]
    if block.startswith("## "):
        return [Paragraph(escape(block[3:]), HEADING)]
    if block.startswith("# "):
        return [Paragraph(escape(block[2:]), TITLE)]
    if block.startswith("- "):
        return [Paragraph(escape(block[2:]), ITEM, bulletText="-")]
    return [Paragraph(escape(block), BODY)]


def write_pdf(path: Path, title: str, footer: str, small_page: bool, widths: list[float], blocks: list[Block]) -> None:
    size = A5 if small_page else A4
    margin = (1.7 if small_page else 2.7) * cm

    def draw_footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(margin, 1.1 * cm, f"{footer} - page {document.page}")

    document = SimpleDocTemplate(
        str(path),
        pagesize=size,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        author="Larkmoor Cycle Freight",
        invariant=1,
    )
    flow = [part for block in blocks for part in pdf_block(block, widths, size[0] - 2 * margin - 12)]
    document.build(flow, onFirstPage=draw_footer, onLaterPages=draw_footer)


def write_docx(path: Path, author: str, blocks: list[Block]) -> None:
    document = docx.Document()
    document.core_properties.author = author
    for block in blocks:
        if isinstance(block, list):
            table = document.add_table(rows=len(block), cols=len(block[0]), style="Light Grid Accent 1")
            for row, texts in zip(table.rows, block, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        elif block.startswith("## "):
            document.add_heading(block[3:], level=2)
        elif block.startswith("# "):
            document.add_heading(block[2:], level=1)
        elif block.startswith("- "):
            document.add_paragraph(block[2:], style="List Bullet")
        else:
            document.add_paragraph(block)
    document.save(str(path))
    freeze(path)


def write_xlsx(path: Path, sheets: dict[str, list[list[str | int | float]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in sheet.iter_cols():
            longest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, 60)
    book.save(path)
    freeze(path)


def freeze(path: Path) -> None:
    """Rewrite an office file with fixed dates, so that two runs give the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-01-01T00:00:00Z", data)
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), data, zipfile.ZIP_DEFLATED)


def main() -> None:
    for name, pdf in PDFS.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pdf(path, pdf["title"], pdf["footer"], pdf["small_page"], pdf["widths"], pdf["blocks"])
    for name, (author, blocks) in DOCX.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_docx(path, author, blocks)
    for name, sheets in XLSX.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_xlsx(path, sheets)


if __name__ == "__main__":
    main()

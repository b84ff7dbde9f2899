"""Files with one table each, of known cells: what `tables.py` asks for.

    sheet = Sheet("Ashby")
    SHAPES["plain"][0](sheet, random.Random(0))      sheet.facts: a question, its answer, what must stand beside it
    WRITERS["xlsx"](Path("ashby.xlsx"), sheet)

The same rows for many places, each in a shape of its own (`SHAPES`), as a person would set them out.
"""

from __future__ import annotations

import csv
import html
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_BIRDS = "Wren Lark Finch Heron Swift Robin Plover Martin Siskin Dunlin Avocet Curlew"
BIRDS = _BIRDS.split()
KINDS = ("City bikes", "Cargo bikes", "Tandems", "Trailers")
COLUMNS = ("Deposit", "Day rate", "Load limit", "Service code", "Stock", "Insurance")
_PARTS = "Saddle Chain Lamp Basket Bell Pedal Brake Mudguard Front_tyre Rear_tyre Battery"
PARTS = [part.replace("_", " ") for part in _PARTS.split()]
WIDE = tuple(f"{part} {what}" for part in PARTS for what in ("order number", "delivery time"))
_PLACES = """Ashby Brack Cotley Dunmere Elsworth Fenwick Garth Hollin Inver Jarrow Kelso Lydd Marlow Nairn Otley Penrith Quorn
Ripley Selby Thirsk Ulver Wooler Yarm Alston Bewley Crook Denby"""
PLACES = _PLACES.split()


@dataclass(slots=True)
class Fact:
    question: str
    answer: str
    needs: tuple[str, ...]  # what its passage must name


@dataclass(slots=True)
class Sheet:
    """Cells as a person would set them out; `merges` are (row, column, rows, columns)."""

    place: str
    rows: list[list[str]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    heading: bool = True  # the place stands over the table, else in it


def _fill(sheet: Sheet, draw: random.Random, columns: tuple[str, ...], grouped: str = "") -> None:
    """Rows of birds by kind; `grouped`: the kind is a row above its birds, or a merged cell beside them."""
    numbers = iter(draw.sample(range(1000, 9999), len(KINDS) * len(BIRDS) * len(columns)))
    for kind in KINDS:
        if grouped == "above":
            sheet.rows.append([kind] + [""] * len(columns))
        if grouped == "beside":
            sheet.merges.append((len(sheet.rows), 0, len(BIRDS), 1))
        for bird in BIRDS:
            values = [str(next(numbers)) for _ in columns]
            beside = [kind if bird == BIRDS[0] else ""] if grouped == "beside" else []
            sheet.rows.append([*beside, bird if grouped else f"{bird} {kind}", *values])
            for column, value in zip(columns, values, strict=True):
                question = f"What is the {column.lower()} of the {bird} of the {kind.lower()} in {sheet.place}?"
                sheet.facts.append(Fact(question, value, (bird, kind, *column.split(), sheet.place)))


def _head(sheet: Sheet, *rows: list[str]) -> None:
    sheet.heads += range(len(sheet.rows), len(sheet.rows) + len(rows))
    sheet.rows += rows


def plain(sheet: Sheet, draw: random.Random) -> None:
    _head(sheet, ["Model", *COLUMNS])
    _fill(sheet, draw, COLUMNS)


def titled(sheet: Sheet, draw: random.Random) -> None:
    """A title and a date above the header."""
    width = len(COLUMNS)
    sheet.heading = False
    sheet.merges.append((0, 0, 1, width + 1))
    sheet.rows += [
        [f"Hire list of the depot in {sheet.place}"] + [""] * width,
        ["As of", "March 2026"] + [""] * (width - 1),
    ]
    sheet.rows.append([""] * (width + 1))
    plain(sheet, draw)


def grouped(sheet: Sheet, draw: random.Random) -> None:
    _head(sheet, ["Model", *COLUMNS])
    _fill(sheet, draw, COLUMNS, "above")


def merged(sheet: Sheet, draw: random.Random) -> None:
    _head(sheet, ["Kind", "Model", *COLUMNS])
    _fill(sheet, draw, COLUMNS, "beside")


def two_rows(sheet: Sheet, draw: random.Random) -> None:
    """A header of two rows: what the names of the second share stands above them."""
    half = len(PARTS[:3])
    _head(
        sheet,
        ["Model", *(cell for part in PARTS[:half] for cell in (part, ""))],
        ["", *["Order number", "Delivery time"] * half],
    )
    sheet.merges += [(0, 0, 2, 1), *((0, 1 + 2 * at, 1, 2) for at in range(half))]
    _fill(sheet, draw, WIDE[: 2 * half])


def wide(sheet: Sheet, draw: random.Random) -> None:
    _head(sheet, ["Model", *WIDE])
    _fill(sheet, draw, WIDE)


def second(sheet: Sheet, draw: random.Random) -> None:
    """Under an empty row, another table."""
    _head(sheet, ["Model", *COLUMNS])
    _fill(sheet, draw, COLUMNS)
    sheet.facts.clear()
    sheet.rows.append([""] * (len(COLUMNS) + 1))
    extensions = draw.sample(range(20000, 99999), len(BIRDS) * 4)
    _head(sheet, ["Employee", "Phone extension", *[""] * (len(COLUMNS) - 1)])
    for number, extension in enumerate(extensions):
        name = f"{['Ann', 'Bob', 'Cleo', 'Dan'][number % 4]} {BIRDS[number // 4]}son"
        sheet.rows.append([name, str(extension), *[""] * (len(COLUMNS) - 1)])
        sheet.facts.append(
            Fact(
                f"What is the phone extension of {name} in {sheet.place}?",
                str(extension),
                (name, "extension", sheet.place),
            )
        )


Shape = Callable[[Sheet, random.Random], None]
SHAPES: dict[str, tuple[Shape, str]] = {
    "plain": (plain, "csv md html docx xlsx"),
    "titled": (titled, "csv html docx xlsx"),
    "grouped": (grouped, "csv md html docx xlsx"),
    "merged": (merged, "html docx xlsx"),
    "two rows of header": (two_rows, "html docx xlsx"),
    "wide": (wide, "csv md html docx xlsx"),
    "second table": (second, "csv xlsx"),
}


# --- the files


def _csv(path: Path, sheet: Sheet) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(sheet.rows)


def _md(path: Path, sheet: Sheet) -> None:
    lines = ["| " + " | ".join(row) + " |" for row in sheet.rows]
    lines.insert(1, "|" + " --- |" * len(sheet.rows[0]))
    path.write_text(f"# The depot in {sheet.place}\n\n" + "\n".join(lines) + "\n")


def _html(path: Path, sheet: Sheet) -> None:
    spans = {(row, column): (down, across) for row, column, down, across in sheet.merges}
    hidden = {(r + y, c + x) for r, c, down, across in sheet.merges for y in range(down) for x in range(across)} - set(
        spans
    )
    body = f"<h1>The depot in {sheet.place}</h1>" if sheet.heading else ""
    for row, cells in enumerate(sheet.rows):
        tag = "th" if row in sheet.heads else "td"
        told = ""
        for column, cell in enumerate(cells):
            if (row, column) not in hidden:
                down, across = spans.get((row, column), (1, 1))
                told += f"<{tag} rowspan={down} colspan={across}>{html.escape(cell)}</{tag}>"
        body += ("<table>" if row == 0 else "") + f"<tr>{told}</tr>"
    path.write_text(f"<!doctype html><title>List</title>{body}</table>")


def _docx(path: Path, sheet: Sheet) -> None:
    from docx import Document

    word = Document()
    if sheet.heading:
        word.add_heading(f"The depot in {sheet.place}", 1)
    table = word.add_table(len(sheet.rows), len(sheet.rows[0]))
    for cells, row in zip(sheet.rows, table.rows, strict=True):
        for text, cell in zip(cells, row.cells, strict=True):
            cell.text = text
    for row, column, down, across in sheet.merges:
        text = sheet.rows[row][column]
        table.cell(row, column).merge(table.cell(row + down - 1, column + across - 1)).text = text
    word.save(str(path))


def _xlsx(path: Path, sheet: Sheet) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = sheet.place if sheet.heading else "Sheet1"
    for cells in sheet.rows:
        book.active.append([int(cell) if cell.isdecimal() else cell or None for cell in cells])
    for row, column, down, across in sheet.merges:
        book.active.merge_cells(None, row + 1, column + 1, row + down, column + across)
    book.save(path)


WRITERS = {"csv": _csv, "md": _md, "html": _html, "docx": _docx, "xlsx": _xlsx}

"""Tables as people set them out: titles above them, headers of two rows, merged cells, several in one sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.documents import read_file
from tunebook.documents.heads import Head, cells_of, row_parts
from tunebook.documents.tables import tables
from tunebook.documents.webpage import html_to_text


def text_of(folder: Path, name: str, content: str) -> str:
    (folder / name).write_text(content)
    return read_file(folder / name, name).text


@given(st.lists(st.lists(st.text("ab1é \n", max_size=6), max_size=4), max_size=7))
def test_every_cell_is_read_once_and_rows_are_of_equal_width(rows):
    blocks = tables(rows)
    said = "\n".join(blocks).replace("|", "").replace(" --- ", "")
    assert sorted("".join(said.split())) == sorted("".join("".join(map("".join, rows)).split()))
    for block in blocks:
        assert len({line.count("|") for line in block.split("\n")}) == 1


@pytest.mark.parametrize(
    ("rows", "blocks"),
    [
        ([["only"]], ["| only |\n| --- |"]),
        ([["a"], ["b"]], ["| a |\n| --- |\n| b |"]),
        ([], []),
        ([["", ""]], []),
        ([["", "Price"], ["Day", "10"]], ["|  | Price |\n| --- | --- |\n| Day | 10 |"]),  # a corner is no title
        ([["List"], [], ["Plan", "Price"], ["Day", "10"]], ["List", "| Plan | Price |\n| --- | --- |\n| Day | 10 |"]),
        (
            [["For", "Ann"], ["Plan", "City", "Cargo", "Kids", "Old"], ["Day", "1", "2", "3", "4"], ["Week", "5"]],
            [
                "For Ann",
                "| Plan | City | Cargo | Kids | Old |\n|"
                + " --- |" * 5
                + "\n| Day | 1 | 2 | 3 | 4 |\n| Week | 5 |  |  |  |",
            ],
        ),
    ],
)
def test_titles_stand_above_their_table(rows, blocks):
    assert tables(rows) == blocks


def test_a_table_under_an_empty_row_has_a_header_of_its_own():
    prices = [["Plan", "Price"], ["Day", "10"], [], ["Week", "30"]]
    assert tables(prices) == ["| Plan | Price |\n| --- | --- |\n| Day | 10 |\n| Week | 30 |"]  # one that only breathes
    people = [["Staff"], ["Name", "Extension"], ["Ann", "17"]]
    assert tables([*prices, [], *people]) == [
        "| Plan | Price |\n| --- | --- |\n| Day | 10 |\n| Week | 30 |",
        "Staff",
        "| Name | Extension |\n| --- | --- |\n| Ann | 17 |",
    ]


def test_a_few_short_rows_over_an_empty_one_are_titles():
    prices = [["Plan", "City", "Cargo", "Kids", "Old"], ["Day", "1", "2", "3", "4"], ["Week", "5", "6", "7", "8"]]
    assert tables([["Hire"], ["As of", "May"], [], *prices])[0] == "Hire\nAs of May"
    long = [["Name", "Room"]] + [["Ann", "17"]] * 5
    assert tables([*long, [], *prices])[0].startswith("| Name | Room |")


def test_merged_cells_of_a_spreadsheet(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (
        ["Kind", "Model", "2026", None],
        [None, None, "Day", "Week"],
        ["City", "Wren", 1, 2],
        [None, "Lark", 3, 4],
    ):
        sheet.append([None, *row])  # begins at column B
    sheet.insert_rows(1, 2)
    for reference in ("B3:B4", "C3:C4", "D3:E3", "B5:B6", "H20:I30"):
        sheet.merge_cells(reference)
    book.create_sheet("More").append(["a", 1])
    book.save(tmp_path / "a.xlsx")
    text = read_file(tmp_path / "a.xlsx", "a.xlsx").text
    rule = "| --- | --- | --- | --- |"
    assert text.startswith(
        f"## Sheet\n\n| Kind | Model | 2026 Day | 2026 Week |\n{rule}\n| City | Wren | 1 | 2 |\n| City | Lark | 3 | 4 |\n"
    )


def test_a_header_of_two_rows_is_one_line(tmp_path):
    page = (
        "<table><tr><th rowspan=2>Plan<th colspan=2>2025<th colspan=2>2026<tr><th>Day<th>Week<th>Day<th>Week"
        "<tr><td>City<td>1<td>2<td>3<td>4</table>"
    )
    table = "| Plan | 2025 Day | 2025 Week | 2026 Day | 2026 Week |\n|" + " --- |" * 5 + "\n| City | 1 | 2 | 3 | 4 |"
    assert html_to_text(page)[0] == table
    from docx import Document as Word

    word = Word()
    cells = word.add_table(3, 5)
    for row, texts in enumerate(
        (["", "", "", "", ""], ["", "Day", "Week", "Day", "Week"], ["City", "1", "2", "3", "4"])
    ):
        for column, text in enumerate(texts):
            cells.cell(row, column).text = text
    cells.cell(0, 0).merge(cells.cell(1, 0)).text = "Plan"
    cells.cell(0, 1).merge(cells.cell(0, 2)).text = "2025"
    cells.cell(0, 3).merge(cells.cell(0, 4)).text = "2026"
    word.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx", "a.docx").text == table


@pytest.mark.parametrize("first", ["Day,10,12,", "Day,10,12,net", ",10,12,", "Day,,12,net"])
def test_the_first_row_below_a_name_over_two_columns_is_no_header(first):
    rows = [["Plan", "Price", "", "Note"], first.split(","), ["Week", "30", "32", "net"]]
    header = tables(rows, {(0, 1): 2})[0].split("\n")[0]
    assert header == ("| Plan | Price 10 | Price 12 | Note |" if first == ",10,12," else "| Plan | Price |  | Note |")


def test_a_cell_merged_downwards_is_said_in_each_row(tmp_path):
    from docx import Document as Word

    word = Word()
    cells = word.add_table(3, 2)
    for place, text in {(0, 0): "Kind", (0, 1): "Model", (1, 1): "Wren", (2, 1): "Lark"}.items():
        cells.cell(*place).text = text
    cells.cell(1, 0).merge(cells.cell(2, 0)).text = "City"
    word.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx", "a.docx").text.endswith("| City | Wren |\n| City | Lark |")


def test_a_table_with_a_header_is_one_though_its_cells_hold_code():
    page = (
        "<table><tr><th>Method<th>Call<tr><td>get<td><pre>a = get(\n  1)</pre><tr><td>put<td><pre>put(2)</pre></table>"
    )
    assert html_to_text(page)[0] == "| Method | Call |\n| --- | --- |\n| get | a = get( 1) |\n| put | put(2) |"


def test_a_term_and_what_it_means_are_one_block():
    page = "<dl><dt>Deposit<dd><p>Ten crowns.</p><p>Paid back.</p><dt>Fee:<dd>Two.<dt>Modes<dd><ul><li>a<li>b</ul></dl><p>End"
    assert html_to_text(page)[0] == "Deposit: Ten crowns.\n\nPaid back.\n\nFee: Two.\n\nModes\n\n- a\n- b\n\nEnd"


def test_csv_with_a_title_above_its_header(tmp_path):
    table = "Preisliste 2026\n\n| Modell | Preis |\n| --- | --- |\n| Wren | 10,50 |\n| Lark | 20 |"
    assert text_of(tmp_path, "a.csv", "Preisliste 2026\n\nModell;Preis\nWren;10,50\nLark;20\n") == table
    assert text_of(tmp_path, "b.csv", "Modell;Preis\nWren;10,50\nLark;20,0\n").startswith("| Modell | Preis |")
    assert text_of(tmp_path, "c.tsv", "\tPreis\nWren\ta, b, c\n").startswith("|  | Preis |")


# --- rows that are cut


@given(st.text("ab \\|", max_size=30), st.text("ab |", max_size=20), st.integers(1, 6))
def test_the_pieces_of_a_row_are_the_row(row, names, parts):
    row = row.strip() or "|"
    pieces = list(row_parts(row, Head(names), parts))
    assert "".join(row[start:end] for start, end, _ in pieces).replace(" ", "") == row.replace(" ", "")
    assert all(row[start:end].strip() == row[start:end] != "" for start, end, _ in pieces)
    assert [start for start, _ in cells_of(row)] == [0, *(end for _, end in cells_of(row)[:-1])]

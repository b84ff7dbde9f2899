"""ODS: numbers as they are shown, days, repeated and merged cells, encrypted files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from test_odt import NAMES, cell

from tunebook.documents import read_file
from tunebook.errors import ReadFailed


def ods(path: Path, sheets: str, manifest: str = "<manifest/>") -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f"<office:document-content{NAMES}><office:body><office:spreadsheet>{sheets}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return read_file(path, path.name).text


def sheet(name: str, *rows: str) -> str:
    inner = "".join(
        one if one.startswith("<table:table-row ") else f"<table:table-row>{one}</table:table-row>" for one in rows
    )
    return f'<table:table table:name="{name}">{inner}</table:table>'


def valued(kind: str, value: str, shown: str) -> str:
    name = "date-value" if kind == "date" else "value"
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"><text:p>{shown}</text:p></table:table-cell>'


def test_cells_are_what_they_show_and_days_are_whole(tmp_path):
    head = cell("Model") + cell("Share") + cell("From") + cell("At")
    row = (
        cell("Wren")
        + valued("percentage", "0.15", "15%")
        + valued("date", "2026-03-04", "04.03.26")
        + valued("date", "2026-03-04T10:30:00", "10:30")
    )
    assert ods(tmp_path / "a.ods", sheet("Prices", head, row)) == (
        "## Prices\n\n| Model | Share | From | At |\n| --- | --- | --- | --- |\n"
        "| Wren | 15% | 2026-03-04 | 2026-03-04 10:30:00 |"
    )


def test_sheets_follow_each_other_and_rows_without_end_are_none(tmp_path):
    many = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    nothing = '<table:table-cell table:number-columns-repeated="16384"/>'
    first = sheet("One", cell("Depot") + cell("Count"), cell("Ashby") + cell("12"), many.format(1048000, nothing))
    second = sheet("Two", cell("Day") + cell("Rate"), many.format(3, cell("any") + cell("5")), many.format(2, nothing))
    assert ods(tmp_path / "a.ods", first + sheet("Empty") + second) == (
        "## One\n\n| Depot | Count |\n| --- | --- |\n| Ashby | 12 |\n\n"
        "## Two\n\n| Day | Rate |\n| --- | --- |\n| any | 5 |\n| any | 5 |\n| any | 5 |"
    )


def test_a_merged_cell_is_said_in_each_of_its_rows(tmp_path):
    rows = (
        cell("Depot") + cell("Count"),
        cell("Ashby", 'table:number-rows-spanned="2"') + cell("12"),
        "<table:covered-table-cell/>" + cell("13"),
    )
    assert ods(tmp_path / "a.ods", sheet("Stock", *rows)).endswith("| Ashby | 12 |\n| Ashby | 13 |")


def test_covered_cells_may_stand_for_several(tmp_path):
    rows = (
        cell("Depot") + cell("Region") + cell("Count"),
        cell("Ashby", 'table:number-rows-spanned="2"') + cell("North", 'table:number-rows-spanned="2"') + cell("1"),
        '<table:covered-table-cell table:number-columns-repeated="2"/>' + cell("2"),
        cell("all", 'table:number-rows-spanned="2" table:number-columns-spanned="2"')
        + "<table:covered-table-cell/>"
        + cell("3"),
        '<table:covered-table-cell table:number-columns-repeated="2"/>' + cell("4"),
    )
    text = ods(tmp_path / "a.ods", sheet("Stock", *rows))
    assert text.endswith("| Ashby | North | 1 |\n| Ashby | North | 2 |\n| all |  | 3 |\n| all |  | 4 |")


def test_rows_that_are_repeated_keep_what_covers_them(tmp_path):
    rows = (
        cell("Depot") + cell("Kind") + cell("Count"),
        cell("Ashby", 'table:number-rows-spanned="4"') + cell("x") + cell("1"),
        '<table:table-row table:number-rows-repeated="3"><table:covered-table-cell/>'
        + cell("y")
        + cell("2")
        + "</table:table-row>",
        cell("Wells", 'table:number-rows-spanned="2"') + cell("z") + cell("3"),
        "<table:covered-table-cell/>" + cell("z") + cell("4"),
    )
    text = ods(tmp_path / "a.ods", sheet("Stock", *rows))
    assert text.endswith("| Ashby | x | 1 |\n" + 3 * "| Ashby | y | 2 |\n" + "| Wells | z | 3 |\n| Wells | z | 4 |")


def test_values_that_no_text_shows_are_told(tmp_path):
    def bare(kind: str, **values: str) -> str:
        told = "".join(f' office:{name.replace("_", "-")}="{value}"' for name, value in values.items())
        return f'<table:table-cell office:value-type="{kind}"{told}/>'

    row = (
        cell("Wren")
        + bare("float", value="0")
        + bare("percentage", value="0.15")
        + bare("currency", value="12.5", currency="EUR")
        + bare("time", time_value="PT30H05M00S")
        + bare("boolean", boolean_value="true")
        + bare("string", string_value="dry")
    )
    head = "".join(map(cell, ("Model", "n", "Share", "Price", "Time", "Free", "State")))
    assert ods(tmp_path / "a.ods", sheet("Stock", head, row)).endswith(
        "| Wren | 0 | 15% | 12.5 EUR | 30:05:00 | TRUE | dry |"
    )


def test_what_is_kept_of_other_files_is_none_of_this_one(tmp_path):
    kept = sheet("'file:///hr/pay.xlsx'#Pay", cell("Ann") + cell("99000")).replace(
        "<table:table-row>", "<table:table-source/><table:table-row>", 1
    )
    link = (
        "<table:dde-links><table:table><table:table-row>"
        + cell("7")
        + "</table:table-row></table:table></table:dde-links>"
    )
    text = ods(tmp_path / "a.ods", kept + sheet("Stock", cell("Day") + cell("Rate"), cell("any") + cell("5")) + link)
    assert text == "## Stock\n\n| Day | Rate |\n| --- | --- |\n| any | 5 |"


def test_columns_keep_their_places_beside_many_empty_ones(tmp_path):
    gap = '<table:table-cell table:number-columns-repeated="1500"/>'
    text = ods(tmp_path / "a.ods", sheet("Stock", cell("a") + gap + cell("b"), cell("1") + gap + cell("2") + gap))
    assert text == "## Stock\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_what_is_none_says_so_and_a_broken_title_is_none(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(ReadFailed, match=r"it is no OpenDocument file: it holds no content\.xml"):
        read_file(tmp_path / "a.ods", "a.ods")
    ods(tmp_path / "b.ods", sheet("Stock", cell("Rate") + cell("5")))
    with zipfile.ZipFile(tmp_path / "b.ods", "a") as archive:
        archive.writestr("meta.xml", "<broken")
    assert read_file(tmp_path / "b.ods", "b.ods").title == "b"


def test_a_table_within_a_cell_is_part_of_it_and_remarks_are_passed_over(tmp_path):
    remark = "<office:annotation><text:p>ask Ann</text:p></office:annotation>"
    inner = f"<table:table-cell>{remark}<text:p>5</text:p>{sheet('inner', cell('inside'))}</table:table-cell>"
    text = ods(
        tmp_path / "a.ods", sheet("Stock", cell("Rate") + cell("Sum"), cell("day") + inner, cell("week") + cell("9"))
    )
    assert text.endswith("| day | 5 inside |\n| week | 9 |")


def test_an_encrypted_one_says_so(tmp_path):
    with pytest.raises(ReadFailed, match=r"^a\.ods cannot be read: it is encrypted$"):
        ods(tmp_path / "a.ods", sheet("Stock", cell("12")), "<manifest><encryption-data/></manifest>")

"""What a spreadsheet shows of a number, as text."""

from __future__ import annotations

import datetime

import openpyxl
import pytest

from tunebook.documents import read_file
from tunebook.documents.number_formats import shown


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        ("0.15", "0%", "15%"),
        ("0.155", "0.0 %", "15.5 %"),
        ("-0.02", "0%;[Red]-0%", "-2%"),
        ("1250.5", '#,##0.00 "€"', "1250.50 €"),
        ("1250.5", "[$€-407] #,##0.00", "€ 1250.50"),
        ("-3", "[$$-409]#,##0;[Red]-[$$-409]#,##0", "-$3"),
        ("-0.2", '0" kg"', "0 kg"),
        ("80", 'General" kg"', "80 kg"),
        ("1E2", r"0\ \k\g", "100 kg"),
        ("2.5", '0.0#" m"', "2.5 m"),
        ("1250000", '#,##0.0,,"M"', "1.3M"),
        ("12", '_-* #,##0.00 "EUR"_-;-* #,##0.00 "EUR"_-;_-* "-"_-', "12.00 EUR"),
        ("7", "00000", "00007"),
        ("7", '"Nr; "0', "Nr; 7"),
        ("1.25347222", "[h]:mm", "30:05"),
        ("0.0625", "[mm]:ss", "90:00"),
        ("0.5", "[h]", "12"),
        ("0.125", "[hh]:mm:ss", "03:00:00"),
        ("15", '0"%"', "15%"),
        ("15", r"0\%", "15%"),
        ("-0.05", "+0.0%;-0.0%", "-5.0%"),
        ("-0.05", "▲0.0%;▼0.0%", "▼5.0%"),
        ("-5", '0" over";0" under";"on target"', "5 under"),
        ("-3", '#,##0.00 "€";(#,##0.00 "€")', "-3.00 €"),
        ("-3", '0 "€";[Red]0 "€"', "-3 €"),
    ],
)
def test_numbers_as_they_are_shown(value, format, text):
    assert shown(value, format) == text


@pytest.mark.parametrize(
    ("value", "format"),
    [
        ("0.155", "0.00"),
        ("1250", "#,##0"),
        ("-3", "#,##0_);(#,##0)"),
        ("45000", "dd.mm.yyyy"),
        ("45000", "[$-407]d. mmmm yyyy"),
        ("0.00001", "0.0E+00"),
        ("0.5", "# ?/?"),
        ("3", "@"),
        ("3", "General"),
        ("3", '"none"'),
        ("3", ""),
        ("", "0%"),
        ("NaN", "0%"),
        ("-1", "[h]:mm"),
        ("0.00238", "[mm]:ss.0"),
        ("1.25", '[h] "Std."'),
        ("500", '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0'),
        ("5", '[=1]0" Tag";0" Tage"'),
        ("0", '0" over";0" under";"on target"'),
        ("1E999999", 'General" kg"'),
        ("1", "0." + "0" * 40 + '"kg"'),
        ("x" * 9, '0" kg"'),
    ],
)
def test_what_stays_as_the_number_that_it_is(value, format):
    assert shown(value, format) is None


def test_a_sheet_is_read_as_people_see_it(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([None, None, None, None])
    for row in (
        ["Plan", "Discount", "Load", "Hours", "Since"],
        ["Day", 0.15, 80, datetime.timedelta(hours=30, minutes=5), datetime.date(2026, 3, 4)],
        ["Week", 0.2, 100, datetime.timedelta(hours=168), datetime.date(2026, 3, 5)],
    ):
        book.active.append([None, *row])
    for row in (3, 4):
        for column, format in zip("CDEF", ("0%", '0" kg"', "[h]:mm", "dd.mm.yyyy"), strict=True):
            book.active[f"{column}{row}"].number_format = format
    book.active.merge_cells("C3:C4")
    book.save(tmp_path / "a.xlsx")
    assert read_file(tmp_path / "a.xlsx", "a.xlsx").text.split("\n")[-2:] == [
        "| Day | 15% | 80 kg | 30:05 | 2026-03-04 |",
        "| Week | 15% | 100 kg | 168:00 | 2026-03-05 |",
    ]


def test_a_formula_without_a_value_moves_no_number_into_another_cell(tmp_path):
    book = openpyxl.Workbook()
    for row in (["=1+1", None, None], [None, "Share", "Left"], [None, 0.15, 7], [None, 0.25, 9]):
        book.active.append(row)
    for cell in ("B3", "B4"):
        book.active[cell].number_format = "0%"
    book.save(tmp_path / "a.xlsx")
    text = read_file(tmp_path / "a.xlsx", "a.xlsx").text
    assert text.split("\n")[-2:] == ["| 15% | 7 |", "| 25% | 9 |"]


def test_a_chart_between_sheets_moves_no_number_into_another_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart")
    for name, value in (("B", 0.15), ("C", 120)):
        sheet = book.create_sheet(name)
        sheet.append(["Share"])
        sheet.append([value])
    book["B"]["A2"].number_format = "0%"
    book.active.append(["none"])
    book.save(tmp_path / "a.xlsx")
    text = read_file(tmp_path / "a.xlsx", "a.xlsx").text
    assert [line for line in text.split("\n") if "15" in line or "120" in line] == ["| 15% |", "| 120 |"]

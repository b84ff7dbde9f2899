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

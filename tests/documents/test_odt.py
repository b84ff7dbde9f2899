"""ODT: cells merged over rows, notes, deleted text, lists."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tunebook.documents import read_file

NAMES = "".join(
    f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "text", "table", "style")
)


def odt(path: Path, body: str, styles: str = "") -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "content.xml",
            f"<office:document-content{NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
    return read_file(path, path.name).text


def cell(text: str, spans: str = "") -> str:
    return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"


def test_cells_keep_their_columns_beside_merged_ones(tmp_path):
    covered = "<table:covered-table-cell/>"
    rows = (
        cell("Kind", 'table:number-rows-spanned="2"') + cell("Price", 'table:number-columns-spanned="2"') + covered,
        covered + cell("Day") + cell("Week"),
        cell("City", 'table:number-rows-spanned="2"') + cell("4") + cell("5"),
        covered + '<table:table-cell table:number-columns-repeated="2"><text:p>6</text:p></table:table-cell>',
    )
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    assert odt(
        tmp_path / "a.odt", f"<table:table><table:table-header-rows>{table}</table:table-header-rows></table:table>"
    ) == ("| Kind | Price Day | Price Week |\n| --- | --- | --- |\n| City | 4 | 5 |\n| City | 6 | 6 |")


def test_notes_deleted_text_and_spaces(tmp_path):
    told = "<text:note-citation>1</text:note-citation><text:note-body><text:p>Students: five.</text:p></text:note-body>"
    note = f"<text:note>{told}</text:note>"
    body = "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
    body += f'<text:p>It<text:s text:c="2"/>costs <text:span>ten{note}</text:span> &amp; more<text:line-break/>here.</text:p>'
    assert odt(tmp_path / "a.odt", f"{body}<text:section><text:p>End.</text:p></text:section>") == (
        "It  costs ten & more\nhere.\n\nStudents: five.\n\nEnd."
    )


def test_lists_have_numbers_where_their_style_has(tmp_path):
    style = '<text:list-style style:name="L"><text:list-level-style-number text:level="1"/></text:list-style>'
    inner = "<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list>"
    items = f"<text:list-item><text:p>one</text:p>{inner}</text:list-item><text:list-item><text:p>two</text:p></text:list-item>"
    assert (
        odt(tmp_path / "a.odt", f'<text:list text:style-name="L">{items}</text:list>', style)
        == "1. one\n  - inner\n2. two"
    )
    assert odt(tmp_path / "b.odt", f"<text:list>{items}</text:list>") == "- one\n  - inner\n- two"

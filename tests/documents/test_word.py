"""What a DOCX file says beside its paragraphs: numbers of headings and items, notes, text boxes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tunebook.documents import read_file

NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(folder: Path, body: str, **parts: str) -> str:
    """The text of a file with this body and other parts of XML."""
    with zipfile.ZipFile(folder / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        for name, inner in parts.items():
            archive.writestr(f"word/{name}.xml", f"<w:{name} {NAMES}>{inner}</w:{name}>")
    return read_file(folder / "a.docx", "a.docx").text


def item(text: str, level: int = 0, number: int = 1, style: str = "") -> str:
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number >= 0 else ""
    return f"<w:p><w:pPr>{styled}{listed}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(at: int, format: str, text: str, inner: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>{inner}<w:lvlText w:val="{text}"/></w:lvl>'


CLAUSES = (
    f'<w:abstractNum w:abstractNumId="7">{level(0, "decimal", "%1.")}{level(1, "decimal", "%1.%2")}'
    f"{level(2, 'lowerLetter', '(%3)')}</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
)


def test_items_are_numbered_as_the_word_processor_shows_them(tmp_path):
    body = item("Term") + item("It lasts.", 1) + item("at home", 2) + item("abroad", 2) + item("It ends.", 1)
    body += (
        "<w:p><w:r><w:t>Between.</w:t></w:r></w:p>"
        + item("Fee")
        + item("Ten.", 1)
        + item("Anew", 0, 2)
        + item("So.", 1)
    )
    assert word(tmp_path, body, numbering=CLAUSES) == (
        "1. Term\n\n1.1 It lasts.\n\n(a) at home\n\n(b) abroad\n\n1.2 It ends.\n\nBetween.\n\n"
        "2. Fee\n\n2.1 Ten.\n\n5. Anew\n\n5.1 So."
    )


def test_headings_are_numbered_by_their_styles(tmp_path):
    linked = level(0, "upperRoman", "Article %1", '<w:pStyle w:val="H1"/>') + level(
        1, "decimal", "§ %2", '<w:pStyle w:val="H2"/>'
    )
    numbering = f'<w:abstractNum w:abstractNumId="0">{linked}</w:abstractNum>'
    numbering += '<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>'
    styles = "".join(
        f'<w:style w:styleId="H{n}"><w:name w:val="heading {n}"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    body = "".join(
        item(text, 0, -1, style) for text, style in (("Scope", "H1"), ("Who", "H2"), ("What", "H2"), ("Fee", "H1"))
    )
    body += item("Annex", 0, 0, "H1")  # number 0: of no list
    text = word(tmp_path, body, numbering=numbering, styles=styles)
    assert text == "# Article I Scope\n\n## § 1 Who\n\n## § 2 What\n\n# Article II Fee\n\n# Annex"


def test_a_list_that_is_defined_nowhere_has_bullets(tmp_path):
    bullets = f'<w:abstractNum w:abstractNumId="1">{level(0, "bullet", "•")}</w:abstractNum>'
    bullets += '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    assert word(tmp_path, item("one") + item("two", 1, 9)) == "- one\n  - two"
    assert word(tmp_path, item("one"), numbering=bullets) == "- one"


def test_a_note_stands_below_what_it_is_to(tmp_path):
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    notes = "".join(
        f'<w:footnote w:id="{id}"><w:p><w:r><w:footnoteRef/><w:t>{text}</w:t></w:r></w:p></w:footnote>'
        for id, text in ((0, ""), (2, "Students pay five."), (3, "Of nothing."))
    )
    body = f"<w:p><w:r><w:t>It costs ten.</w:t></w:r>{mark}</w:p>" + item("End", number=-1)
    assert word(tmp_path, body, footnotes=notes) == "It costs ten.\n\nStudents pay five.\n\nEnd\n\nOf nothing."
    table = f"<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Ten</w:t></w:r>{mark}</w:p></w:tc></w:tr></w:tbl>"
    assert word(tmp_path, table + item("End", number=-1), footnotes=notes) == (
        "| Ten |\n| --- |\n\nStudents pay five.\n\nEnd\n\nOf nothing."
    )


def test_a_text_box_is_no_part_of_the_heading_that_it_hangs_on(tmp_path):
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Gate code 7781</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    styles = '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    body = f'<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr>{box}<w:r><w:t>Entry</w:t></w:r></w:p>'
    assert word(tmp_path, body, styles=styles) == "# Entry\n\nGate code 7781"

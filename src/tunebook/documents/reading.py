"""One file to one `Document`, by its extension.

>>> read_file(Path("documents/wren.md"), "documents/wren.md").title
'The Wren'

A new format is one reader, `Path → Parsed`, and one line in `_FORMATS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.documents.converted import as_sheets, as_slides, as_word
from tunebook.documents.epub import read_epub
from tunebook.documents.mail import read_eml
from tunebook.documents.notebook import read_notebook
from tunebook.documents.ods import read_ods
from tunebook.documents.odt import read_odt
from tunebook.documents.parsed import Parsed
from tunebook.documents.pdf import read_pdf
from tunebook.documents.plain import read_csv, read_html, read_text
from tunebook.documents.scan import MISSING, Tick, read_picture, read_scans
from tunebook.documents.slides import read_slides
from tunebook.documents.spreadsheets import read_sheets
from tunebook.documents.word import read_docx
from tunebook.errors import ReadFailed
from tunebook.values import Document

READING = 2  # raised when files are read otherwise than before: the next sync reads all of them once more
PROSE = "md markdown mdx txt text rst adoc org log"
CODE = (
    "bash bat c cc cfg conf cpp cs css dart env go graphql h hpp hs ini java jl js json jsx kt lua mjs php pl "
    "properties proto ps1 py r rb rs scala sh sql swift tex tf toml ts tsx vue xml yaml yml"
)
SLIDES = "pptx pptm ppsx ppsm potx potm"
OLD_SLIDES = "ppt pps pot odp otp"


@dataclass(frozen=True, slots=True)
class Format:
    """How files of some extensions are read; `in_child`: a hostile one could take all memory or hang.

    `scan` reads the pages that are pictures of text: (path, what was read, languages, tick) → Parsed.
    """

    extensions: str
    read: Callable[[Path], Parsed]
    in_child: bool = True
    scan: Callable[[Path, Parsed, str, Tick], Parsed] | None = None


_FORMATS = (
    Format(PROSE, read_text, in_child=False),
    Format(CODE, read_text, in_child=False),
    Format("csv tsv", read_csv, in_child=False),
    Format("html htm xhtml", read_html),
    Format("pdf", read_pdf, scan=read_scans),
    Format("png jpg jpeg tif tiff", lambda path: Parsed(""), scan=read_picture),
    Format("ipynb", read_notebook),
    Format("docx docm dotx dotm", read_docx),
    Format("xlsx xlsm xltx xltm", read_sheets),
    Format(SLIDES, read_slides),
    Format("odt ott", read_odt),
    Format("ods ots", read_ods),
    Format("doc dot rtf", as_word),
    Format(OLD_SLIDES, as_slides),
    Format("xls xlt xlsb", as_sheets),
    Format("epub", read_epub),
    Format("eml", read_eml),
)
_BY_EXTENSION = {extension: format for format in _FORMATS for extension in format.extensions.split()}
_HEADING = re.compile(r"^(?:#{1,6}[ \t]+(\S.*)|((?=.*[^\W_])\S.*)\n={3,}[ \t]*)$", re.MULTILINE)
_CLOSING = re.compile(r"(?:^|[ \t]+)#+$")  # a heading may end as it begins; the "#" of "C#" is its own
_RST_HEADING = re.compile(r"""^((?=.*[^\W_])(.*\S))[ \t]*\n([-=~^*#+_`"'])\3{2,}[ \t]*$""", re.MULTILINE)
# a `#` in it begins a comment
_FENCED = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_EMPTY_TITLES = frozenset(
    {"untitled", "title", "document", "document1", "(anonymous)", "unspecified", "(unspecified)", "null", "none"}
    | {"powerpoint presentation", "slide 1", "untitled document", "untitled presentation", "no slide title"}
)
_ERROR_NAME = re.compile(r"\w+Error")
_FILE_NAME = re.compile(r"\.(pdf|docx?|dotx?|rtf|odt|xlsx?|pptx?|txt|indd|qxd)$", re.IGNORECASE)


def format_of(path: Path) -> Format | None:
    """None where the extension is not known."""
    return _BY_EXTENSION.get(path.suffix.lower().removeprefix("."))


def read_file(path: Path, id: str, ocr_languages: str = "", tick: Tick = lambda: None) -> Document:
    """The document in the file, its format in `metadata["format"]`.

    Pages that are pictures of text are read with `ocr_languages` ("deu+eng"; none where it is empty), each followed by a
    tick; how many there were is in `metadata["scanned_pages"]`, what the file lists and lacks in `"missing_parts"`.
    Raises ReadFailed, with the reason in one line, whatever is wrong with the file.
    """
    if path.is_dir():
        raise ReadFailed(f"{id} is a link to a folder, which is not followed: name the folder (tunebook sync PATH…)")
    format = format_of(path)
    if format is None:
        known = ", ".join(sorted(_BY_EXTENSION.keys() - set(CODE.split())))
        raise ReadFailed(
            f"{id}: files of kind {path.suffix or path.name!r} are not read", hint=f"read are {known} and source code"
        )
    try:
        if path.stat().st_size == 0:
            raise ReadFailed(f"{id} is an empty file")
        parsed = format.read(path)
        if format.scan:
            parsed = format.scan(path, parsed, ocr_languages, tick)
    except ReadFailed as failure:
        if failure.message.startswith(id):
            raise
        raise ReadFailed(f"{id} cannot be read: {failure.message}", failure.hint) from failure
    except Exception as error:  # parsers raise what they like on broken files; this is where it becomes ours
        raise ReadFailed(f"{id} cannot be read: {_reason(error, path)}") from error
    if not parsed.text.strip():
        raise ReadFailed(f"{id} holds no text", hint=MISSING if format.scan else "")
    extension = path.suffix.lower().removeprefix(".")
    metadata: dict[str, Any] = {"format": extension}
    metadata |= {"scanned_pages": parsed.scanned} if parsed.scanned else {}
    metadata |= {"missing_parts": list(parsed.missing)} if parsed.missing else {}
    return Document(id, title_of(parsed, extension, path.stem), parsed.text, parsed.pages, metadata)


def title_of(parsed: Parsed, extension: str, stem: str) -> str:
    """What the file calls itself, else its first heading, else its name; of a PDF and of code no heading counts."""
    stated = " ".join((parsed.title or "").split()).removeprefix("Microsoft Word - ")
    if any(map(str.isalnum, stated)) and stated.lower() not in _EMPTY_TITLES and not _FILE_NAME.search(stated):
        return stated
    if extension in (*CODE.split(), "pdf"):  # a `#` in it begins a comment; the first bookmark is of a preface
        return stem
    headings = _RST_HEADING if extension == "rst" else _HEADING
    heading = headings.search(_FENCED.sub("", parsed.text))
    return _CLOSING.sub("", (heading[1] or heading[2]).strip()) or stem if heading else stem


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    with path.open("rb") as file:
        is_old_office = file.read(4) == b"\xd0\xcf\x11\xe0"
    if is_old_office:
        return "it is encrypted, or an old office file under a new name"
    text = " ".join(str(error).split()) or type(error).__name__
    parts = dict.fromkeys(text.split(": "))  # kreuzberg: "ParsingError: PDF is password-protected: PDF is …"
    told = [part for part in parts if not _ERROR_NAME.fullmatch(part)]
    return ": ".join(told)[:300] or text[:300]

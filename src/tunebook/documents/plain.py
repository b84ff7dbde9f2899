"""Formats that are text already: kept to the letter (`read_text`), or laid out as a table or a page.

A CSV file becomes a Markdown table, its first row that is no title the header; its delimiter is what a
first line `sep=…` names (spreadsheets write one), else whichever of `, ; tab |` parts most of the first lines, and most of
them alike, outside quotation marks.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from tunebook.documents.decoding import decode
from tunebook.documents.parsed import Parsed, join_blocks
from tunebook.documents.tables import tables
from tunebook.documents.webpage import html_to_text

_FRONT_MATTER = re.compile(r"\A---\n(?P<body>(?:.*\n)*?)---\n")
_FRONT_TITLE = re.compile(r"^title:[ \t]*(?P<title>\S.*)$", re.MULTILINE)
_SEPARATOR = re.compile(r"\A\s*sep=(?P<sign>[^\r\n])\r?\n", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE_CHARS = 20_000
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def read_text(path: Path) -> Parsed:
    """Markdown, plain text, source code: nothing but the newlines is changed."""
    text = decode(path.read_bytes())
    front = _FRONT_MATTER.match(text)
    title = _FRONT_TITLE.search(front["body"]) if front else None
    return Parsed(text, title=title["title"].strip().strip("\"'") if title else None)


def read_csv(path: Path) -> Parsed:
    text = decode(path.read_bytes())
    named = _SEPARATOR.match(text)
    text = text[named.end() :] if named else text
    delimiter = named["sign"] if named else _delimiter(text)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # else a cell has at most 131,072 letters
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)  # not splitlines: a cell may hold U+2028
    return Parsed(join_blocks(tables(list(rows))))


def _delimiter(text: str) -> str:
    """A title in the first line has none, and a decimal comma is not in every line."""
    lines = _QUOTED.sub("", text[:_SAMPLE_CHARS]).strip("\n").split("\n")

    def worth(sign: str) -> tuple[int, int, int]:
        counts = Counter(filter(None, (line.count(sign) for line in lines)))
        return counts.total(), max(counts.values(), default=0), sum(counts.elements())

    return max(",;\t|", key=worth)


def read_html(path: Path) -> Parsed:
    data = path.read_bytes()
    charset = _CHARSET.search(data[:4096])
    text, title = html_to_text(decode(data, charset[1].decode("ascii") if charset else None))
    return Parsed(text, title=title)

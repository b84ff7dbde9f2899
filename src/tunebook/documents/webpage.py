"""HTML to clean, Markdown-like text, with the standard library's parser.

>>> html_to_text("<title>Larkmoor</title><h1>Prices</h1><ul><li>Day &pound;10</ul>")
('# Prices\\n\\n- Day £10', 'Larkmoor')

kreuzberg 4.10.4 turns the title into a second-level heading, pads table cells, keeps link targets and gives empty
text for deep nesting; hence this.  Left out on purpose: scripts, styles, navigation, pictures, link targets, bold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tunebook.documents.parsed import join_blocks, raised
from tunebook.documents.tables import tables

_UNSEEN = frozenset({"script", "style", "template", "svg", "noscript", "iframe", "noembed", "noframes"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_TAGS = """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption
figure footer form header hr legend li main ol option p pre section summary table tbody td tfoot th thead title tr ul"""
_BLOCKS = frozenset(_BLOCK_TAGS.split()) | set(_HEADINGS)
_MAX_INDENT = 4
_MAX_SPAN = 100


def html_to_text(html: str) -> tuple[str, str | None]:
    """Text of the page, and its title if it has one."""
    for unseen in (_UNSEEN | {"nav"}, frozenset({"script", "style"})):
        page = _Page(unseen)
        page.feed(html)
        page.finish()
        if not page.unseen_open:  # an element that is never closed would have hidden the rest of the page
            break
    return join_blocks(page.blocks), page.title


_BREAK = "\v"  # stands for <br>; white space in HTML, so no text of a page holds it to any effect


_Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class _Cell:
    blocks: list[str]
    down: int  # rows that it stands in
    across: int  # columns
    heads: bool

    @property
    def text(self) -> str:
        return " ".join(block.removeprefix("```\n").removesuffix("\n```") for block in self.blocks)


@dataclass(slots=True)
class _Table:
    outside: list[str]  # the blocks before the table, put aside while its cells are read
    rows: list[list[_Cell]] = field(default_factory=list)
    in_cell: bool = False
    span: tuple[int, int] = (1, 1)  # of the cell that is being read: down, across
    heads: bool = False  # it is a header's

    @property
    def is_layout(self) -> bool:
        """True for a table that only places things: one column, or cells that hold headings, code or tables under no header."""
        cells = [cell.blocks for row in self.rows for cell in row]
        structured = any("\n" in block or block.startswith("#") for cell in cells for block in cell)
        headed = len(self.rows[0]) > 1 and all(cell.heads for cell in self.rows[0]) if self.rows else False
        return (structured and not headed) or all(sum(bool(cell.blocks) for cell in row) <= 1 for row in self.rows)

    def blocks(self) -> list[str]:
        """Each cell in its column; one that spans rows is said in each of them."""
        placed: dict[tuple[int, int], str] = {}
        across: dict[tuple[int, int], int] = {}
        for row, cells in enumerate(self.rows):
            column = 0
            for cell in cells:
                while (row, column) in placed:
                    column += 1
                for below in range(row, min(row + cell.down, len(self.rows))):
                    placed |= {(below, column + right): "" for right in range(1, cell.across)}
                    placed[below, column] = cell.text
                    if cell.across > 1:
                        across[below, column] = cell.across
                column += cell.across
        width = max((column for _, column in placed), default=-1) + 1
        grid = [[placed.get((row, column), "") for column in range(width)] for row in range(len(self.rows))]
        return tables(grid, across)


class _Page(HTMLParser):
    def __init__(self, unseen: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.unseen = unseen
        self.unseen_open: list[str] = []
        self.blocks: list[str] = []
        self.title: str | None = None
        self.words: list[str] = []
        self.prefix = ""
        self.lists: list[int | None] = []  # the next number of an ordered list, None for bullets
        self.tables: list[_Table] = []
        self.verbatim = False
        self.raised = False
        self.term: int | None = None  # how many blocks there were before the term whose meaning comes next
        self.means = False  # the next text is what the last block means

    def handle_starttag(self, tag: str, attrs: _Attributes) -> None:
        hides = tag in self.unseen or ("nav" in self.unseen and ("role", "navigation") in attrs)
        if hides or (self.unseen_open and tag == self.unseen_open[-1]):
            self.unseen_open.append(tag)
        if self.unseen_open:
            return
        if tag == "br":
            self.words.append(_BREAK)
        self.raised = tag == "sup" or (self.raised and tag not in _BLOCKS)
        if tag not in _BLOCKS:
            return
        self._flush()
        self._follow_terms(tag)
        if tag in ("ul", "ol"):
            self.lists.append(_number(attrs, "start") if tag == "ol" else None)
        elif tag == "li":
            if self.lists and self.lists[-1] is not None:
                self.lists[-1] = _number(attrs, "value", self.lists[-1])
            self.prefix = self._bullet()
        elif tag in _HEADINGS:
            self.prefix = "#" * _HEADINGS[tag] + " "
        elif tag == "pre":
            self.verbatim = True
        elif tag == "table":
            self.tables.append(_Table(self.blocks))
            self.blocks = []
        elif tag in ("tr", "td", "th") and self.tables:
            self._open_cell(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.unseen_open:
            if tag == self.unseen_open[-1]:
                self.unseen_open.pop()
            return
        self.raised = self.raised and tag != "sup"
        if tag not in _BLOCKS:
            return
        if tag == "title":
            self.title = self.title or " ".join("".join(self.words).split()) or None
            self.words = []
        self._flush()
        if tag == "li" or tag in _HEADINGS:
            self.prefix = ""
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag in ("td", "th", "tr") and self.tables:
            self._close_cell()
        elif tag == "table" and self.tables:
            self._close_table()

    def handle_data(self, data: str) -> None:
        if not self.unseen_open:
            self.words.append(raised(data) if self.raised else data)

    def finish(self) -> None:
        self.close()
        self._flush()
        while self.tables:
            self._close_table()

    def _bullet(self) -> str:
        indent = "  " * min(max(len(self.lists) - 1, 0), _MAX_INDENT)
        number = self.lists[-1] if self.lists else None
        if number is None:
            return indent + "- "
        self.lists[-1] = number + 1
        return f"{indent}{number}. "

    def _flush(self) -> None:
        raw, self.words = "".join(self.words), []
        if self.verbatim and raw.strip():
            text = "```\n" + raw.replace(_BREAK, "\n").strip("\n").rstrip() + "\n```"
        else:
            one_line = self.tables or self.prefix.startswith("#")
            lines = [" ".join(line.split()) for line in raw.split(_BREAK)]
            text = (" " if one_line else "\n").join(lines).strip()
        self.verbatim = False
        if text and self.means:
            self.blocks[-1] += (" " if self.blocks[-1].endswith(":") else ": ") + text
        elif text:
            self.blocks.append(self.prefix + text)
        if text:
            self.prefix, self.means = "", False

    def _follow_terms(self, tag: str) -> None:
        """A term and what it means are one block."""
        if tag == "dt":
            self.term = len(self.blocks)
        if tag == "dd":
            self.means, self.term = self.term == len(self.blocks) - 1, None
        elif tag not in ("p", "div"):
            self.means = False

    def _open_cell(self, tag: str, attrs: _Attributes) -> None:
        self._close_cell()
        table = self.tables[-1]
        if tag == "tr" or not table.rows:
            table.rows.append([])
        table.in_cell, table.heads = tag != "tr", tag == "th"
        table.span = (_span(attrs, "rowspan"), _span(attrs, "colspan")) if attrs else (1, 1)

    def _close_cell(self) -> None:
        table = self.tables[-1]
        if table.in_cell:
            table.rows[-1].append(_Cell(self.blocks, *table.span, table.heads))
        else:
            table.outside.extend(self.blocks)
        self.blocks, table.in_cell = [], False

    def _close_table(self) -> None:
        self._close_cell()
        table = self.tables.pop()
        self.blocks = table.outside
        if table.is_layout:
            self.blocks.extend(block for row in table.rows for cell in row for block in cell.blocks)
        else:
            self.blocks.extend(table.blocks())


def _number(attrs: _Attributes, name: str, default: int = 1) -> int:
    found = dict(attrs).get(name) or ""
    return int(found) if found.isdecimal() and len(found) < 6 else default


def _span(attrs: _Attributes, name: str) -> int:
    return min(max(1, _number(attrs, name)), _MAX_SPAN)

"""A document's text to blocks: headings, paragraphs, list items, table rows, fenced code.

    # Prices                      heading, stays with what follows
                                  ↓
    Deposits are refunded.        paragraph under "Prices"

    | Plan | Deposit |            table head (with its rule), stays with what follows
    | --- | --- |
    | Day | 10 |                  row under "Prices", of the table "| Plan | Deposit |"

Every character that is not white space is in exactly one block, and no block crosses a page.  Text without any
markup is paragraphs.  Source code is cut at empty lines, and its `# comments` are no headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tunebook.documents.heads import Head, group_name, title_above
from tunebook.documents.reading import CODE, OLD_SLIDES, SLIDES
from tunebook.values import Document

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"([=~^-])\1{2,}[ \t]*$")
_UNDERLINES = "=-~^"  # by level; reStructuredText has any sign, and the order of a file's first ones is their level
_RST_LINE = re.compile(r"""([-=~^*#+_`"'])\1{2,}[ \t]*$""")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")  # ```code``` on one line is none
_RULE = re.compile(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*$")
_BARE_RULE = re.compile(
    r"[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$"
)  # of a table whose rows begin without a bar
_NEWLINE = re.compile(r"\n")
_CODE = frozenset(CODE.split()) | {"log"}
_SLIDES = frozenset(f"{SLIDES} {OLD_SLIDES}".split())


@dataclass(frozen=True, slots=True)
class Block:
    """`text[start:end]`, stripped of outer white space."""

    start: int
    end: int
    heading: str = ""  # path of headings, this one included
    page: int | None = None
    leads: bool = False  # a heading, or what stands over rows of a table: worth little without what follows
    table: Head | None = None  # of the table that this is a row of
    by_line: bool = False  # cut between lines and not between sentences: code, tables
    piece: bool = False  # of a row that is cut: under the names of its own columns


def blocks(document: Document) -> Iterator[Block]:
    """The blocks of a document, in order."""
    format = document.metadata.get("format")
    scanner = _Scanner(document.text, format in _CODE, format == "rst", format != "pdf")
    for page, start, end in _regions(document):
        if format in _SLIDES:
            scanner.path = []  # a slide without a title does not go on under another's
        yield from scanner.scan(page, start, end)


def _regions(document: Document) -> Iterator[tuple[int | None, int, int]]:
    """The pages, and what lies between them."""
    position = 0
    for page in sorted(document.pages, key=lambda page: page.start):
        start, end = max(page.start, position), min(page.end, len(document.text))
        if position < start:
            yield None, position, start
        if start < end:
            yield page.number, start, end
        position = max(position, end)
    yield None, position, len(document.text)


@dataclass(slots=True)
class _Scanner:
    """Reads line by line; headings are carried from page to page, but for slides."""

    text: str
    code: bool
    rst: bool
    underlines: bool  # make what is above them a heading
    styles: list[str] = field(default_factory=list)  # of reStructuredText's titles: "=" under one, "==" also over it
    path: list[tuple[int, str]] = field(default_factory=list)
    page: int | None = None
    above: str = ""  # the title of the table that comes next

    def scan(self, page: int | None, start: int, end: int) -> Iterator[Block]:
        self.page = page
        lines = list(self._lines(start, end))
        at = 0
        while at < len(lines):
            count, made = self._next(lines, at)
            yield from made
            at += count

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for newline in _NEWLINE.finditer(self.text, start, end):
            yield start, newline.start()
            start = newline.end()
        yield start, end

    def _next(self, lines: list[tuple[int, int]], at: int) -> tuple[int, list[Block]]:
        """How many lines the blocks at line `at` take, and the blocks."""
        line = self._line(lines, at)
        if not line.strip():
            return 1, []
        if self.code:
            count = self._run(lines, at, lambda later: bool(later.strip()))
            return count, [self._block(lines, at, count, by_line=True)]
        fence = _FENCE.match(line)
        if fence:
            count = self._run(lines, at, lambda later: not _closes(later, fence[1]))
            count = min(count + 1, len(lines) - at)
            return count, [self._block(lines, at, count, by_line=True)]
        if line.lstrip().startswith("|") or self._heads_table(lines, at):
            return self._table(lines, at)
        heading = self._heading(lines, at)
        if heading:
            count, level, title = heading
            self.path = [one for one in self.path if one[0] < level] + [(level, title)]
            return count, [self._block(lines, at, count, leads=True)]
        count = self._run(lines, at, self._continues)
        count = next((one for one in range(1, count) if self._heads_table(lines, at + one)), count)
        return count, [self._paragraph(lines, at, count)]

    def _paragraph(self, lines: list[tuple[int, int]], at: int, count: int) -> Block:
        """A short one right above a table is its title."""
        block, after = self._block(lines, at, count), at + count
        while after < len(lines) and not self._line(lines, after).strip():
            after += 1
        if self._heads_table(lines, after):
            self.above = title_above(self.text[block.start : block.end])
        return replace(block, leads=bool(self.above))

    def _heads_table(self, lines: list[tuple[int, int]], at: int) -> bool:
        if at + 1 >= len(lines) or "|" not in self._line(lines, at):
            return False
        rule = _RULE if self._line(lines, at).lstrip().startswith("|") else _BARE_RULE
        return rule.match(self._line(lines, at + 1)) is not None

    def _table(self, lines: list[tuple[int, int]], at: int) -> tuple[int, list[Block]]:
        barred = self._line(lines, at).lstrip().startswith("|")
        count = self._run(lines, at, lambda later: later.lstrip().startswith("|") if barred else "|" in later)
        above, self.above = self.above, ""
        if not self._heads_table(lines, at):
            return count, [self._block(lines, row, 1, by_line=True) for row in range(at, at + count)]
        head = Head(self._line(lines, at).strip(), above)
        made = [self._block(lines, at, 2, leads=count > 2, by_line=True)]
        grouped = count > 2 and group_name(self._line(lines, at + 2))
        for row in range(at + 2, at + count):
            group = grouped and group_name(self._line(lines, row))
            head = replace(head, group="") if group else head
            made.append(
                self._block(lines, row, 1, leads=bool(group) and row + 1 < at + count, table=head, by_line=True)
            )
            head = replace(head, group=group) if group else head
        return count, made

    def _heading(self, lines: list[tuple[int, int]], at: int) -> tuple[int, int, str] | None:
        """How many lines, the level, the title."""
        line = self._line(lines, at)
        if self.rst:
            return self._rst_heading(lines, at)
        marked = _HEADING.match(line)
        if marked:
            return 1, len(marked[1]), marked[2]
        after_empty = at == 0 or not self._line(lines, at - 1).strip()
        if not self.underlines or not after_empty or at + 1 >= len(lines) or _ITEM.match(line):
            return None
        underline = _UNDERLINE.match(self._line(lines, at + 1))
        if not underline or not any(map(str.isalnum, line)):
            return None
        return 2, _UNDERLINES.index(underline[1]) + 1, line.strip()

    def _rst_heading(self, lines: list[tuple[int, int]], at: int) -> tuple[int, int, str] | None:
        """A title with a line of one sign under it, or also over it."""
        here = [self._line(lines, one).rstrip() for one in range(at, min(at + 3, len(lines)))]
        over = len(here) == 3 and here[0] == here[2] and _RST_LINE.match(here[0]) is not None
        title, under = here[1:3] if over else [*here, ""][:2]
        found = _RST_LINE.match(under)
        if found is None or not any(map(str.isalnum, title)) or (title[0].isspace() and not over):
            return None
        style = found[1] * (2 if over else 1)
        if style not in self.styles:
            self.styles.append(style)
        return (3 if over else 2), self.styles.index(style) + 1, title.strip()

    def _continues(self, line: str) -> bool:
        """True for a line that goes on with the paragraph or list item before it."""
        ends = _ITEM.match(line) or _FENCE.match(line) or (not self.rst and _HEADING.match(line))
        return bool(line.strip()) and not ends and not line.lstrip().startswith("|")

    def _run(self, lines: list[tuple[int, int]], at: int, holds: Callable[[str], bool]) -> int:
        """How many lines from `at` on belong together: the first, and those after it that hold."""
        count = 1
        while at + count < len(lines) and holds(self._line(lines, at + count)):
            count += 1
        return count

    def _line(self, lines: list[tuple[int, int]], at: int) -> str:
        return self.text[lines[at][0] : lines[at][1]]

    def _block(
        self,
        lines: list[tuple[int, int]],
        at: int,
        count: int,
        leads: bool = False,
        table: Head | None = None,
        by_line: bool = False,
    ) -> Block:
        start, end = lines[at][0], lines[at + count - 1][1]
        raw = self.text[start:end]
        start, end = end - len(raw.lstrip()), start + len(raw.rstrip())
        heading = " > ".join(title for _, title in self.path)
        return Block(start, end, heading, self.page, leads, table, by_line)


def _closes(line: str, fence: str) -> bool:
    """Whether a line ends a block that began with this fence: the same signs, at least as many, and nothing else."""
    signs = line.strip()
    return len(signs) >= len(fence) and set(signs) == {fence[0]}

"""A document to passages that fit the embedder, cut where the text itself has joints.

>>> document = Document("wren.md", "Wren", "# Wren\\n\\nIt carries 80 kg.\\n\\n# Prices\\n\\nTen a day.")
>>> for passage in split(document, lambda texts: [len(text.split()) for text in texts], max_tokens=8):
...     print(passage.heading, passage.start, passage.end, repr(passage.text))
Wren 0 25 '# Wren\\n\\nIt carries 80 kg.'
Prices 27 47 '# Prices\\n\\nTen a day.'

Sections that fit stay whole.  Longer ones are shared out evenly over as many passages as they need: between blocks,
then sentences (lines in code, cells in tables), then words, then characters.  What stands over a row whose table is cut goes
into the `heading`: the text of a passage is the document's to the letter.

Encoders take a word of more than a hundred letters for one unknown token, be it all of a page in Thai, which has no
blanks between words.  So a text counts for at least a token for every `CHARS_OF_A_TOKEN` of its characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tunebook.documents.blocks import Block, blocks
from tunebook.documents.heads import Head, row_parts
from tunebook.documents.sentences import cut, lines, sentences
from tunebook.values import Document, Passage

CountTokens = Callable[[Sequence[str]], list[int]]
CHARS_OF_A_TOKEN = 20  # at most; of English it is some 4


@dataclass(frozen=True, slots=True)
class _Unit:
    """A block, or a part of one, and what it costs in tokens."""

    block: Block
    tokens: int


_Run = list[_Unit]  # neighbours that become one passage


def split(document: Document, count_tokens: CountTokens, max_tokens: int = 160) -> list[Passage]:
    """Passages in order, each of at most `max_tokens` as `count_tokens` counts its text.

    Every character that is not white space is in one passage; no passage crosses a page.  Only a single character that
    costs more than `max_tokens` by itself exceeds the limit.  `count_tokens` is called a few times with many texts.
    """
    assert max_tokens > 0
    meter = _Meter(document.text, count_tokens, max_tokens)
    units = _fit(document.text, meter, list(blocks(document)))
    runs = [run for section in _sections(_groups(units, meter)) for run in _share(section, meter)]
    return [_passage(document, run) for run in _checked(meter, runs)]


class _Meter:
    """Counts in batches, and knows what a text costs for being one and for being joined to another."""

    def __init__(self, text: str, count_tokens: CountTokens, max_tokens: int) -> None:
        self._text = text
        self._count = count_tokens
        self.max_tokens = max_tokens
        self._frame, one, two = count_tokens(["", "a", "a\n\na"])
        self.joint = max(0, two - 2 * one + self._frame)  # tokens for the empty line between two blocks
        self.room = max(1, max_tokens - self._frame)  # without what the tokenizer puts around every text

    def full(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        counts = self._count([self._text[start:end] for start, end in spans]) if spans else []
        return [
            max(count, (end - start) // CHARS_OF_A_TOKEN) for count, (start, end) in zip(counts, spans, strict=True)
        ]

    def units(self, parts: Sequence[Block]) -> list[_Unit]:
        counts = self.full([(part.start, part.end) for part in parts])
        return [_Unit(part, max(0, tokens - self._frame)) for part, tokens in zip(parts, counts, strict=True)]


def _fit(text: str, meter: _Meter, parts: list[Block]) -> list[_Unit]:
    """Blocks to units that fit, the first of them beside the heading that leads them."""
    units, room = meter.units(parts), meter.room
    limits = [room] * len(units)
    lead = 0
    for at, unit in enumerate(units):
        if not unit.block.leads:
            limits[at] = room - lead if lead <= room // 2 else room
        lead = lead + unit.tokens + meter.joint if unit.block.leads else 0
    whole = True
    while any(unit.tokens > limit for unit, limit in zip(units, limits, strict=True)):
        pieces: list[tuple[_Unit | Block, int]] = []
        for unit, limit in zip(units, limits, strict=True):
            if unit.tokens <= limit:
                pieces.append((unit, limit))
            else:
                pieces += [(part, limit) for part in _cut(text, unit, limit, whole)]
        counted = iter(meter.units([part for part, _ in pieces if isinstance(part, Block)]))
        units = [next(counted) if isinstance(part, Block) else part for part, _ in pieces]
        limits = [
            limit if unit.block.end - unit.block.start > 1 else max(limit, unit.tokens)
            for unit, (_, limit) in zip(units, pieces, strict=True)
        ]
        whole = False
    return units


def _cut(text: str, unit: _Unit, limit: int, whole: bool) -> Iterator[Block]:
    """A block that is too long by sentences, lines or cells, and what is still too long by its length."""
    block, parts = unit.block, -(-unit.tokens // limit)
    if whole and block.table:
        row = text[block.start : block.end]
        for start, end, head in row_parts(row, block.table, max(2, parts)):
            yield replace(block, start=block.start + start, end=block.start + end, table=head, piece=True)
        return
    spans = list((lines if block.by_line else sentences)(text, block.start, block.end)) if whole else []
    if len(spans) < 2:
        spans = list(cut(text, block.start, block.end, parts))
    for start, end in spans:
        yield replace(block, start=start, end=end)


def _groups(units: list[_Unit], meter: _Meter) -> Iterator[_Run]:
    """What must not be parted: a heading or table head and what follows it on the same page."""
    group: _Run = []
    for unit in units:
        if group:
            tokens = sum(one.tokens + meter.joint for one in group) + unit.tokens
            if not group[-1].block.leads or group[-1].block.page != unit.block.page or tokens > meter.room:
                yield group
                group = []
        group.append(unit)
    if group:
        yield group


def _sections(groups: Iterator[_Run]) -> Iterator[list[_Run]]:
    """Groups under the same heading on the same page; pieces of a row under the same columns."""
    section: list[_Run] = []
    for group in groups:
        if section and _place(section[-1]) != _place(group):
            yield section
            section = []
        section.append(group)
    if section:
        yield section


def _place(group: _Run) -> tuple[str, int | None, Head | None]:
    block = group[-1].block
    return block.heading, block.page, block.table if block.piece else None


def _share(section: list[_Run], meter: _Meter) -> Iterator[_Run]:
    """Packs groups into as few passages as fit, of about the same length, rather than full ones and a tiny last."""
    costs = [sum(unit.tokens for unit in group) + meter.joint * len(group) for group in section]
    even = sum(costs) / max(1, -(-sum(costs) // meter.room))
    run: _Run = []
    filled = 0
    for group, cost in zip(section, costs, strict=True):
        if run and (filled + cost > meter.room or filled + cost / 2 > even):
            yield run
            run, filled = [], 0
        run += group
        filled += cost
    yield run


def _checked(meter: _Meter, runs: list[_Run]) -> list[_Run]:
    """Halves what costs more as one text than the sum of its parts."""
    fits: dict[tuple[int, int], bool] = {}  # of runs of more than one part; what is one part was counted before
    while True:
        open_ = [span for run in runs if len(run) > 1 and (span := _span(run)) not in fits]
        if not open_:
            return runs
        fits |= {span: tokens <= meter.max_tokens for span, tokens in zip(open_, meter.full(open_), strict=True)}
        halves: list[_Run] = []
        for run in runs:
            middle = len(run) // 2 if not fits.get(_span(run), True) else 0
            while middle > 1 and run[middle - 1].block.leads:
                middle -= 1
            halves += [run[:middle], run[middle:]] if middle else [run]
        runs = halves


def _span(run: _Run) -> tuple[int, int]:
    return run[0].block.start, run[-1].block.end


def _passage(document: Document, run: _Run) -> Passage:
    first, last = run[0].block, run[-1].block
    start, end = _span(run)
    heading = " > ".join(part for part in (last.heading, first.table and first.table.told) if part)
    text = document.text[start:end]
    return Passage(document.id, document.title, heading, last.page, start, end, text, document.groups)

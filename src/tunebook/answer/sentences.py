"""Sentences of a text, with lines that were wrapped read as one.

    [text[a:b] for a, b in sentences("Fees\n\nIt costs 140\ncrowns.[1] See p. 5.\n- one\n- two")]
    →  "Fees"  "It costs 140\ncrowns.[1]"  "See p. 5."  "- one"  "- two"

A sentence ends after . ! ? with the quotes, brackets, marks of Markdown and citation markers that close it, before a blank
and anything but a small letter ("Yes." and "No." belong to what follows); after a full stop of Chinese and Japanese with no
blank; and where a line ends, unless the line goes on in the next one.  It goes on where it is long, ends no sentence and is
no heading or row, and the next one begins with a small letter, or all lines but the last of its paragraph are so long that
the first word of the next would not have fitted.

Left out on purpose: sentences that begin with a small letter, and all but the commonest abbreviations of other languages than
English and German.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tunebook.answer.recall import recalled

_CLOSING = (
    r"[\"')\]\u201d\u2019»\u300d\u300f\uff09*_`]|[ ]?\[\^?\d{1,3}(?:, ?\d{1,3})*\]|[ ]?\u3010[^\u3011\n]{1,30}\u3011"
)
_END = re.compile(
    rf"[.!?\u061f\u06d4\u0964](?:{_CLOSING})*(\s+)(?=[^a-z\s])|(\n)"
    rf"|[\u3002\uff01\uff1f](?:{_CLOSING})*+([^\S\n]*)(?=[^\s\u3002\uff01\uff1f])"
)
_ABBREVIATIONS = (
    # of people, places and firms: before anything
    r"[A-Z]|Dr|Mrs?|Ms|Prof|St|vs|Inc|Ltd|Corp|Co|Jr|Sr|approx|cf|Gen|Col|Lt|Sen|Rep|e\.g|i\.e|[A-Z]\.[A-Z]"
    r"|bzw|ggf|inkl|zzgl|evtl|vgl|sog|Hrn?|Sra?|Srta|Sig|Dott"  # German, Spanish and Italian
)
_BEFORE_DIGITS = (
    r"(?i:No|Nr|Fig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|max|min|pp?|Art|Arts|Sec|tel|ext|vol|ch|ca|[ap]\.m"
    r"|Abs|Kap|Ziff|Bd|gem|\w*str)"
)
_ABBREVIATION = re.compile(rf"\b(?:{_ABBREVIATIONS})\.$")
_COUNTS_ON = re.compile(rf"\b{_BEFORE_DIGITS}\.$")
_DIGITS = re.compile(r"(?:[+(]|§§? ?)?\d")
_DAY_OR_MONTH = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")
_ORDINAL = re.compile(r"\b(?:[Dd](?:er|ie|as|em|en|es)|[Ii]m|[Vv]om|[Zz]u[mr]|[Ii]ns|[Bb]eim) \d{1,2}\.$")  # "im 2."
_LETTER, _SECOND = re.compile(r"\b[diosuvz]\.$"), re.compile(r"[A-Za-zÄÖäö]{1,3}\.")  # "z. B.", "v. Chr."
_LETTERS = re.compile(r"\b[diosuvz]\. ?[a-z]\.$")  # "d. h.", "u. a."
_DAY = re.compile(r"(?<![\d.,])\d{1,2}\.$")  # of a German date: "3. Mai"
_MONTH = re.compile(r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b")
_PARTICLE = re.compile(r"(?:^|[.!?\n])\W*(?:Yes|No)\.$")
_SAYS_NOTHING = re.compile(r"\(?(\d{1,2}|[a-z])[.)]|(```|~~~) *[\w+-]*")  # a list number, the head of a block of code
_OWN_LINE = re.compile(r"[ \t]*(?:[-*+\u2022\u2013]\s|\(?(?:\d{1,3}|[A-Za-z])[.)]\s|[|#>]|```)")
_CLOSED = re.compile(r"[.!?:;|][\"')\]\u201d\u2019»*_`]*\s*$")
_HEADING = re.compile(r"[ \t]*(?:#|\*\*[^*]+\*\*\s*$)")
_CELLS = re.compile(r"\||\t|\S {3,}\S")
LEAST_WRAPPED_CHARS = 30  # no shorter line was wrapped
LIKELY_WRAPPED_CHARS = 60  # a line of this length that ends nothing is no heading


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence or line, without outer white space; "Dr. Ash" and "J. Ash" stay whole."""
    return list(_spans(text))


@recalled
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    going_on = _going_on(text) if "\n" in text else frozenset()
    spans, start = [], 0
    for blank in [*_blanks(text, going_on), None]:
        end, after = blank or (len(text), len(text))
        piece = text[start:end]
        if any(char.isalnum() for char in piece) and not _SAYS_NOTHING.fullmatch(piece.strip()):
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, left + len(piece.strip())))
        start = after
    return tuple(spans)


def _blanks(text: str, going_on: frozenset[int]) -> Iterator[tuple[int, int]]:
    """(start, end) of the white space between two sentences."""
    for match in _END.finditer(text):
        if match[3] is not None:
            yield match.span(3)
            continue
        start, end = match.span(1) if match[1] else match.span(2)
        if match[1] is None:
            if start not in going_on:
                yield start, end
            continue
        lines = {at for at in range(start, end) if text[at] == "\n"}
        stop = match.start() + 1
        particle = _PARTICLE.search(text[max(0, stop - 12) : stop])  # says nothing without what follows
        if lines - going_on or not (particle or abbreviated(text, stop, end)):
            yield start, end


def abbreviated(text: str, end: int, following: int) -> bool:
    """True where the full stop before `end` is an abbreviation's, and no sentence ends there; the next word is at `following`."""
    before = text[max(0, end - 12) : end]
    if any(one.search(before) for one in (_ABBREVIATION, _ORDINAL, _LETTERS)):
        return True
    if any(one.search(before) and other.match(text, following) for one, other in ((_DAY, _MONTH), (_LETTER, _SECOND))):
        return True
    if not _COUNTS_ON.search(before):
        return False
    return bool(_DIGITS.match(text, following) or _DAY_OR_MONTH.match(text, following))


def _going_on(text: str) -> frozenset[int]:
    """Places of the line ends that are no more than a blank."""
    found: set[int] = set()
    for block in _blocks(text):
        longest = max(end - start for start, end in block)
        firsts = [(text[start:end].split(maxsplit=1) or [""])[0] for start, end in block]
        room = [end - start + 1 + len(word) <= longest for (start, end), word in zip(block, firsts[1:], strict=False)]
        wrapped = not any(room) and (len(block) > 2 or block[0][1] - block[0][0] >= LIKELY_WRAPPED_CHARS)
        for ((start, end), _), word in zip(pairwise(block), firsts[1:], strict=True):
            line = text[start:end]
            if len(line) < LEAST_WRAPPED_CHARS or _CLOSED.search(line):
                continue
            if wrapped or word[:1].islower() or line.rstrip().endswith(","):
                found.add(end)
    return frozenset(found)


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Runs of two and more lines (start, end) that one paragraph, or one item of a list, may be made of."""
    block: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        alone = not line.strip() or _HEADING.match(line) is not None or _CELLS.search(line.strip()) is not None
        if alone or _OWN_LINE.match(line):
            if len(block) > 1:
                yield block
            block = []
        if not alone:
            block.append((start, end))
        start = end + 1
    if len(block) > 1:
        yield block

"""Where a stretch of text may be cut: after sentences, at line ends, at white space, between characters.

>>> text = "It carries 80 kg. Dr. Ash says so."
>>> [text[start:end] for start, end in sentences(text, 0, len(text))]
['It carries 80 kg.', 'Dr. Ash says so.']

All spans are offsets into the whole text, stripped of outer white space, in order, and together hold every other
character of the stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]

_MONTH = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"  # of "3. Mai"
_END = re.compile(
    rf"""[.!?…\u061f\u06d4\u0964]+["'”’»)\]]*(?=\s+[^\sa-z])(?!(?<=\d\.)\s+(?:{_MONTH})\b)|[。！？]+[」』”’）]*"""
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|[Nn]o|[Nn]r|[Vv]s|[Ff]ig|[Ee]q|[Ii]nc|[Cc]orp|[Aa]pprox|[Cc]f|"
    r"e\.g|i\.e|U\.S|a\.k\.a|bzw|ggf|inkl|zzgl|evtl|vgl|sog|Abs|[diosuvz]|[diosuvz]\. ?[a-z]|"
    r"(?:[Dd](?:er|ie|as|em|en|es)|[Ii]m|[Vv]om|[Zz]u[mr]|[Ii]ns|[Bb]eim) \d{1,2})|^\s*\d{1,3})\.$"
)
_NEWLINE = re.compile("\n")
_LONGEST_ABBREVIATION_CHARS = 12


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences by punctuation, so that nothing has to be learned or loaded; "No. 5", "J. Ash" and "z. B. 3. Mai" stay whole."""
    cuts = (
        match.end()
        for match in _END.finditer(text, start, end)
        if not _ABBREVIATION.search(text[max(start, match.end() - _LONGEST_ABBREVIATION_CHARS) : match.end()])
    )
    return _between(text, start, end, cuts)


def lines(text: str, start: int, end: int) -> Iterator[Span]:
    return _between(text, start, end, (match.end() for match in _NEWLINE.finditer(text, start, end)))


def cut(text: str, start: int, end: int, parts: int) -> Iterator[Span]:
    """About `parts` pieces of like length, and at least two: at line ends, else white space, else characters."""
    length = max(1, -(-(end - start) // max(2, parts)))
    while end - start > length:
        at = _good_cut(text, start, start + length)
        yield from _stripped(text, start, at)
        start = at
    yield from _stripped(text, start, end)


def _good_cut(text: str, start: int, end: int) -> int:
    """The last good place in `start + 1 … end`, a line end only where it leaves at least half."""
    line = text.rfind("\n", start + (end - start) // 2, end)
    if line > start:
        return line
    if text[end : end + 1].isspace():
        return end
    at = end - 1
    while at > start and not text[at].isspace():
        at -= 1
    return at if at > start else end


def _between(text: str, start: int, end: int, cuts: Iterable[int]) -> Iterator[Span]:
    for at in cuts:
        yield from _stripped(text, start, at)
        start = at
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without outer white space, or nothing where it is all white space."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end

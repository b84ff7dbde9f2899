"""Running heads and feet of a PDF: lines at the edge of a page that begin or end with its number.

>>> without_running(["Terms - page 1\\nKeep it dry.", "Terms - page 2\\nPay on time.", "Terms - page 3\\nBring it back."])
['Keep it dry.', 'Pay on time.', 'Bring it back.']

They stand between sentences, and before a heading they would be a passage of their own, under the heading before.  Left out
on purpose: heads without a number, which cannot be told from the head of a table that goes on for pages; Roman numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_EDGE = 2  # lines at either end of a page
_FEWEST = 3  # pages that have their number there, and half of all
_PAGE = r"(?:pages?|p\.|pp\.|seite|s\.|página|pagina|pág\.|pag\.|sida|side|strona|str\.)"
_FIRST = re.compile(rf"\W*(?:{_PAGE}\s*)?(?P<number>\d{{1,4}})(?=\s|\W*$)", re.IGNORECASE)
_LAST = re.compile(
    rf"(?:^|(?<=[^\w.,]))(?:{_PAGE}\s*)?(?P<number>\d{{1,4}})(?:\s*(?:/|of|von|de|sur|van|di|av|af|z)\s*\d{{1,4}})?\W*$",
    re.IGNORECASE,
)


def without_running(pages: Sequence[str]) -> list[str]:
    """The pages without them; headings (`#`) stay, and so does what stands beside one page's number alone."""
    lines = [page.split("\n") for page in pages]
    found = [(page, *label) for page, its in enumerate(lines) for label in _labels(its)]
    offsets = Counter(offset for offset, _ in {(number - page, page) for page, _, number, _ in found})
    offset, count = offsets.most_common(1)[0] if offsets else (0, 0)
    if count < _FEWEST or 2 * count < sum(bool(page.strip()) for page in pages):
        return list(pages)
    labelled = [(page, place, beside) for page, place, number, beside in found if number - page == offset]
    often = Counter(_letters(beside) for beside, _ in {(_letters(beside), page) for page, _, beside in labelled})
    gone = {
        (page, place)
        for page, place, beside in labelled
        if not any(map(str.isalnum, beside))
        or (_letters(beside) and len(beside.split()) > 1 and often[_letters(beside)] > 1)  # one word: "Step 3"
    }
    touched = {page for page, _ in gone}
    return [
        "\n".join(line for place, line in enumerate(its) if (page, place) not in gone).strip()
        if page in touched
        else pages[page]
        for page, its in enumerate(lines)
    ]


def _labels(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(line, number, what is beside it) of the lines at the edges that begin or end with a number."""
    filled = [place for place, line in enumerate(lines) if line.strip()]
    for place in sorted({*filled[:_EDGE], *filled[-_EDGE:]}):
        line = lines[place]
        if line.startswith("#"):
            continue
        for match in filter(None, (_FIRST.match(line), _LAST.search(line))):
            yield place, int(match["number"]), line[: match.start()] + line[match.end() :]


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).casefold()

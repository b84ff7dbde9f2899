"""Characters broken on their way, completions that dominate, rows that are too long.

Mojibake is recognised by ftfy's measure of text that a wrong encoding has gone over ("cafÃ©" is, "CAFÉ…" is not).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tunebook.tuning.checks.finding import Finding, found
from tunebook.tuning.checks.repeats import answer_key
from tunebook.values import Example

DOMINANT = 2 / 3  # share of the rows from which on one completion dominates
FEWEST = 20  # rows, before a share says anything
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def encoding(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        for text in (*(message["content"] for message in example.messages), example.completion or ""):
            if why := _broken(text):
                yield found(example, "encoding", why, fatal=False)
                break


def _broken(text: str) -> str | None:
    if text.isascii() and text.isprintable():
        return None
    if (at := text.find("\ufffd")) >= 0:
        return f"a replacement character after {text[max(0, at - 12) : at]!r}"
    if match := _CONTROL.search(text):
        return f"the control character {match[0]!r}"
    from ftfy.badness import BADNESS_RE

    if not text.isascii() and (match := BADNESS_RE.search(text)):
        start = max(0, match.start() - 8)
        return f"{text[start : match.end() + 4]!r} looks like UTF-8 read as another encoding"
    return None


def over_long(examples: Sequence[Example], lengths: Sequence[int], limit: int) -> Iterator[Finding]:
    for example, length in zip(examples, lengths, strict=True):
        if length > limit:
            yield found(example, "over-long", f"{length} tokens; at most {limit} (tuning.max_row_tokens)")


def imbalance(examples: Sequence[Example]) -> Iterator[Finding]:
    """One finding for the file, at the first of the rows that share the completion."""
    counted: Counter[str] = Counter(answer_key(example.completion or "") for example in examples)
    said, rows = counted.most_common(1)[0] if counted else ("", 0)
    if len(examples) < FEWEST or rows <= DOMINANT * len(examples):
        return
    first = next(example for example in examples if answer_key(example.completion or "") == said)
    what = "the abstention" if not said else "this completion"
    told = f"{rows} of {len(examples)} rows ({rows / len(examples):.0%}) have {what}"
    yield found(first, "imbalance", told, fatal=False)

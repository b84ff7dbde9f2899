"""What of a model's words is its answer: reasoning that comes first is left out.

    answer_in("<think>The text says 80.</think>80 kg.")    →  "80 kg."
    answer_in("<thi", last=False)                          →  "": it may yet become the beginning of such a block

Left out on purpose: other marks of reasoning.
"""

from __future__ import annotations

import re

THINK, THOUGHT = "<think>", "</think>"
_UNOPENED = re.compile(rf"(?:\A|\n)[ \t]*{THOUGHT}[ \t]*\n")  # its opening tag stood in the server's template


def answer_in(text: str, last: bool = True) -> str:
    """Without a leading <think> block; but at the `last`, what may yet become one is held back."""
    text = text.lstrip()
    if text.startswith(THINK):
        return text.partition(THOUGHT)[2].lstrip()
    if end := _unopened(text):
        return text[end.end() :].lstrip()
    return "" if not last and THINK.startswith(text) else text


def is_unopened(text: str) -> bool:
    """Whether it begins with reasoning whose opening tag is not there: nothing tells so before the block ends."""
    return not text.lstrip().startswith(THINK) and _unopened(text.lstrip()) is not None


def _unopened(text: str) -> re.Match[str] | None:
    end = _UNOPENED.search(text)
    return end if end and THINK not in text[: end.start()] else None

"""Fields that were meant to be others: a row may hold any, and one that is nearly one of those that are read counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from tunebook.rows import EXAMPLE_FIELDS
from tunebook.tuning.checks.finding import Finding, found
from tunebook.values import Example

NEAR = 0.75  # difflib's ratio: `sorces` and `source` are near `sources`, `category` and `prompt_id` near nothing


def misspelt(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        for field in example.unread:
            near = get_close_matches(field.lower(), EXAMPLE_FIELDS, 1, NEAR)
            if near and not (near[0] == "sources" and example.sources):  # `source` often says where a row is from
                told = f"{field!r} is not read; {near[0]!r} is"
                yield found(example, "misspelt", told, fatal=False)
                break

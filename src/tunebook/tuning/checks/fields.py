"""Fields that miss what they were meant for: one that is nearly one of those that are read (a row may hold any other), and
sources that name no document of the library."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
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


def astray(examples: Sequence[Example], documents: Container[str]) -> Iterator[Finding]:
    """Rows with a source that is not there: `hybrid` has no passage of it to learn them over."""
    for example in examples:
        missing = [source for source in example.sources if source not in documents]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            yield found(example, "astray", f"its source {missing[0]}{more} is not in the library", fatal=False)

"""Examples whose answers stand in the documents: they teach facts, which the documents' next version makes wrong.

    taught(examples, lookup)      lookup: texts → the passages that share most words with each

A row that names its sources, or says whether it is answerable, is known to be about documents: `hybrid` learns it over
passages, and nothing is found here.  Any other row whose prose is borne out by a passage (answer.attribute: nine tenths of
its weighted words, and no number, name or negation otherwise) is found.  At most a thousand rows, spread evenly, are looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tunebook.answer import attribute
from tunebook.answer.text import words
from tunebook.tuning.checks.finding import Finding, found
from tunebook.values import Example, Hit

LookUp = Callable[[Sequence[str]], list[list[Hit]]]

BORNE_OUT = 0.9
TELLING = 4  # words, names and numbers that the prompt does not hold already, before an answer can be looked up
MOST_ROWS = 1000


def looked_up(examples: Sequence[Example]) -> list[Example]:
    """The rows that could teach a fact without saying so, at most a thousand of them."""
    kept = [example for example in examples if not example.knows and _tells(example)]
    return kept[:: max(1, -(-len(kept) // MOST_ROWS))]


def taught(examples: Sequence[Example], look_up: LookUp) -> Iterator[Finding]:
    wanted = looked_up(examples)
    for example, hits in zip(wanted, look_up([example.completion or "" for example in wanted]), strict=True):
        span = attribute(example.completion or "", hits, example.prompt)
        if span and span.recall >= BORNE_OUT and span.supported:
            yield found(example, "facts", f"its answer stands in {span.hit.passage.document}", fatal=False)


def _tells(example: Example) -> bool:
    said = example.completion or ""
    if said.lstrip()[:1] in ("", "{", "["):
        return False
    asked = {word.norm for word in words(example.prompt)}
    telling = {word.norm for word in words(said) if word.kind not in ("stop", "negation")} - asked
    return len(telling) >= TELLING

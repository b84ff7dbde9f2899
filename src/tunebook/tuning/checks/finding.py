"""What is said about a row, and what each kind of finding means.

    Finding(row=17, id="e-17", kind="duplicate", why="same prompt and completion as row 4 (e-4)")

A `fatal` finding keeps the row out of training; any other is a warning, and the row is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunebook.values import Example


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one example."""

    row: int
    id: str
    kind: str  # one of KINDS
    why: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of finding means, and what to do about it."""

    means: str
    hint: str


KINDS = {
    "empty": Kind("no prompt or no completion", "write what is missing, or delete the row"),
    "turns": Kind(
        "a chat out of order", "system first, then user and assistant in turn, none empty, the assistant last"
    ),
    "duplicate": Kind("prompt and completion of an earlier row", "delete it: it would count twice"),
    "contradiction": Kind(
        "another completion for the prompt of an earlier row", "decide which is right, and keep that"
    ),
    "leak": Kind("a case is asked, or answered by the same source", "delete the example, or choose another case"),
    "over-long": Kind("more tokens than tuning.max_row_tokens", "shorten or split it, or raise the setting"),
    "truncated": Kind("a completion that breaks off", "write its end, or delete the row"),
    "template-token": Kind("a token of a chat template inside a text", "take it out: the template adds its own"),
    "encoding": Kind("characters broken by a wrong encoding", "make the file again as UTF-8"),
    "near-duplicate": Kind("nearly an earlier row, with the same answer", "keep one, or make them differ"),
    "personal-data": Kind("somebody's address, number or account", "replace it by an invented one: models repeat rows"),
    "repeats-prompt": Kind("the completion says the prompt again", "let the completion hold the answer alone"),
    "imbalance": Kind("one completion dominates", "add others, or it becomes the answer to everything"),
    "misspelt": Kind("a field that is nearly one that is read", "rename it: as it is, it counts for nothing"),
    "astray": Kind("a source that is not in the library", "name it as the library does, or run tunebook sync"),
    "facts": Kind("its answer stands in the documents", "leave facts to rag, or name `sources`: hybrid reads them"),
}


def found(example: Example, kind: str, why: str, fatal: bool = True) -> Finding:
    assert kind in KINDS
    return Finding(example.row, example.id, kind, why, fatal)


def named(example: Example) -> str:
    """`row 4 (e-4)`, or `row 4` where the id says no more."""
    return f"row {example.row}" if example.id == str(example.row) else f"row {example.row} ({example.id})"

"""The examples desk: which examples can be learnt from, and why the others cannot.

    desk = inspect(examples, cases, count_tokens, max_row_tokens=1536)
    desk.used        the examples that go into training
    desk.findings    [Finding(row=17, id="e-17", kind="duplicate", why="same prompt as row 4")]

Every row is used or listed.  A leak is an example that shares a case's prompt, or a source document with a case: an
adapter trained on it would be measured on what it was shown.  Left out on purpose: near-duplicates, personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tunebook.values import Case, Example, Message

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one example; `fatal` ones keep it out of training."""

    row: int
    id: str
    kind: str  # empty, duplicate, contradiction, leak, over-long
    why: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    used: tuple[Example, ...]
    findings: tuple[Finding, ...]
    case_documents: frozenset[str] = frozenset()  # what the cases' answers stand in

    @property
    def dropped(self) -> list[dict[str, str]]:
        return [{"id": f.id, "why": f"{f.kind}: {f.why}"} for f in self.findings if f.fatal]


def inspect(
    examples: Sequence[Example],
    cases: Sequence[Case],
    count_tokens: CountTokens,
    max_row_tokens: int,
    drop_leaks: bool = True,
) -> Desk:
    """Checks every example; the first finding of a row is the one reported.

    Tokens are counted without the chat template, which adds a few dozen.
    """
    lengths = count_tokens([_whole(example) for example in examples])
    findings: dict[int, Finding] = {}
    for check in (
        _empty(examples),
        _repeated(examples),
        _leaks(examples, cases, drop_leaks),
        _over_long(examples, lengths, max_row_tokens),
    ):
        for finding in check:
            findings.setdefault(finding.row, finding)
    fatal = {row for row, finding in findings.items() if finding.fatal}
    used = tuple(example for example in examples if example.row not in fatal)
    behind = frozenset(source.document for case in cases for source in case.sources)
    return Desk(used, tuple(findings[row] for row in sorted(findings)), behind)


def _whole(example: Example) -> str:
    return "\n".join([*(message["content"] for message in example.messages), example.completion or ""])


def _empty(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        if not example.prompt.strip():
            yield Finding(example.row, example.id, "empty", "the prompt holds no text")
        elif example.answerable is not False and not (example.completion or "").strip():
            yield Finding(example.row, example.id, "empty", "the completion holds no text")


def _repeated(examples: Sequence[Example]) -> Iterator[Finding]:
    first: dict[str, Example] = {}
    empty = {finding.row for finding in _empty(examples)}
    for example in examples:
        if example.row in empty:
            continue
        earlier = first.setdefault(_plain(_prompt(example)), example)
        if earlier is example:
            continue
        same = _plain(earlier.completion or "") == _plain(example.completion or "")
        kind = "duplicate" if same else "contradiction"
        told = "same prompt and completion as" if same else "another completion for the prompt of"
        yield Finding(example.row, example.id, kind, f"{told} row {earlier.row} ({earlier.id})")


def _leaks(examples: Sequence[Example], cases: Sequence[Case], fatal: bool) -> Iterator[Finding]:
    prompts = {_asked(case.messages): case.id for case in cases}
    documents = {source.document: case.id for case in cases for source in case.sources}
    for example in examples:
        if case := prompts.get(_asked(example.messages)):
            yield Finding(example.row, example.id, "leak", f"its prompt is that of case {case}", fatal)
            continue
        shared = next((document for document in example.sources if document in documents), None)
        if shared:
            why = f"its source {shared} is behind case {documents[shared]}"
            yield Finding(example.row, example.id, "leak", why, fatal)


def _over_long(examples: Sequence[Example], lengths: Sequence[int], limit: int) -> Iterator[Finding]:
    for example, length in zip(examples, lengths, strict=True):
        if length > limit:
            yield Finding(
                example.row, example.id, "over-long", f"{length} tokens; at most {limit} (tuning.max_row_tokens)"
            )


def _prompt(example: Example) -> str:
    return "\n".join(message["content"] for message in example.messages)


def _asked(messages: Sequence[Message]) -> str:
    """A whole dialogue: many end alike ("and on Sundays?").  A system message asks nothing."""
    return _plain("\n".join(message["content"] for message in messages if message["role"] != "system"))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())

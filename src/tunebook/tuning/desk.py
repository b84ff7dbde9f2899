"""The examples desk: which examples can be learnt from, and why the others cannot.

    desk = inspect(examples, cases, count_tokens, max_row_tokens=1536)
    desk.used        the examples that go into training
    desk.findings    [Finding(row=17, id="e-17", kind="duplicate", why="same prompt and completion as row 4 (e-4)")]

Every row is used or listed.  A leak is an example that shares a case's prompt, or a source document with a case: an
adapter trained on it would be measured on what it was shown.  Left out on purpose: whether an answer is good.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tunebook.tuning.checks import Finding
from tunebook.tuning.checks.chat import empty, repeats_prompt, template_tokens, truncated, turns
from tunebook.tuning.checks.facts import LookUp, taught
from tunebook.tuning.checks.fields import astray, misspelt
from tunebook.tuning.checks.personal import personal_data
from tunebook.tuning.checks.repeats import leaks, nearly, repeated
from tunebook.tuning.checks.texts import encoding, imbalance, over_long
from tunebook.values import Case, Example

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Desk:
    used: tuple[Example, ...]
    findings: tuple[Finding, ...]  # by row; a row that is left out has one, its first that is fatal
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
    look_up: LookUp | None = None,
    documents: Container[str] | None = None,
) -> Desk:
    """Checks every example.  A row with a fatal finding has that one alone; another has a warning of each kind at most.

    `look_up` finds the passages like a text, `documents` are the ids in the library; without them no example is held
    against the documents.
    Tokens are counted without the chat template, which adds a few dozen.
    """
    fatal: dict[int, Finding] = {}
    warnings: dict[tuple[int, str], Finding] = {}

    def note(findings: Iterator[Finding]) -> None:
        for finding in findings:
            if finding.fatal:
                fatal.setdefault(finding.row, finding)
            else:
                warnings.setdefault((finding.row, finding.kind), finding)

    note(chain(empty(examples), turns(examples)))
    whole = _without(fatal, examples)  # the others have nothing to compare
    lengths = count_tokens([_whole(example) for example in whole])
    note(chain(leaks(whole, cases, drop_leaks), over_long(whole, lengths, max_row_tokens)))
    note(chain(template_tokens(whole), truncated(whole)))
    note(repeated(_without(fatal, whole)))  # a good row is no copy of one that is left out
    note(nearly(_without(fatal, whole), cases, drop_leaks))
    used = _without(fatal, whole)
    note(chain(personal_data(used), encoding(used), repeats_prompt(used), imbalance(used)))
    note(misspelt(used))
    if documents is not None:
        note(astray(used, documents))
    if look_up:
        note(taught(used, look_up))
    told = [*fatal.values(), *(finding for finding in warnings.values() if finding.row not in fatal)]
    behind = frozenset(source.document for case in cases for source in case.sources)
    return Desk(tuple(used), tuple(sorted(told, key=lambda finding: finding.row)), behind)


def sound(examples: Sequence[Example]) -> list[Example]:
    """Those that are a question and an answer at all, for who needs no more than that."""
    return _without({finding.row for finding in chain(empty(examples), turns(examples))}, examples)


def _without(fatal: Container[int], examples: Sequence[Example]) -> list[Example]:
    return [example for example in examples if example.row not in fatal]


def _whole(example: Example) -> str:
    """With the longer of its answers: a pair is as long as that."""
    answer = max(example.completion or "", example.rejected or "", key=len)
    return "\n".join([*(message["content"] for message in example.messages), answer])

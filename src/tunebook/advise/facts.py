"""What the project's own data says, as findings with points.

A project with 60 knowledge and 20 behaviour cases gives two findings of the primary goal:
"60 of 80 cases ask for knowledge" (rag 3.5) and "20 of 80 cases ask for behaviour" (tuning 1.75).

Left out on purpose: counting.  The caller fills `DataFacts` from its library, cases and examples.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunebook.advise import weights as w
from tunebook.advise.advice import Factor

FEW_COMPLETIONS = 10  # below this a share of them says nothing
RECURS, RECURS_SHARE = 5, 0.05  # completions that share a shape before it counts as a form

_LABEL = re.compile(r"(?:[-*>]\s+|\d+[.)]\s+)?\*{0,3}([^\W\d_][\w /&-]{0,30}?)\*{0,3}:\*{0,3}(?:\s|$)")


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What a project holds; None is unknown.  Shares are in [0, 1]."""

    documents: int = 0
    knowledge_cases: int = 0
    behaviour_cases: int = 0
    unanswerable_cases: int = 0  # of either kind, counted there too
    examples: int | None = None
    examples_with_sources: float | None = None  # share
    completions_in_documents: float | None = None  # share whose completion is found in the documents
    format_regularity: float | None = None  # share, see format_regularity()
    changed_documents_a_month: float | None = None  # from the sync history

    def __post_init__(self) -> None:
        counts = (self.documents, self.knowledge_cases, self.behaviour_cases, self.unanswerable_cases, self.examples)
        assert all(count is None or count >= 0 for count in counts), "counts are not negative"
        shares = (self.examples_with_sources, self.completions_in_documents, self.format_regularity)
        assert all(share is None or 0 <= share <= 1 for share in shares), "shares are in [0, 1]"
        assert self.changed_documents_a_month is None or self.changed_documents_a_month >= 0
        assert self.unanswerable_cases <= self.cases, "unanswerable cases are counted by kind too"

    @property
    def cases(self) -> int:
        """All cases, of either kind."""
        return self.knowledge_cases + self.behaviour_cases


def findings(facts: DataFacts) -> tuple[Factor, ...]:
    """What the data says, one finding each, in the order of the factors.  Unknown says nothing."""
    return (*_from_cases(facts), *_from_examples(facts), *_from_changes(facts), *_from_counts(facts))


def _finding(signal: str, observed: str, scale: float = 1.0) -> Factor:
    """A finding of that name in the table of weights, at `scale` of its points."""
    entry = w.SIGNALS[signal]
    tuning, rag = (round(scale * entry.leans.get(lean, 0.0), 2) for lean in ("tuning", "rag"))
    return Factor(entry.factor, observed, tuning, rag, entry.why, source="data")


def _from_cases(facts: DataFacts) -> Iterator[Factor]:
    if facts.cases < w.FEW_CASES:
        return
    for kind, count in (("knowledge", facts.knowledge_cases), ("behaviour", facts.behaviour_cases)):
        if count:
            share = count / facts.cases
            observed = f"{count} of {facts.cases} cases ask for {kind}"
            yield _finding(f"{kind} cases", observed, min(1.0, share / w.MOST))


def _from_examples(facts: DataFacts) -> Iterator[Factor]:
    share = facts.format_regularity
    if share is not None:
        signal = "regular" if share >= w.REGULAR else "loosely regular" if share >= w.LOOSELY_REGULAR else "irregular"
        yield _finding(signal, f"{share:.0%} of the completions have a shape that recurs")
    share = facts.completions_in_documents
    if share is not None and share >= w.MOST:
        yield _finding("taught facts", f"{share:.0%} of the completions are found in the documents")
    share = facts.examples_with_sources
    if share is not None and share >= w.MOST:
        yield _finding("with sources", f"{share:.0%} of the examples name their sources")


def _from_changes(facts: DataFacts) -> Iterator[Factor]:
    changed = facts.changed_documents_a_month
    if changed is None or not facts.documents:
        return
    share = changed / facts.documents
    signal = "much" if share >= w.CHANGED_MUCH else "some" if share >= w.CHANGED_SOME else "little"
    yield _finding(f"changed {signal}", f"about {changed:g} of {facts.documents} documents change in a month")


def _from_counts(facts: DataFacts) -> Iterator[Factor]:
    if facts.unanswerable_cases >= w.FEW_CASES:
        yield _finding("unanswerable", f"{facts.unanswerable_cases} cases have no answer in the documents")
    if facts.examples is not None:
        enough = "many" if facts.examples > w.MANY_EXAMPLES else "enough"
        signal = enough if facts.examples >= w.ENOUGH_EXAMPLES else "few"
        yield _finding(f"{signal} examples", f"{facts.examples} in the project")


def format_regularity(completions: Sequence[str]) -> float | None:
    """Share of completions whose shape recurs, in [0, 1]; None below 10 completions.

    A shape is: a JSON object with the same keys; the same labels and headings in the same order
    ("Answer: … / Source: …"); the same first or the same last line.  First and last lines count only where
    there are two lines or more: a repeated one-line answer is a repeated answer, not a form.  Examples may be of
    several kinds, each with a form of its own, so a shape recurs from five completions and a twentieth of all on.
    """
    if len(completions) < FEW_COMPLETIONS:
        return None
    shapes = [_shapes(completion) for completion in completions]
    counts = Counter(shape for its in shapes for shape in its)
    least = max(RECURS, RECURS_SHARE * len(completions))
    return sum(any(counts[shape] >= least for shape in its) for its in shapes) / len(completions)


def _shapes(completion: str) -> set[tuple[str, ...]]:
    text = _unfenced(completion)
    keys = _json_keys(text)
    if keys is not None:
        return {("json", *keys)}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    labels = [label for line in lines if (label := _label(line))]
    shapes = {("labels", *labels)} if labels else set()
    if len(lines) > 1:
        shapes |= {("first", lines[0].casefold()), ("last", lines[-1].casefold())}
    return shapes


def _label(line: str) -> str | None:
    """ "answer" of "**Answer:** 42", "steps" of "## Steps"; None where the line has neither."""
    if line.startswith("#"):
        return line.strip("# ").casefold() or None
    match = _LABEL.match(line)
    return match.group(1).strip().casefold() if match else None


def _unfenced(completion: str) -> str:
    """What stands in a code fence that is the whole completion; else the completion."""
    text = completion.strip()
    if not (text.startswith("```") and text.endswith("```") and "\n" in text):
        return completion
    return text[text.index("\n") + 1 : -3]


def _json_keys(text: str) -> list[str] | None:
    """Sorted keys of a JSON object; None where the text is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return sorted(value) if isinstance(value, dict) else None

"""Examples to training rows: as they are (`tuned`), or over retrieved passages (`hybrid`).

    form_rows(examples, abstention)          question → completion
    reading_rows(examples, search, …)        passages + question → completion, or → the abstention

For `hybrid` an example that knows something (it has sources, or says whether it is answerable) is shown as it will be
asked: with the real retriever's passages, as many as would be shown.  In the manner of RAFT (arXiv:2403.10131), without
its faults: distractors come from the retriever and do not hold the answer, all stand in the order of deployment but in a fifth of
the rows (a model that is taught with shuffled passages reads the worse ones as gladly as the best), the lowest ranked ones
are left out of a row that would be longer than `max_tokens`, and where the gold passage is left out the label is the
abstention, never a quotation of what is not there.  A completion that its own sources do not bear out is left out: it would
teach to invent.  Examples of form alone stay as they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tunebook.answer import attribute, over_passages, within
from tunebook.answer.attribute import UNSUPPORTED
from tunebook.answer.text import tokens
from tunebook.values import Example, Hit, Message, Passage

ROWS_VERSION = "7"  # raised when the same examples make other rows
SHUFFLED = 0.2  # of the rows over passages; the others stand as they will when it is asked, the best last

CountTokens = Callable[[Sequence[str]], list[int]]
Search = Callable[[Sequence[str], int], list[list[Hit]]]
PassagesOf = Callable[[str], list[Passage]]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One row of training: chat messages up to the user's, and what the assistant says."""

    id: str
    messages: tuple[Message, ...]
    completion: str
    group: str
    documents: tuple[str, ...] = ()  # what it was made from
    replayed: bool = False  # the base model's own answer, shown against forgetting; never held out
    rejected: str | None = None  # a worse answer to the same
    ended: bool = True  # False where the completion was cut: its end is not taught


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows over passages are made."""

    k: int
    max_gap: float  # how far below the best one's score a passage may be and still be shown
    instruction: str
    abstention: str
    gold_absent_share: float
    abstain_share: float
    form_replay: float  # share of the examples of form alone that are shown as well
    seed: int
    max_tokens: int  # of a row, counted without the chat template
    count_tokens: CountTokens
    avoid: frozenset[str] = frozenset()  # documents behind the cases: not shown in training, not even as distractors


@dataclass(slots=True)
class RowSet:
    rows: list[TrainingRow] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)

    def drop(self, id: str, why: str) -> None:
        self.dropped.append({"id": id, "why": why})


def form_rows(examples: Sequence[Example], abstention: str) -> RowSet:
    """Examples as they are; an unanswerable one is answered by the abstention."""
    return RowSet([_form_row(example, abstention) for example in examples])


def _form_row(example: Example, abstention: str) -> TrainingRow:
    said = abstention if example.answerable is False else example.completion or ""
    return TrainingRow(example.id, example.messages, said, example.group, example.sources, rejected=example.rejected)


def reading_rows(examples: Sequence[Example], search: Search, passages_of: PassagesOf, how: Reading) -> RowSet:
    """Rows over passages for examples that know something, as-they-are rows for the others.

    Unanswerable rows are thinned to `abstain_share` of all rows over passages: too many teach to refuse everything.
    """
    draw = random.Random(how.seed)
    form = [_form_row(example, how.abstention) for example in examples if not example.knows]
    made = RowSet(draw.sample(form, round(len(form) * how.form_replay)))
    knowing = [example for example in examples if example.knows]
    found = search([example.prompt for example in knowing], how.k + 12) if knowing else []
    found = [[hit for hit in hits if hit.passage.document not in how.avoid] for hits in found]
    answered: list[TrainingRow] = []
    abstained: list[TrainingRow] = []
    for example, hits in zip(knowing, found, strict=True):
        if example.answerable is False:
            shown = _shown([hit.passage for hit in hits], hits, how)
            abstained.append(_row(example, shown, None, how, draw))
            continue
        gold = borne_by(example, passages_of)
        if gold is None:
            made.drop(example.id, "not borne out: none of its sources' passages holds the completion")
            continue
        others = distractors(example, gold, hits)
        if draw.random() < how.gold_absent_share:
            abstained.append(_row(example, _shown(others, hits, how), None, how, draw))
        else:
            shown = _shown(others, hits, how, gold)
            answered.append(_row(example, shown, gold, how, draw))
    room = (
        round(len(answered) * how.abstain_share / (1 - how.abstain_share)) if how.abstain_share < 1 else len(abstained)
    )
    draw.shuffle(abstained)
    for row in abstained[room:]:
        made.drop(row.id, f"thinned: rows that abstain are at most {how.abstain_share:.0%} (tuning.abstain_share)")
    made.rows += answered + abstained[:room]
    return made


def _row(
    example: Example, passages: list[Passage], gold: Passage | None, how: Reading, draw: random.Random
) -> TrainingRow:
    """The completion over the gold passage and others; without a gold one, the abstention."""
    said = (example.completion or "") if gold else how.abstention
    passages = _fitting(example, passages, said, gold, how)
    ordered = draw.sample(passages, len(passages)) if draw.random() < SHUFFLED else passages[::-1]
    messages = over_passages(example.messages, ordered, how.instruction)
    documents = dict.fromkeys([*example.sources, *(passage.document for passage in ordered)])
    better = how.abstention if example.answerable is False else example.completion
    worse = example.rejected if said == better else None
    return TrainingRow(example.id, messages, said, example.group, tuple(documents), rejected=worse)


def _fitting(example: Example, passages: list[Passage], said: str, gold: Passage | None, how: Reading) -> list[Passage]:
    """Without those of the lowest rank until the row fits; the gold one stays, or else the first."""
    kept = list(passages)
    while len(kept) > 1:
        messages = over_passages(example.messages, kept, how.instruction)
        if sum(how.count_tokens([*(message["content"] for message in messages), said])) <= how.max_tokens:
            break
        kept.remove(kept[-1] if gold is None or kept[-1].id != gold.id else kept[-2])
    return kept


def _shown(passages: list[Passage], hits: Sequence[Hit], how: Reading, gold: Passage | None = None) -> list[Passage]:
    """Up to k passages as they would be shown, by rank, and the gold one in any case: first, where the search missed it."""
    seen = {hit.passage.id: hit for hit in hits}
    if gold is not None:
        seen.setdefault(gold.id, Hit(0, max((hit.score for hit in hits), default=1.0), gold))
        passages = [gold, *passages[: how.k - 1]]
    given = [seen[passage.id] for passage in sorted(passages[: how.k], key=lambda passage: seen[passage.id].rank)]
    wanted = {hit.passage.id for hit in within(given, how.max_gap)} | ({gold.id} if gold else set())
    return [hit.passage for hit in given if hit.passage.id in wanted]


def borne_by(example: Example, passages_of: PassagesOf) -> Passage | None:
    """The passage of the example's sources that best bears out its completion."""
    hits = [Hit(1, 1.0, passage) for document in example.sources for passage in passages_of(document)]
    span = attribute(example.completion or "", hits, example.prompt)
    return span.hit.passage if span and span.recall >= UNSUPPORTED else None


def distractors(example: Example, gold: Passage, hits: Sequence[Hit]) -> list[Passage]:
    """Found passages that are not the gold one and do not hold the completion's telling words."""
    telling = set(tokens(example.completion or "")) - set(tokens(example.prompt))
    numbers = {token for token in telling if token[0].isdigit()}
    kept = []
    for hit in hits:
        held = set(tokens(hit.passage.text))
        holds = (numbers or telling) <= held if telling else False
        if hit.passage.id != gold.id and not holds:
            kept.append(hit.passage)
    return kept

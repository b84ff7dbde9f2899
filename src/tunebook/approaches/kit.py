"""What every approach is made from, and the one way in which they all ask the model.

kit = Kit(model=model, settings=settings, library=library, …)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from tunebook.answer import Gate, Verified, says_nothing_found, settled, signals, verify
from tunebook.answer.converse import standalone
from tunebook.approaches.stopping import Until, before
from tunebook.approaches.why import SAID_SO, SPENT, WROTE_NOTHING, below, unsupported, withheld
from tunebook.errors import TunebookError
from tunebook.library import Library
from tunebook.models import ChatModel, Generation, OnText, Request, Sampling
from tunebook.settings import Settings
from tunebook.values import Answer, Example, Hit, Message, Seconds, Source, Tokens

EMPTY = ("the library is empty", "put documents into documents/ and run: tunebook sync")


class Unavailable(TunebookError):
    """An approach whose parts this project does not have: no documents, no adapter, no gold sources."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by whom (`groups=None`: by someone who may read everything); `sources` serves the oracle alone.

    `max_new_tokens` None: as the settings say.  The answer ends before the first of the texts in `stop`.  With a `schema`
    the model is held to JSON that fits it, where its engine can.
    """

    messages: tuple[Message, ...]
    groups: tuple[str, ...] | None = None
    sources: tuple[Source, ...] = ()
    max_new_tokens: int | None = None
    stop: tuple[str, ...] = ()
    on_text: OnText | None = None  # streams the model's words as they come
    sampling: Sampling | None = None  # None: the likeliest words
    schema: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        return self.messages[-1]["content"]


class Approach(Protocol):
    name: str

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]: ...


NearestExamples = Callable[[Sequence[str], int], list[list[Example]]]
NeedsBook = Callable[[Sequence[str]], list[bool]]


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts at hand; a part that the project lacks is None, and the approach that needs it is unavailable."""

    model: ChatModel
    settings: Settings
    library: Library | None = None
    nearest: NearestExamples | None = None  # examples most like a prompt
    adapters: dict[str, Path] = field(default_factory=dict)  # "tuned", "hybrid" → folder
    needs_book: NeedsBook | None = None  # which prompts are of the kind that examples answer from documents
    commonest: str | None = None  # what the examples answer most often
    gates: Mapping[str, Gate] = field(default_factory=dict)  # approach → whether its answers are let through
    screen: Gate | None = None  # which questions over passages are asked at all, by what retrieval lets see

    def need_library(self) -> Library:
        """Raises Unavailable where there is none."""
        if self.library is None:
            raise Unavailable(*EMPTY)
        return self.library

    def need_adapter(self, target: str, hint: str) -> Path:
        """Raises Unavailable where none was tuned for the target."""
        if target not in self.adapters:
            raise Unavailable(f"there is no adapter for {target}", hint)
        return self.adapters[target]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question made ready for the model; `hits` are what its passages came from, `found` all that was found.

    `seen` are the signals of what was found, `confidence` the screen's, where there is one.
    """

    messages: tuple[Message, ...]
    hits: tuple[Hit, ...] = ()
    retrieve_seconds: float | None = None
    skip: str | None = None  # why to abstain without asking
    left_out: Mapping[str, int] = field(default_factory=dict)  # "passages", "messages": what the budget had no room for
    found: tuple[Hit, ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None


def ask(
    kit: Kit, name: str, questions: Sequence[Question], prompts: Sequence[Prompt], adapter: Path | None = None
) -> Iterator[tuple[int, Answer]]:
    """Asks the model in one batch; attributes each answer to its hits and tells abstentions."""
    begin = time.perf_counter()
    for index, prompt in enumerate(prompts):
        if prompt.skip:
            yield index, _refused(kit, name, questions[index], prompt, alone=len(prompts) == 1)
    asked = [index for index, prompt in enumerate(prompts) if not prompt.skip]
    until = {
        index: Until(q.stop, q.on_text, live=_live(kit, name, prompts[index]))
        for index, q in enumerate(questions)
        if q.stop or q.on_text
    }
    requests = [_request(kit, questions[index], prompts[index], until.get(index)) for index in asked]
    for place, generation in kit.model.generate(requests, adapter):
        index = asked[place]
        answer = _answer(kit, name, questions[index], prompts[index], generation)
        answer = replace(answer, text=answer.text or kit.settings.answer.abstention)
        if index in until:
            until[index].end(answer.text)
        if len(prompts) == 1:
            total = (prompts[index].retrieve_seconds or 0.0) + time.perf_counter() - begin
            answer = replace(answer, seconds=replace(answer.seconds, total=total))
        yield index, answer


def _refused(kit: Kit, name: str, question: Question, prompt: Prompt, alone: bool) -> Answer:
    """The abstention where the model is not asked."""
    said = kit.settings.answer.abstention
    if question.on_text:
        question.on_text(said)
    seconds = Seconds(prompt.retrieve_seconds, None, (prompt.retrieve_seconds or 0.0) if alone else None)
    return Answer(
        said,
        True,
        name,
        kit.model.name,
        hits=prompt.hits,
        seconds=seconds,
        signals=prompt.seen,
        confidence=prompt.confidence,
        why=prompt.skip,
    )


def _answer(kit: Kit, name: str, question: Question, prompt: Prompt, generation: Generation) -> Answer:
    """What was generated, attributed to the hits, behind the approach's gate; its total time is not known here."""
    abstention = kit.settings.answer.abstention
    text = before(question.stop, generation.text)
    asked = standalone(question.messages)  # what was searched: a follow-up alone says little of what is wanted
    found, why = _verified(kit, text, prompt.hits, asked)
    if not text.strip():
        why = withheld(generation.withheld) if generation.withheld else WROTE_NOTHING if generation.finished else SPENT
    seen = signals(asked, prompt.found or prompt.hits, generation, found.grounded) if prompt.hits else {}
    gate = kit.gates.get(name) if prompt.hits else None
    if gate and not gate.lets(seen):
        found = Verified(abstention, unsupported=found.unsupported)
        why = why or below("gate", gate.confidence(seen), gate.threshold, "answer.accepted_wrong")
    abstained = says_nothing_found(found.text, abstention)
    return Answer(
        found.text,
        abstained,
        name,
        kit.model.name,
        found.citations,
        prompt.hits,
        Seconds(prompt.retrieve_seconds, generation.first_token_seconds, None),
        Tokens(generation.prompt_tokens, generation.completion_tokens),
        generation.finished or text != generation.text,
        found.claims,
        found.unsupported,
        found.grounded,
        seen,
        gate.confidence(seen) if gate else None,
        kit.settings.model.cost(generation.prompt_tokens, generation.completion_tokens),
        prompt.left_out,
        (why or SAID_SO) if abstained else None,
        prompt.messages,
    )


def _request(kit: Kit, question: Question, prompt: Prompt, listener: Until | None) -> Request:
    limit = question.max_new_tokens or kit.settings.answer.max_new_tokens
    return Request(prompt.messages, limit, listener, question.sampling, question.schema)


def _live(kit: Kit, name: str, prompt: Prompt) -> bool:
    """Whether an answer may be shown while it is written: not where it may yet be dropped or withheld."""
    return not prompt.hits or (kit.settings.answer.unsupported == "mark" and name not in kit.gates)


def _verified(kit: Kit, text: str, hits: Sequence[Hit], question: str) -> tuple[Verified, str | None]:
    """The text with claims and citations, after the policy for what nothing supports; an abstention has none of them.

    And why it is one, if it is.
    """
    settings = kit.settings.answer
    if says_nothing_found(text, settings.abstention):
        return Verified(text), SAID_SO
    found = verify(text, hits, question)
    kept = settled(found, settings.unsupported, hits, question)
    if kept is None:
        why = unsupported(len(found.unsupported), len(found.claims), settings.unsupported)
        return Verified(settings.abstention, unsupported=found.unsupported), why
    known = {hit.passage.document: hit.version for hit in hits}
    cited = tuple(replace(one, version=known[one.document]) for one in kept.citations)
    return replace(kept, citations=cited), None


def retrieve(kit: Kit, questions: Sequence[Question]) -> list[tuple[tuple[Hit, ...], float | None]]:
    """(hits, seconds) of each question, searched with the rights of who asks; seconds only for a single question.

    The hits carry their documents' versions, looked up right away: the model takes its time, and a sync may come before
    its answer.
    """
    library, begin = kit.need_library(), time.perf_counter()
    found: list[tuple[Hit, ...]] = [()] * len(questions)
    for groups in dict.fromkeys(question.groups for question in questions):
        members = [index for index, question in enumerate(questions) if question.groups == groups]
        asked = [standalone(questions[index].messages) for index in members]
        hits = library.search(asked, kit.settings.search.k, groups)
        known = library.versions(list({hit.passage.document for its in hits for hit in its}))
        for index, its in zip(members, hits, strict=True):
            found[index] = tuple(replace(hit, version=known[hit.passage.document]) for hit in its)
    seconds = time.perf_counter() - begin if len(questions) == 1 else None
    return [(hits, seconds) for hits in found]

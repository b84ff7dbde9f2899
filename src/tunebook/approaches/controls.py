"""Controls: what the approaches are held against, not ways to run a service.

`oracle` answers over the gold source's passages: what a perfect search would give.  `full_context` answers over all
documents at once, where they fit into the model's window.  `naive_hybrid` is the tuned model over retrieved passages,
which it was not tuned to read.  Three ask no model at all: `first_passage` reads out the best passage found,
`always_refuse` abstains, `commonest_answer` gives every question the answer that the examples give most often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tunebook.answer import says_nothing_found
from tunebook.answer.converse import standalone
from tunebook.answer.text import words
from tunebook.approaches.booked import book_prompt, over_found
from tunebook.approaches.kit import Kit, Prompt, Question, Unavailable, ask, retrieve
from tunebook.approaches.room import Room, bare
from tunebook.approaches.why import NOTHING_FOUND
from tunebook.values import Answer, Citation, Hit, Passage, may_read

NO_MODEL = "none"
MOST_OF_WINDOW = 0.8  # that documents may take: the rest is for the instruction, the question and the answer


class Oracle:
    name = "oracle"

    def __init__(self, kit: Kit) -> None:
        self._library = kit.need_library()
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        named = {source.document for question in questions for source in question.sources}
        known = self._library.versions(list(named))  # before the passages: an older one only warns too early
        prompts = [self._prompt(question, known) for question in questions]
        return ask(self._kit, self.name, questions, prompts)

    def _prompt(self, question: Question, known: Mapping[str, str]) -> Prompt:
        """Up to k passages of the gold sources, those with the gold quote or page first."""
        gold: list[tuple[int, Passage]] = []
        for source in question.sources:
            for passage in self._library.store.passages_of(source.document):
                quoted = bool(source.quote) and str(source.quote) in passage.text
                paged = source.page is None or source.page == passage.page
                gold.append((0 if quoted else 1 if paged else 2, passage))
        best = [passage for _, passage in sorted(gold, key=lambda pair: pair[0])][: self._kit.settings.search.k]
        hits = _as_hits(best, known)
        return book_prompt(self._kit, question, hits, None) if hits else bare(self._kit, question)


class FullContext:
    name = "full_context"

    def __init__(self, kit: Kit) -> None:
        library, room = kit.need_library(), Room.of(kit)
        known = {id: entry.hash for id, entry in library.store.entries().items()}
        passages = [p for document in sorted(known) for p in library.store.passages_of(document)]
        if room.window and room.texts([passage.text for passage in passages]) > MOST_OF_WINDOW * room.window:
            raise Unavailable(f"the documents do not fit into the model's {room.window} tokens", "use rag")
        self._hits = _as_hits(passages, known)
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        prompts = []
        for question in questions:
            hits = tuple(hit for hit in self._hits if may_read(hit.passage.groups, question.groups))
            prompt = book_prompt(self._kit, question, hits, None)
            prompts.append(replace(prompt, hits=_most_asked_first(question, prompt.hits)))
        return ask(self._kit, self.name, questions, prompts)


class NaiveHybrid:
    name = "naive_hybrid"

    def __init__(self, kit: Kit) -> None:
        self._adapter = kit.need_adapter("tuned", "run: tunebook tune")
        kit.need_library()
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ask(self._kit, self.name, questions, over_found(self._kit, questions), self._adapter)


class FirstPassage:
    name = "first_passage"

    def __init__(self, kit: Kit) -> None:
        kit.need_library()
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        for index, (hits, _) in enumerate(retrieve(self._kit, questions)):
            if hits:
                best, version = hits[0].passage, hits[0].version
                quote = Citation(1, best.document, best.page, best.start, best.end, best.text, True, best.text, version)
                yield index, Answer(best.text, False, self.name, NO_MODEL, (quote,), hits)
            else:
                yield index, Answer(self._kit.settings.answer.abstention, True, self.name, NO_MODEL, why=NOTHING_FOUND)


class AlwaysRefuse:
    name = "always_refuse"

    def __init__(self, kit: Kit) -> None:
        self._answer = Answer(kit.settings.answer.abstention, True, self.name, NO_MODEL)

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ((index, self._answer) for index in range(len(questions)))


class CommonestAnswer:
    name = "commonest_answer"

    def __init__(self, kit: Kit) -> None:
        if kit.commonest is None:
            raise Unavailable("there are no examples to take the commonest answer from", "write examples.jsonl")
        abstained = says_nothing_found(kit.commonest, kit.settings.answer.abstention)
        self._answer = Answer(kit.commonest, abstained, self.name, NO_MODEL)

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ((index, self._answer) for index in range(len(questions)))


def _most_asked_first(question: Question, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits by how many telling words of the question they hold: no search has ranked them, and an answer that nothing
    bears out points into the first.  The model has read them in the order of the documents."""
    asked = {word.norm for word in words(standalone(question.messages)) if word.kind != "stop"}

    def held(hit: Hit) -> int:
        passage = hit.passage
        return len(asked & {word.norm for word in words(f"{passage.title} . {passage.heading} . {passage.text}")})

    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(sorted(hits, key=held, reverse=True), 1))


def _as_hits(passages: Sequence[Passage], known: Mapping[str, str]) -> tuple[Hit, ...]:
    """Passages that no search found, all as good; `known` are their documents' versions."""
    return tuple(Hit(rank, 1.0, one, version=known[one.document]) for rank, one in enumerate(passages, 1))

"""Questions that the chat model writes for passages, kept as proposals: nothing counts before a person accepted it.

    propose(parts, count=10, seed=0, progress)
    →  {"proposed": 6, "passages": 30, "dropped": {"no question": 9, "not found again": 11, "not borne out": 4}, "seconds": …}

A round trip keeps what can be checked: a search for the question must find the passage's document among the first
three, and the answer that the model reads from that passage must be borne out by it.  Left out on purpose: questions
that no document answers; a person knows better what is asked in vain.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.answer import over_passages, says_nothing_found, verify
from tunebook.approaches import EMPTY
from tunebook.errors import BadInput
from tunebook.models import Request
from tunebook.progress import Progress
from tunebook.project.casebook import Casebook
from tunebook.project.parts import Parts
from tunebook.values import Hit, Message, Passage

# asked for "a question that this text answers", the starter model writes "What is the answer to this question?"
ASK = "{title}\n{text}\n\nA customer asks about this. Write the question, with the names in it:"
LEAST_CHARS = 120  # a shorter passage holds little to ask
TRIES = 3  # passages for each case that is wanted
BATCH = 8
FOUND_AMONG = 3
_BESIDE = '?？؟\n"„“”。！'  # what stands around a question, and not in it
_QUESTION = re.compile(
    rf"""(?:¿?[^\W\d_][^{_BESIDE}]{{12,200}}
    | [\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff][^{_BESIDE}]{{4,200}})[?？؟]  # Thai, Japanese, Chinese: a letter says more""",
    re.VERBOSE,
)
_BEGINS = re.compile(r"(?<!\w)¿?[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Draft:
    passage: Passage
    question: str


def propose(parts: Parts, count: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Notes at most `count` proposals.  Raises BadInput where there is nothing to ask about."""
    begin = time.perf_counter()
    if not parts.has_library:
        raise BadInput(*EMPTY)
    passages = _drawn(parts, TRIES * count, seed)
    dropped: Counter[str] = Counter()
    made = seen = 0
    for start in range(0, len(passages), BATCH):
        if made >= count:
            break
        batch = passages[start : start + BATCH]
        seen += len(batch)
        drafts = _found_again(parts, _questions(parts, batch, dropped), dropped)
        for row in _answered(parts, drafts, dropped):
            if made < count:
                Casebook(parts.folder).note(row)
                made += 1
        progress("proposing cases", made, count, f"{seen} passages read")
    return {
        "proposed": made,
        "passages": seen,
        "dropped": dict(dropped),
        "seconds": round(time.perf_counter() - begin, 1),
    }


def _drawn(parts: Parts, count: int, seed: int) -> list[Passage]:
    """Passages of prose, one a document and then again, in an order that the seed decides."""
    draw = random.Random(seed)
    store = parts.library.store
    documents = sorted(store.entries())
    draw.shuffle(documents)
    piles = []
    for document in documents[:count]:
        pile = [one for one in store.passages_of(document) if _is_prose(one.text)]
        draw.shuffle(pile)
        piles.append(pile)
    found: list[Passage] = []
    while len(found) < count and any(piles):
        found += [pile.pop() for pile in piles if pile]
    return found[:count]


def _is_prose(text: str) -> bool:
    rows = sum(line.startswith("|") for line in text.split("\n"))
    return len(text) >= LEAST_CHARS and rows <= 1


def _questions(parts: Parts, passages: Sequence[Passage], dropped: Counter[str]) -> list[Draft]:
    prompts: list[tuple[Message, ...]] = [
        ({"role": "user", "content": ASK.format(title=passage.title, text=passage.text)},) for passage in passages
    ]
    drafts = []
    for index, text in _asked(parts, prompts):
        if written := question_in(text):
            drafts.append(Draft(passages[index], written))
        else:
            dropped["no question"] += 1
    return drafts


def question_in(text: str) -> str | None:
    """The first one, from a capital on, or from a letter of a script that has none."""
    for begins in _BEGINS.finditer(text):
        written = None if begins[0][-1].islower() else _QUESTION.match(text, begins.start())
        if written:
            return written[0]
    return None


def _found_again(parts: Parts, drafts: Sequence[Draft], dropped: Counter[str]) -> list[Draft]:
    hits = parts.library.search([draft.question for draft in drafts], FOUND_AMONG)
    kept = []
    for draft, found in zip(drafts, hits, strict=True):
        if draft.passage.document in {hit.passage.document for hit in found}:
            kept.append(draft)
        else:
            dropped["not found again"] += 1
    return kept


def _answered(parts: Parts, drafts: Sequence[Draft], dropped: Counter[str]) -> Iterator[dict[str, Any]]:
    settings = parts.settings.answer
    prompts = [
        over_passages(({"role": "user", "content": draft.question},), [draft.passage], parts.settings.instruction)
        for draft in drafts
    ]
    for index, text in _asked(parts, prompts):
        draft = drafts[index]
        held = verify(text, [Hit(1, 1.0, draft.passage)], draft.question)
        borne_out = held.claims and all(claim.supported for claim in held.claims)
        if not borne_out or says_nothing_found(text, settings.abstention):
            dropped["not borne out"] += 1
            continue
        page = {"page": draft.passage.page} if draft.passage.page else {}
        sources = [{"document": one.document, **page, "quote": one.quote} for one in held.citations[:1]]
        case = {"prompt": draft.question, "kind": "knowledge", "answers": [text.strip()], "sources": sources}
        said = {"question": draft.question, "answer": text.strip(), "approach": parts.model.name, "thumb": "none"}
        yield said | {"reason": "written by the model", "sources": [draft.passage.document], "case": case}


def _asked(parts: Parts, prompts: Sequence[tuple[Message, ...]]) -> Iterator[tuple[int, str]]:
    requests = [Request(prompt, parts.settings.answer.max_new_tokens) for prompt in prompts]
    for index, generation in parts.model.generate(requests):
        yield index, generation.text

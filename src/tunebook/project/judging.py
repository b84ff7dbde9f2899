"""The judge of a trial, where the settings name one: held against the team's own pairs first, then asked about two arms.

    [judge]
    endpoint = "http://localhost:8000/v1"       judging(parts, measured, verdict)   →  report.json's `judge`, or None
    name = "Qwen2.5-7B-Instruct"

The team's own pairs are examples with a `rejected` answer, and answers with a thumb down whose right answer somebody wrote.
What the judge said is kept by the hash of what it was asked (a letter, no text), so that a second trial asks only what is new.
An endpoint that fails costs the trial nothing but the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tunebook import journal
from tunebook.errors import BadSettings, EndpointFailed
from tunebook.models import Request
from tunebook.models.endpoint import EndpointChatModel
from tunebook.project.casebook import Casebook
from tunebook.project.parts import Parts
from tunebook.rows import read_examples
from tunebook.trial.judge import Pair, counts, judge, letter, preferred, sentence
from tunebook.trial.measured import Measured
from tunebook.tuning import sound
from tunebook.values import content_hash

MOST_WORDS = 8  # of what a judge says
FILE = "judge.jsonl"
REASONS = "take a judge that does not reason"


def judging(parts: Parts, measured: Measured, verdict: Mapping[str, Any]) -> dict[str, Any] | None:
    """`judge` of docs/design/report-json.md; {"model", "failed"} where it did not answer."""
    settings = parts.settings.judge
    if not settings.endpoint:
        return None
    a, b = _two(verdict)
    try:
        found = _asked(parts, _gold(parts), list(_compared(measured, a, b)))
    except (EndpointFailed, BadSettings) as error:  # of its key
        return {"model": settings.name, "failed": error.message}
    found |= {"a": a, "b": b}
    return found | {"sentence": sentence(found, settings.agreement)}


def _two(verdict: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The leader, and whom it stands against: the simpler arm that cannot be told from it, else the best of the others."""
    a, worth = verdict["leader"], verdict["worth"]
    wanted = verdict["runner_up"] if verdict["runner_up"] != a else verdict["recommended"]
    if wanted in worth or wanted in verdict["given_up"]:
        return a, wanted
    others = [name for name in worth if name != a]  # the verdict names no arm: "none", "cannot tell"
    return a, max(others, key=lambda name: worth[name], default=None)


def _asked(parts: Parts, gold: Sequence[Pair], pairs: Sequence[Pair]) -> dict[str, Any]:
    """The arms' answers are sent only to a judge that counts."""
    settings = parts.settings.judge
    asker = _Asker(parts)
    known = judge(gold, asker)
    agreement = preferred(gold, known)
    listened = counts(agreement, settings.agreement)
    liked = preferred(pairs, judge(pairs, asker)) if listened else None
    return {
        "model": settings.name,
        "agreement": agreement.as_json() if agreement else None,
        "steady": sum(one.steady for one in known) / len(known) if known else None,
        "counts": listened,
        "preferred": liked.as_json() if liked else None,
    }


def _gold(parts: Parts) -> list[Pair]:
    """Pairs whose first answer the team prefers."""
    examples = sound(read_examples(parts.folder.examples, any_turns=True)) if parts.folder.has_examples else []
    readable = [
        one for one in examples if one.rejected and one.completion and parts.readable(one.sources, parts.reader)
    ]
    found = [Pair(one.prompt, str(one.completion), str(one.rejected), one.group) for one in readable]
    for thumb in Casebook(parts.folder).thumbs() if parts.reader is None else []:
        right = (thumb.get("case") or {}).get("answers") or ()
        if thumb.get("thumb") == "down" and right and right[0] != thumb["answer"]:
            found.append(Pair(thumb["question"], right[0], thumb["answer"], thumb["id"]))
    return found


def _compared(measured: Measured, a: str | None, b: str | None) -> Iterator[Pair]:
    """Cases that both arms answered, and differently; at most `judge.cases` of them, drawn at random."""
    if a is None or b is None:
        return
    settings = measured.settings
    both = list(zip(measured.cases, measured.outcomes[a].answers, measured.outcomes[b].answers, strict=True))
    order = np.random.default_rng(settings.trial.seed).permutation(len(both))
    told = [
        Pair(case.messages[-1]["content"], one.text, other.text, case.group, case.answers[0] if case.answers else None)
        for case, one, other in (both[int(place)] for place in order)
        if one and other and not (one.abstained or other.abstained) and one.text != other.text
    ]
    yield from told[: settings.judge.cases]


class _Asker:
    """Prompts to the judge's words; what it has said already is read back."""

    def __init__(self, parts: Parts) -> None:
        judge = parts.settings.judge
        there = {"name": judge.name, "endpoint": judge.endpoint, "key_env": judge.key_env}
        self._model = EndpointChatModel.load(parts.settings.model.model_copy(update=there))
        self._identity = content_hash(judge.name, str(judge.endpoint))
        self._path = parts.folder.state / FILE
        self._said: dict[str, str] = dict(journal.rows(self._path))

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        keys = [content_hash(self._identity, prompt) for prompt in prompts]
        new = [place for place, key in enumerate(keys) if key not in self._said]
        requests = [Request(({"role": "user", "content": prompts[place]},), MOST_WORDS) for place in new]
        with journal.adding(self._path) as add:
            for index, generation in self._model.generate(requests):
                if not (generation.text or generation.finished or generation.withheld):
                    raise EndpointFailed(f"{self._model.name} spent {MOST_WORDS} tokens without a word", REASONS)
                self._said[keys[new[index]]] = letter(generation.text)
                add([keys[new[index]], letter(generation.text)])
        return [self._said[key] for key in keys]

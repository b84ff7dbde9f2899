"""Which questions are not put to the model at all: a gate before the answer, fitted on the project's examples.

    screen = fitted(parts, examples, progress)     →  Gate(…, threshold=.31), kept in the state
    screen = kept(parts)                           →  what the last trial or tuning fitted

Where none can be fitted, or none was yet, the default gate stands in, with the starter embedder and late interaction; with
others, or words by the stems of another language, none.

An example that is answered from documents is one kind, one with `answerable: false` the other; what is seen of both is
retrieval alone, so that every approach over passages refuses the same questions, and none has to be asked for it.  The
threshold is the one worth most, by confidences out of fold, where questions are as often unanswerable as the examples (one in
ten at least), and refuses at most `answer.false_refusals` of the answerable ones.  Beside those that are called
unanswerable stand answerable ones without the passages of their own sources, unless what is left holds their answer: the
first kind often asks for what a passage all but says, the second for what nothing speaks of, and a gate needs both.

No case is looked at, so a trial may use it.  Left out on purpose: how sure the model sounds; that is the trial's gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tunebook.answer import Gate, default_gate, signals
from tunebook.answer.gate import out_of_fold, threshold_worth
from tunebook.answer.signals import FOUND
from tunebook.models.disk import read_json
from tunebook.progress import Progress
from tunebook.project.folder import write_json
from tunebook.project.parts import Parts
from tunebook.rows import sample
from tunebook.values import Example, Hit, content_hash

MOST_EXAMPLES = 400  # searched for
FEWEST_VAIN = 0.1  # share of questions that are taken to have no answer where the examples hold fewer such
BEYOND = 12  # hits beyond k: what is left of them where the sources are taken away
FILE, VERSION = "screen.json", "5"


def fitted(parts: Parts, examples: Sequence[Example], progress: Progress) -> Gate | None:
    """The gate of these examples over this library; what was fitted already for the same is read back."""
    knowing = sample([one for one in examples if one.knows], MOST_EXAMPLES, 0)
    if not parts.settings.answer.false_refusals or not parts.has_library or not knowing:
        return _default(parts)
    seen = [f"{one.prompt}:{one.answerable}:{one.sources}:{one.group}" for one in knowing]
    of = content_hash(how(parts), parts.library.hash, *(parts.reader or ()), *seen)
    path = parts.folder.state / FILE
    found = read_json(path)
    if not found or found["of"] != of:
        progress("learning when to refuse", 0, 0, f"{len(knowing)} examples are searched for")
        found = {"of": of, "how": how(parts), **_fit(parts, knowing)}
        if parts.reader is None:  # what one reader may read is not what everyone is answered by
            write_json(path, found)
    return _gate(parts, found)


def kept(parts: Parts) -> Gate | None:
    """The default where none was fitted, or under other settings of search."""
    found = read_json(parts.folder.state / FILE)
    return _gate(parts, found) if found and found["how"] == how(parts) else _default(parts)


def _default(parts: Parts) -> Gate | None:
    """None as well where `answer.min_similarity` is -1: whatever was found, the model is asked."""
    answer = parts.settings.answer
    wanted = answer.false_refusals and answer.min_similarity > -1
    fits = parts.has_library and parts.searched_with == "starter"
    return default_gate(answer.false_refusals) if wanted and fits else None


def _gate(parts: Parts, found: dict[str, Any]) -> Gate | None:
    share = parts.settings.answer.false_refusals
    if not share or not found["gate"]:
        return _default(parts)
    threshold = threshold_worth(found["answerable"], found["others"], max(found["vain"], FEWEST_VAIN), share)
    return replace(Gate.from_json(found["gate"]), threshold=threshold)


def how(parts: Parts) -> str:
    """Changes with whatever lets the same question show other signals."""
    settings = parts.settings
    shown = [name for name in FOUND if name != "reranker" or parts.reranked_with]
    return content_hash(
        VERSION, settings.search.model_dump_json(), settings.passages.model_dump_json(), parts.searched_with, *shown
    )


def _fit(parts: Parts, examples: Sequence[Example]) -> dict[str, Any]:
    """{"gate", "answerable" and "others": confidences out of fold, "vain": share of the examples without an answer}."""
    rows, wanted, groups = retrieval_rows(parts, examples)
    gate, confidences = Gate.fit(rows, wanted), out_of_fold(rows, wanted, groups, 0)
    if gate is None or confidences is None:
        return {"gate": None}
    kinds = {yes: [c for c, wants in zip(confidences, wanted, strict=True) if wants is yes] for yes in (True, False)}
    vain = sum(one.answerable is False for one in examples) / len(examples)
    return {"gate": gate.as_json(), "answerable": kinds[True], "others": kinds[False], "vain": vain}


def retrieval_rows(parts: Parts, examples: Sequence[Example]) -> tuple[list[dict[str, float]], list[bool], list[str]]:
    """Signals of retrieval, whether that can be answered, and the example's group: a row for what is found for each example,
    and another, which cannot, for what is left without its own sources, unless that holds its answer.
    """
    k = parts.settings.search.k
    hits = parts.library.search([one.prompt for one in examples], k + BEYOND)
    rows, wanted, groups = [], [], []
    for one, its in zip(examples, hits, strict=True):
        rows.append(signals(one.prompt, its[:k], None, None))
        wanted.append(one.answerable is not False)
        groups.append(one.group)
        others = [hit for hit in its if hit.passage.document not in one.sources][:k]
        if one.sources and not _hold(others, one):
            rows.append(signals(one.prompt, others, None, None))
            wanted.append(False)
            groups.append(one.group)
    return rows, wanted, groups


def _hold(hits: Sequence[Hit], example: Example) -> bool:
    """Whether the example's answer stands in one of these passages, word for word."""
    wanted = (example.completion or "").lower()
    return any(wanted in hit.passage.text.lower() for hit in hits)

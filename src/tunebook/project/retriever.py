"""`tune --for retriever`: the embedder learns the team's questions, and comes into use where held-out ones gain by it.

    made = tune(parts, checked, progress)
    made.manifest["gate"]    {"questions": 30, "before": .017, "after": .857, "difference": {"low": .745, …}, …}
    made.refused             "held-out nDCG@10 of 75 questions 0.939 → 0.938, -0.001 [-0.009, +0.006]: no gain …", or None

Questions are the examples with `sources` that the desk lets through, and of `tuning.reading_rows` those made from passages.  A
quarter of the groups is held out: nothing is learnt or chosen by it.  It is asked twice over the same library, with the
embedder that is searched with now and with the new one, by the whole ranking; the new one comes into use where the
interval of the difference lies above 0.  An embedder serves every reader, so only documents that all may read go in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tunebook.approaches import EMPTY
from tunebook.errors import BadInput
from tunebook.library import ENGLISH, Late, Library, reembedded
from tunebook.library.store import searched_text
from tunebook.models.device import give_back
from tunebook.models.embedder import encoding_of
from tunebook.progress import Progress
from tunebook.project.builds import weights_of
from tunebook.project.filled import filled
from tunebook.project.parts import RETRIEVER, Parts
from tunebook.project.training import Made
from tunebook.trial.statistics import paired
from tunebook.tuning import Desk
from tunebook.tuning.retriever import Pair, Recipe, Run, Text
from tunebook.tuning.trainingset import borne_by, distractors
from tunebook.tuning.unfinished import tidy
from tunebook.values import Estimate, Example, Hit, Passage, content_hash

HELD_OUT = 0.25  # of the groups: for the gate
CHOSEN_BY = 0.2  # of the pairs that are left: they choose the round and the share
LEAST_GROUPS = 20
NEGATIVES = 3  # of each pair; one is drawn whenever it is learnt
FOUND = 50  # passages of a search, for ten documents
DEPTH = 10  # documents that nDCG looks at


def tune(parts: Parts, checked: Desk, progress: Progress) -> Made:
    """Trains what is not there yet.  Raises BadInput where there is too little to learn from and to judge by."""
    public = parts.reading_as(())
    if parts.settings.embedder.endpoint:
        raise BadInput(
            f"the embedder at {parts.settings.embedder.endpoint} cannot be tuned from here",
            "leave out embedder.endpoint to tune the starter, or name a folder in embedder.name",
        )
    if not parts.has_library:
        raise BadInput(*EMPTY)
    usable, dropped = _usable(public, checked)
    learn, held = hold_out(usable, parts.settings.tuning.seed, HELD_OUT)
    recipe = Recipe(seed=parts.settings.tuning.seed)
    folder = _folder(parts, public, checked, usable, recipe)
    manifest = parts.adapters.manifest(folder)
    reused = manifest is not None
    if manifest is None:
        with parts.folder.lock():
            manifest = _made(public, checked, (learn, held), folder, recipe, progress)
            manifest["examples"] = {"used": len(usable), "dropped": [*checked.dropped, *dropped]}
    settle = parts.adapters.refuse if manifest["refused"] else parts.adapters.finish
    settle(folder, manifest)
    tidy(folder)
    give_back()
    parts.follow()
    return Made(folder, manifest, reused)


def _usable(public: Parts, checked: Desk) -> tuple[list[Example], list[dict[str, str]]]:
    """The examples that name what answers them, all of it readable by everyone; and why others are not used."""
    there = {one.id for one in public.library.store.listing()}
    named = [one for one in checked.used if one.sources and one.answerable is not False]
    usable = [one for one in named if there.issuperset(one.sources)]
    why = "a source is not in the library, or not for everyone to read"
    dropped = [{"id": one.id, "why": why} for one in named if not there.issuperset(one.sources)]
    if not named:
        raise BadInput(
            "no example names the documents that answer it",
            'give rows of examples.jsonl their "sources": ["documents/…"]',
        )
    groups = len({one.group for one in usable})
    if groups < LEAST_GROUPS:
        raise BadInput(
            f"{len(usable)} examples in {groups} groups name documents that everyone may read: too few to judge by",
            f"at least {LEAST_GROUPS} groups are needed, and some hundred questions to gain from",
        )
    return usable, dropped


def hold_out(examples: Sequence[Example], seed: int, share: float) -> tuple[list[Example], list[Example]]:
    """(to learn, held out) by group.  A group's place is its own: what is held out stays so when examples are added."""
    groups = sorted({one.group for one in examples}, key=lambda group: content_hash(str(seed), group))
    held = set(groups[: max(1, round(share * len(groups)))])
    return [one for one in examples if one.group not in held], [one for one in examples if one.group in held]


def _folder(parts: Parts, public: Parts, checked: Desk, usable: Sequence[Example], recipe: Recipe) -> Path:
    """Named after everything that goes in."""
    settings = parts.settings
    current = parts.builds.current()
    words = current.language if current else ENGLISH
    fingerprint = content_hash(
        parts.given_embedder,
        weights_of(parts.folder.model(parts.given_embedder)),
        *(prompt for prompt in parts.settings.embedder.prompts if prompt is not None),
        *([words] if words != ENGLISH else []),
        *filter(None, [parts.reranked_with]),
        public.library.hash,
        repr(recipe),
        repr((HELD_OUT, CHOSEN_BY, NEGATIVES)),
        repr([(one.prompt, one.completion, one.sources, one.group) for one in usable]),
        settings.passages.model_dump_json(),
        settings.search.model_dump_json(),
        settings.tuning.model_dump_json(include={"leaks", "reading_rows"}),
        *sorted(checked.case_documents),
    )
    return parts.adapters.folder(RETRIEVER, fingerprint)


def _made(
    public: Parts,
    checked: Desk,
    split: tuple[list[Example], list[Example]],
    folder: Path,
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Any]:
    """Learns and judges: the manifest."""
    learn, held = split
    progress("looking for passages", 0, len(learn), "")
    made = filled(public, replace(checked, used=tuple(learn)))
    rows, choosing = hold_out([*learn, *made], recipe.seed, CHOSEN_BY)
    avoid = checked.case_documents if public.settings.tuning.leaks == "drop" else frozenset()
    learnt, chosen_by = (pairs_of(public.library, part, avoid) for part in (rows, choosing))
    base = public.folder.model(public.given_embedder)
    encoding = encoding_of(base, *public.settings.embedder.prompts)
    run = Run(base, learnt, chosen_by, folder, recipe, public.settings.model.device, encoding)

    def say(step: int, steps: int, loss: float) -> None:
        progress("tuning retriever", step, steps, f"loss {loss:.3f}")

    run.go(say)
    run.save(folder)
    gate = judged(public, held, folder, progress)
    done, low = run.done, gate["difference"]["low"]
    return {
        "target": RETRIEVER,
        "adapter": folder.name,
        "base": public.given_embedder,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "pairs": {"learnt": len(learnt), "chosen_by": len(chosen_by), "made": len(made)},
        "loss": {"train": done.train, "validation": done.validation, "best_step": int(done.chosen["step"])},
        "found_again": {"start": done.start, "chosen": done.chosen},
        "gate": gate,
        "refused": None
        if low is not None and low > 0
        else f"held-out {gate['told']}: no gain beyond chance, the embedder stays",
        "forgetting": None,
        "seconds": round(done.seconds, 1),
        "settings": public.settings.tuning.model_dump(),
        "seed": recipe.seed,
        "documents": sorted(
            {one.document for pair in chain(learnt, chosen_by) for one in (pair.passage, *pair.negatives)}
        ),
    }


def pairs_of(library: Library, examples: Sequence[Example], avoid: frozenset[str]) -> list[Pair]:
    """Of each example its question, the passage that answers it, and what else was found that does not."""
    found = library.search([one.prompt for one in examples], FOUND) if examples else []
    pairs = (_pair(library, one, hits, avoid) for one, hits in zip(examples, found, strict=True))
    return [pair for pair in pairs if pair]


def _pair(library: Library, example: Example, hits: Sequence[Hit], avoid: frozenset[str]) -> Pair | None:
    """None where its sources hold no text."""
    gold = borne_by(example, library.store.passages_of) or _nearest(library, example, hits)
    if gold is None:
        return None
    other = [hit for hit in hits if hit.passage.document not in avoid.union(example.sources)]
    negatives = distractors(example, gold, other)[:NEGATIVES]
    return Pair(example.prompt, _text(gold), tuple(map(_text, negatives)), example.sources, example.group)


def _nearest(library: Library, example: Example, hits: Sequence[Hit]) -> Passage | None:
    """Of its sources the passage that the search ranks first, else the one whose vector is nearest."""
    for hit in hits:
        if hit.passage.document in example.sources:
            return hit.passage
    passages = [one for id in example.sources for one in library.store.passages_of(id)]
    if not passages:
        return None
    (asked,) = (library.embed_queries or library.embed)([example.prompt])
    return passages[int((library.embed([searched_text(one) for one in passages]) @ asked).argmax())]


def _text(passage: Passage) -> Text:
    return Text(passage.document, searched_text(passage))


def judged(parts: Parts, held: Sequence[Example], folder: Path, progress: Progress) -> dict[str, Any]:
    """nDCG@10 of the questions with the library as it is, and with its passages embedded by what lies in the folder."""
    library, settings = parts.library, parts.settings
    new = parts.loaded(settings.embedder.model_copy(update={"name": str(folder)}))
    progress("embedding the library", 0, 0, "with the tuned embedder, to judge it")
    store, kept = library.store, library.store.vectors_of(sorted(library.store.entries()))
    same = replace(library, store=reembedded(store, lambda texts: np.stack([kept[text] for text in texts])))
    changed = replace(
        library,
        store=reembedded(store, new.embed),
        embed=new.embed,
        embed_queries=new.embed_queries,
        reranker=Late(new.tokens) if isinstance(library.reranker, Late) else library.reranker,
    )
    progress("searching", 0, 0, f"{len(held)} held-out questions, twice")
    scores = [_scores(one, held) for one in (same, changed)]
    groups = [one.group for one in held]
    difference = paired(scores[1], scores[0], groups, settings.trial.resamples, settings.trial.seed)
    assert difference is not None, "there are held-out questions"
    before, after = (round(sum(its) / len(its), 4) for its in scores)
    found = {"questions": len(held), "groups": len(set(groups)), "before": before, "after": after}
    return found | {"difference": difference.as_json(), "told": told(found, difference)}


def _scores(library: Library, held: Sequence[Example]) -> list[float]:
    hits = library.search([one.prompt for one in held], FOUND)
    return [ndcg([hit.passage.document for hit in its], one.sources) for one, its in zip(held, hits, strict=True)]


def ndcg(found: Sequence[str], right: Sequence[str]) -> float:
    """Of documents at their best rank (Järvelin & Kekäläinen 2002, doi 10.1145/582415.582418); each right one counts alike."""
    ranked, wanted = list(dict.fromkeys(found))[:DEPTH], set(right)
    gain = sum(1 / math.log2(rank + 1) for rank, document in enumerate(ranked, 1) if document in wanted)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(len(wanted), DEPTH) + 1))


def told(found: dict[str, Any], its: Estimate) -> str:
    """ "nDCG@10 of 75 questions 0.939 → 0.938, -0.001 [-0.009, +0.006]"."""
    span = "" if its.low is None else f" [{its.low:+.3f}, {its.high:+.3f}]"
    return (
        f"nDCG@10 of {found['questions']} questions {found['before']:.3f} → {found['after']:.3f}, {its.mean:+.3f}{span}"
    )

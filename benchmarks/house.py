"""A project whose people speak a language of their own: the documents say "crimson oak chest", they ask for the "zorvik
blenta quom".

    write(folder, questions=400, seed=0)      documents.jsonl, examples.jsonl

Every house word stands for one plain word, always the same, and no question holds a word that helps in its document:
neither words nor a general embedder can find it, but whoever has learnt the words can, also for things that were not asked
for before.  No thing is asked for twice.  Used by a benchmark and a test; no part of the package.
"""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

COLOURS = ["crimson", "olive", "ivory", "amber", "violet", "charcoal"]
STUFFS = ["oak", "marble", "copper", "leather", "bamboo", "porcelain"]
THINGS = ["chest", "lamp", "mirror", "kettle", "ladder", "drum", "clock", "saddle", "basket", "anchor"]
PLACES = ["attic", "cellar", "chapel", "stable", "harbour", "library", "kitchen", "tower", "orchard", "mill"]
SYLLABLES = [
    "zor",
    "vik",
    "blen",
    "ta",
    "quom",
    "rish",
    "nel",
    "dup",
    "faw",
    "gir",
    "hox",
    "lim",
    "mur",
    "pesh",
    "skal",
    "tov",
    "wub",
    "yan",
]


def write(folder: Path, questions: int, seed: int) -> None:
    """One document a thing, so many of them asked for, each under a group of its own."""
    draw = random.Random(seed)
    plain = [*COLOURS, *STUFFS, *THINGS]
    words = dict(zip(plain, invented(len(plain), draw), strict=True))
    things = draw.sample(list(product(COLOURS, STUFFS, THINGS)), len(COLOURS) * len(STUFFS) * len(THINGS))
    documents, examples = [], []
    for number, (colour, stuff, thing) in enumerate(things):
        place, shelf = draw.choice(PLACES), draw.randint(2, 90)
        told = f"The {colour} {stuff} {thing} stands in the {place}, on shelf {shelf}. It was listed in the last inventory."
        documents.append({"_id": f"item-{number}", "title": f"Item {number}", "text": told})
        asked = f"where do we keep the {words[colour]} {words[stuff]} {words[thing]}"
        answer = f"In the {place}, on shelf {shelf}."
        row = {"id": f"q{number}", "prompt": asked, "completion": answer, "sources": [f"item-{number}"]}
        if number < questions:
            examples.append(row)
    for name, rows in (("documents", documents), ("examples", examples)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def invented(count: int, draw: random.Random) -> list[str]:
    """Words of two or three syllables that no language has."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(draw.sample(SYLLABLES, draw.choice((2, 2, 3))))] = None
    return list(found)

"""A project whose people speak a language of their own: the documents say "crimson oak chest", they ask for the "zorvik
blenta quom".

    write(folder, questions=120, cases=100)      documents.jsonl, examples.jsonl, cases.jsonl

Every house word stands for one plain word, always the same, and no question holds a word that helps in its document:
neither words nor a general embedder can find it, but whoever has learnt the words can, also for things that were not asked
for before.  No thing is asked for twice.  Used by a benchmark and a test; no part of the package.
"""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

COLOURS = ["crimson", "olive", "ivory", "amber", "violet", "charcoal"]
STUFFS = ["oak", "marble", "copper", "leather", "bamboo", "porcelain"]
THINGS = ["chest", "lamp", "mirror", "kettle", "ladder", "drum", "clock", "saddle", "basket", "anchor"]
PLACES = ["attic", "cellar", "chapel", "stable", "harbour", "library", "kitchen", "tower", "orchard", "mill"]
SYLLABLES = ["zor", "vik", "blen", "ta", "quom", "rish", "nel", "dup", "faw", "gir", "hox", "lim", "mur", "pesh"]


def write(folder: Path, questions: int, cases: int = 0, things: int = 360, seed: int = 0) -> None:
    """One document a thing, 360 at most; so many are asked for in examples, and so many others in cases."""
    draw = random.Random(seed)
    plain = [*COLOURS, *STUFFS, *THINGS]
    words = dict(zip(plain, invented(len(plain), draw), strict=True))
    every = list(product(COLOURS, STUFFS, THINGS))
    documents, asked = [], []
    for number, thing in enumerate(draw.sample(every, things)):
        answer = f"in the {draw.choice(PLACES)}, on shelf {draw.randint(2, 90)}"
        text = f"The {' '.join(thing)} stands {answer}. It was listed in the last inventory."
        documents.append({"_id": f"item-{number}", "title": f"Item {number}", "text": text})
        prompt = f"where do we keep the {' '.join(words[word] for word in thing)}"
        asked.append({"id": f"q{number}", "prompt": prompt, "sources": [f"item-{number}"], "answer": f"{answer}."})
    examples = [_but_answer(row) | {"completion": row["answer"]} for row in asked[:questions]]
    judged = [_but_answer(row) | {"kind": "knowledge", "answers": [row["answer"]]} for row in asked[questions:][:cases]]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("documents", documents), ("examples", examples), ("cases", judged)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _but_answer(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "answer"}


def invented(count: int, draw: random.Random) -> list[str]:
    """Words of two or three syllables that no language has."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(draw.sample(SYLLABLES, draw.choice((2, 2, 3))))] = None
    return list(found)

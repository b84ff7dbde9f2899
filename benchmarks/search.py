"""Search at scale: latency end to end with the query's embedding, recall against exact search, memory.

    python benchmarks/search.py --data ../shared/data [--sizes 100000 1000000] [--quick] [--json]

A passage is two runs of neighbouring sentences, each from a real document of the sets; its vector is the mean of its
sentences' vectors, made so because embedding a million passages takes an hour.  Questions are real and embedded when
they are asked.  Every arm runs in a process of its own: tunebook with and without reading the first hits again; bm25s
with NumPy's exact product; txtai.  Only tunebook is asked above 200,000 passages.  --quick: 20,000 passages.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from tunebook.documents import read_jsonl
from tunebook.library import LanceStore, Late, Library, Ranking, fuse
from tunebook.library.store import Entry
from tunebook.models.embedder import LocalEmbedder
from tunebook.rows import read_cases
from tunebook.values import Document, Passage

SETS = ("squad2", "clapnq", "xquad", "medquad")
ARMS = ("tunebook", "tunebook, reranked", "bm25s + NumPy", "txtai hybrid")
ALONE_ABOVE = 200_000  # passages; above it only tunebook runs
BLOCK = 20_000  # passages made at a time
PER_DOCUMENT = 100
QUERIES = 100
SENTENCES = 20_000  # that passages are made of
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Sentences:
    """Real sentences with their unit vectors (sentences, dim), in the order of their documents."""

    texts: list[str]
    vectors: NDArray[np.float32]

    def blocks(self, count: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """`count` passages in blocks of texts and unit vectors; the same ones on every call."""
        random = np.random.default_rng(0)
        for start in range(0, count, BLOCK):
            size = min(BLOCK, count - start)
            firsts = random.integers(0, len(self.texts) - 4, size=(size, 2))
            lengths = random.integers(1, 4, size=(size, 2))
            rows = [[*range(a, a + m), *range(b, b + n)] for (a, b), (m, n) in zip(firsts, lengths, strict=True)]
            vectors = np.stack([self.vectors[row].mean(0) for row in rows])
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            yield [" ".join(self.texts[at] for at in row) for row in rows], vectors


def main() -> None:
    arguments = _arguments()
    if arguments.arm:
        print(json.dumps(_run(arguments.arm, arguments.sizes[0], arguments.data, arguments.state)))
        return
    sizes = [20_000] if arguments.quick else arguments.sizes
    with tempfile.TemporaryDirectory() as scratch:
        state = arguments.state or Path(scratch)
        _make(arguments.data, state)
        found = {f"{size:,} passages": _measure(size, arguments.data, state) for size in sizes}
    claims = _claims(found)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "search", "machine": machine, "claims": claims, "sizes": found}))
        return
    for name, arms in found.items():
        print(_table(name, arms))
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']:.3f} (goal {result['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, help="keep sentences and libraries here")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="passages")
    parser.add_argument("--arm", choices=ARMS, help="used by the benchmark itself: one arm, in this process")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _make(data: Path, state: Path) -> None:
    """Sentences and their vectors into `state`, once."""
    if (state / "sentences.json").is_file():
        return
    state.mkdir(parents=True, exist_ok=True)
    texts: dict[str, None] = {}
    for name in SETS:
        for document in read_jsonl(data / name / "documents.jsonl"):
            if isinstance(document, Document):
                texts |= dict.fromkeys(s for s in SENTENCE.split(document.text) if 5 <= len(s.split()) <= 60)
    kept = list(texts)[:SENTENCES]
    np.save(state / "sentences.npy", LocalEmbedder.load("starter", 8192).embed(kept))
    (state / "sentences.json").write_text(json.dumps(kept))


def _measure(size: int, data: Path, state: Path) -> dict[str, Any]:
    arms = [arm for arm in ARMS if arm.startswith("tunebook") or size <= ALONE_ABOVE]
    found = {}
    for arm in arms:
        if arm.startswith("txtai") and not find_spec("txtai"):
            continue
        command = [sys.executable, __file__, "--arm", arm, "--sizes", str(size), "--data", str(data)]
        ran = subprocess.run([*command, "--state", str(state)], stdout=subprocess.PIPE, text=True, check=True)
        found[arm] = json.loads(ran.stdout.splitlines()[-1])
        print(f"{size:,} passages, {arm}: {found[arm]}", file=sys.stderr, flush=True)
    return found


def _run(arm: str, size: int, data: Path, state: Path) -> dict[str, Any]:
    """One arm: builds, then asks one question at a time."""
    sentences = Sentences(json.loads((state / "sentences.json").read_text()), np.load(state / "sentences.npy"))
    embedder = LocalEmbedder.load("starter", 8192)
    questions = _questions(data)
    embedder.embed(questions[:2])
    before = psutil.Process().memory_info().rss
    begin = time.perf_counter()
    build = {"bm25s + NumPy": _exact, "txtai hybrid": _txtai}.get(arm)
    library = None if build else _library(size, sentences, embedder, state / f"library-{size}", arm != "tunebook")
    search = build(size, sentences, embedder) if build else lambda query: library.search([query], 10)  # type: ignore[union-attr]
    built = time.perf_counter() - begin
    for question in questions[:5]:
        search(question)
    seconds = [_seconds(search, question) for question in questions]
    memory = psutil.Process().memory_info().rss - before
    told: dict[str, float | None] = {"build_seconds": built, "p50_ms": 1000 * float(np.quantile(seconds, 0.5))}
    told |= {"p95_ms": 1000 * float(np.quantile(seconds, 0.95)), "memory_mb": memory / 2**20, "recall@10": None}
    if arm == "tunebook":
        told["recall@10"] = _recall(library, size, sentences, embedder.embed(questions))
    return told


def _questions(data: Path) -> list[str]:
    cases = [case.prompt for name in SETS for case in read_cases(data / name / "cases.jsonl") if case.answerable]
    return random.Random(0).sample(cases, QUERIES)


def _seconds(search: Callable[[str], Any], question: str) -> float:
    begin = time.perf_counter()
    search(question)
    return time.perf_counter() - begin


def _library(size: int, sentences: Sentences, embedder: LocalEmbedder, folder: Path, rerank: bool) -> Library:
    there = folder.is_dir()
    store = LanceStore(folder, sentences.vectors.shape[1])
    if not there:
        number = 0
        for texts, vectors in sentences.blocks(size):
            passages = [_passage(number + index, text) for index, text in enumerate(texts)]
            ids = dict.fromkeys(passage.document for passage in passages)
            documents = [Document(id, "", id) for id in ids]
            store.replace(documents, passages, vectors, [Entry(id, id, id, 1, 1) for id in ids])
            number += len(texts)
        store.index()
    return Library(
        store, embedder.embed, lambda _: [], Late(embedder.tokens), Ranking() if rerank else Ranking(rerank=0)
    )


def _passage(number: int, text: str) -> Passage:
    start = 1000 * (number % PER_DOCUMENT)
    return Passage(f"d{number // PER_DOCUMENT}", "", "", None, start, start + len(text), text)


def _exact(size: int, sentences: Sentences, embedder: LocalEmbedder) -> Callable[[str], Any]:
    """bm25s and the whole product, fused as tunebook's first stage is."""
    import bm25s
    import Stemmer

    texts: list[str] = []
    parts = []
    for block, vectors in sentences.blocks(size):
        texts += block
        parts.append(vectors)
    matrix = np.concatenate(parts)  # (passages, dim)
    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def search(query: str) -> Any:
        words = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        ids, scores = index.retrieve(words, k=300, show_progress=False)
        lexical = dict(zip(map(str, ids[0]), map(float, scores[0]), strict=True))
        cosines = matrix @ embedder.embed([query])[0]
        best = np.argpartition(-cosines, 300)[:300]
        dense = dict(zip(map(str, best), map(float, cosines[best]), strict=True))
        return [texts[int(id)] for id in list(fuse({"a": lexical, "b": dense}, {"a": 0.5, "b": 0.5}))[:10]]

    return search


def _txtai(size: int, sentences: Sentences, embedder: LocalEmbedder) -> Callable[[str], Any]:
    """As it comes, with its content store, and the same vectors."""
    from txtai import Embeddings

    made: dict[str, NDArray[np.float32]] = {}

    def vectors_of(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([made[text] for text in texts]) if texts[0] in made else embedder.embed(texts)

    peer = Embeddings(hybrid=True, content=True, method="external", transform=vectors_of)

    def rows() -> Iterator[tuple[int, str, None]]:
        number = 0
        for texts, vectors in sentences.blocks(size):
            made.update(zip(texts, vectors, strict=True))
            for text in texts:
                yield number, text, None
                number += 1

    peer.index(rows())
    made.clear()
    return lambda query: peer.search(query, 10)


def _recall(library: Library | None, size: int, sentences: Sentences, vectors: NDArray[np.float32]) -> float:
    """Share of the exact ten nearest among the first ten of the list that a search takes from the store."""
    assert library is not None
    found = np.array([_nearest(library, vector) for vector in vectors])  # (questions, 10) numbers of passages
    theirs = np.zeros(found.shape, np.float32)
    best = np.full(found.shape, -np.inf, np.float32)  # exact cosines, of all passages
    for number, (_, block) in enumerate(sentences.blocks(size)):
        cosines = vectors @ block.T  # (questions, passages of the block)
        best = -np.sort(-np.concatenate([best, cosines], axis=1), axis=1)[:, :10]
        question, place = np.nonzero(found // BLOCK == number)
        theirs[question, place] = cosines[question, found[question, place] % BLOCK]
    return float((theirs >= best[:, 9:] - 1e-6).mean())


def _nearest(library: Library, vector: NDArray[np.float32]) -> list[int]:
    cosines = library.store.dense(vector, library.ranking.candidates)
    rows = sorted(cosines, key=lambda row: -cosines[row])[:10]
    passages = library.store.passages(rows)
    return [PER_DOCUMENT * int(passages[row].document[1:]) + passages[row].start // 1000 for row in rows]


def _claims(found: dict[str, Any]) -> dict[str, Any]:
    claims = {}
    for name, arms in found.items():
        ours = arms["tunebook"]
        claims[f"{name}: recall@10 against exact"] = _claim(ours["recall@10"], ">= 0.95", ours["recall@10"] >= 0.95)
        if name.startswith("100,000 "):
            claims[f"{name}: p50 in ms without rerank"] = _claim(ours["p50_ms"], "< 40", ours["p50_ms"] < 40)
    return claims


def _claim(value: float, goal: str, holds: bool) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": holds}


def _table(name: str, arms: dict[str, Any]) -> str:
    lines = [f"\n{name}", f"{'':<22}{'p50 ms':>9}{'p95 ms':>9}{'recall@10':>11}{'memory MB':>11}{'build s':>9}"]
    for arm, told in arms.items():
        recall = "" if told["recall@10"] is None else f"{told['recall@10']:.3f}"
        times = f"{told['p50_ms']:>9.1f}{told['p95_ms']:>9.1f}"
        lines.append(f"{arm:<22}{times}{recall:>11}{told['memory_mb']:>11.0f}{told['build_seconds']:>9.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

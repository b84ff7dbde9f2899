"""Retrieval side by side: BM25, dense, their ranks fused, a peer, and tunebook, on judged sets.

    python benchmarks/retrieval.py --data ../shared/data [--sets medquad squad2 clapnq xquad] [--quick] [--json]
    python benchmarks/retrieval.py --data FOLDER --sets my_set          any folder in BEIR or contract form

Every arm ranks the same passages with the same vectors; a document (or page) counts at the rank of its best passage.
BM25 is bm25s with stemming and stop words, over passages and over whole documents; the better of the two is the one
to beat.  The peer is txtai's hybrid index, where it is installed.  --quick asks 60 questions a set.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from judged import Judged, JudgedSet, Unit, hit, ndcg, ranked_units, read_set, recall
from numpy.typing import NDArray

from tunebook.library import Library
from tunebook.library.store import searched_text
from tunebook.project import Project
from tunebook.project.folder import Folder
from tunebook.project.parts import Parts
from tunebook.settings import load_settings
from tunebook.trial.statistics import estimate, paired
from tunebook.values import Passage

SETS = ("medquad", "squad2", "clapnq", "xquad")
METRICS: dict[str, Callable[[Judged, Sequence[Unit]], float]] = {"ndcg@10": ndcg, "hit@1": hit, "recall@5": recall}
DEPTH = 100  # passages taken from each list
RRF_K = 60
PEER = "txtai hybrid"


@dataclass(frozen=True, slots=True)
class Corpus:
    """What every arm ranks: passages, their unit vectors (passages, dim), the questions and theirs."""

    passages: list[Passage]
    vectors: NDArray[np.float32]
    questions: list[Judged]
    question_vectors: NDArray[np.float32]

    @property
    def texts(self) -> list[str]:
        return [searched_text(passage) for passage in self.passages]

    def places(self, indices: Sequence[int]) -> list[Unit]:
        return [(self.passages[index].document, self.passages[index].page) for index in indices]


Ranking = list[list[Unit]]  # for each question its units, best first


def main() -> None:
    arguments = _arguments()
    found = {}
    for name in arguments.sets:
        judged = read_set(arguments.data / name)
        found[name] = _measure(
            judged, arguments.state / name, arguments.set, 60 if arguments.quick else arguments.questions
        )
        print(_table(name, found[name]), file=sys.stderr if arguments.json else sys.stdout, flush=True)
    claims = _claims(found)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "retrieval", "machine": machine, "claims": claims, "sets": found}))
        return
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']:+.4f} (goal {result['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks/retrieval"))
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, for this run")
    parser.add_argument("--questions", type=int, help="ask a random sample of this many of each set")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measure(judged: JudgedSet, state: Path, overrides: Sequence[str], sample: int | None) -> dict[str, Any]:
    """Scores of every arm on one set: {"arms": {arm: {metric: estimate}}, "ours - arm": {…}, seconds …}."""
    parts = Parts(Folder.find(judged.folder, state), load_settings(None, overrides))
    synced = Project(parts).sync(judged.paths)
    questions = list(judged.questions)
    if sample is not None and sample < len(questions):
        questions = random.Random(0).sample(questions, sample)
    corpus = _corpus(parts.library, questions)
    begin = time.perf_counter()
    hits = parts.library.search([question.text for question in questions], DEPTH)
    seconds = time.perf_counter() - begin
    rankings = _rankings(corpus)
    rankings["tunebook"] = [
        ranked_units(question, [(one.passage.document, one.passage.page) for one in found])
        for question, found in zip(questions, hits, strict=True)
    ]
    groups = [question.group for question in questions]
    values = {
        arm: {name: [score(q, r) for q, r in zip(questions, ranking, strict=True)] for name, score in METRICS.items()}
        for arm, ranking in rankings.items()
    }
    return {
        "documents": len({passage.document for passage in corpus.passages}),
        "passages": len(corpus.passages),
        "questions": len(questions),
        "failed": synced["failed"],
        "search_seconds_a_query": seconds / len(questions),
        "arms": {
            arm: {name: estimate(v, groups, 2000, 0).as_json() for name, v in scores.items()}  # type: ignore[union-attr]
            for arm, scores in values.items()
        },
        "ahead_of": {
            arm: paired(values["tunebook"]["ndcg@10"], scores["ndcg@10"], groups, 2000, 0).as_json()  # type: ignore[union-attr]
            for arm, scores in values.items()
            if arm != "tunebook"
        },
    }


def _corpus(library: Library, questions: list[Judged]) -> Corpus:
    """Read back from the library: nothing is embedded twice."""
    ids = sorted(library.store.entries())
    passages = [passage for id in ids for passage in library.store.passages_of(id)]
    vectors = library.store.vectors_of(ids)
    matrix = np.stack([vectors[searched_text(passage)] for passage in passages])
    return Corpus(passages, matrix, questions, library.embed([question.text for question in questions]))


def _rankings(corpus: Corpus) -> dict[str, Ranking]:
    lists = {"bm25": _bm25(corpus, corpus.texts), "dense": _dense(corpus)}
    rankings = {name: _to_units(corpus, found) for name, found in lists.items()}
    rankings["bm25 whole"] = _bm25_whole(corpus)
    rankings["rrf"] = [_fused_ranks(two) for two in zip(rankings["bm25"], rankings["dense"], strict=True)]
    if find_spec("txtai"):
        rankings[PEER] = _to_units(corpus, _txtai(corpus))
    return rankings


def _to_units(corpus: Corpus, found: Sequence[Sequence[int]]) -> Ranking:
    return [ranked_units(q, corpus.places(indices)) for q, indices in zip(corpus.questions, found, strict=True)]


def _bm25(corpus: Corpus, texts: Sequence[str]) -> list[list[int]]:
    import bm25s
    import Stemmer

    def words(many: Sequence[str]) -> Any:
        return bm25s.tokenize(list(many), stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False)

    index = bm25s.BM25()
    index.index(words(texts), show_progress=False)
    asked = words([question.text for question in corpus.questions])
    found, scores = index.retrieve(asked, k=min(DEPTH, len(texts)), show_progress=False)
    return [[int(i) for i, s in zip(*row, strict=True) if s > 0] for row in zip(found, scores, strict=True)]


def _bm25_whole(corpus: Corpus) -> Ranking:
    """Over whole documents, or whole pages where the questions ask for pages."""
    by_page = any(question.by_page for question in corpus.questions)
    wholes: dict[Unit, list[str]] = {}
    for passage in corpus.passages:
        texts = wholes.setdefault((passage.document, passage.page if by_page else None), [passage.title])
        texts.append(passage.text)
    units = list(wholes)
    found = _bm25(corpus, ["\n".join(texts) for texts in wholes.values()])
    return [
        ranked_units(q, [units[index] for index in indices]) for q, indices in zip(corpus.questions, found, strict=True)
    ]


def _dense(corpus: Corpus) -> list[list[int]]:
    cosines = corpus.question_vectors @ corpus.vectors.T  # (questions, passages)
    return [row[:DEPTH].tolist() for row in np.argsort(-cosines, axis=1, kind="stable")]


def _fused_ranks(lists: Sequence[Sequence[Unit]]) -> list[Unit]:
    """Σ 1 / (60 + rank) (Cormack, Clarke & Büttcher 2009, doi 10.1145/1571941.1572114)."""
    scores: dict[Unit, float] = {}
    for units in lists:
        for rank, unit in enumerate(units, 1):
            scores[unit] = scores.get(unit, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores, key=lambda unit: -scores[unit])


def _txtai(corpus: Corpus) -> list[list[int]]:
    """txtai as it comes, with our vectors: half BM25, half cosine."""
    from txtai import Embeddings

    known = dict(zip(corpus.texts, corpus.vectors, strict=True))
    known |= dict(zip((q.text for q in corpus.questions), corpus.question_vectors, strict=True))
    peer = Embeddings(hybrid=True, method="external", transform=lambda texts: np.stack([known[t] for t in texts]))
    peer.index((index, text, None) for index, text in enumerate(corpus.texts))
    return [[int(id) for id, _ in peer.search(question.text, DEPTH)] for question in corpus.questions]


def _claims(found: dict[str, Any]) -> dict[str, Any]:
    claims = {}
    for name, one in found.items():
        best = min(("bm25", "bm25 whole", "dense", "rrf"), key=lambda arm: one["ahead_of"][arm]["mean"])
        ahead = one["ahead_of"][best]["mean"]
        claims[f"{name}: nDCG@10 against the best single list or RRF, here {best}"] = _claim(ahead, -0.005)
    if "squad2" in found:
        claims["squad2: nDCG@10 above RRF"] = _claim(found["squad2"]["ahead_of"]["rrf"]["mean"], 0.03)
    mean = sum(one["ahead_of"]["rrf"]["mean"] for one in found.values()) / len(found)
    claims["mean over the sets: nDCG@10 above RRF"] = _claim(mean, 0.0)
    return claims


def _claim(value: float, least: float) -> dict[str, Any]:
    return {"value": value, "goal": f">= {least:+.3f}", "holds": value >= least}


def _table(name: str, one: dict[str, Any]) -> str:
    about = f"{one['documents']} documents, {one['passages']} passages, {one['questions']} questions"
    lines = [f"\n{name}: {about}, {1000 * one['search_seconds_a_query']:.0f} ms a query in a batch"]
    lines.append(f"{'':<14}" + "".join(f"{metric:>22}" for metric in METRICS) + f"{'tunebook ahead by':>26}")
    for arm, metrics in one["arms"].items():
        cells = "".join(f"{_cell(metrics[metric]):>22}" for metric in METRICS)
        lines.append(f"{arm:<14}{cells}{_cell(one['ahead_of'].get(arm)):>26}")
    return "\n".join(lines)


def _cell(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if found["low"] is None:
        return f"{found['mean']:.3f}"
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


if __name__ == "__main__":
    main()

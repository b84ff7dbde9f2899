"""Texts embedded per second, side by side with sentence-transformers as it comes: same model, same texts.

    python benchmarks/embedding.py [--data ../shared/data] [--texts 160] [--rounds 15] [--quick] [--json]

Passages of the sets medquad, squad2 and clapnq, cut as the library cuts them.  The two take turns on the same slices, so
that a busy machine slows both; the ratio is the median over the rounds.  sentence-transformers loads the folder of the
starter embedder with mean pooling, fp32, batches of 32.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.documents import read_jsonl, split
from tunebook.library.store import searched_text
from tunebook.models.embedder import LocalEmbedder
from tunebook.models.starter import starter_folder
from tunebook.settings import EmbedderSettings, PassageSettings
from tunebook.values import Document

SETS = ("medquad", "squad2", "clapnq")
Embed = Callable[[list[str]], NDArray[np.float32]]


def main() -> None:
    arguments = _arguments()
    ours = LocalEmbedder.load("starter", EmbedderSettings().batch_tokens)
    theirs = _sentence_transformers()
    count, rounds = (128, 2) if arguments.quick else (arguments.texts, arguments.rounds)
    texts = _texts(arguments.data, ours, count * rounds)
    ours.embed(texts[:8])
    theirs(texts[:8])
    arms: dict[str, Embed] = {"tunebook": ours.embed, "sentence-transformers": theirs}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    work = dict.fromkeys(arms, 0.0)  # processor seconds: what other processes take is not in them
    cosines: list[float] = []
    for number in range(rounds):
        part = texts[number * count : (number + 1) * count]
        vectors = {}
        for name, embed in arms.items():
            before, begin = time.process_time(), time.perf_counter()
            vectors[name] = embed(part)
            seconds[name].append(time.perf_counter() - begin)
            work[name] += time.process_time() - before
        cosines += (vectors["tunebook"] * vectors["sentence-transformers"]).sum(1).tolist()
    report = _report(seconds, work, cosines, count)
    print(json.dumps(report) if arguments.json else _table(report), file=sys.stdout)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=160, help="texts a round")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _sentence_transformers() -> Embed:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    words = Transformer(str(starter_folder("embedder")), max_seq_length=512)
    model = SentenceTransformer(modules=[words, Pooling(words.get_word_embedding_dimension())], device="cpu")
    return lambda texts: np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False))


def _texts(data: Path, embedder: LocalEmbedder, count: int) -> list[str]:
    texts = []
    for name in SETS:
        for document in read_jsonl(data / name / "documents.jsonl"):
            if isinstance(document, Document):
                cut = split(document, embedder.count_tokens, PassageSettings().max_tokens)
                texts += [searched_text(passage) for passage in cut]
    return random.Random(0).sample(texts, count)


def _report(
    seconds: dict[str, list[float]], work: dict[str, float], cosines: list[float], count: int
) -> dict[str, Any]:
    ratios = [b / a for a, b in zip(seconds["tunebook"], seconds["sentence-transformers"], strict=True)]
    ratio, least = statistics.median(ratios), min(cosines)
    return {
        "name": "embedding",
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "claims": {
            "texts per second, times sentence-transformers": _claim(ratio, ">= 4", ratio >= 4),
            "lowest cosine to its vectors": _claim(least, "> 0.999", least > 0.999),
        },
        "texts_per_second": {name: count / statistics.median(taken) for name, taken in seconds.items()},
        "ratios": ratios,
        "processor_seconds_ratio": work["sentence-transformers"] / work["tunebook"],
        "mean_cosine": statistics.mean(cosines),
        "texts": len(cosines),
    }


def _claim(value: float, goal: str, holds: bool) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": holds}


def _table(report: dict[str, Any]) -> str:
    lines = [f"{report['texts']} texts in {len(report['ratios'])} rounds, taking turns"]
    lines += [f"{name:<24}{rate:>8.0f} texts/s" for name, rate in report["texts_per_second"].items()]
    lines.append("ratio of each round     " + "  ".join(f"{ratio:.2f}" for ratio in report["ratios"]))
    lines.append(f"in processor seconds    {report['processor_seconds_ratio']:.2f}")
    for claim, result in report["claims"].items():
        lines.append(
            f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']:.4f} (goal {result['goal']})"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()

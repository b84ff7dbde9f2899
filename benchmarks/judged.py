"""Folders with questions whose answer's place is known, in either of two forms, as one value.

    BEIR      corpus.jsonl {"_id", "title", "text"}, queries.jsonl {"_id", "text"}, qrels/test.tsv (query, document, score)
    contract  documents/ or documents.jsonl, cases.jsonl with `sources`, whole documents or pages of them

Cases that cannot be answered or name no source are passed over.  What counts as found is a `Unit`: a document, or one
page of it where the source names the page.  Used by the benchmarks of this folder; no part of the package.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.rows import read_cases

Unit = tuple[str, int | None]  # document, page


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the gain of each unit that answers it; rows of one group depend on each other."""

    id: str
    text: str
    gains: Mapping[Unit, float]
    group: str

    @property
    def by_page(self) -> bool:
        return any(page is not None for _, page in self.gains)


@dataclass(frozen=True, slots=True)
class JudgedSet:
    name: str
    folder: Path
    paths: tuple[Path, ...]  # what a sync is pointed at; empty: the project's own documents
    questions: tuple[Judged, ...]


def read_set(folder: Path) -> JudgedSet:
    """Either form, told by the files that are there."""
    if (folder / "corpus.jsonl").is_file():
        return JudgedSet(folder.name, folder, (folder / "corpus.jsonl",), tuple(_beir(folder)))
    return JudgedSet(folder.name, folder, (), tuple(_cases(folder)))


def _beir(folder: Path) -> Iterator[Judged]:
    test = folder / "qrels" / "test.tsv"
    path = test if test.is_file() else sorted((folder / "qrels").glob("*.tsv"))[0]
    gains: dict[str, dict[Unit, float]] = {}
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows, delimiter="\t"):
            if len(row) >= 3 and _number(row[-1]) > 0:
                gains.setdefault(row[0], {})[row[-2], None] = _number(row[-1])
    for query in _rows(folder / "queries.jsonl"):
        if query["_id"] in gains:
            yield Judged(query["_id"], query["text"], gains[query["_id"]], query["_id"])


def _cases(folder: Path) -> Iterator[Judged]:
    for case in read_cases(folder / "cases.jsonl"):
        if case.answerable and case.sources:
            gains = {(source.document, source.page): 1.0 for source in case.sources}
            yield Judged(case.id, case.prompt, gains, case.group)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:  # the head of the table
        return 0.0


def ranked_units(question: Judged, places: Iterable[Unit]) -> list[Unit]:
    """Places best first to units best first, each at its best rank; pages only where the question asks for pages."""
    return list(dict.fromkeys((document, page if question.by_page else None) for document, page in places))


def ndcg(question: Judged, ranked: Sequence[Unit], depth: int = 10) -> float:
    """DCG = Σ gain / log2(rank + 1) over that of the best order (Järvelin & Kekäläinen 2002, doi 10.1145/582415.582418)."""
    best = sorted(question.gains.values(), reverse=True)[:depth]
    found = [question.gains.get(unit, 0.0) for unit in ranked[:depth]]
    return _dcg(found) / _dcg(best)


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def hit(question: Judged, ranked: Sequence[Unit], depth: int = 1) -> float:
    return float(any(unit in question.gains for unit in ranked[:depth]))


def recall(question: Judged, ranked: Sequence[Unit], depth: int = 5) -> float:
    return sum(unit in question.gains for unit in ranked[:depth]) / len(question.gains)

"""Search by hand: one query, or a file of them as a TREC run.

search(library, "who leased the barn", 10, None, ["year>=2024"])        →  [Hit(rank=1, …), …]
search_run(lambda: library, Path("cases.jsonl"), Path("run.txt"), 100, None)    →  {"queries": 300, "run": "run.txt", …}
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.library import Library
from tunebook.library.filters import parse
from tunebook.progress import Progress, silent
from tunebook.rows import read_questions
from tunebook.values import Hit

PASSAGES_A_DOCUMENT = 3  # searched for, so that k documents are among them


def search(library: Library, query: str, k: int, groups: tuple[str, ...] | None, where: Sequence[str]) -> list[Hit]:
    """The k best passages that a reader in these groups may read and that meet all conditions."""
    return library.search([query], k, groups, parse(where))[0]


def search_run(
    opened: Callable[[], Library],
    queries: Path,
    out: Path,
    k: int,
    groups: tuple[str, ...] | None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Writes `qid Q0 docid rank score tag`, k documents a query.

    Raises BadInput before anything is searched for, for a file of queries that is wrong before the library is `opened`.
    """
    begin = time.perf_counter()
    asked = read_questions(queries)
    if out.exists() and out.samefile(queries):
        raise BadInput(f"--run {out}: that is the file of queries", "name another file for the run")
    library = opened()
    try:
        out.open("a").close()
    except OSError as error:
        told = f"--run {out}: cannot be written: {error.strerror}"
        raise BadInput(told, "name a file in a folder that is there") from error
    found = library.search([text for _, text in asked], PASSAGES_A_DOCUMENT * k, groups)
    lines: list[str] = []
    for number, ((id, _), hits) in enumerate(zip(asked, found, strict=True), 1):
        lines += _lines(id, hits, k)
        progress("searching", number, len(asked), "")
    out.write_text("".join(lines), encoding="utf-8")
    return {"queries": len(asked), "run": str(out), "seconds": time.perf_counter() - begin}


def _lines(id: str, hits: Sequence[Hit], k: int) -> Iterator[str]:
    """A query's documents, each by its best passage; their ids without blanks, which would part columns."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(re.sub(r"\s", "_", hit.passage.document), hit.score)
    for rank, (document, score) in enumerate(list(best.items())[:k], 1):
        yield f"{id} Q0 {document} {rank} {score:.6f} tunebook\n"

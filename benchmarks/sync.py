"""Speed of a sync: nothing to do, one change, and how much it adds to reading and embedding.

    python benchmarks/sync.py --data ../shared/data [--quick] [--json]

Real text (paragraphs of medquad, squad2, clapnq, xquad) in 10,000 files, one passage each, with the starter embedder.
`unchanged` is a whole `tunebook sync` process, imports and all.  `visible` is from writing one file to the first search
that finds its new words, in a process that follows the folder.  Overhead is a first sync of 300 files against reading
them and embedding their passages one after the other with the same parts, in six rounds, by the clock and of the processor.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.documents import find_files, read_many
from tunebook.library.store import searched_text
from tunebook.project import Project
from tunebook.values import Document

SETS = ("medquad", "squad2", "clapnq", "xquad")
SHORT_CHARS = (80, 400)  # of the paragraphs that are files


def main() -> None:
    arguments = _arguments()
    files, overhead_files, times = (500, 100, 2) if arguments.quick else (10_000, 300, 5)
    paragraphs = list(_paragraphs(arguments.data))
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder:
        added = overhead(Path(folder, "few"), paragraphs, overhead_files, 2 if arguments.quick else 6)
        many = Path(folder, "many")
        write_files(many, paragraphs, files)
        print(f"first sync of {files} files …", file=sys.stderr)
        first = Project.open(many).sync()
        unchanged = [unchanged_seconds(many) for _ in range(times)]
        visible = visible_seconds(many, times)
    claims = {
        f"a sync of {files} unchanged documents, whole process, seconds": _claim(float(np.median(unchanged)), 2.0),
        f"one changed document of {files} visible, followed, seconds": _claim(float(np.median(visible)), 2.0),
        "overhead of a sync over reading and embedding": _claim(added["overhead"], 0.15),
    }
    found = {"first_sync": first, "unchanged_seconds": unchanged, "visible_seconds": visible, "overhead": added}
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    if arguments.json:
        print(json.dumps({"name": "sync", "machine": machine, "claims": claims, **found}))
    else:
        for name, value in found.items():
            print(f"{name:<20}{value}")
        for claim, result in claims.items():
            print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _claim(value: float, goal: float) -> dict[str, Any]:
    return {"value": round(value, 3), "goal": f"at most {goal}", "holds": value <= goal}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _paragraphs(data: Path) -> Iterator[str]:
    for name in SETS:
        with (data / name / "documents.jsonl").open(encoding="utf-8") as rows:
            for row in rows:
                parts = (part.strip() for part in json.loads(row)["text"].split("\n"))
                yield from (part for part in parts if len(part) >= SHORT_CHARS[0])


def write_files(root: Path, paragraphs: list[str], count: int) -> None:
    """One paragraph a file, in folders of a hundred; a number keeps them apart where paragraphs run out."""
    for number in range(count):
        path = root / "documents" / f"{number // 100:03}" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = paragraphs[number % len(paragraphs)][: SHORT_CHARS[1]]
        path.write_text(f"Note {number}.\n\n{text}\n", encoding="utf-8")


def unchanged_seconds(root: Path) -> float:
    begin = time.perf_counter()
    command = [sys.executable, "-m", "tunebook.cli.main", "sync", "--json", "--project", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert not (result["added"] or result["updated"] or result["failed"]), result
    return round(time.perf_counter() - begin, 3)


def visible_seconds(root: Path, times: int) -> list[float]:
    """The folder is followed in a thread, as `tunebook sync --watch` does; searches ask from this one."""
    project = Project.open(root)
    project.search("warm", 1)
    synced = threading.Event()

    def follow() -> None:
        for _ in project.watch():
            synced.set()

    threading.Thread(target=follow, daemon=True).start()
    synced.wait()
    found = []
    for number in range(times):
        time.sleep(3)
        path = root / "documents" / "000" / f"{number:05}.md"
        word = f"zwieback{number}q"
        begin = time.perf_counter()
        path.write_text(f"Note {number}.\n\nThe cupboard holds {word} now.\n", encoding="utf-8")
        while not any(word in hit.passage.text for hit in project.search(word, 3)):
            time.sleep(0.01)
        found.append(round(time.perf_counter() - begin, 3))
    return found


def overhead(root: Path, paragraphs: list[str], files: int, times: int) -> dict[str, Any]:
    """Longer files here: eight paragraphs each.  The parts and the sync take turns; medians of the rounds' ratios."""
    for number in range(files):
        path = root / "documents" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n\n".join(paragraphs[(8 * number + place) % len(paragraphs)] for place in range(8))
        path.write_text(f"# Note {number}\n\n{text}\n", encoding="utf-8")
    project = Project.open(root)
    project._parts.embedder.embed(["warm"] * 8)
    project._parts.builds.wanted(lambda: 384)  # LanceDB is imported
    rounds = []
    for number in range(times):
        again = Project.open(root, root / f"state{number}")
        again._parts.embedder = project._parts.embedder
        if number % 2:
            whole, parts = _timed(again.sync), _in_parts(root, project)
        else:
            parts, whole = _in_parts(root, project), _timed(again.sync)
        rest = Project.open(root, root / f"rest{number}")
        rest._parts.embedder = _Free(project._parts.embedder)
        rounds.append(np.array([*parts, whole, _timed(rest.sync)]))  # (5, 2): by the clock, of the processor
        print(f"read, split, embed, sync, sync without embedding: {rounds[-1].round(2).tolist()}", file=sys.stderr)
    told = np.stack(rounds)  # (rounds, 5, 2)
    read, cut, embed, sync, others = np.moveaxis(told, 1, 0)  # (rounds, 2) each
    over, over_all = np.median(sync / (read + embed) - 1, axis=0), np.median(sync / (read + cut + embed) - 1, axis=0)
    names = ("read_seconds", "split_seconds", "embed_seconds", "sync_seconds")
    found = dict(zip(names, np.median(told[:, :4, 0], axis=0), strict=True))
    found |= {"overhead": over[0], "overhead_processor": over[1]}
    found |= {"all_but_embedding_processor": np.median((others - read) / (read + embed), axis=0)[1]}
    found |= {"overhead_with_splitting": over_all[0], "overhead_with_splitting_processor": over_all[1]}
    return {name: round(float(value), 3) for name, value in found.items()}


class _Free:
    """The embedder with vectors that cost nothing: what a sync does beside embedding, free of the noise of embedding."""

    def __init__(self, embedder: Any) -> None:
        self.name, self.count_tokens, self.tokens = embedder.name, embedder.count_tokens, embedder.tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.random.default_rng(0).normal(size=(len(texts), 384)).astype(np.float32)

    embed_queries = embed


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor on all cores."""
    begin, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - spent


def _in_parts(root: Path, project: Project) -> list[tuple[float, float]]:
    """Reading, splitting, and embedding, one after the other."""
    documents: list[Document] = []
    texts: list[str] = []
    library = project._parts.library_of(project._parts.builds.wanted(lambda: 384))

    def read() -> None:
        found = read_many(find_files([root / "documents"], root))
        documents.extend(document for _, document in found if isinstance(document, Document))

    def cut() -> None:
        texts.extend(searched_text(passage) for document in documents for passage in library.split(document))

    return [_timed(read), _timed(cut), _timed(lambda: library.embed(texts))]


if __name__ == "__main__":
    main()

"""Speed of a sync: nothing to do, one change, and how much it adds to reading and embedding.

    python benchmarks/sync.py --data ../shared/data [--quick] [--json]

Real text (paragraphs of medquad, squad2, clapnq, xquad) in 10,000 files, one passage each, with the starter embedder.
`unchanged` is a whole `tunebook sync` process, imports and all.  `visible` is from writing one file to the first search
that finds its new words, in a process that follows the folder.  Overhead is a first sync of 800 files against reading
them, splitting their text and embedding their passages one after the other with the same parts.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tunebook.documents import find_files, read_many
from tunebook.library.store import searched_text
from tunebook.project import Project
from tunebook.values import Document

SETS = ("medquad", "squad2", "clapnq", "xquad")
SHORT_CHARS = (80, 400)  # of the paragraphs that are files


def main() -> None:
    arguments = _arguments()
    files, overhead_files, times = (500, 200, 2) if arguments.quick else (10_000, 800, 5)
    paragraphs = list(_paragraphs(arguments.data))
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder:
        added = overhead(Path(folder, "few"), paragraphs, overhead_files, 1 if arguments.quick else 3)
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


def overhead(root: Path, paragraphs: list[str], files: int, times: int) -> dict[str, float]:
    """Longer files here: eight paragraphs each.  The parts and the sync take turns; medians of both."""
    for number in range(files):
        path = root / "documents" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n\n".join(paragraphs[(8 * number + place) % len(paragraphs)] for place in range(8))
        path.write_text(f"# Note {number}\n\n{text}\n", encoding="utf-8")
    parts, syncs = [], []
    project = Project.open(root)
    project._parts.embedder.embed(["warm"] * 8)
    for number in range(times):
        parts.append(_in_parts(root, project))
        again = Project.open(root, root / f"state{number}")
        again._parts.embedder = project._parts.embedder
        begin = time.perf_counter()
        passages = again.sync()["passages"]
        syncs.append(time.perf_counter() - begin)
        print(f"parts {parts[-1]}, sync {syncs[-1]:.2f} s of {passages} passages", file=sys.stderr)
    read, cut, embed = (float(np.median(column)) for column in zip(*parts, strict=True))
    whole = float(np.median(syncs))
    found = {"read_seconds": read, "split_seconds": cut, "embed_seconds": embed, "sync_seconds": whole}
    found |= {"overhead": whole / (read + embed) - 1, "overhead_with_splitting": whole / (read + cut + embed) - 1}
    return {name: round(value, 3) for name, value in found.items()}


def _in_parts(root: Path, project: Project) -> tuple[float, float, float]:
    """Seconds of reading, of splitting, and of embedding, one after the other."""
    begin = time.perf_counter()
    read = read_many(find_files([root / "documents"], root))
    documents = [document for _, document in read if isinstance(document, Document)]
    read_until = time.perf_counter()
    library = project._parts.library_of(project._parts.builds.wanted(lambda: 384))
    texts = [searched_text(passage) for document in documents for passage in library.split(document)]
    split_until = time.perf_counter()
    library.embed(texts)
    return read_until - begin, split_until - read_until, time.perf_counter() - split_until


if __name__ == "__main__":
    main()

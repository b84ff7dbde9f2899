"""Cells of tables: are they read, does their passage tell what they mean, and does search find it first?

    python benchmarks/tables.py [--formats csv md html docx xlsx] [--set KEY=VALUE] [--quick] [--json]

Tables in the shapes of `sheets.py`, as files of each format that can hold them, are read into one library.  A question asks
for one cell of one place.  Its answer stands once in its document, so where it stands is known.  Of each question: was the
answer read (read); does what the model is shown of its passage name the row, the column, the group and the place (told);
does the first hit hold it (first).
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sheets import PLACES, SHAPES, WRITERS, Sheet

from tunebook.answer.prompt import shown_text
from tunebook.library import Library
from tunebook.project import Project
from tunebook.project.folder import Folder
from tunebook.project.parts import Parts
from tunebook.settings import load_settings
from tunebook.values import Hit

MEASURES = ("read", "told", "first")
TABLES = [(shape, format) for shape, (_, formats) in SHAPES.items() for format in formats.split()]


def main() -> None:
    arguments = _arguments()
    draw = random.Random(arguments.seed)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="tunebook-") as folder:
        root = Path(folder)
        sheets = write(root / "documents", arguments.formats, draw)
        parts = Parts(Folder.find(root, root / "state"), load_settings(None, arguments.set))
        synced = Project(parts).sync([root / "documents"])
        for (shape, format), sheet in sheets.items():
            facts = draw.sample(sheet.facts, 4 if arguments.quick else arguments.questions)
            hits = parts.library.search([fact.question for fact in facts], 5)
            id = f"documents/{name(shape, format, sheet)}"
            scores = [score(parts.library, id, *one) for one in zip(facts, hits, strict=True)]
            found[f"{shape}, {format}"] = {key: sum(s[key] for s in scores) / len(scores) for key in MEASURES}
    means = {key: sum(one[key] for one in found.values()) / len(found) for key in MEASURES}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        claims = {
            f"cells {key}": {"value": means[key], "goal": ">= 0.95", "holds": means[key] >= 0.95}
            for key in MEASURES[:2]
        }
        out = {"name": "tables", "machine": machine, "claims": claims, "tables": found, "passages": synced["passages"]}
        print(json.dumps(out))
        return
    print(f"{len(found)} tables, {synced['passages']} passages\n{'':<26}" + "".join(f"{key:>8}" for key in MEASURES))
    for row, one in [*found.items(), ("mean", means)]:
        print(f"{row:<26}" + "".join(f"{one[key]:>8.2f}" for key in MEASURES))


def write(folder: Path, formats: Sequence[str], draw: random.Random) -> dict[tuple[str, str], Sheet]:
    """A file for each shape in each format, each of a place of its own."""
    folder.mkdir(parents=True)
    made = {}
    for place, (shape, format) in zip(PLACES, TABLES, strict=True):
        sheet = Sheet(place)
        SHAPES[shape][0](sheet, draw)
        if format in formats:
            made[shape, format] = sheet
            WRITERS[format](folder / name(shape, format, sheet), sheet)
    return made


def name(shape: str, format: str, sheet: Sheet) -> str:
    """Of the place only where nothing in the file can name it."""
    told = sheet.place if format == "csv" and sheet.heading else "list"
    return f"{told}-{TABLES.index((shape, format))}.{format}"


def score(library: Library, id: str, fact: Any, hits: Sequence[Hit]) -> dict[str, bool]:
    document = library.store.document(id)
    at = document.text.find(fact.answer) if document else -1
    passages = library.store.passages_of(id)
    gold = next((one for one in passages if at >= 0 and one.start <= at < one.end), None)
    shown = shown_text(gold).lower() if gold else ""
    first = hits[0].passage if hits else None
    return {
        "read": at >= 0,
        "told": bool(gold) and all(need.lower() in shown for need in fact.needs),
        "first": first is not None and gold is not None and first.id == gold.id,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", nargs="+", default=list(WRITERS), choices=list(WRITERS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, for this run")
    parser.add_argument("--questions", type=int, default=12, help="of each table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="not needed: the files are made")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

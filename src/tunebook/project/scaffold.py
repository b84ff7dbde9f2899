"""New project folders: an empty one, or the example."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.project.folder import SETTINGS, make

ELSEWHERE = "name a folder of your own"
TEMPLATE = """\
# Every key has a default; this file may stay empty.  See docs/settings.md.

# [model]
# endpoint = "http://localhost:8000/v1"   # any OpenAI-compatible server; without it, a model in process
# name = "starter"                        # or a folder with a model
"""


def init(folder: Path) -> dict[str, Any]:
    """Writes tunebook.toml, documents/, cases.jsonl and examples.jsonl where they are missing."""
    make(folder / "documents", ELSEWHERE)
    written = []
    for name, text in (
        (SETTINGS, TEMPLATE),
        ("cases.jsonl", ""),
        ("examples.jsonl", ""),
        (".gitignore", ".tunebook/\n"),
    ):
        path = folder / name
        if not path.exists():
            try:
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise BadInput(f"{path}: cannot be written: {error.strerror}", ELSEWHERE) from error
            written.append(str(path))
    return {"written": written}


def example_folder() -> Path:
    """The example project: inside an installed package, or in the checkout."""
    packaged = Path(str(files("tunebook"))) / "example"
    checkout = Path(__file__).resolve().parents[3] / "examples" / "larkmoor"
    return packaged if packaged.is_dir() else checkout


def copy_example(target: Path) -> None:
    """Copies the example into a folder that does not exist, is empty, or holds it already; an empty project is other work."""
    source, cases = example_folder(), target / "cases.jsonl"
    if cases.is_file() and cases.stat().st_size:
        return
    if target.is_dir() and any(target.iterdir()):
        raise BadInput(f"{target} is not empty and does not hold the example", "name a new folder: tunebook demo DIR")
    make(target, ELSEWHERE)
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".tunebook"))

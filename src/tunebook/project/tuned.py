"""What was tuned and lies on the disk: listed, put into use, removed.

    listing(parts)                       newest first: adapter, target, in_use, bytes, …; what a killed run left last
    use(parts, "tuned-3f2ac91b02d4")     answered with from now on
    remove(parts, "tuned-3f2ac91b02d4")  its folder, with the merged copies that the fast path made of it

What is in use, or what the library's vectors were made with, is not removed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.project.parts import Parts


class NoAdapter(BadInput):
    """There is no adapter of that name."""


class AdapterRefused(BadInput):
    """It was refused when it was made, and is not used."""


def listing(parts: Parts) -> list[dict[str, Any]]:
    """The manifests, newest first, with `in_use` and `bytes`; of unfinished ones {adapter, target, unfinished, …}."""
    root = parts.adapters.root
    finished = parts.adapters.all()
    known = {one["adapter"] for one in finished}
    begun = sorted(folder.name for folder in root.glob("*-*") if folder.is_dir() and folder.name not in known)
    rest = [{"adapter": name, "target": name.rpartition("-")[0], "in_use": False, "unfinished": True} for name in begun]
    return [one | {"bytes": _size(root / one["adapter"])} for one in (*finished, *rest)]


def use(parts: Parts, name: str) -> dict[str, Any]:
    """{target, adapter}.  Raises NoAdapter for one that is not there or not finished, AdapterRefused for one that was refused."""
    found = next((one for one in parts.adapters.all() if one["adapter"] == name), None)
    if found is None:
        raise _unknown(parts, f"no finished adapter {name[:100]!r}")
    if found.get("refused"):
        raise AdapterRefused(f"{name} was refused: {found['refused']}", "tune again with another gate")
    parts.adapters.promote(found["target"], parts.adapters.root / name)
    return {"target": found["target"], "adapter": name}


def remove(parts: Parts, name: str) -> dict[str, Any]:
    """{adapter, bytes}.  Raises NoAdapter, or BadInput for one that is needed; LibraryFailed while the project is written."""
    with parts.folder.lock():
        found = next((one for one in listing(parts) if one["adapter"] == name), None)
        if found is None:
            raise _unknown(parts, f"no adapter {name[:100]!r}")
        if found["in_use"]:
            raise BadInput(
                f"{name} is in use for {found['target']}", "put another one into use first: tunebook adapters use NAME"
            )
        folder = parts.adapters.root / name
        if generation := next((one for one in parts.builds.listing() if Path(one["embedder"]).name == name), None):
            raise BadInput(
                f"generation {generation['number']} of the library was made with {name}",
                "the sync after the next change of embedder drops that generation: tunebook library list",
            )
        (folder / "manifest.json").unlink(missing_ok=True)  # first: what is left of a kill is no adapter
        shutil.rmtree(folder)
    return {"adapter": name, "bytes": found["bytes"]}


def _unknown(parts: Parts, told: str) -> NoAdapter:
    return NoAdapter(told, f"there are: {', '.join(one['adapter'] for one in listing(parts)) or 'none yet'}")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

"""Adapters on disk: a folder each, with a manifest that says what it was made from.

    adapters = Adapters(state / "adapters")
    folder = adapters.folder("tuned", "3f2ac9…")        adapters.current("tuned")   →  folder or None

A folder counts once its manifest is written, which happens last: a killed run leaves a checkpoint and no manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.models.disk import read_json, write_json


@dataclass(frozen=True, slots=True)
class Adapters:
    """`pointers` names the file that says which adapter is in use; the adapters themselves are shared."""

    root: Path
    pointers: str = "current.json"

    def folder(self, target: str, fingerprint: str) -> Path:
        return self.root / f"{target}-{fingerprint[:12]}"

    def manifest(self, folder: Path) -> dict[str, Any] | None:
        """What is known of a finished adapter; None where the folder holds none, or its weights were taken away."""
        found: dict[str, Any] | None = read_json(folder / "manifest.json")
        if found is None:
            return None
        made_here = found.get("base_print")  # a hosted one has its weights elsewhere
        return None if made_here and not any(folder.glob("*.safetensors")) else found

    def finish(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Writes the manifest and makes the adapter its target's current one."""
        write_json(folder / "manifest.json", manifest)
        self.promote(manifest["target"], folder)

    def refuse(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Writes the manifest of an adapter that is kept and not used; one that is in use goes out of it."""
        write_json(folder / "manifest.json", manifest)
        target = manifest["target"]
        if self._pointers().get(target) == folder.name and self.roll_back(target) is None:
            self.drop(target)

    def drop(self, target: str) -> bool:
        """From now on none is in use for a target; False where none was."""
        pointers = self._pointers()
        used = pointers.pop(target, None) is not None
        if used:
            write_json(self.root / self.pointers, pointers)
        return used

    def refused(self, target: str) -> str | None:
        """Why the newest adapter of a target was refused; None where none was."""
        return next((one["refused"] for one in self.all() if one["target"] == target and one.get("refused")), None)

    def promote(self, target: str, folder: Path) -> None:
        """Makes an adapter the one in use; `roll_back` finds the one before it."""
        pointers = self._pointers()
        before = pointers.get(target)
        if before == folder.name:
            return
        earlier = [name for name in self._earlier(target) if name != folder.name]
        earlier += [before] if before else []
        write_json(self.root / self.pointers, pointers | {target: folder.name, f"before {target}": earlier})

    def roll_back(self, target: str) -> Path | None:
        """Puts the adapter that was in use before back into use; None, and no change, where there is none."""
        made = {name: self.manifest(self.root / name) for name in self._earlier(target)}
        earlier = [name for name, manifest in made.items() if manifest and not manifest.get("refused")]
        if not earlier:
            return None
        *rest, name = earlier
        write_json(self.root / self.pointers, self._pointers() | {target: name, f"before {target}": rest})
        return self.root / name

    def all(self) -> list[dict[str, Any]]:
        """The manifests of the finished adapters, newest first, with `in_use`."""
        found = [(folder, self.manifest(folder)) for folder in self.root.glob("*-*")]
        listed = [
            manifest | {"adapter": folder.name, "in_use": self._pointers().get(manifest["target"]) == folder.name}
            for folder, manifest in found
            if manifest
        ]
        return sorted(listed, key=lambda manifest: str(manifest["created"]), reverse=True)

    def current(self, target: str) -> Path | None:
        """The folder in use for a target, or None."""
        name = self._pointers().get(target)
        folder = self.root / name if name else None
        return folder if folder and self.manifest(folder) else None

    def made_from(self, document: str) -> list[str]:
        """Names of the adapters that were tuned on a document."""
        manifests = ((folder.name, self.manifest(folder)) for folder in sorted(self.root.glob("*-*")))
        return [name for name, manifest in manifests if manifest and document in manifest.get("documents", [])]

    def rename(self, documents: Mapping[str, str]) -> None:
        """Documents that an adapter was tuned on have other names now (old → new): it counts as made from both."""
        for folder in sorted(self.root.glob("*-*")):
            manifest = self.manifest(folder) or {}
            learnt = manifest.get("documents", [])
            new = {documents[one] for one in learnt if one in documents}
            if new:
                write_json(folder / "manifest.json", manifest | {"documents": sorted({*learnt, *new})})

    def mark_stale(self, name: str, why: str) -> None:
        folder = self.root / name
        manifest = self.manifest(folder)
        if manifest:
            write_json(folder / "manifest.json", manifest | {"stale": [*manifest.get("stale", []), why]})

    def _earlier(self, target: str) -> list[str]:
        names: list[str] = self._pointers().get(f"before {target}", [])
        return names

    def _pointers(self) -> dict[str, Any]:
        found = read_json(self.root / self.pointers)
        return found if isinstance(found, dict) else {}

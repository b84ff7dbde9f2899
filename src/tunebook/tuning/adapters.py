"""Adapters on disk: a folder each, with a manifest that says what it was made from.

    adapters = Adapters(state / "adapters")
    folder = adapters.folder("tuned", "3f2ac9…")        adapters.current("tuned")   →  folder or None

A folder counts once its manifest is written, which happens last: a killed run leaves a checkpoint and no manifest.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Adapters:
    root: Path

    def folder(self, target: str, fingerprint: str) -> Path:
        return self.root / f"{target}-{fingerprint[:12]}"

    def manifest(self, folder: Path) -> dict[str, Any] | None:
        """What is known of a finished adapter; None where the folder holds none."""
        try:
            found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return None
        return found

    def finish(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Writes the manifest and makes the adapter its target's current one."""
        _write(folder / "manifest.json", manifest)
        self.promote(manifest["target"], folder)

    def promote(self, target: str, folder: Path) -> None:
        _write(self.root / "current.json", self._pointers() | {target: folder.name})

    def current(self, target: str) -> Path | None:
        """The folder in use for a target, or None."""
        name = self._pointers().get(target)
        folder = self.root / name if name else None
        return folder if folder and self.manifest(folder) else None

    def made_from(self, document: str) -> list[str]:
        """Names of the adapters that were tuned on a document."""
        manifests = ((folder.name, self.manifest(folder)) for folder in sorted(self.root.glob("*-*")))
        return [name for name, manifest in manifests if manifest and document in manifest.get("documents", [])]

    def mark_stale(self, name: str, why: str) -> None:
        folder = self.root / name
        manifest = self.manifest(folder)
        if manifest:
            _write(folder / "manifest.json", manifest | {"stale": [*manifest.get("stale", []), why]})

    def _pointers(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads((self.root / "current.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return {}
        return found


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(scratch, path)

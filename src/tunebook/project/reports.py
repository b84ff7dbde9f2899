"""The trials that were run, and their reports.

reports.all()[0]["id"]   →  "807d6dc506de"          reports.get("807d6dc506de")["verdict"]["sentence"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.models.disk import read_json
from tunebook.project.folder import make, write_json
from tunebook.project.locks import lock, waited

LISTED = ("id", "created", "verdict", "counts", "seconds")


class NoReport(BadInput):
    """There is no such trial, or its report was dropped when a document was forgotten."""


@dataclass(frozen=True, slots=True)
class Reports:
    root: Path

    def all(self) -> list[dict[str, Any]]:
        """{id, created, verdict, counts, seconds} of each trial, newest first."""
        found = [self.readable(path.parent.name) for path in self.root.glob("*/report.json")]
        rows = [{key: report[key] for key in LISTED} for report in found if report]
        return sorted(rows, key=lambda row: str(row["created"]), reverse=True)

    def last(self) -> str | None:
        """The id of the newest trial over all documents."""
        found = read_json(self.root / "last.json")
        id = found.get("id") if isinstance(found, dict) else None
        return id if isinstance(id, str) else None

    def readable(self, id: str) -> dict[str, Any] | None:
        """A report; None where there is none, or what lies there is not one."""
        found = read_json(self.root / id / "report.json")
        return found if isinstance(found, dict) and found.keys() >= set(LISTED) else None

    def get(self, id: str) -> dict[str, Any]:
        """The whole report, its cases too.  Raises NoReport."""
        report = self.readable(self._folder(id).name)
        if report is None:
            raise NoReport(f"the report of trial {id} cannot be read", "run the trial again")
        return report

    def page(self, id: str) -> Path:
        """The report as one HTML file.  Raises NoReport."""
        return self._folder(id) / "report.html"

    def live(self) -> dict[str, Any] | None:
        """{"names": of all arms, "cases": asked so far, "approaches": {name: {"score": estimate}}} of the trial that
        runs; None where none does, also after one was killed."""
        found: dict[str, Any] | None = read_json(self.root / "running.json")
        return found if found and self._is_asking() else None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a trial asks its cases, so that `live` knows it from one that was killed."""
        make(self.root)
        with waited(self.root / "asking", shared=True):
            try:
                yield
            finally:
                (self.root / "running.json").unlink(missing_ok=True)

    def _is_asking(self) -> bool:
        try:
            held = lock(self.root / "asking")
        except OSError:
            return True
        if held:
            held.close()
        return held is None

    def tell(self, names: Sequence[str], cases: int, approaches: Mapping[str, Any]) -> None:
        """Called by a running trial after each arm."""
        write_json(self.root / "running.json", {"names": list(names), "cases": cases, "approaches": approaches})

    def _folder(self, id: str) -> Path:
        folder = self.root / id
        if not re.fullmatch(r"[0-9a-f]{4,64}", id) or not (folder / "report.json").is_file():
            raise NoReport(f"no trial {id[:64]!r}", "the list of trials shows the ids")
        return folder

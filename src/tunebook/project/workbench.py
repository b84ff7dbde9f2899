"""What a person who tunes looks at: examples beside what the desk found, and the run as it goes.

workbench = Workbench(parts)
workbench.examples(limit=50)["rows"][0]     {"row": 1, "id": "e-1", "prompt": …, "completion": …, "findings": []}
workbench.live()                            {"adapter": "tuned-3f2a…", "train": [[1, 2.31], …], "validation": […]}
workbench.roll_back("tuned")["adapter"]     the name of the adapter that answers now
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.project import tune as tuning
from tunebook.project.parts import Parts
from tunebook.tuning import Desk
from tunebook.tuning.checks import Finding
from tunebook.tuning.unfinished import LIVE
from tunebook.values import Example

Stamp = tuple[int, int] | None  # size and time of a file; None: it is not there


@dataclass(frozen=True, slots=True)
class Workbench:
    parts: Parts

    def examples(self, offset: int = 0, limit: int = 50, kind: str = "") -> dict[str, Any]:
        """Rows of examples.jsonl with the desk's findings beside each; `kind`: those with such a finding, "*": with any.

        Raises BadInput where there are no examples, BadRow for a row that is none.
        """
        folder = self.parts.folder
        rows, checked = _checked(self.parts, _stamp(folder.examples), _stamp(folder.cases))
        found: dict[int, list[Finding]] = {}
        for finding in checked.findings:
            found.setdefault(finding.row, []).append(finding)
        of_kind = {row for row, about in found.items() if kind in ("*", *(finding.kind for finding in about))}
        wanted = [row for row in rows if not kind or row.row in of_kind]
        return {
            "rows": [_told(row, found.get(row.row, [])) for row in wanted[offset : offset + limit]],
            "total": len(wanted),
            "examples": len(rows),
            "used": len(checked.used),
            "listed": len(found),
            "findings": dict(Counter(finding.kind for finding in checked.findings)),
        }

    def live(self) -> dict[str, Any] | None:
        """The curve of the run that wrote last and has not finished; None where there is none."""
        root = self.parts.adapters.root
        runs = [path for path in root.glob(f"*/{LIVE}") if not self.parts.adapters.manifest(path.parent)]
        if not runs:
            return None
        newest = max(runs, key=lambda path: path.stat().st_mtime_ns)
        curves: dict[str, dict[int, float]] = {"train": {}, "validation": {}}
        steps = 0
        for told in journal.rows(newest):
            steps = told.get("steps", steps)
            for name, curve in curves.items():
                if name in told:
                    curve[told["step"]] = told[name]  # a run that was resumed tells some steps twice
        drawn = {name: sorted(curve.items()) for name, curve in curves.items()}
        return {"adapter": newest.parent.name, "steps": steps, **drawn}


@lru_cache(maxsize=1)  # a page is turned and a kind is chosen, while the desk over 50,000 rows takes half a minute
def _checked(parts: Parts, examples: Stamp, cases: Stamp) -> tuple[list[Example], Desk]:
    rows, asked = tuning.load(parts, None)
    return rows, tuning.desk(parts, rows, asked)


def _stamp(path: Path) -> Stamp:
    """Changes when the file does."""
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None


def _told(example: Example, found: Sequence[Finding]) -> dict[str, Any]:
    return {
        "row": example.row,
        "id": example.id,
        "prompt": example.prompt,
        "completion": example.completion,
        "sources": list(example.sources),
        "answerable": example.answerable,
        "findings": [asdict(finding) for finding in found],
    }

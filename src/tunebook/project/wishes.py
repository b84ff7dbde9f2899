"""What one trial is asked beyond the settings.

Wishes(budget_seconds=1800)      Wishes(fresh="hold")      Wishes(compare="last")
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """`fresh`: "hold", or a second version of the documents with its cases.  `compare`: a trial's id, or "last".

    `groups`: of the reader over whose documents everything is done; None: of one who reads everything.
    """

    fresh: str | None = None
    fresh_cases: Path | None = None
    budget_seconds: float | None = None
    compare: str | None = None
    groups: tuple[str, ...] | None = None

"""One job, in its own process: `python -m tunebook.serve.job FOLDER`.

Reads what was asked from FOLDER/job.json, does it, and leaves progress, and at last the result, beside it.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.errors import TunebookError, ours
from tunebook.progress import Progress
from tunebook.project.locks import lock
from tunebook.serve.jobs import end, now, read, write

EVENT_SECONDS = 0.5  # between two events of one stage


class Teller:
    """A `tunebook.progress.Progress` that writes files: where the work is, and how it came there."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._what, self._at = "", 0.0

    def __call__(self, what: str, done: int, total: int, note: str) -> None:
        at = self._clock()
        last = 0 < total <= done
        if what == self._what and not last and at - self._at < EVENT_SECONDS:
            return
        self._what, self._at = what, at
        event = {"at": now(), "what": what, "done": done, "total": total, "note": note}
        write(self._folder / "progress.json", event)
        with journal.adding(self._folder / "events.jsonl") as add:
            add(event)


def run(folder: Path) -> int:
    """0 where the job was done; its result is in the folder in any case."""
    asked = read(folder / "job.json")
    if asked is None:
        print(f"{folder}: no job", file=sys.stderr)
        return 2
    held = lock(folder / "held")
    if held is None:
        return 0  # a server that was killed had started it, and it still runs
    earlier = read(folder / "run.json") or {"started": now()}
    write(folder / "run.json", earlier | {"pid": os.getpid()})
    try:
        end(folder, "done", result=work(asked, Teller(folder)))
        return 0
    except KeyboardInterrupt:
        end(folder, "cancelled")
        return 130
    except Exception as error:
        known = ours(error)
        if known is None:
            traceback.print_exc()
            known = TunebookError(f"{type(error).__name__}: {error}", "a fault of tunebook; the log says where")
        print(f"error: {known.message}\nhint: {known.hint}", file=sys.stderr)
        end(folder, "failed", error={"message": known.message, "hint": known.hint})
    return 1


def work(asked: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Raises what the command raises."""
    from tunebook.project import Project
    from tunebook.project.wishes import Wishes

    project = Project.open(asked["root"], asked["state"], asked["overrides"])
    given = asked["arguments"]
    files = {name: project.root / given[name] for name in ("cases", "examples") if given.get(name)}
    if asked["kind"] == "sync":
        return project.sync([project.root / path for path in given.get("paths", ())], progress)
    if asked["kind"] == "propose":
        return project.propose(given["count"], progress)
    if asked["kind"] == "tune":
        return project.tune(given["target"], files.get("examples"), progress)
    wishes = Wishes(given.get("fresh"), None, given.get("budget_seconds"), given.get("compare"))
    groups = given.get("groups")
    read_by = None if groups is None else tuple(groups)
    return project.trial(files.get("cases"), given.get("approaches"), files.get("examples"), progress, read_by, wishes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    sys.exit(run(Path(sys.argv[1])))

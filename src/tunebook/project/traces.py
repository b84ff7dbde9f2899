"""What lies behind an answer: hits with their stages, the prompt as it was sent, tokens, timings, verification.

    trace = trace_of(question, answer)                      →  {"id": "9f2c…", "question": …, "prompt": [...], "hits": [...], …}
    keep(state, trace, settings.traces, library)            where `traces.keep` says so, for `traces.days`
    changed(trace, library)                                 →  cited documents whose text has changed since

One JSON file a trace, under `traces/` in the state folder, readable by its owner alone.  Those whose time is over go when a
question is asked, be new ones kept or not, and when they are listed.  A removal (`forget`, or a sync that
finds a document gone) empties the folder: any trace may quote any document.  One that is written after a removal which it
did not see is taken back.
Left out on purpose: the question's sender, and sampling.  A trace is kept of every answer or of none.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebook.approaches import Question
from tunebook.errors import BadInput
from tunebook.library import Library
from tunebook.models.disk import read_json
from tunebook.project.folder import make, write_json
from tunebook.settings import TraceSettings
from tunebook.values import Answer, content_hash

DAY_SECONDS = 86400.0
log = logging.getLogger("tunebook.traces")


class NoTrace(BadInput):
    """There is no such trace, or none any more."""


def trace_of(question: Question, answer: Answer) -> dict[str, Any]:
    """Everything that is known of one answer, as JSON."""
    asked = [dict(message) for message in question.messages]
    created = datetime.now(UTC).isoformat(timespec="microseconds")
    return {
        "id": content_hash(created, str(asked), answer.text)[:16],
        "created": created,
        "messages": asked,
        "groups": None if question.groups is None else list(question.groups),
        **answer.as_json(),
        "hits": [hit.explained() for hit in answer.hits],
        "prompt": [dict(message) for message in answer.prompt],
    }


def keep(state: Path, trace: dict[str, Any], settings: TraceSettings, library: Library | None) -> None:
    """Writes the trace where the settings say so.  `library` None: nothing was found in any.

    One that cannot be written is warned of and no more: the answer is there, and worth more than its trace.
    """
    if not settings.keep:
        return
    folder = state / "traces"
    try:
        make(folder)
        folder.chmod(0o700)
        path = folder / f"{trace['id']}.json"
        write_json(path, trace)
        if library and not all(library.versions([hit["document"] for hit in trace["hits"]]).values()):
            path.unlink(missing_ok=True)  # looked at once it is written: a removal empties the folder last
    except (OSError, UnicodeError, BadInput) as error:  # a lone surrogate in the question cannot be written either
        log.warning("the trace of an answer was not kept: %s", error)


def expire(state: Path, settings: TraceSettings) -> None:
    """Deletes the traces whose time is over, whether new ones are kept or not."""
    oldest = time.time() - settings.days * DAY_SECONDS
    for path, written in _dated(state / "traces"):
        if written < oldest:
            with suppress(OSError):  # of a state that may only be read; it is not shown all the same
                path.unlink(missing_ok=True)


def kept(state: Path, settings: TraceSettings) -> list[dict[str, Any]]:
    """The traces whose time is not over, the latest first; the others are deleted."""
    expire(state, settings)
    oldest = time.time() - settings.days * DAY_SECONDS
    paths = [path for path, written in _dated(state / "traces") if written >= oldest]
    found = [trace for path in paths if (trace := read_json(path)) is not None]
    return sorted(found, key=lambda trace: str(trace["created"]), reverse=True)


def _dated(folder: Path) -> Iterator[tuple[Path, float]]:
    """Each trace with when it was written; other questions, and removals, may delete any of them meanwhile."""
    for path in folder.glob("*.json"):
        try:
            written = path.stat().st_mtime
        except FileNotFoundError:
            continue
        yield path, written


def brief(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace in a list: its id, when it was asked, the question."""
    return {"id": trace["id"], "created": trace["created"], "question": trace["messages"][-1]["content"]}


def load(state: Path, id: str, settings: TraceSettings) -> dict[str, Any]:
    """Raises NoTrace."""
    found = {trace["id"]: trace for trace in kept(state, settings)} if re.fullmatch("[0-9a-f]{16}", id) else {}
    if id not in found:
        raise NoTrace(
            f"trace {id[:100]!r}: not there", "tunebook traces lists those that are kept; traces.keep = true keeps them"
        )
    trace: dict[str, Any] = found[id]
    return trace


def changed(trace: dict[str, Any], library: Library) -> list[str]:
    """Documents that the answer cites whose text is another one now, or which are gone.

    One of which it is not known what was quoted counts as well: silence would say that nothing has changed.
    """
    cited = {(row["document"], row["version"]) for row in trace["citations"]}
    now = library.versions(list({document for document, _ in cited}))
    return sorted({document for document, version in cited if not version or now[document] != version})

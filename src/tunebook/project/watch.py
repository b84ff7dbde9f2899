"""Follows the documents: syncs again whenever a file was added, changed or removed.

    for result in watch(parts, [], progress): …      the first at once, then one for each change

The files are listed again and again rather than asking the kernel for events: that works on every file system, and
listing 10,000 files takes a tenth of a second.  A file that is still being written is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunebook.documents import SourceFile, find_files, sidecars
from tunebook.errors import LibraryFailed
from tunebook.progress import Progress
from tunebook.project.parts import Parts
from tunebook.project.sync import sync

LOOK_SECONDS = 0.4
IDLE_SHARE = 5  # listing takes at most a fifth of the time
LOCKED_SECONDS = 2.0

_Listing = tuple[list[SourceFile], list[tuple[str, int]]]


def watch(parts: Parts, paths: Sequence[Path], progress: Progress) -> Iterator[dict[str, Any]]:
    """Never ends by itself; a sync that another one's lock keeps waiting is tried again."""
    seen: _Listing | None = None
    while True:
        listing = _settled(parts, paths, seen)
        if listing == seen:
            continue
        try:
            result = sync(parts, paths, progress)
        except LibraryFailed as error:
            if "locked by" not in error.message:
                raise
            time.sleep(LOCKED_SECONDS)
            continue
        seen = listing
        yield result


def _settled(parts: Parts, paths: Sequence[Path], seen: _Listing | None) -> _Listing:
    """Files and the rules beside them, once two looks in a row find the same.

    While nothing changes, looking takes a share of the time; where something has, the next look comes soon.
    """
    root = parts.folder.root
    before: _Listing | None = None
    while True:
        begin = time.monotonic()
        named = [path for path in [*paths] or parts.folder.documents() if path.exists()]
        listing = (find_files(named, root), sidecars(named, root))
        if listing == before:
            return listing
        before = listing
        idle = listing == seen
        time.sleep(max(LOOK_SECONDS, IDLE_SHARE * (time.monotonic() - begin) if idle else 0))

"""Follows the documents: syncs again whenever a file was added, changed or removed.

    for result in watch(parts, [], progress): …      the first at once, then one for each change

The files are listed again and again rather than asking the kernel for events: that works on every file system, and
listing 10,000 files takes less than a tenth of a second.  A file that is still being written is waited for.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunebook.documents import SourceFile, find_files, sidecars
from tunebook.errors import LibraryFailed
from tunebook.progress import Progress
from tunebook.project.parts import Parts
from tunebook.project.sync import sync

LOOK_SECONDS = 0.3
SETTLE_SECONDS = 0.2  # files that stay as they are for so long are taken as written
IDLE_SHARE = 5  # listing takes at most a fifth of a core's time
LOCKED_SECONDS = 2.0

_Listing = tuple[list[SourceFile], list[tuple[str, int]]]


def watch(parts: Parts, paths: Sequence[Path], progress: Progress) -> Iterator[dict[str, Any]]:
    """Never ends by itself; a sync that another one's lock keeps waiting is tried again."""
    seen: _Listing | None = None
    while True:
        listing = _settled(parts, paths, seen)
        try:
            result = sync(parts, paths, progress, listing[0])
        except LibraryFailed as error:
            if "locked by" not in error.message:
                raise
            time.sleep(LOCKED_SECONDS)
            continue
        if seen is None:  # what is loaded by now stays: walking through it for garbage takes half a second each time
            gc.collect()
            gc.freeze()
        seen = listing
        yield result


def _settled(parts: Parts, paths: Sequence[Path], seen: _Listing | None) -> _Listing:
    """Files and the rules beside them, once they are not as seen and two looks in a row find the same.

    While nothing changes, looking takes a share of the time, its own: that other work makes it wait is no reason to look
    more seldom.  Where something has changed, the next look comes soon.
    """
    root = parts.folder.root
    before: _Listing | None = None
    while True:
        begin = time.thread_time()
        named = [path for path in [*paths] or parts.folder.documents() if path.exists()]
        listing = (find_files(named, root, parts.folder.state), sidecars(named, root))
        if listing == before and listing != seen:
            return listing
        before = listing
        idle_seconds = max(LOOK_SECONDS, IDLE_SHARE * (time.thread_time() - begin))
        time.sleep(idle_seconds if listing == seen else SETTLE_SECONDS)

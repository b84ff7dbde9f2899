"""Many files, read by child processes that can be killed where a file could hang or eat memory.

>>> for file, document in read_many(find_files([Path("documents")], root=Path(".")), workers=2):
...     print(file.id, document.message if isinstance(document, ReadFailed) else document.title)

One bad file costs itself only: its child is killed at the limit of time or memory, and the next file gets a new one.
(Rust parsers abort under RLIMIT_AS, go on after their own time limit, and one spreadsheet of 8.8 MB took 7 GB.)
Text files are read in this process, and no child starts before a file needs it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import LifoQueue
from tempfile import TemporaryDirectory
from typing import Any

import tunebook
from tunebook.documents.files import SourceFile
from tunebook.documents.reading import format_of, read_file
from tunebook.documents.wire import ALIVE, SCRATCH, from_answer, receive, send
from tunebook.errors import ReadFailed
from tunebook.values import Document

MAX_MEMORY_BYTES = 2 * 1024**3  # of one child
_POLL_SECONDS = 0.02
_LOOK_SECONDS = 0.1  # how often a wait looks whether it is still wanted

_Waiting = tuple[SourceFile, "Future[Document | ReadFailed]"]


def read_many(
    files: Iterable[SourceFile],
    workers: int = 2,
    timeout_seconds: float = 60,
    max_memory_bytes: int = MAX_MEMORY_BYTES,
    ocr_languages: str = "",
    left: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[SourceFile, Document | ReadFailed]]:
    """Every file with its document or the reason why there is none, in the order given.

    The time limit is for a file, or for each page that is read from a picture, in `ocr_languages`.
    At most `2 × workers` documents are held ahead of the one that is asked for.  It ends, whatever is being read, when
    whoever asked has `left`.
    """
    scratch = TemporaryDirectory(prefix=SCRATCH, ignore_cleanup_errors=True)
    children = [_Child(timeout_seconds, max_memory_bytes, ocr_languages, scratch.name) for _ in range(workers)]
    free: LifoQueue[_Child] = LifoQueue()  # last in, first out: a child that runs is taken before one must start
    for child in children:
        free.put(child)
    waiting: deque[_Waiting] = deque()
    threads = ThreadPoolExecutor(workers, thread_name_prefix="tunebook-read")
    try:
        for file in files:
            waiting.append((file, threads.submit(_read, file, free)))
            if len(waiting) > 2 * workers:
                if (found := _first(waiting, left)) is None:
                    return
                yield found
        while waiting and (found := _first(waiting, left)):
            yield found
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.stop()
        threads.shutdown()
        scratch.cleanup()


def _first(waiting: deque[_Waiting], left: Callable[[], bool]) -> tuple[SourceFile, Document | ReadFailed] | None:
    """The first of those that wait, when it has been read; None if nobody wants it any more."""
    file, future = waiting.popleft()
    while not left():
        with suppress(TimeoutError):
            return file, future.result(timeout=_LOOK_SECONDS)
    return None


def _read(file: SourceFile, free: LifoQueue[_Child]) -> Document | ReadFailed:
    format = format_of(file.path)
    if format is None or not format.in_child:
        try:
            return read_file(file.path, file.id)
        except ReadFailed as failure:
            return failure
    child = free.get()
    try:
        return child.read(file)
    finally:
        free.put(child)


class _Child:
    """One worker process at a time: started when first needed, replaced when it has died."""

    def __init__(self, timeout_seconds: float, max_memory_bytes: int, ocr_languages: str, scratch: str) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_memory_bytes = max_memory_bytes
        self._ocr_languages = ocr_languages
        self._scratch = scratch
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def read(self, file: SourceFile) -> Document | ReadFailed:
        process = self._running()
        if process is None:
            return ReadFailed(f"{file.id} was not read: reading was stopped")
        guard = _Guard(process, self._timeout_seconds, self._max_memory_bytes)
        request = {"path": os.path.abspath(file.path), "id": file.id, "ocr_languages": self._ocr_languages}
        answer = _ask(process, request, guard.restart)
        reason = guard.end()
        if answer is not None:
            return from_answer(answer)
        _kill(process)
        return ReadFailed(f"{file.id} cannot be read: {reason or f'its reader died ({process.returncode})'}")

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._process is not None:
                _kill(self._process)

    def _running(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopped:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = _start(self._scratch)
            return self._process


class _Guard:
    """Watches a child while it reads one file, and kills it at a limit."""

    def __init__(self, process: subprocess.Popen[bytes], timeout_seconds: float, max_memory_bytes: int) -> None:
        self._process = process
        self._timeout_seconds = timeout_seconds
        self._max_memory_bytes = max_memory_bytes
        self._done = threading.Event()
        self._reason = ""
        self.restart()
        self._thread = threading.Thread(target=self._watch, name="tunebook-guard", daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """The time limit begins anew."""
        self._started = time.monotonic()

    def end(self) -> str:
        """Why the child was killed, or nothing."""
        self._done.set()
        self._thread.join()
        return self._reason

    def _watch(self) -> None:
        while not self._done.wait(min(_POLL_SECONDS, self._timeout_seconds)):
            if time.monotonic() - self._started > self._timeout_seconds:
                self._reason = f"it took longer than {self._timeout_seconds:g} seconds"
            elif _memory_bytes(self._process.pid) > self._max_memory_bytes:
                self._reason = f"it took more than {self._max_memory_bytes / 1024**3:.2g} GiB of memory"
            if self._reason:
                _end(self._process)
                return


def _start(scratch: str) -> subprocess.Popen[bytes]:
    """A child that keeps what it writes in that folder."""
    source = str(Path(tunebook.__file__).parents[1])  # the child finds this tunebook, however this process found it
    search = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "tunebook.documents.worker",
        ],  # -P: modules lying in the project's folder are not run
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": search, "TMPDIR": scratch},
        start_new_session=True,  # a group of its own, which ends with it
    )


def _ask(process: subprocess.Popen[bytes], request: dict[str, Any], alive: Callable[[], None]) -> dict[str, Any] | None:
    """The answer, or None where the child died; `alive` is called whenever it says that it is."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        send(process.stdin, request)
        while (answer := receive(process.stdout)) == ALIVE:
            alive()
        return answer
    except (OSError, ValueError):
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """With the programs that it runs."""
    if process.returncode is None:  # else its number may be another's by now
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    _end(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet written has nobody to read it
                pipe.close()


def _memory_bytes(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0

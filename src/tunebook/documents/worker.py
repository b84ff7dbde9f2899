"""A child process that reads files which could hang it or eat its memory: `python -m tunebook.documents.worker`.

It answers requests on standard input with answers on standard output (`wire`), until its input ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from tunebook.documents.reading import read_file
from tunebook.documents.wire import ALIVE, SCRATCH, receive, send, to_answer
from tunebook.errors import ReadFailed

_LOOK_SECONDS = 1


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a parser prints must not end up between the answers
    while (request := receive(requests)) is not None:
        try:
            tick = partial(send, answers, ALIVE)
            answer = to_answer(read_file(Path(request["path"]), request["id"], request["ocr_languages"], tick))
        except ReadFailed as failure:
            answer = to_answer(failure)
        send(answers, answer)


def _end_with(parent: int) -> None:
    """When whoever waits for answers was killed: with the programs that this process runs, and what they have written."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    if os.getpgrp() == os.getpid():
        if os.path.basename(tempfile.gettempdir()).startswith(SCRATCH):
            shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

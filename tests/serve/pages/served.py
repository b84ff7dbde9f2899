"""The example project, served over fakes by a thread of this process: what the browser tests look at."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from helpers import CountingModel

from tunebook import Project
from tunebook.models import FakeEmbedder, Request
from tunebook.serve.app import create_app

EXAMPLE = Path(__file__).parents[3] / "examples" / "larkmoor"
WHEEL = "A Haul customer bent a front wheel. What fixed amount do we charge?"
SAID = {
    WHEEL: "Bent front wheel 85 cr.\n\nThe customer also gets a free balloon on Sundays.",
    "Who painted the Mona Lisa?": "The documents do not say.",
}


def reply(request: Request) -> str:
    """What was agreed for a question, else the first sentence of the passage next to it."""
    prompt = request.messages[-1]["content"]
    for question, answer in SAID.items():
        if question in prompt:
            return answer
    passages, _, _ = prompt.rpartition("\n\nAccording to the text:")
    sentences = re.split(r"(?<=[.!?])\s+", passages.split("\n\n")[-1]) if passages else ["I know nothing of that."]
    return sentences[-1]


def example_project(root: Path) -> Any:
    """A copy of the example with fakes where it would load models."""
    shutil.copytree(EXAMPLE, root)
    return over_fakes(root)


def over_fakes(root: Path) -> Any:
    opened = Project.open(root, overrides=("answer.min_similarity=-1",))
    opened._parts.embedder = FakeEmbedder(dim=256)
    opened._parts.model = CountingModel(reply)
    return opened


@contextmanager
def serving(project: Any) -> Iterator[str]:
    """Its address, while a thread serves it."""
    server = uvicorn.Server(uvicorn.Config(create_app(project), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def findings(page: Any) -> list[str]:
    """What axe finds serious or critical on a page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]

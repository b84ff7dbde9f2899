"""The clients that people have, each in a process of its own, against a server that listens.

openai for Python is always here.  The others run where they are installed, as `make clients` does: LangChain and LlamaIndex in
the Python that TUNEBOOK_CLIENTS_PYTHON names (they want another openai than ours), openai for JavaScript in the folder that
NODE_PATH names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import live

from tunebook.models import Request

CLIENTS = Path(__file__).parent / "clients"
PYTHON = os.environ.get("TUNEBOOK_CLIENTS_PYTHON", sys.executable)
TEXT = "The Wren carries 80 kg. It weighs 19 kg."


@pytest.fixture
def url(served: Any) -> Iterator[str]:
    def reply(request: Request) -> str:
        return '{"kg": 80}' if "Say {" in request.messages[-1]["content"] else TEXT

    served._parts.model.reply = reply
    with live(served) as url:
        yield url


def run(*command: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=clean)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def works(told: dict[str, Any]) -> None:
    assert told["whole"] == told["streamed"] == "The Wren carries 80 kg. It"
    assert (told["kg"], told["vectors"]) == (80, 2)
    assert told["used"] > 0
    assert told.get("cited", "wren") == "wren"


def test_openai_python(url: str) -> None:
    works(run(sys.executable, str(CLIENTS / "openai_python.py"), f"{url}/v1"))


@pytest.mark.parametrize(
    ("script", "module"), [("langchain", "langchain_openai"), ("llamaindex", "llama_index.llms.openai_like")]
)
def test_frameworks(url: str, script: str, module: str) -> None:
    if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode:
        pytest.skip(f"{module} is not installed")
    works(run(PYTHON, str(CLIENTS / f"{script}.py"), f"{url}/v1"))


def test_openai_javascript(url: str) -> None:
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", "require('openai')"], capture_output=True).returncode:
        pytest.skip("openai for JavaScript is not installed")
    works(run(node, str(CLIENTS / "openai_node.cjs"), f"{url}/v1"))

"""Values in one line, and a fake model that counts: what the tests of several folders share."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunebook.library.store import Entry
from tunebook.models import FakeChatModel, Request
from tunebook.values import Case, Document, Example, Hit, Kind, Message, Passage, Source


def user(text: str) -> tuple[Message, ...]:
    return ({"role": "user", "content": text},)


def passage(text: str, document: str = "a.md", start: int = 0, **rest: Any) -> Passage:
    fields = {"title": "", "heading": "", "page": None} | rest
    return Passage(document=document, start=start, end=start + len(text), text=text, **fields)


def hits_of(*passages: Passage, cosine: float = 0.9) -> list[Hit]:
    return [Hit(rank, 1 / rank, found, {"cosine": cosine}) for rank, found in enumerate(passages, 1)]


def example(row: int, prompt: str, completion: str | None = "Yes.", **rest: Any) -> Example:
    fields = {"id": f"e{row}", "messages": user(prompt), "group": f"e{row}"} | rest
    return Example(row=row, completion=completion, **fields)


def case(id: str, prompt: str = "?", kind: Kind = "knowledge", sources: Sequence[str] = (), **rest: Any) -> Case:
    fields = {"row": 1, "messages": user(prompt), "group": id, "sources": tuple(map(Source, sources))} | rest
    return Case(id=id, kind=kind, **fields)


def entry_of(document: Document) -> Entry:
    return Entry(document.id, document.hash, document.id, len(document.text), 1)


class CountingModel(FakeChatModel):
    """A fake in process: it also counts tokens, as words, and remembers which adapter each batch asked for."""

    def __init__(self, reply: Callable[[Request], str] | None = None) -> None:
        super().__init__(reply)
        self.adapters: list[Path | None] = []

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Any:
        self.adapters.append(adapter)
        return super().generate(requests, adapter)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def small_general_set(root: Path) -> str:
    """Writes a set to measure forgetting on that takes seconds, and returns the setting that names it."""
    rows = [
        {"text": "The parish bought a bell for the tower."},
        {"question": "What rings?", "choices": ["a bell", "a barn"], "answer_index": 0},
    ]
    write_rows(root / "general" / "general.jsonl", rows)
    return "tuning.general=general"


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def interrupted(arguments: Sequence[str], silent: socket.socket) -> int:
    """The status of a command that gets Ctrl+C while it waits for what `silent` never answers."""
    process = subprocess.Popen([sys.executable, "-m", "tunebook.cli.main", *arguments], stderr=subprocess.PIPE)
    try:
        with silent.accept()[0] as line:
            line.recv(1)
            process.send_signal(signal.SIGINT)
            return process.wait(30)  # of the 60 seconds that one request may take
    finally:
        process.kill()
        process.communicate()

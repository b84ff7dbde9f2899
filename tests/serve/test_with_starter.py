"""The starter models behind the server, asked by the openai client: streamed and whole answers are equal."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from serving import live

from tunebook import Project

EXAMPLE = Path(__file__).parents[2] / "examples" / "larkmoor"
QUESTIONS = ["How long is the warranty on the frame?", "Who may use the washing bay?", "What is the price of gold?"]


@pytest.mark.model
def test_streamed_and_whole_answers_are_equal(tmp_path: Path) -> None:
    for part in ("depots", "policies"):
        shutil.copytree(EXAMPLE / "documents" / part, tmp_path / "documents" / part)
    shutil.copy(EXAMPLE / "tunebook.toml", tmp_path)
    project = Project.open(tmp_path)
    project.sync()
    with live(project) as url:
        client = OpenAI(base_url=f"{url}/v1", api_key="none", timeout=120, max_retries=0)

        def ask(question: str, model: str) -> tuple[str, Any]:
            messages: Any = [{"role": "user", "content": question}]
            found = client.chat.completions.create(model=model, messages=messages, max_tokens=16)
            choice: Any = found.choices[0]
            return choice.message.content, choice.tunebook["citations"]

        def stream(question: str, model: str) -> tuple[str, Any]:
            messages: Any = [{"role": "user", "content": question}]
            text, citations = "", None
            for chunk in client.chat.completions.create(model=model, messages=messages, max_tokens=16, stream=True):
                choice: Any = chunk.choices[0]
                text += choice.delta.content or ""
                citations = choice.tunebook["citations"] if choice.finish_reason else citations
            return text, citations

        for model in ("tunebook/rag", "tunebook/base"):
            for question in QUESTIONS:
                assert stream(question, model) == ask(question, model)
        with ThreadPoolExecutor(6) as several:  # in one batch, streams and others
            streams = [several.submit(stream, question, "tunebook/rag") for question in QUESTIONS]
            whole = [several.submit(ask, question, "tunebook/rag") for question in QUESTIONS]
            assert all(one.result()[0] for one in (*streams, *whole))

"""Which prompts an export is checked on, and what is told before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tunebook.errors import BadInput
from tunebook.models import openvino
from tunebook.project.export import prompts


def test_a_row_that_is_too_long_to_be_learnt_is_not_asked(project: Callable[..., Any]) -> None:
    rows = [{"prompt": text, "completion": "Yes."} for text in ("Is it open?", "word " * 2000, "Is it shut?")]
    opened = project({"examples.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    asked = [request.messages[-1]["content"] for request in prompts(opened._parts)]
    assert asked == ["Is it open?", "Is it shut?"]


def test_what_cannot_be_compared_or_written_is_told_first(
    project: Callable[..., Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"architectures": ["GemmaForCausalLM"]}')
    opened = project(
        {"examples.jsonl": '{"prompt": "Is it open?", "completion": "Yes."}\n'}, overrides=[f"model.name={model}"]
    )
    with pytest.raises(BadInput, match="cannot be written as GGUF"):
        opened.export(tmp_path / "out", "base", "gguf")
    monkeypatch.setattr(openvino, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="--format gguf, whose answers are compared, needs OpenVINO GenAI"):
        opened.export(tmp_path / "out", "base", "gguf")
    assert not (tmp_path / "out").exists()

"""Which prompts an export is checked on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tunebook.project.export import prompts


def test_a_row_that_is_too_long_to_be_learnt_is_not_asked(project: Callable[..., Any]) -> None:
    rows = [{"prompt": text, "completion": "Yes."} for text in ("Is it open?", "word " * 2000, "Is it shut?")]
    opened = project({"examples.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    asked = [request.messages[-1]["content"] for request in prompts(opened._parts)]
    assert asked == ["Is it open?", "Is it shut?"]

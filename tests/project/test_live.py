"""A trial tells its scores while it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def test_a_trial_tells_its_scores_while_it_runs(project: Callable[..., Any]) -> None:
    case = json.dumps({"id": "c", "prompt": "Say it.", "kind": "behaviour", "answers": ["it."]})
    opened = project(
        {"cases.jsonl": case + "\n", "documents/a.md": "# A\n\nSay it."}, overrides=["trial.latency_cases=0"]
    )
    told: list[Any] = []
    opened.trial(
        approaches=["base", "rag"], progress=lambda what, done, total, note: told.append(opened.reports.live())
    )
    first = next(live for live in told if live)
    assert (first["names"], first["cases"], list(first["approaches"])) == (["base", "rag"], 1, ["base"])
    assert first["approaches"]["base"]["score"]["mean"] == 1.0
    assert opened.reports.live() is None


def test_a_killed_trial_is_not_shown_as_running(project: Callable[..., Any]) -> None:
    reports = project({}).reports
    with reports.asking():
        reports.tell(["rag"], 1, {})
        left = (reports.root / "running.json").read_text()
        assert reports.live() == {"names": ["rag"], "cases": 1, "approaches": {}}
    (reports.root / "running.json").write_text(left)  # what a kill leaves behind
    assert reports.live() is None

"""What a person who tunes looks at: findings beside the rows, and the curve as it grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

ROWS = [{"id": f"e{n}", "prompt": f"Say {n}", "completion": f"It is {n}."} for n in range(4)]
ROWS += [
    {"id": "again", "prompt": "Say 1", "completion": "It is 1."},
    {"id": "other", "prompt": "Say 2", "completion": "No."},
]


@pytest.fixture
def opened(project: Callable[..., Any]) -> Any:
    return project({"examples.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS)})


def test_findings_stand_beside_their_rows(opened: Any) -> None:
    found = opened.workbench.examples()
    assert (found["examples"], found["used"], found["total"]) == (6, 4, 6)
    assert (found["findings"], found["listed"]) == ({"duplicate": 1, "contradiction": 1}, 2)
    assert found["rows"][0] == {
        "row": 1, "id": "e0", "prompt": "Say 0", "completion": "It is 0.", "sources": [], "answerable": None, "findings": [],
    }  # fmt: skip
    assert [one["kind"] for one in found["rows"][4]["findings"]] == ["duplicate"]
    assert [row["id"] for row in opened.workbench.examples(kind="*")["rows"]] == ["again", "other"]
    assert [row["id"] for row in opened.workbench.examples(kind="contradiction")["rows"]] == ["other"]
    assert [row["id"] for row in opened.workbench.examples(offset=2, limit=1)["rows"]] == ["e2"]


def test_a_file_that_changed_is_checked_again(opened: Any) -> None:
    assert opened.workbench.examples()["used"] == 4
    with (opened.root / "examples.jsonl").open("a") as file:
        file.write(json.dumps({"id": "new", "prompt": "Say something new", "completion": "New."}) + "\n")
    assert opened.workbench.examples()["used"] == 5
    (opened.root / "cases.jsonl").write_text(json.dumps({"id": "k", "prompt": "Say 0", "answers": ["x"]}))
    assert opened.workbench.examples()["findings"] == {"duplicate": 1, "contradiction": 1, "leak": 1}


def test_the_curve_of_a_run_that_goes_on(opened: Any) -> None:
    assert opened.workbench.live() is None
    folder = opened.state / "adapters" / "tuned-0123456789ab"
    folder.mkdir(parents=True)
    told = [
        {"step": 1, "steps": 9, "train": 2.5},
        {"step": 2, "steps": 9, "train": 2.0},
        {"step": 2, "validation": 2.2},
    ]
    told.append({"step": 2, "steps": 9, "train": 1.9})  # told again after a kill
    (folder / "live.jsonl").write_text("".join(json.dumps(line) + "\n" for line in told) + '{"step": 3, "st')
    assert opened.workbench.live() == {
        "adapter": "tuned-0123456789ab", "steps": 9, "train": [(1, 2.5), (2, 1.9)], "validation": [(2, 2.2)],
    }  # fmt: skip
    (folder / "manifest.json").write_text('{"target": "tuned", "created": "1"}')
    assert opened.workbench.live() is None

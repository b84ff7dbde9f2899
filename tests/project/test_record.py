"""What a report says of the machine, and of what was measured."""

from __future__ import annotations

import pytest

from tunebook.project import record
from tunebook.settings import ModelSettings


@pytest.mark.parametrize(("granted", "cores"), [(None, 64), (2, 2)])
def test_a_containers_cores_are_those_it_is_granted(
    monkeypatch: pytest.MonkeyPatch, granted: int | None, cores: int
) -> None:
    monkeypatch.setattr(record, "processors", lambda: 64)
    monkeypatch.setattr(record, "rationed", lambda: granted)
    assert record._machine()["cores"] == cores


COUNTS = {"cases": 80, "knowledge": 50, "behaviour": 30, "unanswerable": 15, "examples": 280, "documents": 41}
FEW = {"cases": 1, "knowledge": 1, "behaviour": 0, "unanswerable": 0, "examples": 0, "documents": 1}


@pytest.mark.parametrize(
    ("counts", "model", "told"),
    [
        (COUNTS, {}, "80 cases (50 of knowledge, 30 of behaviour; 15 of them unanswerable), 280 examples and 41 documents, "
                     "with the starter model"),
        (FEW, {"name": "/models/Qwen2.5-7B"}, "1 case (1 of knowledge), 0 examples and 1 document, with Qwen2.5-7B"),
        (FEW, {"name": "starter", "endpoint": "http://x/v1"}, "1 case (1 of knowledge), 0 examples and 1 document, with starter"),
    ],
)  # fmt: skip
def test_what_a_trial_was_measured_on_is_said(counts: dict[str, int], model: dict[str, str], told: str) -> None:
    assert record._measured_on(counts, ModelSettings.model_validate(model)) == told

"""What a report says of the machine."""

from __future__ import annotations

import pytest

from tunebook.project import record


@pytest.mark.parametrize(("granted", "cores"), [(None, 64), (2, 2)])
def test_a_containers_cores_are_those_it_is_granted(
    monkeypatch: pytest.MonkeyPatch, granted: int | None, cores: int
) -> None:
    monkeypatch.setattr(record, "processors", lambda: 64)
    monkeypatch.setattr(record, "rationed", lambda: granted)
    assert record._machine()["cores"] == cores

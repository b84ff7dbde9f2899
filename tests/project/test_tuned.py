"""Adapters on the disk: listed with what a killed run left, put into use, removed where nothing needs them."""

from __future__ import annotations

import pytest

from tunebook.errors import BadInput, LibraryFailed
from tunebook.project import AdapterRefused, NoAdapter


@pytest.fixture
def tuned(project):
    """Two finished ones, one refused, and what a killed run left."""
    opened = project({})
    adapters = opened.adapters
    for name in ("a", "b"):
        folder = adapters.folder("tuned", name)
        adapters.finish(folder, {"target": "tuned", "created": f"2026-11-0{'ab'.index(name) + 1}"})
        (folder / "merged-1.gguf").write_bytes(b"x" * 1000)
    adapters.refuse(adapters.folder("hybrid", "c"), {"target": "hybrid", "created": "2026-11-03", "refused": "worse"})
    (adapters.root / "hybrid-d").mkdir()
    (adapters.root / "hybrid-d" / "checkpoint.pt").write_bytes(b"x" * 500)
    return opened


def test_all_are_listed_with_their_size(tuned):
    found = {one["adapter"]: one for one in tuned.tuned()}
    assert list(found) == ["hybrid-c", "tuned-b", "tuned-a", "hybrid-d"]
    assert [one["in_use"] for one in found.values()] == [False, True, False, False]
    assert found["hybrid-d"]["unfinished"]
    assert found["hybrid-d"]["target"] == "hybrid"
    assert found["tuned-a"]["bytes"] > 1000
    assert found["hybrid-d"]["bytes"] == 500


def test_another_is_put_into_use(tuned):
    assert tuned.use_adapter("tuned-a") == {"target": "tuned", "adapter": "tuned-a"}
    assert tuned.adapters.current("tuned").name == "tuned-a"
    with pytest.raises(AdapterRefused, match="hybrid-c was refused: worse"):
        tuned.use_adapter("hybrid-c")
    for name in ("hybrid-d", "none", "../../x"):
        with pytest.raises(NoAdapter) as caught:
            tuned.use_adapter(name)
        assert "tuned-b" in caught.value.hint


def test_what_nothing_needs_is_removed_with_its_copies(tuned):
    for name in ("tuned-a", "hybrid-c", "hybrid-d"):
        assert tuned.remove_adapter(name)["adapter"] == name
        assert not (tuned.adapters.root / name).exists()
    assert [one["adapter"] for one in tuned.tuned()] == ["tuned-b"]
    assert tuned.adapters.roll_back("tuned") is None, "what was before is gone"
    for name in ("tuned-a", "..", "../adapters/tuned-b"):
        with pytest.raises(NoAdapter):
            tuned.remove_adapter(name)


def test_what_is_in_use_stays(tuned):
    with pytest.raises(BadInput, match="tuned-b is in use for tuned"):
        tuned.remove_adapter("tuned-b")
    assert tuned.adapters.current("tuned").name == "tuned-b"


def test_an_embedder_that_a_generation_was_made_with_stays(tuned, monkeypatch):
    folder = tuned.adapters.folder("retriever", "e")
    tuned.adapters.refuse(folder, {"target": "retriever", "created": "2026-11-04", "refused": "no gain"})
    monkeypatch.setattr(tuned._parts.builds, "listing", lambda: [{"number": 3, "embedder": str(folder)}])
    with pytest.raises(BadInput, match="generation 3 of the library was made with retriever-e"):
        tuned.remove_adapter("retriever-e")
    assert folder.is_dir()


def test_nothing_is_removed_while_another_process_writes(tuned):
    with tuned._parts.folder.lock(), pytest.raises(LibraryFailed, match="is locked by"):
        tuned.remove_adapter("tuned-a")
    assert len(tuned.tuned()) == 4

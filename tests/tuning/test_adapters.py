"""Adapters on disk: finished ones count, killed ones do not."""

from __future__ import annotations

from tunebook.tuning.adapters import Adapters


def test_an_adapter_counts_once_its_manifest_is_there(tmp_path):
    adapters = Adapters(tmp_path / "adapters")
    folder = adapters.folder("tuned", "0123456789abcdef")
    assert folder.name == "tuned-0123456789ab"
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(b"half")
    assert (adapters.manifest(folder), adapters.current("tuned")) == (None, None)
    adapters.finish(folder, {"target": "tuned", "documents": ["a.md"]})
    assert adapters.current("tuned") == folder
    assert adapters.current("hybrid") is None


def test_the_last_one_made_or_promoted_is_in_use(tmp_path):
    adapters = Adapters(tmp_path)
    old, new = (adapters.folder("tuned", name) for name in ("old", "new"))
    other = adapters.folder("hybrid", "x")
    for folder, target in ((old, "tuned"), (new, "tuned"), (other, "hybrid")):
        adapters.finish(folder, {"target": target})
    assert (adapters.current("tuned"), adapters.current("hybrid")) == (new, other)
    adapters.promote("tuned", old)
    assert (adapters.current("tuned"), adapters.current("hybrid")) == (old, other)


def test_a_folder_that_was_removed_or_broken_is_not_in_use(tmp_path):
    adapters = Adapters(tmp_path)
    folder = adapters.folder("tuned", "a")
    adapters.finish(folder, {"target": "tuned"})
    (folder / "manifest.json").write_text('{"target": ')
    assert adapters.current("tuned") is None
    (tmp_path / "current.json").write_text("")
    assert adapters.current("tuned") is None


def test_which_adapters_know_a_document_and_which_are_stale(tmp_path):
    adapters = Adapters(tmp_path)
    for name, documents in (("a", ["x.md", "y.md"]), ("b", ["y.md"])):
        adapters.finish(adapters.folder("tuned", name), {"target": "tuned", "documents": documents})
    assert adapters.made_from("x.md") == ["tuned-a"]
    assert adapters.made_from("y.md") == ["tuned-a", "tuned-b"]
    adapters.mark_stale("tuned-a", "one")
    adapters.mark_stale("tuned-a", "two")
    adapters.mark_stale("tuned-none", "three")
    stale = [(adapters.manifest(tmp_path / f"tuned-{name}") or {}).get("stale") for name in "ab"]
    assert stale == [["one", "two"], None]


def test_rolling_back_goes_through_what_was_in_use_before(tmp_path):
    adapters = Adapters(tmp_path)
    for name in ("a", "b", "c"):
        adapters.finish(adapters.folder("tuned", name), {"target": "tuned", "created": name})
    assert [one["adapter"] for one in adapters.all()] == ["tuned-c", "tuned-b", "tuned-a"]
    assert [one["in_use"] for one in adapters.all()] == [True, False, False]
    assert adapters.roll_back("tuned") == tmp_path / "tuned-b"
    assert adapters.roll_back("tuned") == tmp_path / "tuned-a"
    assert adapters.roll_back("tuned") is None
    assert adapters.current("tuned") == tmp_path / "tuned-a"


def test_a_refused_adapter_is_kept_and_not_used(tmp_path):
    adapters = Adapters(tmp_path)
    good, bad = (adapters.folder("tuned", name) for name in ("good", "bad"))
    adapters.finish(good, {"target": "tuned", "created": "1"})
    adapters.refuse(bad, {"target": "tuned", "created": "2", "refused": "too much"})
    assert adapters.current("tuned") == good
    assert [(one["adapter"], one["in_use"]) for one in adapters.all()] == [("tuned-bad", False), ("tuned-good", True)]
    assert (adapters.refused("tuned"), adapters.refused("hybrid")) == ("too much", None)


def test_an_adapter_in_use_that_a_gate_refuses_gives_way_to_the_one_before(tmp_path):
    adapters = Adapters(tmp_path)
    folders = [adapters.folder("tuned", name) for name in ("a", "b", "c")]
    for folder in folders:
        adapters.finish(folder, {"target": "tuned", "created": folder.name})
    adapters.refuse(folders[1], {"target": "tuned", "created": "b", "refused": "too much"})
    assert adapters.current("tuned") == folders[2]
    adapters.refuse(folders[2], {"target": "tuned", "created": "c", "refused": "too much"})
    assert adapters.current("tuned") == folders[0], "b was refused too"
    adapters.refuse(folders[0], {"target": "tuned", "created": "a", "refused": "too much"})
    assert adapters.current("tuned") is None

"""The examples nearest to a prompt, when the book is opened, and what names the model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers import CountingModel, example

from tunebook.errors import BadModel
from tunebook.models import FakeEmbedder, FakeReranker
from tunebook.project.folder import Folder
from tunebook.project.neighbours import Neighbours
from tunebook.project.parts import Parts
from tunebook.settings import load_settings
from tunebook.values import Example

SORT = [
    example(n, f"sort the ticket about {what}", "workshop") for n, what in enumerate(("brakes", "chain", "bell"), 1)
]
ASK = [
    example(n, f"how heavy is the {what} bike", "12 kg", sources=(f"{what}.md",))
    for n, what in enumerate(("wren", "heron", "crane"), 4)
]
WEIGHTS = ["model.safetensors", "pytorch_model.bin"]
REFUSE = example(7, "how heavy is the moon bike", None, answerable=False)


def neighbours(*examples: Example) -> Neighbours:
    return Neighbours(FakeEmbedder(dim=512), examples)


def test_the_nearest_examples_come_nearest_last():
    (shown,) = neighbours(*SORT, *ASK).nearest(["how heavy is the heron bike"], 2)
    assert [one.id for one in shown][-1] == "e5"
    assert len(shown) == 2


def test_an_example_without_completion_is_not_shown():
    (shown,) = neighbours(*SORT, REFUSE).nearest(["how heavy is the moon bike"], 9)
    assert {one.id for one in shown} == {"e1", "e2", "e3"}
    assert neighbours(REFUSE).nearest(["moon"], 3) == [[]]
    assert neighbours(*SORT).nearest(["bell"], 0) == [[]]


def test_the_book_is_opened_where_most_neighbours_needed_it():
    near = neighbours(*SORT, *ASK, REFUSE)
    assert near.need_book(["how heavy is the kite bike", "sort the ticket about lamps"]) == [True, False]
    assert neighbours(*SORT).need_book(["how heavy is the kite bike"]) == [False]
    assert neighbours(*ASK).need_book(["sort the ticket"]) == [True]


def test_a_few_examples_from_documents_among_many_of_form_open_the_book():
    sort = [example(n, f"sort the ticket about {n} and {n + 1}", "workshop") for n in range(20)]
    near = neighbours(*sort, *ASK[:2])
    asked = ["how heavy is the kite bike", "what does a permit cost", "sort the ticket about lamps"]
    assert near.need_book(asked) == [True, True, False]


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_models_identity_changes_with_its_weights_and_its_template(project, tmp_path, name):
    def identity(*overrides: str) -> str:
        return project(None, None, overrides)._parts.model_identity

    weights = tmp_path / name
    weights.write_bytes(b"1")
    named = f"model.name='{tmp_path}'"
    first = identity(named)
    assert first == identity(named) != identity()
    os.utime(weights, ns=(1, 1))
    second = identity(named)
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    assert len({first, second, identity(named)}) == 3
    assert identity("model.endpoint=http://a") != identity("model.endpoint=http://b")


def test_a_relative_model_counts_from_the_project_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("chat", "encoder"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text("{}")
        (tmp_path / "models" / name / "model.safetensors").write_bytes(name.encode())
    (tmp_path / "documents").mkdir()
    named = load_settings(None, ["model.name=models/chat", "embedder.name=models/encoder"])
    seen = []
    for here in (tmp_path, tmp_path / "documents"):
        monkeypatch.chdir(here)
        parts = Parts(Folder(tmp_path, tmp_path / "state"), named)
        seen.append((parts.model_name, parts.model_identity, parts.base_print, parts.builds.wanted(lambda: 4).weights))
    assert seen[0] == seen[1]
    assert seen[0][0] == str(tmp_path / "models/chat") and all(seen[0])


@pytest.mark.parametrize("file", WEIGHTS)
def test_an_adapter_of_other_weights_is_refused_wherever_they_lie(tmp_path: Path, file: str) -> None:
    def parts_on(name: str, weights: bytes) -> Parts:
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / file).write_bytes(weights)
        return Parts(Folder(tmp_path, tmp_path / "state"), load_settings(None, [f"model.name={tmp_path / name}"]))

    tuned_on, moved, other = parts_on("a", b"1234"), parts_on("moved", b"1234"), parts_on("b", b"1243")
    adapter = tuned_on.adapters.folder("tuned", "3f2a")
    manifest = {"target": "tuned", "base": "a", "created": "now", "base_print": tuned_on.base_print}
    tuned_on.adapters.finish(adapter, manifest)
    assert tuned_on.adapters.current("tuned") is None  # its weights are not there
    (adapter / "adapter_model.safetensors").touch()
    assert tuned_on.adapters.current("tuned") == adapter
    moved.check_base(adapter)
    with pytest.raises(BadModel, match="tuned on another base model"):
        other.check_base(adapter)


def test_what_one_question_loads_serves_the_next_one_too(project, monkeypatch):
    """Each is answered by a copy of the parts, with the rights of who asks."""
    made = []

    def counted(place, fake):
        return lambda *_: made.append(place) or fake

    monkeypatch.setattr("tunebook.project.chat_parts.EndpointChatModel.load", counted("model", CountingModel()))
    monkeypatch.setattr("tunebook.project.parts.EndpointEmbedder", counted("embedder", FakeEmbedder(dim=256)))
    monkeypatch.setattr("tunebook.project.rereading.EndpointReranker", counted("reranker", FakeReranker()))
    at = "http://127.0.0.1:9/v1"
    sets = [f"{section}.{key}" for section in ("model", "embedder", "reranker") for key in (f"endpoint={at}", "name=m")]
    found = project({"documents/wren.md": "The Wren carries 80 kg."}, None, sets)
    found.sync()
    del found._parts.embedder, found._parts.model
    for groups in (None, ("crew",), None):
        assert found.ask("What does the Wren carry?", "rag", groups).hits
    assert sorted(made) == ["embedder", "model", "reranker"]

"""The examples nearest to a prompt, when the book is opened, and what names the model."""

from __future__ import annotations

import os

from helpers import example

from tunebook.models import FakeEmbedder
from tunebook.project.parts import Neighbours
from tunebook.values import Example

SORT = [
    example(n, f"sort the ticket about {what}", "workshop") for n, what in enumerate(("brakes", "chain", "bell"), 1)
]
ASK = [
    example(n, f"how heavy is the {what} bike", "12 kg", sources=(f"{what}.md",))
    for n, what in enumerate(("wren", "heron", "crane"), 4)
]
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


def test_the_models_identity_changes_with_its_weights(project, tmp_path):
    def identity(*overrides: str) -> str:
        return project(None, None, overrides)._parts.model_identity

    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"1")
    named = f"model.name='{tmp_path}'"
    first = identity(named)
    assert first == identity(named) != identity()
    os.utime(weights, ns=(1, 1))
    assert identity(named) != first
    assert identity("model.endpoint=http://a") != identity("model.endpoint=http://b")

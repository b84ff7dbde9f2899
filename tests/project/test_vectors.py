"""Vectors of the examples that are kept from one command to the next."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers import write_rows
from numpy.typing import NDArray

from tunebook.models import FakeEmbedder
from tunebook.project.folder import Folder
from tunebook.project.locks import lock
from tunebook.project.parts import Parts
from tunebook.project.vectors import FILE, kept_vectors
from tunebook.settings import load_settings

TEXTS = ["how heavy is the wren", "sort the ticket about the bell", "how heavy is the wren"]


class Counting(FakeEmbedder):
    """Notes what it was asked for; `turn` makes it another model of the same size."""

    def __init__(self, dim: int = 64, turn: int = 0) -> None:
        super().__init__(dim)
        self.asked: list[str] = []
        self.turn = turn

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.roll(super().embed(texts), self.turn, axis=1)


def asked_by(state: Path, texts: Sequence[str], made_by: str = "a", embedder: Counting | None = None) -> list[str]:
    """What had to be embedded for these; the vectors are the embedder's own."""
    embedder = embedder or Counting()
    found = kept_vectors(state, made_by, texts, embedder.embed)
    wanted = FakeEmbedder(embedder.dim).embed(texts)
    assert np.array_equal(found, np.roll(wanted, embedder.turn, axis=1))
    return embedder.asked


def test_a_second_call_embeds_what_is_new_and_one_text_to_see_that_nothing_else_changed(tmp_path: Path) -> None:
    assert asked_by(tmp_path, TEXTS) == TEXTS[:2]
    assert asked_by(tmp_path, TEXTS) == TEXTS[:1]
    assert asked_by(tmp_path, [*TEXTS, "a new one"]) == [TEXTS[0], "a new one"]
    assert asked_by(tmp_path, []) == []


def test_only_what_was_asked_for_last_is_kept(tmp_path: Path) -> None:
    asked_by(tmp_path, [f"question {n}" for n in range(50)])
    size = (tmp_path / FILE).stat().st_size
    asked_by(tmp_path, ["question 3"])
    assert (tmp_path / FILE).stat().st_size < size / 5
    assert asked_by(tmp_path, ["question 3", "question 4"]) == ["question 3", "question 4"]


def test_another_embedder_makes_them_anew_also_one_of_the_same_name(tmp_path: Path) -> None:
    asked_by(tmp_path, TEXTS)
    assert asked_by(tmp_path, TEXTS, "b") == TEXTS[:2]
    assert asked_by(tmp_path, TEXTS, "b", Counting(turn=1)) == TEXTS[:2]
    assert asked_by(tmp_path, TEXTS, "b", Counting(dim=32)) == TEXTS[:2]
    assert asked_by(tmp_path, TEXTS, "b", Counting(dim=32)) == TEXTS[:1]


@pytest.mark.parametrize("torn", [b"", b"no archive", None])
def test_a_torn_or_foreign_file_is_made_anew(tmp_path: Path, torn: bytes | None) -> None:
    asked_by(tmp_path, TEXTS)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) // 2] if torn is None else torn)
    assert asked_by(tmp_path, TEXTS) == TEXTS[:2]
    assert asked_by(tmp_path, TEXTS) == TEXTS[:1]


def test_an_array_alone_is_made_anew(tmp_path: Path) -> None:
    with (tmp_path / FILE).open("wb") as file:
        np.save(file, np.zeros((2, 64), np.float32))
    assert asked_by(tmp_path, TEXTS) == TEXTS[:2]


def test_where_nothing_can_be_written_nothing_is_kept_and_all_goes_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    assert asked_by(tmp_path / "state", TEXTS) == TEXTS[:2]
    held = lock(tmp_path / "example-vectors.lock")
    assert held
    with held:
        assert asked_by(tmp_path, TEXTS) == TEXTS[:2]
    assert not (tmp_path / FILE).exists()


def test_many_at_once_do_no_harm(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: asked_by(tmp_path, [*TEXTS, str(n % 3)]), range(60)))
    assert asked_by(tmp_path, TEXTS) == TEXTS[:1]
    assert [path.name for path in tmp_path.glob("*.tmp")] == []


def test_the_examples_of_a_project_are_embedded_once_for_all_commands(tmp_path: Path) -> None:
    rows = [{"prompt": f"how heavy is number {n}", "completion": "12 kg"} for n in range(5)]
    write_rows(tmp_path / "examples.jsonl", rows)

    def asked() -> int:
        parts = Parts(Folder(tmp_path, tmp_path / ".tunebook"), load_settings(None, []))
        parts.embedder = embedder = Counting()
        near = parts.neighbours()
        assert near is not None
        assert near.nearest(["how heavy is number 3"], 1)[0][0].prompt == "how heavy is number 3"
        return len(embedder.asked)

    assert asked() == 5 + 1
    assert asked() == 1 + 1

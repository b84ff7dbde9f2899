"""Builds of the library: another embedder or another cut is made beside the one in use, swapped whole, and left again."""

from __future__ import annotations

import pytest

from tunebook.documents import READING
from tunebook.errors import BadInput, ReadFailed
from tunebook.library import LanceStore, open_generations
from tunebook.models import FakeEmbedder
from tunebook.values import Document

FILES = {"documents/wren.md": "The Wren carries 60 kg.", "documents/heron.md": "The Heron carries 80 kg."}
OTHER = ("embedder.name=other",)


@pytest.fixture(params=["lance", "postgres"])
def opened(request, project):
    """Opens the project with its library in one store or the other; both embedders are fakes of different sizes."""
    more = []
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        more = [f"library.url={url}", "library.namespace=test_generations"]

    def open_project(overrides=(), files=None):
        found = project(files, None, [*more, *overrides])
        found._parts.embedder = FakeEmbedder(256 if OTHER[0] not in overrides else 32)
        found._parts._embedders = {
            (name, (None, None)): FakeEmbedder(dim) for name, dim in (("starter", 256), ("other", 32))
        }
        return found

    yield open_project
    if more:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS test_generations CASCADE")


def numbers(project) -> list[tuple[int, bool, int]]:
    return [(one["number"], one["current"], one["passages"]) for one in project.generations()]


def best(project, query: str = "Heron carries 80") -> str:
    return project.search(query, 1)[0].passage.document


def test_another_embedder_builds_beside_and_swaps(opened):
    first = opened(files=FILES)
    first.sync()
    assert numbers(first) == [(1, True, 2)]
    second = opened(OTHER)
    assert best(second) == "documents/heron.md", "before its sync, the old generation serves with the old embedder"
    assert second.sync()["added"] == 2
    assert numbers(second) == [(1, False, 2), (2, True, 2)]
    assert best(second) == best(first) == "documents/heron.md", "a reader that was open follows"
    assert first._parts.library.store.vectors_of(["documents/wren.md"]).popitem()[1].shape == (32,)


def test_another_cut_is_another_generation(opened):
    opened(files=FILES).sync()
    cut = opened(["passages.max_tokens=16"])
    assert cut.sync()["added"] == 2
    assert [one["max_tokens"] for one in cut.generations()] == [160, 16]
    used = cut.use_generation(1)
    assert (used["max_tokens"], used["next_max_tokens"]) == (160, 16)


GERMAN = "Die Brücken sind von neun Uhr an offen, und sie sind für Räder frei. Wer mit dem Auto kommt, zahlt an der Schranke "
GERMAN += "eine Gebühr, die sich nach dem Gewicht richtet und nicht nach dem Tag. Das ist auch bei Regen so."


def test_another_language_is_another_generation_and_embeds_nothing_again(opened, monkeypatch):
    first = opened(files={"documents/bruecke.md": GERMAN} | FILES)
    stems, embedder = first.sync()["warnings"]
    assert stems.startswith(
        "library.language: the documents read like German, and their words are looked for as English"
    )
    assert 'set it to "german"' in stems and embedder.startswith("embedder.name: the starter was trained on English")
    assert first.sync()["warnings"] == [], "nothing was read"
    german = opened(["library.language=german"])
    monkeypatch.setattr(german._parts.embedder, "embed", lambda texts: pytest.fail(f"embedded again: {texts}"))
    done = german.sync()
    assert (done["added"], [line.partition(":")[0] for line in done["warnings"]]) == (3, ["embedder.name"])
    assert [(one["language"], one["current"]) for one in german.generations()] == [("english", False), ("german", True)]
    hits = german._parts.library.store.lexical("Brücke", 5)
    assert len(hits) == 1, "by its stem"
    used = german.use_generation(1)
    assert (used["language"], used["next_language"]) == ("english", "german")


def test_a_prompt_for_questions_that_comes_later_is_noted_with_the_generation(opened):
    opened(files=FILES).sync()
    later = opened(["embedder.query_prompt=query: "])
    assert later.sync()["unchanged"] == 2
    assert numbers(later) == [(1, True, 2)]
    assert later._parts.builds.current().prompts == ("query: ", None)


def test_it_rolls_back_and_forth(opened):
    opened(files=FILES).sync()
    second = opened(OTHER)
    second.sync()
    used = second.use_generation(1)
    assert (used["number"], used["embedder"], used["next_sync"]) == (1, "starter", "other")
    assert numbers(second) == [(1, True, 2), (2, False, 2)]
    assert best(second) == "documents/heron.md"
    assert second.sync()["unchanged"] == 2, "what the settings ask for is there already"
    assert numbers(second) == [(1, False, 2), (2, True, 2)]
    with pytest.raises(BadInput, match="no finished generation 7"):
        second.use_generation(7)


def test_a_build_that_was_killed_leaves_the_old_one_serving_and_is_finished(opened, monkeypatch):
    opened(files=FILES).sync()
    second = opened(OTHER)

    def dies(self, *given):
        raise KeyboardInterrupt

    builds = type(second._parts.builds)
    with monkeypatch.context() as patch:
        patch.setattr(builds, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            second.sync()
    assert numbers(second) == [(1, True, 2), (2, False, 2)]
    with pytest.raises(BadInput, match="no finished generation 2"):
        second.use_generation(2)
    assert best(second) == "documents/heron.md"
    assert second.sync()["unchanged"] == 2
    assert numbers(second) == [(1, False, 2), (2, True, 2)]


def test_only_the_last_that_served_is_kept(opened):
    opened(files=FILES).sync()
    for size in (20, 30, 40):
        last = opened([f"passages.max_tokens={size}"])
        last.sync()
    assert [(number, current) for number, current, _ in numbers(last)] == [(3, False), (4, True)]


def test_what_is_deleted_is_deleted_in_every_generation(opened):
    first = opened(files=FILES)
    first.sync()
    second = opened(OTHER)
    second.sync()
    (second.root / "documents/wren.md").unlink()
    receipt = second.sync()["receipt"]
    assert (receipt["removed"]["passages"], receipt["left"]["rows"]) == (2, 0)
    second.use_generation(1)
    assert [one.id for one in second.documents()] == ["documents/heron.md"]
    assert second.forget("documents/heron.md")["removed"]["passages"] == 2


def test_a_library_at_a_url_is_no_folder(opened, tmp_path):
    made = opened(files=FILES)
    assert not (made.state / "library").exists()
    assert made.generations() == []
    made.sync()
    assert (made.state / "library").exists() == (made.settings.library.url == "")


def test_asking_for_generations_makes_no_folder(tmp_path):
    assert open_generations(tmp_path / "none").all() == []
    assert not (tmp_path / "none").exists()


def test_an_embedder_whose_weights_were_changed_under_its_name_is_refused(project, tmp_path):
    weights = tmp_path / "encoder/model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"one")
    named = [f"embedder.name={weights.parent}"]
    project(FILES, None, named).sync()
    weights.write_bytes(b"two")
    with pytest.raises(BadInput, match="is not the one that the library was built with"):
        project(None, None, named).search("Wren")
    assert project(None, None, named).sync()["added"] == 2
    assert project(None, None, named).search("Wren")


def test_a_second_writer_of_a_shared_library_is_told_who_has_the_lock(postgres_url):
    from tunebook.errors import LibraryFailed

    first, second = (open_generations(postgres_url, "test_lock") for _ in range(2))
    with first.lock(), pytest.raises(LibraryFailed, match="locked by process"), second.lock():
        pass
    with second.lock():
        pass


def test_generations_of_one_folder_do_not_meet(tmp_path):
    one, two = LanceStore(tmp_path, 8, 1), LanceStore(tmp_path, 16, 2)
    assert (one.count(), two.count()) == (0, 0)


def test_files_are_read_once_more_where_they_are_read_otherwise_since(opened, monkeypatch):
    first = opened(files=FILES)
    first.sync()
    read = reading_anew(monkeypatch)
    assert first.sync()["unchanged"] == 2
    assert not read
    monkeypatch.setattr("tunebook.project.builds.READING", READING + 1)
    with monkeypatch.context() as killed:
        killed.setattr("tunebook.project.sync._delete", lambda *_: interrupt())
        with pytest.raises(KeyboardInterrupt):
            first.sync()
    assert sorted(read) == sorted(FILES)
    read.clear()
    assert opened().sync()["unchanged"] == 2, "the killed one had written all, and does not count as finished"
    assert sorted(read) == sorted(FILES)
    read.clear()
    assert opened().sync()["unchanged"] == 2
    assert not read
    assert numbers(opened()) == [(1, True, 2)]
    assert first._parts.library.store.document("documents/heron.md").text == "documents/heron.md was read anew."


def test_a_file_that_fails_when_it_is_read_once_more_is_tried_again(opened, monkeypatch):
    first = opened(files=FILES)
    first.sync()
    monkeypatch.setattr("tunebook.project.builds.READING", READING + 1)
    with monkeypatch.context() as failing:
        failing.setattr("tunebook.project.sync.read_many", lambda files, **_: [(f, ReadFailed(f.id)) for f in files])
        assert len(first.sync()["failed"]) == 2
    read = reading_anew(monkeypatch)
    assert first.sync()["updated"] == 2
    assert sorted(read) == sorted(FILES)


def reading_anew(monkeypatch) -> list[str]:
    """From now on every file says something else; which ones are read."""
    read: list[str] = []

    def read_many(files, **_):
        read.extend(file.id for file in files)
        return [(file, Document(file.id, file.id, f"{file.id} was read anew.")) for file in files]

    monkeypatch.setattr("tunebook.project.sync.read_many", read_many)
    return read


def interrupt() -> None:
    raise KeyboardInterrupt

"""A library whose vectors an endpoint makes; and the way there and back."""

from __future__ import annotations

import hashlib
import json
import socket

import pytest
from helpers import interrupted
from openai_server import Served

from tunebook.errors import BadInput, BadModel, EndpointFailed
from tunebook.models import FakeEmbedder
from tunebook.models.embedder import LocalEmbedder
from tunebook.settings import load_settings

ROWS = [
    {"_id": "wren", "title": "The Wren", "text": "The Wren carries 80 kg."},
    {"_id": "barn", "title": "The barn", "text": "The barn is leased by the parish."},
]
DOCUMENTS = {"documents.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS)}
ELSEWHERE = ("embedder.name=bge", "embedder.retries=0")


def embedded(dim):
    return lambda body: FakeEmbedder(dim=dim).embed(body["input"]).tolist()


@pytest.fixture
def opened(project):
    """Opens the project with the embedder of its settings, and a fake for the one in process."""

    def open_with(*overrides):
        found = project(DOCUMENTS, None, overrides)
        if found.settings.embedder.endpoint:
            del found._parts.embedder
        else:
            found._parts.embedder = FakeEmbedder(dim=64)
        found._parts._embedders["starter", (None, None)] = FakeEmbedder(dim=64)
        return found

    return open_with


def test_it_is_synced_and_searched_over_an_endpoint(opened):
    with Served(embedded(48)) as server:
        found = opened(*ELSEWHERE, f"embedder.endpoint={server.url}", "embedder.query_prompt=query: ")
        found.sync()
        assert found.search("who leased the barn", 1)[0].passage.document == "barn"
    assert server.asked[-1]["input"] == ["query: who leased the barn"]
    (generation,) = found.generations()
    assert generation["embedder"] == f"bge at {server.url}"
    assert found._parts.builds.current().dim == 48


def test_a_server_that_moves_is_the_same_embedder_and_another_name_is_not(opened):
    with Served(embedded(48)) as server:
        opened(*ELSEWHERE, f"embedder.endpoint={server.url}").sync()
    with Served(embedded(48)) as moved:
        found = opened(*ELSEWHERE, f"embedder.endpoint={moved.url}")
        assert found.search("barn", 1)[0].passage.document == "barn"
        assert found.sync()["unchanged"] == 2
        assert len(found.generations()) == 1
        opened("embedder.name=gte", f"embedder.endpoint={moved.url}").sync()
        assert [one["number"] for one in found.generations()] == [1, 2]


def test_the_way_there_and_back(opened):
    """The old generation serves until the next sync, and `library use` names what is to be set back."""
    opened().sync()
    with Served(embedded(48)) as server:
        there = opened(*ELSEWHERE, f"embedder.endpoint={server.url}", "embedder.passage_prompt=passage: ")
        assert there.search("barn", 1)[0].passage.document == "barn"
        assert not server.asked
        there.sync()
        back = opened()
        assert back.search("who leased the barn", 1)[0].passage.document == "barn"
        assert server.asked[-1]["input"] == ["who leased the barn"]
        assert (back.sync()["unchanged"], len(back.generations())) == (2, 2)
        used = back.use_generation(2)
        assert (used["embedder"], used["next_sync"]) == (f"bge at {server.url}", "starter")
    with Served(embedded(48)) as moved:
        used = opened(*ELSEWHERE, f"embedder.endpoint={moved.url}").use_generation(2)
        assert used["embedder"] == used["next_sync"] == f"bge at {moved.url}"


def test_the_old_library_is_asked_with_the_prompts_that_it_was_made_for(opened):
    with Served(embedded(48)) as server:
        at = (*ELSEWHERE, f"embedder.endpoint={server.url}", "embedder.passage_prompt=passage: ")
        opened(*at, "embedder.query_prompt=query: ").sync()
        assert opened().search("barn", 1)[0].passage.document == "barn"
        assert server.asked[-1]["input"] == ["query: barn"]
        changed = opened(*at, "embedder.query_prompt=ask: ")
        assert (changed.sync()["unchanged"], len(changed.generations())) == (2, 1)
        changed.search("barn", 1)
        assert server.asked[-1]["input"] == ["ask: barn"]


def test_a_prompt_for_questions_that_comes_later_is_kept_by_the_next_sync(opened):
    with Served(embedded(48)) as server:
        at = (*ELSEWHERE, f"embedder.endpoint={server.url}")
        opened(*at).sync()
        later = opened(*at, "embedder.query_prompt=query: ")
        assert (later.sync()["unchanged"], len(later.generations())) == (2, 1)
        assert opened().search("barn", 1)[0].passage.document == "barn"
        assert server.asked[-1]["input"] == ["query: barn"]
        opened(*at).sync()
        opened().search("barn", 1)
        assert server.asked[-1]["input"] == ["barn"]


def test_a_server_that_the_settings_no_longer_name_is_told_as_such(opened):
    with Served(embedded(48)) as server:
        opened(*ELSEWHERE, f"embedder.endpoint={server.url}").sync()
    found = opened("embedder.name=gte", "embedder.endpoint=http://127.0.0.1:9/v1")
    with pytest.raises(EndpointFailed, match=f"{server.url}: no server") as caught:
        found.search("barn", 1)
    assert caught.value.hint.endswith("the settings name another embedder: run: tunebook sync")


def test_a_server_of_ours_is_ready_with_what_reads_passages_again(opened):
    at = (*ELSEWHERE, "embedder.endpoint=http://127.0.0.1:9/v1")
    found = opened(*at)
    found.load()
    found._parts._embedders.clear()
    found._parts.embedder_of = lambda name: LocalEmbedder.load("/nowhere", 2048)
    with pytest.raises(BadModel, match="passages are read again by the starter"):
        found.load()
    unread = opened(*at, "search.rerank=0")
    unread._parts.embedder_of = found._parts.embedder_of
    unread.load()


def test_passages_that_are_longer_than_the_embedder_reads_are_told(tmp_path, opened):
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "config.json").write_text('{"max_position_embeddings": 128}')
    at = f"embedder.name={tmp_path / 'e'}"
    done = opened(at, "passages.max_tokens=129").sync()
    assert done["failed"] == []
    (told,) = done["warnings"]
    assert told.startswith("passages.max_tokens: ")
    assert "reads 128 tokens of a passage; of one of 129" in told
    assert opened(at, "passages.max_tokens=128").sync()["warnings"] == []
    assert len(opened("passages.max_tokens=513").sync()["warnings"]) == 1
    assert opened("passages.max_tokens=512").sync()["warnings"] == []


def test_a_passages_prompt_makes_another_library_and_a_questions_does_not(opened):
    with Served(embedded(48)) as server:
        at = f"embedder.endpoint={server.url}"
        opened(*ELSEWHERE, at).sync()
        opened(*ELSEWHERE, at, "embedder.query_prompt=query: ").sync()
        opened(*ELSEWHERE, at, "embedder.passage_prompt=").sync()
        assert len(opened(*ELSEWHERE, at).generations()) == 1
        opened(*ELSEWHERE, at, "embedder.passage_prompt=passage: ").sync()
        assert len(opened(*ELSEWHERE, at).generations()) == 2


def test_a_server_that_fails_loses_nothing(opened):
    with Served(embedded(48)) as server:
        at = f"embedder.endpoint={server.url}"
        opened(*ELSEWHERE, at).sync()
    found = opened(*ELSEWHERE, at)
    with pytest.raises(EndpointFailed, match="no server answers there"):
        found.search("barn", 1)
    changed = DOCUMENTS["documents.jsonl"].replace("80 kg", "90 kg")
    (found._parts.folder.root / "documents.jsonl").write_text(changed)
    with pytest.raises(EndpointFailed):
        found.sync()
    with Served(embedded(48)) as server:
        again = opened(*ELSEWHERE, f"embedder.endpoint={server.url}")
        assert "80 kg" in again.search("Wren", 1)[0].passage.text
        (again._parts.folder.root / "documents.jsonl").write_text(changed)
        again.sync()
        assert "90 kg" in again.search("Wren", 1)[0].passage.text


@pytest.mark.parametrize("command", [["sync"], ["search", "barn"]])
def test_an_interrupt_does_not_wait_for_the_server(opened, command):
    with Served(embedded(48)) as server:
        found = opened(*ELSEWHERE, f"embedder.endpoint={server.url}")
        found.sync()
    root = found._parts.folder.root
    (root / "documents.jsonl").write_text(DOCUMENTS["documents.jsonl"].replace("80 kg", "90 kg"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        at = f"embedder.endpoint=http://127.0.0.1:{silent.getsockname()[1]}/v1"
        told = [*command, "--project", str(root), *(f"--set={one}" for one in (*ELSEWHERE, at))]
        assert interrupted(told, silent) == 130
    assert found.generations()[0]["passages"] == 2


def test_vectors_of_another_length_are_told(opened):
    with Served(embedded(48)) as server:
        opened(*ELSEWHERE, f"embedder.endpoint={server.url}").sync()
    with Served(embedded(32)) as server:
        found = opened(*ELSEWHERE, f"embedder.endpoint={server.url}")
        with pytest.raises(BadInput, match="makes vectors of 32 numbers; the library was built with 48"):
            found.search("barn", 1)


def test_it_cannot_be_tuned_there(opened):
    with Served(embedded(48)) as server:
        found = opened(*ELSEWHERE, f"embedder.endpoint={server.url}")
        found.sync()
        (found._parts.folder.root / "examples.jsonl").write_text(
            json.dumps({"id": "e", "prompt": "how heavy", "completion": "80 kg", "sources": ["wren"]}) + "\n"
        )
        with pytest.raises(BadInput, match="cannot be tuned from here"):
            found.tune("retriever")


def test_the_starters_name_is_none_of_a_servers():
    with pytest.raises(BadInput, match="embedder") as caught:
        load_settings(None, ["embedder.endpoint=http://127.0.0.1:9/v1"])
    assert "what the server" in str(caught.value)


def test_a_prompt_that_is_the_folders_own_makes_no_other_library(tmp_path, opened):
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "e" / "config_sentence_transformers.json").write_text('{"prompts": {"document": "passage: "}}')
    name = f"embedder.name={tmp_path / 'e'}"
    plain, same, other = (
        opened(name, *more) for more in ([], ["embedder.passage_prompt=passage: "], ["embedder.passage_prompt="])
    )
    for number, one in ((1, plain), (1, same), (2, other)):
        one.sync()
        assert len(one.generations()) == number


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_the_weights_of_a_folder_that_moved_are_read_once(tmp_path, opened, monkeypatch, name):
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / name).write_bytes(b"weights of the moved")
    opened(f"embedder.name={tmp_path / 'e'}").sync()
    (tmp_path / "e").rename(tmp_path / "moved")
    read = []
    monkeypatch.setattr("hashlib.file_digest", lambda *given: read.append(given) or hashlib.sha256(given[0].read()))
    moved = opened(f"embedder.name={tmp_path / 'moved'}")
    for _ in range(3):
        assert moved.search("barn", 1)[0].passage.document == "barn"
    assert len(read) == 1
    assert moved.use_generation(1)["embedder"] == str(tmp_path / "moved")
    (tmp_path / "moved" / name).write_bytes(b"others")
    with pytest.raises(BadInput, match="is not the one that the library was built with"):
        opened(f"embedder.name={tmp_path / 'moved'}").search("barn", 1)


def test_a_folder_that_is_pooled_otherwise_is_another_library(tmp_path, opened):
    from tunebook.project.builds import weights_of

    (tmp_path / "e" / "1_Pooling").mkdir(parents=True)
    (tmp_path / "e" / "model.safetensors").write_bytes(b"weights")
    before = weights_of(str(tmp_path / "e"))
    (tmp_path / "e" / "modules.json").write_text('[{"path": "1_Pooling", "type": "st.Pooling"}]')
    (tmp_path / "e" / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}')
    assert weights_of(str(tmp_path / "e")) == before
    (tmp_path / "e" / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert weights_of(str(tmp_path / "e")) != before
    (tmp_path / "e" / "1_Pooling" / "config.json").write_text('{"pooling_mode": "max"}')
    with pytest.raises(BadModel, match="pooling 'max'"):
        weights_of(str(tmp_path / "e"))

"""A library whose vectors an endpoint makes; and the way there and back."""

from __future__ import annotations

import json

import pytest
from openai_server import Served

from tunebook.errors import BadInput, BadModel, EndpointFailed
from tunebook.models import FakeEmbedder
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
        del found._parts.embedder
        found._parts._embedders["starter"] = FakeEmbedder(dim=64)
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


def test_a_passages_prompt_makes_another_library_and_a_questions_does_not(opened):
    with Served(embedded(48)) as server:
        at = f"embedder.endpoint={server.url}"
        opened(*ELSEWHERE, at).sync()
        opened(*ELSEWHERE, at, "embedder.query_prompt=query: ").sync()
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

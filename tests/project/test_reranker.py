"""A project whose passages a cross-encoder reads again, in process or behind an endpoint."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from helpers import interrupted, write_rows
from openai_server import Served

from tunebook.answer import default_gate
from tunebook.errors import BadModel, EndpointFailed
from tunebook.models import FakeReranker
from tunebook.project import screen

ROWS = [
    {"_id": "wren", "title": "The Wren", "text": "The Wren carries 80 kg."},
    {
        "_id": "barn",
        "title": "The barn",
        "text": "The barn is leased by the parish, and who leased it before is known.",
    },
]
DOCUMENTS = {"documents.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS)}


def backwards(body):
    """Likes what does not hold the query's words."""
    (found,) = FakeReranker().scores([body["query"]], [body["documents"]])
    return (1 - found).tolist()


def at(server, *more):
    return (f"reranker.endpoint={server.url}", "reranker.name=bge", "reranker.retries=0", *more)


@pytest.fixture
def synced(project):
    project(DOCUMENTS).sync()
    return lambda *overrides: project(DOCUMENTS, None, overrides)


def test_it_decides_and_is_explained_under_its_own_name(synced):
    assert [hit.passage.document for hit in synced().search("who leased the barn", 2)] == ["barn", "wren"]
    with Served(backwards) as server:
        found = synced(*at(server)).search("who leased the barn", 2)
        told = [hit.explained()["stages"] for hit in found]
        synced(*at(server, "search.rerank=0")).search("who leased the barn", 2)
    assert [hit.passage.document for hit in found] == ["wren", "barn"]
    assert [list(stages)[-2:] for stages in told] == [["fused", "reranker"]] * 2
    assert told[0]["reranker"] == {"rank": 1, "score": 0.75}, "'the' is in it"
    (body,) = server.asked
    assert (body["query"], body["model"]) == ("who leased the barn", "bge")
    assert sorted(body["documents"]) == sorted(f"{row['title']}\n{row['text']}" for row in ROWS)


def test_what_its_weight_leaves_the_fused_score_has(synced):
    with Served(backwards) as server:
        found = synced(*at(server, "reranker.weight=0")).search("who leased the barn", 2)
    assert [hit.passage.document for hit in found] == ["barn", "wren"]
    assert found[0].stages["reranker"] < found[1].stages["reranker"]


def test_many_queries_are_a_request_each(synced, tmp_path):
    asked = write_rows(tmp_path / "q.jsonl", [{"id": f"q{n}", "prompt": f"who leased barn {n}"} for n in range(9)])
    with Served(backwards) as server:
        synced(*at(server)).search_run(asked, tmp_path / "run", 2)
    assert len(server.asked) == 9
    assert len((tmp_path / "run").read_text().splitlines()) == 18


def test_what_was_made_with_another_reranker_is_not_taken_for_this_ones(synced):
    """Kept answers, adapters and gates are named after what was searched with."""

    def known(*overrides):
        parts = synced(*overrides)._parts
        return parts.searched_with, screen.how(parts)

    one, other = "http://127.0.0.1:9", "http://127.0.0.1:10"
    named = ("reranker.name=bge", f"reranker.endpoint={one}")
    assert known("reranker.weight=0.5") == known()
    assert known("search.rerank=0", *named) == known("search.rerank=0")
    assert known("reranker.name=bge", f"reranker.endpoint={other}", "reranker.retries=0") == known(*named), "it moved"
    others = [
        known(),
        known(*named),
        known(*named, "reranker.weight=0.5"),
        known(f"reranker.endpoint={one}"),
        known(f"reranker.endpoint={other}"),
        known("reranker.name=gte", f"reranker.endpoint={one}"),
    ]
    assert len({with_ for with_, _ in others}) == len({how for _, how in others}) == len(others)


def test_a_folder_is_known_by_its_weights_wherever_it_lies(synced, tmp_path):
    def known(name):
        return synced(f"reranker.name={name}")._parts.reranked_with

    for name, weights in (("one", b"weights"), ("moved", b"weights"), ("other", b"others")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(weights)
    assert known(tmp_path / "one") == known(tmp_path / "moved") == known("../one")
    assert known(tmp_path / "one") != known(tmp_path / "other")
    assert known("/no/one") != known("/no/other")


def test_the_default_gate_is_that_of_late_interaction(synced):
    usual = "answer.min_similarity=0.3"
    parts = synced(usual)._parts
    parts.builds.current()
    assert screen.kept(parts) == default_gate(0.1)
    assert screen.kept(synced(usual, "reranker.endpoint=http://127.0.0.1:9")._parts) is None


def test_a_gate_goes_by_its_scores(synced):
    rows = [
        {"id": f"e{n}", "prompt": f"who leased the barn {n}", "completion": "the parish", "sources": ["barn"]}
        for n in range(12)
    ] + [{"id": f"u{n}", "prompt": f"how tall is the mill {n}", "answerable": False} for n in range(12)]
    with Served(backwards) as server:
        found = synced(*at(server, "answer.min_similarity=0.3"))
        write_rows(found._parts.folder.examples, rows)
        from tunebook.rows import read_examples

        gate = screen.fitted(found._parts, read_examples(found._parts.folder.examples), lambda *_: None)
    assert "reranker" in gate.names
    assert "late" not in gate.names


def test_a_server_that_fails_is_told_and_rerank_0_does_without(synced):
    gone = ("reranker.endpoint=http://127.0.0.1:9", "reranker.retries=0")
    with pytest.raises(EndpointFailed, match="no server answers there"):
        synced(*gone).search("barn", 1)
    assert synced(*gone, "search.rerank=0").search("barn", 1)[0].passage.document == "barn"


def test_a_server_of_ours_is_ready_without_asking_another(synced):
    found = synced(
        "reranker.endpoint=http://127.0.0.1:9", "embedder.name=bge", "embedder.endpoint=http://127.0.0.1:9/v1"
    )
    del found._parts.embedder
    found.load()
    assert {"embedder", "cross_encoder"} <= vars(found._parts).keys(), "readers share them"


def test_a_folder_that_is_none_is_told_by_its_setting(synced):
    for verb in (lambda found: found.search("barn", 1), lambda found: found.load()):
        with pytest.raises(BadModel, match=r"reranker\.name = .*/project/models/none'") as caught:
            verb(synced("reranker.name=models/none"))
        assert "nothing is fetched from a hub" in caught.value.hint
    assert synced("reranker.name=models/none", "search.rerank=0").search("barn", 1)


def test_an_endpoint_of_each_kind_needs_no_torch(synced, tmp_path):
    """Embedder and reranker elsewhere: nothing of a search loads it."""
    from tunebook.models import FakeEmbedder

    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'transformers')));"
        "from tunebook.cli.main import run; status = run(sys.argv[1:]); sys.exit(status)"
    )
    with (
        Served(lambda body: FakeEmbedder(dim=48).embed(body["input"]).tolist()) as vectors,
        Served(backwards) as scores,
    ):
        sets = [f"--set={one}" for one in (f"embedder.endpoint={vectors.url}", "embedder.name=bge", *at(scores))]
        for command in (["sync"], ["search", "who leased the barn", "--json", "--explain"]):
            told = [*command, "--project", str(synced()._parts.folder.root), "--state", str(tmp_path / "s"), *sets]
            done = subprocess.run([sys.executable, "-c", code, *told], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    assert [hit["document"] for hit in json.loads(done.stdout)["hits"]] == ["wren", "barn"]
    assert json.loads(done.stdout)["hits"][0]["stages"]["reranker"]["rank"] == 1


def test_an_interrupt_does_not_wait_for_the_server(synced):
    """The query's vector comes from a server that answers, its scores from one that does not."""
    from tunebook.models import FakeEmbedder

    root = str(synced()._parts.folder.root)
    with (
        Served(lambda body: FakeEmbedder(dim=256).embed(body["input"]).tolist()) as vectors,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        silent.settimeout(300)
        here = f"reranker.endpoint=http://127.0.0.1:{silent.getsockname()[1]}"
        sets = [f"--set={one}" for one in (f"embedder.endpoint={vectors.url}", "embedder.name=bge", here)]
        sync = [sys.executable, "-m", "tunebook.cli.main", "sync", "--project", root, *sets]
        subprocess.run(sync, check=True, capture_output=True)
        assert interrupted(["search", "barn", "--project", root, *sets], silent) == 130

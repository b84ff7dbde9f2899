"""A reranker behind an endpoint: real HTTP, both forms, in order, tried again, and told what went wrong."""

from __future__ import annotations

import time

import numpy as np
import pytest
import rude_server as rude
from openai_server import Served
from rude_server import Rude

from tunebook.errors import BadSettings, EndpointFailed
from tunebook.models.calls import BATCH_TEXTS
from tunebook.models.endpoint_reranker import EndpointReranker
from tunebook.models.exchange import Stopped
from tunebook.models.fakes import FakeReranker
from tunebook.settings import RerankerSettings

FAKE = FakeReranker()
QUERIES = ["how heavy is the wren", "who leased the barn"]
TEXTS = [["the barn", "the wren is red", "how heavy the wren is", ""], ["who leased the barn", "a wren"]]
MISSES_TEXTS = "Failed to deserialize the JSON body into the target type: missing field `texts` at line 1 column 88"
MISSES_DOCUMENTS = '[{"type": "missing", "loc": ["body", "documents"], "msg": "Field required"}]'


def scored(body):
    (found,) = FAKE.scores([body["query"]], [body.get("documents") or body["texts"]])
    return found.tolist()


def jina(body):
    return scored(body) if "documents" in body else (422, MISSES_DOCUMENTS)


def tei(body):
    return scored(body) if "texts" in body else (422, MISSES_TEXTS)


def reranker_at(url: str, name: str = "bge", **settings) -> EndpointReranker:
    return EndpointReranker(RerankerSettings(**({"name": name, "endpoint": url, "retries": 0} | settings)))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("tunebook.models.calls.pause_seconds", lambda attempt, asked: 0.0)


@pytest.mark.parametrize("name", ["bge", "starter"])
@pytest.mark.parametrize(("server", "field", "model"), [(jina, "documents", True), (tei, "texts", False)])
def test_scores_come_in_the_order_of_the_texts_from_either_kind_of_server(name, server, field, model):
    with Served(server) as served:
        reranker = reranker_at(served.url, name, concurrency=1)
        for _ in range(2):
            found = reranker.scores(QUERIES, TEXTS)
            assert [its.dtype for its in found] == [np.float32] * 2
            for its, right in zip(found, FAKE.scores(QUERIES, TEXTS), strict=True):
                assert its == pytest.approx(right)
    asked = [body for body in served.asked if field in body]
    assert [body[field] for body in asked] == TEXTS * 2
    assert len(served.asked) <= 5, "the form is found out once"
    assert {body.get("model") for body in asked} == {"bge" if model and name == "bge" else None}
    assert {body.get("truncate") for body in asked} == {None if model else True}


def test_a_request_a_query_and_none_for_nothing():
    with Served(jina) as server:
        found = reranker_at(server.url).scores(["a", "b", "c"], [["a b"], [], ["c"] * (BATCH_TEXTS + 1)])
        assert reranker_at(server.url).scores([], []) == []
    assert [len(its) for its in found] == [1, 0, BATCH_TEXTS + 1]
    assert sorted(len(body["documents"]) for body in server.asked) == [1, 1, BATCH_TEXTS]


def test_a_server_that_takes_fewer_texts_is_given_fewer():
    def reply(body):
        given = len(body["documents"])
        return (422, f"batch size {given} > maximum allowed batch size 10") if given > 10 else scored(body)

    texts = [f"wren {'heavy ' * (n % 3)}" for n in range(32)]
    with Served(reply) as server:
        reranker = reranker_at(server.url, concurrency=1)
        (found,) = reranker.scores(["heavy wren"], [texts])
        assert found == pytest.approx(FAKE.scores(["heavy wren"], [texts])[0])
        before = len(server.asked)
        reranker.scores(["heavy wren"], [texts])
    assert [len(body["documents"]) for body in server.asked[before:]] == [8] * 4


def test_what_may_pass_is_tried_again():
    replies = iter([(429, "slow down"), (503, "loading")])
    with Served(lambda body: next(replies, None) or scored(body)) as server:
        assert len(reranker_at(server.url, retries=2).scores(["wren"], [["wren"]])[0]) == 1
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("name", "reply", "told", "hint"),
    [
        ("bge", lambda body: 401, "the key was refused", "reranker.key_env"),
        ("bge", lambda body: (404, "no model bge"), "it has no model 'bge'", "reranker.name"),
        (
            "bge",
            lambda body: (404, "Not Found"),
            "or nothing at this path",
            "reranker.endpoint is what stands before /rerank",
        ),
        ("starter", lambda body: (404, "Not Found"), "nothing is at this path", "stands before /rerank"),
        ("starter", lambda body: (422, "loc: 'model', Field required"), "wants to be told a model", "reranker.name"),
        ("bge", lambda body: (400, "maximum context length is 512 tokens"), "too long for bge", "passages.max_tokens"),
        ("bge", lambda body: (424, "model is not a re-ranker model"), "not a re-ranker model", "server's log"),
        ("bge", lambda body: (429, "slow down"), "too many requests", "reranker.concurrency"),
        ("bge", lambda body: [0.5], "1 scores for 2 texts", "is reranker.name one that reranks"),
        ("bge", lambda body: [0.5, float("nan")], "a score that is no number", "reranker.endpoint"),
        ("bge", lambda body: [0.5, float("inf")], "a score that is no number", "reranker.endpoint"),
    ],
)
def test_each_way_of_failing_is_told(name, reply, told, hint):
    with Served(reply) as server, pytest.raises(EndpointFailed, match=told) as caught:
        reranker_at(server.url, name).scores(["wren"], [["wren", "heron"]])
    assert caught.value.message.startswith(server.url)
    assert hint in caught.value.hint


def test_a_server_that_misses_both_forms_is_asked_in_each_once():
    with Served(lambda body: (422, MISSES_TEXTS if "documents" in body else MISSES_DOCUMENTS)) as server:
        with pytest.raises(EndpointFailed, match="documents"):
            reranker_at(server.url).scores(["wren"], [["wren"]])
        assert len(server.asked) == 2


RIGHT = {"index": 0, "relevance_score": 0.9}


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "kaput"},
        {"results": "none"},
        {"results": [RIGHT, "more"]},
        {"results": [RIGHT]},
        {"results": [RIGHT, RIGHT]},
        {"results": [RIGHT, {"index": 2, "relevance_score": 0.1}]},
        {"results": [RIGHT, {"index": "1", "relevance_score": 0.1}]},
        {"results": [RIGHT, {"relevance_score": 0.1}]},
        {"results": [RIGHT, {"index": 1}]},
        {"results": [RIGHT, {"index": 1, "relevance_score": "high"}]},
        {"results": [RIGHT, {"index": [1], "relevance_score": 0.1}]},
        [],
        "<html><title>Sign in</title>",
        '{"results": [{"index": 0',
    ],
    ids=str,
)
def test_half_an_answer_and_other_answers_are_told(answer):
    with (
        Rude(rude.sends(rude.whole(200, answer))) as server,
        pytest.raises(EndpointFailed, match="what it sends is no list of scores"),
    ):
        reranker_at(server.url).scores(["wren"], [["wren", "heron"]])


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (rude.never_answers, "no scores in"),
        (rude.dribbles_its_head, "no scores in"),
        (rude.dies_at_once, "the connection broke"),
        (rude.sends(rude.whole(502, "<html><title>502 Bad Gateway</title>")), "failed with 502: .*502 Bad Gateway$"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_rude_servers_are_told_in_time(way, told):
    with Rude(way) as server, pytest.raises(EndpointFailed, match=told):
        reranker_at(server.url, timeout_seconds=0.5).scores(["wren"], [["wren"]])


def test_no_server_is_told_and_nobody_waits_for_one_that_is_not_wanted():
    with pytest.raises(EndpointFailed, match="no server answers there") as caught:
        reranker_at("http://127.0.0.1:9").scores(["wren"], [["wren"]])
    assert "reranker.endpoint" in caught.value.hint
    begin = time.monotonic()
    with Rude(rude.never_answers) as server:
        settings = RerankerSettings(name="bge", endpoint=server.url)
        reranker = EndpointReranker(settings, lambda: time.monotonic() > begin + 0.3)
        with pytest.raises(Stopped):
            reranker.scores(["wren"], [["wren"]])
        assert time.monotonic() < begin + 10


def test_the_key_is_that_of_its_own_variable(monkeypatch):
    monkeypatch.setenv("RERANKER_API_KEY", "two words")
    with pytest.raises(BadSettings, match="RERANKER_API_KEY holds a blank"):
        reranker_at("http://127.0.0.1:9")

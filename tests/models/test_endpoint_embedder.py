"""An embedder behind an endpoint: real HTTP, in order, tried again, and told what went wrong."""

from __future__ import annotations

import base64
import time

import numpy as np
import pytest
import rude_server as rude
from openai_server import Served
from rude_server import Rude

from tunebook.errors import EndpointFailed
from tunebook.models.calls import BATCH_TEXTS, batches
from tunebook.models.endpoint_embedder import EndpointEmbedder
from tunebook.models.exchange import Stopped
from tunebook.models.fakes import FakeEmbedder
from tunebook.settings import EmbedderSettings

FAKE = FakeEmbedder(dim=32)
TEXTS = [f"the wren weighs {n} kg" for n in range(3 * BATCH_TEXTS + 1)]


def embedded(body):
    return FAKE.embed(body["input"]).tolist()


def embedder_at(url: str, **settings) -> EndpointEmbedder:
    told = {"name": "bge", "endpoint": url, "retries": 0} | settings
    return EndpointEmbedder(EmbedderSettings(**told), lambda: FAKE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("tunebook.models.calls.pause_seconds", lambda attempt, asked: 0.0)


def test_vectors_come_in_the_order_of_the_texts_and_of_unit_length():
    with Served(lambda body: (3 * FAKE.embed(body["input"])).tolist()) as server:
        found = embedder_at(server.url).embed(TEXTS)
    assert (found.shape, found.dtype) == ((len(TEXTS), 32), np.float32)
    assert np.allclose(found, FAKE.embed(TEXTS), atol=1e-6)
    assert [len(body["input"]) for body in server.asked].count(BATCH_TEXTS) == 3
    assert {body["model"] for body in server.asked} == {"bge"}


def test_prompts_stand_before_questions_and_passages():
    with Served(embedded) as server:
        embedder = embedder_at(server.url, query_prompt="query: ", passage_prompt="passage: ")
        embedder.embed_queries(["how heavy"])
        embedder.embed(["12 kg", ""])
    assert [body["input"] for body in server.asked] == [["query: how heavy"], ["passage: 12 kg", "passage: "]]


def test_lengths_are_estimated_and_tokens_are_those_of_the_embedder_in_process():
    embedder = embedder_at("http://127.0.0.1:9/v1")
    assert embedder.count_tokens(["how heavy", "", "Donaudampfschiff, 12 kg!", "東京タワー"]) == [2, 0, 6, 5]
    assert len(embedder.tokens(["how heavy"])[0]) == 2
    assert embedder.embed([]).shape == (0, 0)


def test_what_may_pass_is_tried_again():
    replies = iter([(429, "slow down"), (503, "loading")])
    with Served(lambda body: next(replies, None) or embedded(body)) as server:
        assert embedder_at(server.url, retries=2).embed(["wren"]).shape == (1, 32)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("reply", "told", "hint"),
    [
        (lambda body: 401, "the key was refused", "embedder.key_env"),
        (lambda body: (404, "no model bge"), "it has no model 'bge'", "embedder.name"),
        (lambda body: (400, "maximum context length is 512 tokens"), "too long for bge", "passages.max_tokens"),
        (lambda body: (429, "slow down"), "too many requests", "embedder.concurrency"),
        (lambda body: "prose", "what it sends is no list of vectors", "one that embeds"),
        (lambda body: [[1.0, 0.0]], "1 vectors for 2 texts", "embedder.endpoint"),
        (lambda body: [[1.0, 0.0], [1.0]], "no list of vectors", "embedder.endpoint"),
        (lambda body: [[1.0, 0.0], [0.0, 0.0]], "a vector without a direction", "embedder.endpoint"),
        (lambda body: [[1.0, 0.0], [float("nan"), 1.0]], "a vector without a direction", "embedder.endpoint"),
    ],
)
def test_each_way_of_failing_is_told(reply, told, hint):
    with Served(reply) as server, pytest.raises(EndpointFailed, match=told) as caught:
        embedder_at(server.url).embed(["wren", "heron"])
    assert caught.value.message.startswith(server.url)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (rude.never_answers, "no vectors in"),
        (rude.dribbles_its_head, "no vectors in"),
        (rude.dies_at_once, "the connection broke"),
        (rude.sends(rude.whole(200, "<html><title>Sign in</title>")), "no list of vectors"),
        (rude.sends(rude.whole(502, "<html><title>502 Bad Gateway</title>")), "failed with 502: .*502 Bad Gateway$"),
        (rude.sends(rude.whole(200, {"error": "kaput"})), "no list of vectors"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_rude_servers_are_told_in_time(way, told):
    with Rude(way) as server, pytest.raises(EndpointFailed, match=told):
        embedder_at(server.url, timeout_seconds=0.5).embed(["wren"])


def numbered(*indices):
    """Two vectors as a server sends them whose `index` is these; None: left out."""
    vectors = FAKE.embed(["wren", "heron"]).tolist()
    data = [
        {"embedding": vector} | ({} if index is None else {"index": index})
        for vector, index in zip(vectors, indices, strict=True)
    ]
    return rude.sends(rude.whole(200, {"data": data, "model": "bge", "more": {"of": "it"}}))


@pytest.mark.parametrize(("indices", "swapped"), [((None, None), False), ((None, 1), False), ((1, 0), True)])
def test_vectors_without_a_number_are_in_the_order_of_the_texts(indices, swapped):
    with Rude(numbered(*indices)) as server:
        found = embedder_at(server.url).embed(["wren", "heron"])
    assert np.allclose(found, FAKE.embed(["heron", "wren"] if swapped else ["wren", "heron"]), atol=1e-6)


def test_vectors_in_base64_are_read_though_numbers_were_asked_for():
    def reply(body):
        return [base64.b64encode(vector.tobytes()).decode() for vector in FAKE.embed(body["input"])]

    with Served(reply) as server:
        assert np.allclose(embedder_at(server.url).embed(TEXTS), FAKE.embed(TEXTS), atol=1e-6)
    assert server.asked[0]["encoding_format"] == "float"


@pytest.mark.parametrize("indices", [(0, 0), (1, 2), ("a", "b")])
def test_vectors_that_are_numbered_wrongly_are_told(indices):
    with Rude(numbered(*indices)) as server, pytest.raises(EndpointFailed, match="what it sends is no list of vectors"):
        embedder_at(server.url).embed(["wren", "heron"])


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_server_that_takes_fewer_texts_is_given_fewer(status):
    def reply(body):
        given = len(body["input"])
        return (status, f"batch size {given} > maximum allowed batch size 10") if given > 10 else embedded(body)

    with Served(reply) as server:
        embedder = embedder_at(server.url, concurrency=1)
        assert np.allclose(embedder.embed(TEXTS), FAKE.embed(TEXTS), atol=1e-6)
        before = len(server.asked)
        embedder.embed(TEXTS)
    assert {len(body["input"]) for body in server.asked[before:]} == {8, 1}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (413, "`inputs` must have less than 512 tokens. Given: 613"),
        (400, "the input length exceeds the context length"),
        (500, "input is too large to process. increase the physical batch size"),
    ],
)
def test_a_text_that_is_too_long_is_told_with_settings_that_there_are(status, said):
    def reply(body):
        return (status, said) if "long" in body["input"] else embedded(body)

    with Served(reply) as server:
        embedder = embedder_at(server.url, retries=3)
        with pytest.raises(EndpointFailed, match="a text is too long for bge") as caught:
            embedder.embed(["wren", "heron", "long"])
        assert caught.value.hint == "lower passages.max_tokens, or have the server cut what is too long"
        asked = len(server.asked)
        embedder.embed(TEXTS[:32])
    assert (asked, len(server.asked[-1]["input"])) == (3, 32)  # in halves, none of them twice; later ones are whole


def test_nobody_waits_for_a_server_once_the_vectors_are_not_wanted():
    begin = time.monotonic()
    with Rude(rude.never_answers) as server:
        settings = EmbedderSettings(name="bge", endpoint=server.url)
        embedder = EndpointEmbedder(settings, lambda: FAKE, lambda: time.monotonic() > begin + 0.3)
        with pytest.raises(Stopped):
            embedder.embed(["wren"])
        assert time.monotonic() < begin + 10


def test_no_server_is_told():
    with pytest.raises(EndpointFailed, match="no server answers there") as caught:
        embedder_at("http://127.0.0.1:9/v1").embed(["wren"])
    assert "embedder.endpoint" in caught.value.hint


def test_a_request_holds_what_servers_take():
    assert [len(batch) for batch in batches(["x" * 20_000] * 5)] == [2, 2, 1]
    assert list(batches(["x" * 100_000, "y"])) == [["x" * 100_000], ["y"]]


def test_it_is_known_by_its_name_and_where_it_runs():
    settings = EmbedderSettings(name="bge at home", endpoint="http://localhost:8000/v1", query_prompt="q: ")
    assert settings.known_as == "bge at home at http://localhost:8000/v1"
    other = EmbedderSettings().other(settings.known_as)
    assert (other.name, other.endpoint, other.query_prompt) == ("bge at home", "http://localhost:8000/v1", None)
    assert EmbedderSettings().other("/models/bge at home").name == "/models/bge at home"

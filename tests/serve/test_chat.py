"""Chat as OpenAI's clients ask it: streams, stops, several choices, forms, errors."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from serving import DOCUMENTS, live

from tunebook.approaches.stopping import Until, before
from tunebook.errors import BadInput
from tunebook.models import Generation, Sampling
from tunebook.project import Question
from tunebook.serve.app import create_app
from tunebook.serve.asking import LOOK_SECONDS

ASKED = {"model": "tunebook/rag", "messages": [{"role": "user", "content": "What does the Wren carry?"}]}
TEXT = "The Wren carries 80 kg. It weighs 19 kg."
SCHEMA = {
    "type": "object",
    "properties": {"kg": {"type": "integer"}},
    "required": ["kg"],
    "additionalProperties": False,
}


def form(schema: Any = SCHEMA) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "load", "schema": schema}}}


def says(served: Any, *texts: str) -> None:
    left = list(texts)
    served._parts.model.reply = lambda request: left.pop(0) if len(left) > 1 else left[0]


def post(client: TestClient, **more: Any) -> dict[str, Any]:
    found = client.post("/v1/chat/completions", json=ASKED | more)
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def stream(client: TestClient, **more: Any) -> list[dict[str, Any]]:
    found = client.post("/v1/chat/completions", json=ASKED | {"stream": True} | more)
    assert found.headers["content-type"].startswith("text/event-stream"), found.text
    events = [line.removeprefix("data: ") for line in found.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


def text_of(events: list[dict[str, Any]], index: int = 0) -> str:
    choices = [choice for event in events for choice in event["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@pytest.mark.parametrize("more", [{}, {"stop": ["weighs"]}, {"stop": " 19"}, {"n": 3}, {"stop": ["never"]}])
@pytest.mark.parametrize("approach", ["rag", "base", "prompted"])
def test_streamed_and_whole_answers_are_equal(client: TestClient, served: Any, more: Any, approach: str) -> None:
    says(served, TEXT)
    more = more | {"model": f"tunebook/{approach}"}
    whole = post(client, **more)
    events = stream(client, stream_options={"include_usage": True}, **more)
    for choice in whole["choices"]:
        assert text_of(events, choice["index"]) == choice["message"]["content"]
    last = [event for event in events if event["choices"] and event["choices"][0]["finish_reason"]]
    assert len(last) == len(whole["choices"])
    told, streamed = (dict(c["tunebook"]) for c in (whole["choices"][0], last[0]["choices"][0]))
    assert told.pop("seconds").keys() == streamed.pop("seconds").keys()
    assert told == streamed
    assert events[-1]["usage"] == whole["usage"]


@pytest.mark.parametrize("policy", ["mark", "drop", "abstain"])
def test_streams_are_equal_under_each_policy(project: Any, policy: str) -> None:
    opened = project(
        {"documents.jsonl": DOCUMENTS}, overrides=["passages.max_tokens=24", f"answer.unsupported={policy}"]
    )
    opened.sync()
    says(opened, "The Wren carries 80 kg. It was built in Norway by 40 people.")
    with TestClient(create_app(opened), base_url="http://127.0.0.1:8765") as client:
        whole = post(client)["choices"][0]["message"]["content"]
        assert text_of(stream(client)) == whole
    assert ("Norway" in whole) is (policy == "mark")


def test_stop_cuts_before_it(client: TestClient, served: Any) -> None:
    says(served, TEXT)
    choice = post(client, stop=["weighs", "80"])["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("The Wren carries", "stop")


def test_each_choice_is_drawn_by_itself(client: TestClient, served: Any) -> None:
    served._parts.model.reply = lambda request: f"The Wren carries {request.sampling.seed} kg."
    found = post(client, n=2, seed=7, temperature=0.7)
    texts = ["The Wren carries 7 kg.", "The Wren carries 8 kg."]
    assert [(choice["index"], choice["message"]["content"]) for choice in found["choices"]] == [*enumerate(texts)]
    events = stream(client, n=2, seed=7, temperature=0.7)
    assert [text_of(events, index) for index in (0, 1)] == texts
    assert found["usage"]["completion_tokens"] == 10


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"temperature": 0, "seed": 3}, None),
        ({"temperature": 0.5, "seed": 3}, Sampling(0.5, 1.0, 3)),
        ({"top_p": 0.2, "seed": 3}, Sampling(1.0, 0.2, 3)),
        ({"top_p": 0}, None),
    ],
)
def test_how_words_are_chosen_reaches_the_model(
    client: TestClient, served: Any, more: dict[str, Any], expected: Sampling | None
) -> None:
    post(client, **more)
    assert served._parts.model.asked[-1].sampling == expected


def test_choices_without_a_seed_differ_from_time_to_time(client: TestClient, served: Any) -> None:
    post(client, n=3)
    seeds = {request.sampling.seed for request in served._parts.model.asked[-3:]}
    assert len(seeds) == 3


def test_the_second_asking_is_held_to_the_schema(client: TestClient, served: Any) -> None:
    says(served, "eighty", '{"kg": 80}')
    post(client, **form())
    assert [request.schema for request in served._parts.model.asked[-2:]] == [None, SCHEMA]


def test_length_reaches_the_model(client: TestClient, served: Any) -> None:
    post(client, max_tokens=7)
    post(client, max_completion_tokens=9)
    assert [request.max_new_tokens for request in served._parts.model.asked[-2:]] == [7, 9]


def test_an_abstention_is_told(client: TestClient, served: Any) -> None:
    says(served, "The documents do not say.")
    choice = post(client)["choices"][0]
    assert choice["tunebook"]["abstained"] is True
    assert choice["tunebook"]["citations"] == []


def test_a_form_is_kept(client: TestClient, served: Any) -> None:
    says(served, '{"kg": 80}')
    assert json.loads(post(client, **form())["choices"][0]["message"]["content"]) == {"kg": 80}
    says(served, '```json\n{"kg": 80}\n```')
    assert post(client, **form())["choices"][0]["message"]["content"] == '{"kg": 80}'
    assert text_of(stream(client, **form())) == '{"kg": 80}'
    says(served, '{"anything": 1}')
    assert post(client, response_format={"type": "json_object"})["choices"][0]["message"]["content"]
    says(served, "text")
    assert post(client, response_format={"type": "text"})["choices"][0]["message"]["content"] == "text"


def test_a_missed_form_is_asked_for_again_then_told(client: TestClient, served: Any) -> None:
    says(served, "eighty", '{"kg": 80}')
    assert post(client, **form())["choices"][0]["message"]["content"] == '{"kg": 80}'
    told = served._parts.model.asked[-1].messages[0]["content"]
    assert "not JSON" in told
    says(served, '{"kg": "eighty"}')
    for more in ({}, {"stream": True}):
        found = client.post("/v1/chat/completions", json=ASKED | form() | more)
        assert found.status_code == 422
        assert found.json()["error"]["code"] == "schema_not_met"
        assert "$.kg" in found.json()["error"]["message"]


def test_an_abstention_in_a_form_is_a_refusal(client: TestClient, served: Any) -> None:
    says(served, "The documents do not say.")
    message = post(client, **form())["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "The documents do not say.")
    events = stream(client, **form())
    refused = [
        choice["delta"]["refusal"] for event in events for choice in event["choices"] if choice["delta"].get("refusal")
    ]
    assert refused == ["The documents do not say."]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number of things"},
        {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"$ref": "http://127.0.0.1:1/schema"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"enum": ["x" * 30_000]},
        {"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
        {
            "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": {}},
            "$ref": "#/$defs/d0",
        },
        {"$ref": "#anchor"},
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(client: TestClient, served: Any, schema: Any) -> None:
    asked = len(served._parts.model.asked)
    found = client.post("/v1/chat/completions", json=ASKED | form(schema))
    assert found.status_code == 400, found.text
    assert found.json()["error"]["code"] == "bad_schema"
    assert len(served._parts.model.asked) == asked


def test_definitions_are_followed(client: TestClient, served: Any) -> None:
    schema = {"$defs": {"load": SCHEMA}, "type": "array", "items": {"$ref": "#/$defs/load"}}
    says(served, '[{"kg": 80}, {"kg": 19}]')
    assert post(client, **form(schema))
    says(served, '[{"kg": 80}, {"kg": "x"}]')
    assert client.post("/v1/chat/completions", json=ASKED | form(schema)).status_code == 422


def test_a_property_may_be_named_pattern(client: TestClient, served: Any) -> None:
    says(served, '{"pattern": "x"}')
    assert post(client, **form({"properties": {"pattern": {"type": "string"}}}))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"messages": []}, 422),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, 400),
        ({"messages": [{"role": "user", "content": "  "}]}, 400),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, 422),
        ({"tools": [{"type": "function"}]}, 400),
        ({"logprobs": True}, 400),
        ({"n": 0}, 422),
        ({"max_tokens": 0}, 422),
        ({"stop": [""]}, 422),
        ({"model": "gpt-4o"}, 404),
        ({"model": "tunebook/tuned"}, 409),
        ({"model": "tunebook/tuned", "stream": True}, 409),
        ({"response_format": {"type": "json_schema"}}, 400),
    ],
)
def test_what_cannot_be_done_is_refused(client: TestClient, more: Any, status: int) -> None:
    found = client.post("/v1/chat/completions", json=ASKED | more)
    assert found.status_code == status, found.text
    assert found.json()["error"]["message"]


def test_content_in_parts_and_developer_messages(client: TestClient, served: Any) -> None:
    parts = [{"type": "text", "text": "What does "}, {"type": "text", "text": "the Wren carry?"}]
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}]
    post(client, messages=messages, model="base")
    asked = served._parts.model.asked[-1].messages
    assert asked == (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What does the Wren carry?"},
    )


def test_embeddings_as_numbers_and_as_bytes(client: TestClient) -> None:
    import base64

    import numpy as np

    found = client.post("/v1/embeddings", json={"input": ["a b", "c"], "model": "tunebook/embedder"}).json()
    assert [row["index"] for row in found["data"]] == [0, 1]
    packed = client.post("/v1/embeddings", json={"input": "a b", "encoding_format": "base64"}).json()
    vector = np.frombuffer(base64.b64decode(packed["data"][0]["embedding"]), dtype="<f4")
    assert np.allclose(vector, found["data"][0]["embedding"])
    assert found["usage"]["prompt_tokens"] == 3
    for wrong in ({"input": []}, {"input": [[1, 2]]}, {"input": ""}):
        assert client.post("/v1/embeddings", json=wrong).status_code == 422
    assert client.post("/v1/embeddings", json={"input": "a", "model": "ada"}).status_code == 404


def test_api_ask_streams_too(client: TestClient, served: Any) -> None:
    says(served, TEXT)
    asked = {"question": "What does the Wren carry?", "stream": True}
    events = [block.split("\n", 1) for block in client.post("/api/ask", json=asked).text.split("\n\n") if block]
    data = [(kind.removeprefix("event: "), json.loads(line.removeprefix("data: "))) for kind, line in events]
    assert "".join(value["text"] for kind, value in data if kind == "piece") == TEXT
    assert data[-1][0] == "answer"
    assert data[-1][1]["answer"] == TEXT
    wrong = client.post("/api/ask", json=asked | {"approach": "tuned"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "approach_unavailable")


def test_a_run_over_http(client: TestClient) -> None:
    asked = {"queries": [{"id": "q1", "prompt": "Wren"}, {"id": "q2", "prompt": "director"}], "k": 1}
    lines = client.post("/api/search/run", json=asked).text.splitlines()
    assert [line.split()[:4] for line in lines] == [["q1", "Q0", "wren", "1"], ["q2", "Q0", "pay", "1"]]


def test_two_queries_with_one_id_are_refused_without_a_file_s_name(client: TestClient) -> None:
    queries = [{"id": "q", "prompt": "Wren"}, {"id": "q", "prompt": "pay"}]
    found = client.post("/api/search/run", json={"queries": queries})
    assert found.status_code == 422
    assert found.json()["error"]["message"] == "queries: id 'q' is there 2 times"


def test_what_is_not_sent_as_json_is_told_so(client: TestClient) -> None:
    for path, asked in (("/v1/chat/completions", ASKED), ("/api/search", {"query": "Wren"})):
        form = {"Content-Type": "application/x-www-form-urlencoded"}  # curl -d sends this
        told = client.post(path, content=json.dumps(asked), headers=form).json()["error"]
        assert told["message"] == "body: not sent as JSON"
        assert "Content-Type: application/json" in told["hint"]


@pytest.mark.parametrize("stop", [(), ("weighs",), ("kg. It",), ("\n",), ("The",), (" ",), ("80", "weighs 19")])
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pieces_until_a_stop_text_are_the_answer(stop: tuple[str, ...], size: int) -> None:
    heard: list[str] = []
    until = Until(stop, lambda piece: heard.append(piece))
    for start in range(0, len(TEXT), size):
        if not until(TEXT[start : start + size]):
            break
    until.end(before(stop, TEXT))
    assert "".join(heard) == before(stop, TEXT)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/chat/completions", ASKED | {"messages": [{"role": "user", "content": "How much \ud83d?"}]}),
        ("/v1/chat/completions", ASKED | {"stop": "\ud83d"}),
        ("/api/ask", {"question": "How much \ud83d?"}),
        ("/api/search", {"query": "How much \ud83d?"}),
        ("/v1/embeddings", {"model": "tunebook/embedder", "input": "\ud83d"}),
    ],
)
def test_half_a_character_is_refused(client: TestClient, path: str, asked: dict[str, Any]) -> None:
    found = client.post(path, content=json.dumps(asked), headers={"Content-Type": "application/json"})
    assert found.status_code == 422
    assert "unicode" in found.json()["error"]["message"]


def test_half_a_character_among_the_turns_is_refused_before_anything_is_asked(served: Any) -> None:
    turns = ({"role": "system", "content": "\ud83d"}, {"role": "user", "content": "How much?"})
    with pytest.raises(BadInput, match="not UTF-8 text, at character 1"):
        list(served.answers([Question(turns)]))
    for ask in (served.ask, served.search):
        with pytest.raises(BadInput, match="not UTF-8 text"):
            ask("How much \ud83d?")


def test_usage_is_null_where_the_model_s_server_does_not_count(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunebook.models.fakes.Generation", lambda text, *_: Generation(text, None, None))
    for approach in ("base", "rag"):
        found = post(client, model=f"tunebook/{approach}")
        assert found["usage"] is None
        assert found["choices"][0]["tunebook"]["tokens"] == {"prompt": None, "completion": None}
        assert found["choices"][0]["tunebook"]["cost"] is None
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/ask"])
def test_a_stream_that_waits_and_whose_client_has_gone_is_not_asked_for(served: Any, path: str) -> None:
    begun, go = threading.Event(), threading.Event()
    asked: list[str] = []

    def reply(request: Any) -> str:
        asked.append(request.messages[-1]["content"])
        begun.set()
        assert go.wait(30)
        return TEXT

    served._parts.model.reply = reply

    def ask(words: str, seconds: float) -> None:
        body: dict[str, Any] = {"question": words, "approach": "base"}
        if path.startswith("/v1"):
            body = {"model": "base", "messages": [{"role": "user", "content": words}]}
        httpx.post(url + path, json=body | {"stream": True}, timeout=seconds)

    with live(served) as url:
        first = threading.Thread(target=ask, args=("first", 60))
        first.start()
        assert begun.wait(30)
        with pytest.raises(httpx.ReadTimeout):
            ask("gone", 0.5)
        time.sleep(3 * LOOK_SECONDS)
        go.set()
        ask("last", 60)
        first.join()
    assert [words for words in asked if "gone" in words] == []
    assert len(asked) == 2

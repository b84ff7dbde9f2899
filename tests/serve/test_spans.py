"""Spans of requests and answers, and no words in them."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tunebook.errors import BadInput
from tunebook.serve import traces

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer", lambda name, version="": provider.get_tracer(name, version))
    return kept


def test_an_answer_has_a_span_in_its_requests(client: TestClient, spans: InMemorySpanExporter) -> None:
    asked = {"model": "tunebook/rag", "messages": [{"role": "user", "content": "What does the Wren carry?"}]}
    client.post("/v1/chat/completions", json=asked | {"max_tokens": 9}, headers={"traceparent": PARENT})
    answer, request = spans.get_finished_spans()
    assert (answer.name, request.name) == ("chat rag", "POST /v1/chat/completions")
    assert answer.parent and request.context and answer.parent.span_id == request.context.span_id
    assert f"{request.context.trace_id:032x}" in PARENT
    told = dict(answer.attributes or {})
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.request.max_tokens"] == 9
    assert told["gen_ai.usage.input_tokens"] > 0
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert dict(request.attributes or {})["http.response.status_code"] == 200
    assert "Wren" not in json.dumps([told, dict(request.attributes or {})], default=str)


def test_a_refusal_is_told(client: TestClient, spans: InMemorySpanExporter) -> None:
    client.post("/api/ask", json={"question": "?", "approach": "tuned"})
    answer, request = spans.get_finished_spans()
    assert dict(answer.attributes or {})["error.type"] == "Unavailable"
    assert dict(request.attributes or {})["http.response.status_code"] == 409


def test_an_endpoint_without_the_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(traces.ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter", None)
    with pytest.raises(BadInput, match="traces"):
        traces.set_up()

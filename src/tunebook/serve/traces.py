"""OpenTelemetry: a span for each request, and in it one for each answer, named as the GenAI conventions name them.

    OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 tunebook serve

    POST /v1/chat/completions
    └── chat rag            gen_ai.request.model, gen_ai.usage.input_tokens, gen_ai.response.finish_reasons …

Without an endpoint in the environment nothing is recorded.  What is asked and answered is never in a span; see
https://opentelemetry.io/docs/specs/semconv/gen-ai/ for the names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from tunebook import __version__
from tunebook.errors import BadInput, TunebookError
from tunebook.project import Question
from tunebook.values import Answer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def set_up() -> None:
    """Sends spans to the endpoint that the environment names, if it names one.  Raises BadInput without the extra."""
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise BadInput(
            f"{ENDPOINT} is set, and the extra `traces` is missing", "pip install 'tunebook[traces]'"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "tunebook")
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def request(method: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """A request's span, below the one that its sender names."""
    tracer = trace.get_tracer("tunebook.serve", __version__)
    with tracer.start_as_current_span(method, propagate.extract(headers), kind=SpanKind.SERVER) as span:
        span.set_attribute("http.request.method", method)
        yield span


def answered(span: Span, method: str, route: str, status: int) -> None:
    """What is known of a request at its end."""
    span.update_name(f"{method} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


@contextmanager
def asking(question: Question, approach: str, model: str) -> Iterator[Span]:
    """An answer's span; `told` fills it."""
    tracer = trace.get_tracer("tunebook.serve", __version__)
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "tunebook",
        "gen_ai.request.model": model,
        "tunebook.approach": approach,
    }
    with tracer.start_as_current_span(f"chat {approach}", attributes=given) as span:
        if question.max_new_tokens:
            span.set_attribute("gen_ai.request.max_tokens", question.max_new_tokens)
        try:
            yield span
        except TunebookError as error:
            span.set_attribute("error.type", type(error).__name__)
            raise


def told(span: Span, answer: Answer) -> None:
    span.set_attribute("gen_ai.response.model", answer.model)
    span.set_attribute("gen_ai.response.finish_reasons", ["stop" if answer.finished else "length"])
    if answer.tokens.prompt is not None and answer.tokens.completion is not None:
        span.set_attribute("gen_ai.usage.input_tokens", answer.tokens.prompt)
        span.set_attribute("gen_ai.usage.output_tokens", answer.tokens.completion)
    span.set_attribute("tunebook.abstained", answer.abstained)
    span.set_attribute("tunebook.hits", len(answer.hits))
    span.set_attribute("tunebook.citations", len(answer.citations))
    if answer.seconds.retrieve is not None:
        span.set_attribute("tunebook.retrieve_seconds", answer.seconds.retrieve)

"""What Prometheus reads at `/metrics`: counts and times, no names of documents and no words of questions."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tunebook.values import Answer

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120)


class Metrics:
    """A registry of one server's own, so that two servers in one process do not share counts."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self._requests = Counter("tunebook_requests", "Answered requests", ["method", "route", "status"], registry=own)
        self._seconds = Histogram(
            "tunebook_request_seconds", "Until the last byte", ["route"], buckets=SECONDS, registry=own
        )
        self.open_requests = Gauge("tunebook_open_requests", "Requests being answered", registry=own)
        self.waiting = Gauge("tunebook_questions_waiting", "Questions that wait for the model", registry=own)
        self.asked = Gauge("tunebook_questions_with_model", "Questions that the model answers now", registry=own)
        self._answers = Counter("tunebook_answers", "Answers", ["approach", "abstained"], registry=own)
        self._tokens = Counter("tunebook_tokens", "The model's tokens", ["approach", "kind"], registry=own)
        self._answer = Histogram(
            "tunebook_answer_seconds", "From question to answer", ["approach"], buckets=SECONDS, registry=own
        )
        loop, longest = "tunebook_event_loop_longest", "of the last minute: longest that the event loop"
        self._blocked = Gauge(f"{loop}_block_seconds", f"{longest} was held up", registry=own)
        self._own = Gauge(f"{loop}_own_block_seconds", f"{longest} was held up by the server itself", registry=own)
        self._ran = Gauge(f"{loop}_run_seconds", f"{longest} ran without a turn for others", registry=own)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def answer(self, answer: Answer, seconds: float) -> None:
        self._answers.labels(answer.approach, str(answer.abstained).lower()).inc()
        self._tokens.labels(answer.approach, "prompt").inc(answer.tokens.prompt or 0)
        self._tokens.labels(answer.approach, "completion").inc(answer.tokens.completion or 0)
        self._answer.labels(answer.approach).observe(seconds)

    def blocked(self, longest_seconds: float, own_seconds: float, ran_seconds: float) -> None:
        """`pulse` says what they are."""
        self._blocked.set(longest_seconds)
        self._own.set(own_seconds)
        self._ran.set(ran_seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)

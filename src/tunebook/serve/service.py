"""What every route works with: the project, the desk, the keys, the jobs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from tunebook.project import Project, Question
from tunebook.serve import traces
from tunebook.serve.desk import Desk
from tunebook.serve.jobs import Jobs
from tunebook.serve.kept import Answers
from tunebook.serve.keys import Keys
from tunebook.serve.limits import Limits
from tunebook.serve.metrics import Metrics
from tunebook.serve.pulse import Pulse
from tunebook.serve.sessions import Sessions
from tunebook.settings import ServeSettings
from tunebook.values import Answer

ENDPOINT_THREADS = 4  # while some wait for the model server, another searches for the next batch
STRANGERS_PER_MINUTE = 60  # requests without a valid key, of one address


@dataclass(slots=True)
class Service:
    """One project, served."""

    project: Project
    settings: ServeSettings
    desk: Desk
    keys: Keys
    sessions: Sessions
    limits: Limits
    jobs: Jobs
    metrics: Metrics
    kept: Answers
    pulse: Pulse = field(default_factory=Pulse)
    strangers: Limits = field(default_factory=lambda: Limits(STRANGERS_PER_MINUTE))
    ready: bool = False  # models are loaded
    not_ready: str = "loading the models"
    stopping: bool = False  # a stream without an end of its own ends now
    provider: dict[str, Any] | None = None  # what the OpenID Connect provider says of itself

    @classmethod
    def of(cls, project: Project, settings: ServeSettings) -> Service:
        model = project.settings.model
        threads = min(ENDPOINT_THREADS, model.concurrency) if model.endpoint else 1
        batch = -(-model.concurrency // threads) if model.endpoint else settings.batch
        state = project.state / "serve"
        return cls(
            project,
            settings,
            Desk(project.answers, threads, batch, settings.queue),
            Keys(state),
            Sessions(state),
            Limits(settings.requests_per_minute),
            Jobs(project),
            Metrics(),
            Answers(state / "kept.sqlite"),
        )

    def count_stranger(self, connection: HTTPConnection) -> None:
        """Of those who have shown no key yet, by address.  Raises Problem 429 for one who has come too often."""
        self.strangers.take(connection.client.host if connection.client else "")

    async def ask(self, question: Question, approach: str) -> Answer:
        """One question through the desk, counted and traced."""
        begin = time.perf_counter()
        with traces.asking(question, approach, self.project.settings.model.name) as span:
            answer = await self.desk.ask(question, approach)
            traces.told(span, answer)
        self.metrics.answer(answer, time.perf_counter() - begin)
        return answer


def service_of(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]
Limit = Annotated[int, Query(ge=1, le=1000)]  # rows of an answer

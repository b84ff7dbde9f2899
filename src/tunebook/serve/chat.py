"""`POST /v1/chat/completions`: any approach, as OpenAI's clients ask it.

    client.chat.completions.create(model="tunebook/rag", messages=[{"role": "user", "content": "How heavy is it?"}])

Beside the message stands `choices[].tunebook`: whether it abstained, citations, hits, seconds.  In a stream it comes with
the chunk that has the finish reason.  The likeliest words are taken, unless `temperature`, `top_p` or `n` > 1 ask for
drawn ones.  Left out on purpose: tools, pictures, sound, log-probabilities; asking for them is an error.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints

from tunebook.errors import TunebookError
from tunebook.project import Question, Sampling
from tunebook.serve.access import Asks
from tunebook.serve.asking import Asked
from tunebook.serve.models import PREFIX, approach_of, unknown
from tunebook.serve.problems import Problem, body_of, problem_of
from tunebook.serve.service import Served, Service
from tunebook.serve.structured import Form, Misfit, ResponseFormat
from tunebook.values import Answer, Message

router = APIRouter(prefix="/v1", tags=["openai"])
MAX_CHARS = 400_000
PIECE_CHARS = 24  # of an answer that is sent in pieces although it is whole
StopText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TextPart(BaseModel):
    type: Literal["text"]
    text: str = Field(max_length=MAX_CHARS)


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=MAX_CHARS)] | list[TextPart]

    @property
    def plain(self) -> Message:
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        return {"role": "system" if self.role == "developer" else self.role, "content": text}


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """Fields of OpenAI's that are not named here are taken and change nothing."""

    model: str = Field(max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=500)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=16)
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(None, ge=1, le=1_000_000)
    response_format: ResponseFormat | None = None
    temperature: float | None = Field(
        None, ge=0, le=2, description="0: the likeliest words; 1 with `n` or `top_p` alone"
    )
    top_p: float | None = Field(None, ge=0, le=1, description="words are drawn among those that together hold it")
    seed: int | None = Field(None, description="of the first choice; the next have the numbers after it")
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    logprobs: bool | None = None

    def questions(self, groups: tuple[str, ...] | None) -> list[Question]:
        """One for each choice.  Raises Problem 400 where the last message is not the user's, or for what is left out on purpose."""
        for name in ("tools", "functions", "logprobs"):
            if getattr(self, name):
                raise Problem(400, "unsupported", f"{name} is not supported", "leave it out", name)
        messages = tuple(message.plain for message in self.messages)
        if messages[-1]["role"] != "user" or not messages[-1]["content"].strip():
            told = "the last message must be the user's, with text"
            raise Problem(400, "no_question", told, "end the messages with the question", "messages")
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        asked = Question(messages, groups, (), self.max_completion_tokens or self.max_tokens, stop)
        return [replace(asked, sampling=how) for how in self._samplings()]

    def _samplings(self) -> list[Sampling | None]:
        n = self.n or 1
        temperature = self.temperature
        if temperature is None:
            temperature = 0.0 if n == 1 and self.top_p is None else 1.0
        if temperature == 0 or self.top_p == 0:
            return [None] * n
        first = secrets.randbits(31) if self.seed is None else self.seed
        top_p = 1.0 if self.top_p is None else self.top_p
        return [Sampling(temperature, top_p, (first + number) % 2**32) for number in range(n)]


@router.post("/chat/completions", response_model=None)
async def chat(asked: ChatRequest, reader: Asks, service: Served, request: Request) -> Response:
    """An answer of an approach, with its citations in `choices[].tunebook`; `stream`: as server-sent events."""
    approach = approach_of(asked.model)
    if approach not in service.project.approach_names:
        raise unknown(asked.model)
    questions = asked.questions(reader.groups)
    form = Form.of(asked.response_format)
    shape = Shape(approach, in_form=form is not None)
    if form is not None or not asked.stream:
        answers = await asyncio.gather(*(_answer(service, request, question, approach, form) for question in questions))
        if not asked.stream:
            return JSONResponse(shape.completion(answers))  # as it is: FastAPI would go through all of it once more
        choices = Choices([_whole(answer) for answer in answers])
    else:
        live = [Asked(service, request, question, approach) for question in questions]
        choices = Choices([_live(one) for one in live], [one.end for one in live])
    await choices.begin()
    with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    stream = _stream(shape, choices, with_usage)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _answer(service: Service, request: Request, question: Question, approach: str, form: Form | None) -> Answer:
    """In its form, if it has one: asked for freely, so that the model may abstain, and once more held to the schema.

    Raises Problem 422 where the answer still does not fit.
    """
    if form is None:
        return await Asked(service, request, question, approach).answer()
    wrong = ""
    for schema in (None, form.schema):
        told = replace(question, messages=form.tell(question.messages, wrong), schema=schema)
        answer = await Asked(service, request, told, approach).answer()
        if answer.abstained:
            return answer
        try:
            return replace(answer, text=form.read(answer.text))
        except Misfit as misfit:
            wrong = str(misfit)
    hint = "a larger model, or one tuned on such answers, keeps to a form; raise max_tokens if it was cut"
    raise Problem(422, "schema_not_met", f"the answer does not fit the schema: {wrong}", hint, "response_format")


async def _live(asked: Asked) -> AsyncIterator[str | Answer]:
    """The pieces of an answer as they come, then the answer."""
    async for piece in asked.pieces():
        yield piece
    yield asked.finished


async def _whole(answer: Answer) -> AsyncIterator[str | Answer]:
    if not answer.abstained:
        for start in range(0, len(answer.text), PIECE_CHARS):
            yield answer.text[start : start + PIECE_CHARS]
    yield answer


async def _stream(shape: Shape, choices: Choices, with_usage: bool) -> AsyncIterator[str]:
    answers: list[Answer] = []
    try:
        yield shape.chunk(0, {"role": "assistant", "content": ""})
        async for piece in choices.pieces():
            if isinstance(piece, str):
                yield shape.chunk(len(answers), {"content": piece})
                continue
            told = shape.last(len(answers), piece)
            answers.append(piece)
            if len(answers) < choices.count:
                told += shape.chunk(len(answers), {"role": "assistant", "content": ""})
            elif with_usage:
                told += shape.usage(answers)
            yield told
    except TunebookError as error:
        yield _event(body_of(problem_of(error)))
    yield "data: [DONE]\n\n"


class Choices:
    """The pieces of one answer, then the answer, then the next one's; all are written at the same time."""

    def __init__(self, each: Sequence[AsyncIterator[str | Answer]], ends: Sequence[Callable[[], None]] = ()) -> None:
        self.count = len(each)
        self._each = each
        self._ends = ends
        self._first: str | Answer = ""

    async def begin(self) -> None:
        """Waits for the first piece: an error before the first word still has its status."""
        try:
            self._first = await anext(self._each[0])
        except BaseException:
            self._end()
            raise

    async def pieces(self) -> AsyncIterator[str | Answer]:
        try:
            yield self._first
            for choice in self._each:
                async for piece in choice:
                    yield piece
        finally:
            self._end()

    def _end(self) -> None:
        for end in self._ends:
            end()


class Shape:
    """The JSON of one completion, streamed or not."""

    def __init__(self, approach: str, in_form: bool) -> None:
        self._in_form = in_form
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": PREFIX + approach,
        }

    def completion(self, answers: Sequence[Answer]) -> dict[str, Any]:
        choices = [self._choice(index, answer) for index, answer in enumerate(answers)]
        return self._head | {"object": "chat.completion", "choices": choices, "usage": usage(answers)}

    def _choice(self, index: int, answer: Answer) -> dict[str, Any]:
        refused = self._in_form and answer.abstained
        message = {
            "role": "assistant",
            "content": None if refused else answer.text,
            "refusal": answer.text if refused else None,
        }
        rest = {"finish_reason": _reason(answer), "logprobs": None, "tunebook": extension(answer)}
        return {"index": index, "message": message} | rest

    def chunk(self, index: int, delta: dict[str, Any], **rest: Any) -> str:
        choice = {"index": index, "delta": delta, "finish_reason": None, "logprobs": None} | rest
        return _event(self._head | {"object": "chat.completion.chunk", "choices": [choice]})

    def last(self, index: int, answer: Answer) -> str:
        """The refusal, if it is one; the finish reason with the extension."""
        refusal = self.chunk(index, {"refusal": answer.text}) if self._in_form and answer.abstained else ""
        return refusal + self.chunk(index, {}, finish_reason=_reason(answer), tunebook=extension(answer))

    def usage(self, answers: Sequence[Answer]) -> str:
        return _event(self._head | {"object": "chat.completion.chunk", "choices": [], "usage": usage(answers)})


def extension(answer: Answer) -> dict[str, Any]:
    """What stands beside the message: everything of the answer but its text."""
    return {key: value for key, value in answer.as_json().items() if key != "answer"}


def usage(answers: Sequence[Answer]) -> dict[str, int] | None:
    """Of all choices together: each of them is read and written by itself.  None where the model's server does not count."""
    counts = [(answer.tokens.prompt, answer.tokens.completion) for answer in answers]
    known = [(prompt, completion) for prompt, completion in counts if prompt is not None and completion is not None]
    if len(known) < len(counts):
        return None
    read, written = (sum(column) for column in zip(*known, strict=True))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _reason(answer: Answer) -> str:
    return "stop" if answer.finished else "length"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"

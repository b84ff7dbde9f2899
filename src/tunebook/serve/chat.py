"""`POST /v1/chat/completions`: any approach, as OpenAI's clients ask it.

    client.chat.completions.create(model="tunebook/rag", messages=[{"role": "user", "content": "How heavy is it?"}])

Beside the message stands `choices[].tunebook`: whether it abstained, citations, hits, seconds.  In a stream it comes with
the chunk that has the finish reason.  Decoding is greedy: `temperature`, `top_p` and `seed` are taken and change nothing,
and `n` answers are equal.  Left out on purpose: tools, pictures, sound, log-probabilities; asking for them is an error.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, StringConstraints

from tunebook.errors import TunebookError
from tunebook.project import Question
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
    temperature: float | None = Field(None, ge=0, le=2, description="taken; decoding is greedy")
    top_p: float | None = Field(None, ge=0, le=1, description="taken; decoding is greedy")
    seed: int | None = Field(None, description="taken; equal questions have equal answers")
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    logprobs: bool | None = None

    def question(self, groups: tuple[str, ...] | None) -> Question:
        """Raises Problem 400 where the last message is not the user's, or for what is left out on purpose."""
        for name in ("tools", "functions", "logprobs"):
            if getattr(self, name):
                raise Problem(400, "unsupported", f"{name} is not supported", "leave it out", name)
        messages = tuple(message.plain for message in self.messages)
        if messages[-1]["role"] != "user" or not messages[-1]["content"].strip():
            raise Problem(400, "no_question", "the last message must be the user's, with text", param="messages")
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Question(messages, groups, (), self.max_completion_tokens or self.max_tokens, stop)


@router.post("/chat/completions", response_model=None)
async def chat(
    asked: ChatRequest, reader: Asks, service: Served, request: Request
) -> dict[str, Any] | StreamingResponse:
    """An answer of an approach, with its citations in `choices[].tunebook`; `stream`: as server-sent events."""
    approach = approach_of(asked.model)
    if approach not in service.project.approach_names:
        raise unknown(asked.model)
    question = asked.question(reader.groups)
    shape = Shape(approach, asked.n or 1)
    form = Form.of(asked.response_format)
    if form is None and asked.stream:
        pieces = _live(Asked(service, request, question, approach))
    elif form is None:
        return shape.completion(await Asked(service, request, question, approach).answer())
    else:
        answer = await _in_form(service, request, question, approach, form)
        if not asked.stream:
            return shape.completion(answer, in_form=True)
        pieces = _whole(answer)
    first = await anext(pieces)  # an error before the first word still has its status
    with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    stream = _stream(shape, first, pieces, with_usage, form is not None)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _in_form(service: Service, request: Request, question: Question, approach: str, form: Form) -> Answer:
    """Asks, and once more with what was wrong.  Raises Problem 422 where the answer still does not fit."""
    wrong = ""
    for _ in range(2):
        told = replace(question, messages=form.tell(question.messages, wrong))
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


async def _stream(
    shape: Shape, first: str | Answer, rest: AsyncIterator[str | Answer], with_usage: bool, in_form: bool
) -> AsyncIterator[str]:
    yield shape.chunk({"role": "assistant", "content": ""})
    try:
        piece = first
        while isinstance(piece, str):
            yield shape.chunk({"content": piece})
            piece = await anext(rest)
        for event in shape.last(piece, in_form, with_usage):
            yield event
    except TunebookError as error:
        yield _event(body_of(problem_of(error)))
    yield "data: [DONE]\n\n"


class Shape:
    """The JSON of one completion, streamed or not."""

    def __init__(self, approach: str, choices: int) -> None:
        self._choices = choices
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": PREFIX + approach,
        }

    def completion(self, answer: Answer, in_form: bool = False) -> dict[str, Any]:
        refused = in_form and answer.abstained
        message = {
            "role": "assistant",
            "content": None if refused else answer.text,
            "refusal": answer.text if refused else None,
        }
        rest = {"message": message, "finish_reason": _reason(answer), "logprobs": None, "tunebook": extension(answer)}
        choices = [{"index": index} | rest for index in range(self._choices)]
        return self._head | {"object": "chat.completion", "choices": choices, "usage": usage(answer)}

    def chunk(self, delta: dict[str, Any], **rest: Any) -> str:
        """One event with the same change for every choice."""
        choices = [
            {"index": index, "delta": delta, "finish_reason": None, "logprobs": None} | rest
            for index in range(self._choices)
        ]
        return _event(self._head | {"object": "chat.completion.chunk", "choices": choices})

    def last(self, answer: Answer, in_form: bool, with_usage: bool) -> list[str]:
        """The refusal, if it is one; the finish reason with the extension; the usage."""
        events = [self.chunk({"refusal": answer.text})] if in_form and answer.abstained else []
        events.append(self.chunk({}, finish_reason=_reason(answer), tunebook=extension(answer)))
        if with_usage:
            told = {"object": "chat.completion.chunk", "choices": [], "usage": usage(answer)}
            events.append(_event(self._head | told))
        return events


def extension(answer: Answer) -> dict[str, Any]:
    """What stands beside the message: everything of the answer but its text."""
    return {key: value for key, value in answer.as_json().items() if key != "answer"}


def usage(answer: Answer) -> dict[str, int]:
    """Of the one answer that was written, however many choices show it."""
    tokens = answer.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
    }


def _reason(answer: Answer) -> str:
    return "stop" if answer.finished else "length"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"

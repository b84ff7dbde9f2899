"""`POST /v1/chat/completions`: any approach, as OpenAI's clients ask it.

client.chat.completions.create(model="tunebook/rag", messages=[{"role": "user", "content": "How heavy is it?"}])
"""

from __future__ import annotations

import time
import uuid
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tunebook.project import Question
from tunebook.serve.access import Asks
from tunebook.serve.models import PREFIX, approach_of, unknown
from tunebook.serve.service import Served
from tunebook.values import Answer

router = APIRouter(prefix="/v1", tags=["openai"])


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str = Field(max_length=400_000)


class ChatRequest(BaseModel):
    model: str
    messages: list[ChatMessage] = Field(min_length=1)


@router.post("/chat/completions")
async def chat(asked: ChatRequest, reader: Asks, service: Served) -> dict[str, Any]:
    """One answer, with its citations in `choices[].tunebook`."""
    approach = approach_of(asked.model)
    if approach not in service.project.approaches(reader.groups):
        raise unknown(asked.model)
    messages = tuple({"role": message.role, "content": message.content} for message in asked.messages)
    answer = await service.ask(Question(messages, reader.groups), approach)
    return completion(approach, answer)


def completion(approach: str, answer: Answer) -> dict[str, Any]:
    tokens = answer.tokens
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": PREFIX + approach,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text, "refusal": None},
                "finish_reason": "stop" if answer.finished else "length",
                "logprobs": None,
                "tunebook": extension(answer),
            }
        ],
        "usage": {
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.completion,
            "total_tokens": tokens.prompt + tokens.completion,
        },
    }


def extension(answer: Answer) -> dict[str, Any]:
    """What stands beside the message: everything of the answer but its text."""
    return {key: value for key, value in answer.as_json().items() if key != "answer"}

"""A chat model behind any OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp, a hosted model.

    [model]
    endpoint = "http://localhost:8000/v1"
    name = "Qwen2.5-7B-Instruct"

Requests run `concurrency` at a time.  Each way of failing has its message; connection faults, 429 and 5xx are tried
again with growing pauses by the client.  Adapters are left out: an endpoint serves the model that it serves.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, EndpointFailed
from tunebook.models.base import Generation, Request, TextStream


class EndpointChatModel:
    """Speaks `POST /chat/completions`, streaming, so that the first token can be timed."""

    def __init__(
        self,
        name: str,
        endpoint: str,
        key_env: str = "OPENAI_API_KEY",
        timeout_seconds: float = 120.0,
        concurrency: int = 4,
    ) -> None:
        from openai import OpenAI

        self.name = name
        self._endpoint = endpoint
        self._concurrency = concurrency
        key = os.environ.get(key_env) or "none"
        self._client: Any = OpenAI(base_url=endpoint, api_key=key, timeout=timeout_seconds, max_retries=3)

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        if adapter is not None:
            raise BadInput(
                f"{self.name} at {self._endpoint} cannot load an adapter", "leave out model.endpoint for tuned"
            )
        with ThreadPoolExecutor(self._concurrency) as pool:
            waiting = {pool.submit(self._one, request): index for index, request in enumerate(requests)}
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, request: Request) -> Generation:
        import openai

        begin = time.perf_counter()
        first: float | None = None
        pieces: list[str] = []
        usage: Any = None
        reason = None
        shown = TextStream("".join, request.on_text) if request.on_text else None
        try:
            stream = self._client.chat.completions.create(
                model=self.name,
                messages=[dict(message) for message in request.messages],
                max_tokens=request.max_new_tokens,
                temperature=0,
                stream=True,
                stream_options={"include_usage": True},
            )
            for chunk in stream:
                usage = chunk.usage or usage
                for choice in chunk.choices:
                    reason = choice.finish_reason or reason
                    if choice.delta.content:
                        first = first or time.perf_counter() - begin
                        pieces.append(choice.delta.content)
                        if shown and not shown.put(pieces):
                            stream.close()
                            reason = "stop"
        except (openai.OpenAIError, OSError, ValueError) as error:
            raise self._explained(error) from error
        except Exception as error:  # the transport's own errors, raised in the middle of a stream
            raise EndpointFailed(
                f"{self._endpoint}: the stream broke: {_line(error)}", "is the server well?"
            ) from error
        if reason is None:
            raise EndpointFailed(
                f"{self._endpoint}: the stream ended before the answer was complete", "is the server well?"
            )
        if shown:
            shown.put(pieces, last=True)
        prompt_tokens = usage.prompt_tokens if usage else 0
        completion_tokens = usage.completion_tokens if usage else len(pieces)
        seconds = time.perf_counter() - begin
        return Generation("".join(pieces).strip(), prompt_tokens, completion_tokens, reason != "length", first, seconds)

    def _explained(self, error: Exception) -> EndpointFailed:
        import openai

        where = self._endpoint
        if isinstance(error, openai.APITimeoutError):
            return EndpointFailed(f"{where}: no answer in time", "raise model.timeout_seconds, or ask a faster model")
        if isinstance(error, openai.APIConnectionError):
            return EndpointFailed(f"{where}: no server answers there", "is it running, and is model.endpoint right?")
        if isinstance(error, openai.AuthenticationError):
            return EndpointFailed(f"{where}: the key was refused", "set the variable that model.key_env names")
        if isinstance(error, openai.NotFoundError):
            return EndpointFailed(
                f"{where}: it has no model {self.name!r}", "model.name must be one that the server lists"
            )
        if isinstance(error, openai.RateLimitError):
            return EndpointFailed(f"{where}: too many requests, also after waiting", "lower model.concurrency")
        if isinstance(error, openai.BadRequestError):
            return EndpointFailed(
                f"{where}: the request was refused: {_line(error)}", "is the prompt within its window?"
            )
        return EndpointFailed(f"{where}: {_line(error)}", "see the server's log")


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]

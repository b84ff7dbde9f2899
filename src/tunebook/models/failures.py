"""What went wrong with an endpoint, in words.

    told(error, "Qwen2.5-7B-Instruct")   →  Failure("it has no model …", "model.name must be …")

An error of the client, of the transport or of the text that came is mapped here, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tunebook.errors import first_line

_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|maximum.{0,30}tokens|too (long|many tokens)|prompt is longer", re.I
)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]*)", re.I)
_SPENT = "the account has nothing left to spend", "see the provider's billing page"
_FILTERS = ("content_filter", "content_policy_violation")  # codes of a refusal that is about this one question


class Failure(Exception):
    """An attempt that failed; `may_pass` where another one could do better."""

    def __init__(
        self, message: str, hint: str, may_pass: bool = False, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.may_pass = may_pass
        self.retry_after_seconds = retry_after_seconds


class Withheld(Failure):
    """The server's filter let nothing through: of this question, whatever else it answers."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "see the filter's settings at the server")


class NothingHeard(Exception):
    """A 200 without a single event."""


def told(error: Exception, model: str, of: str = "model") -> Failure:
    """An error of the client, of the transport, or of the text that came, in words; `of`: the section of its settings."""
    failure = _told(error, model)
    failure.hint = failure.hint.replace("model.", f"{of}.")
    return failure


def _told(error: Exception, model: str) -> Failure:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return Failure("no answer in time", "raise model.first_seconds, or ask a faster model", may_pass=True)
    if isinstance(error, openai.APIStatusError):
        return _refused(error, model)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ == "ConnectError":
            return Failure("no server answers there", "is it running, and is model.endpoint right?")
        return Failure(
            f"the connection broke: {line_of(error.__cause__ or error)}", "is the server well?", may_pass=True
        )
    if isinstance(error, openai.APIError) and error.code in _FILTERS:
        return Withheld(f"it kept the answer back while it wrote: {line_of(error)}")
    if isinstance(error, openai.APIError):
        return Failure(f"it failed while it wrote: {line_of(error)}", "see the server's log", may_pass=True)
    if isinstance(error, (NothingHeard, ValueError, AttributeError, TypeError)):
        return Failure(
            f"what it sends is no chat completion: {line_of(error)}", "is model.endpoint right?  it often ends in /v1"
        )
    return Failure(f"the stream broke: {line_of(error)}", "is the server well?", may_pass=True)


def _refused(error: Any, model: str) -> Failure:
    said, status = line_of(error), error.status_code
    if status == 401:
        return Failure("the key was refused", "set the variable that model.key_env names")
    if status == 403:
        return Failure(
            f"this key is refused: {said}", "set the variable that model.key_env names; may it use model.name?"
        )
    if status in (404, 405) and error.response.history:
        told = f"it sends requests on to {error.response.url.copy_with(query=None)}"
        return Failure(told, "set model.endpoint to where that leads: https:// in place of http://, for instance")
    if status == 404 and re.search(rf"(?<!\w){re.escape(model)}(?!\w)", said, re.I):
        return Failure(f"it has no model {model!r}", "model.name must be one that the server lists")
    if status == 404:
        hint = "model.endpoint often ends in /v1; model.name must be one that the server lists"
        return Failure(f"it has no model {model!r}, or nothing at this path: {said}", hint)
    if status == 402 or (status == 429 and "insufficient_quota" in (error.code, error.type)):
        return Failure(*_SPENT)
    if status == 429:
        pause = _retry_after(error)
        asked = f"; it asks for a pause of {pause:g} seconds" if pause else ""
        hint = (
            "lower model.concurrency, or raise model.timeout_seconds above the pause"
            if pause
            else "lower model.concurrency"
        )
        return Failure(f"too many requests: {said}{asked}", hint, True, pause)
    if status == 413 or (status in (400, 422) and is_too_long(said)):
        hint = "lower search.k, passages.max_tokens or answer.max_new_tokens, or set model.window"
        return Failure(f"the prompt is too long for {model}: {said}", hint)
    if status in (408, 409) or status >= 500:
        return Failure(f"the server failed with {status}: {said}", "see the server's log", True, _retry_after(error))
    if error.code in _FILTERS:
        return Withheld(f"the request was refused with {status}: {said}")
    return Failure(f"the request was refused with {status}: {said}", "see the server's log")


def is_too_long(said: str) -> bool:
    return bool(_TOO_LONG.search(said))


def wordless(reason: str) -> Failure:
    """An answer without a word that ended neither by itself nor at the token limit."""
    said = f"it wrote no words, and ended with {reason!r}"
    return Withheld(said) if reason in _FILTERS else Failure(said, "see the server's log")


def _retry_after(error: Any) -> float | None:
    """Seconds; dates are left to our own pauses."""
    asked = error.response.headers.get("retry-after", "")
    return float(asked) if re.fullmatch(r"\d{1,6}(\.\d+)?", asked) else None


def line_of(error: BaseException) -> str:
    """What it says; and what the server sent with it, where that is not the form of error that the client reads."""
    said = first_line(error)
    body = getattr(error, "body", None)
    if not body or (isinstance(body, Mapping) and isinstance(body.get("message"), str)):
        return said[:200]
    told = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    title = _TITLE.search(told)
    return " ".join(f"{said} - {title[1] if title else told}".split())[:200]

"""What a server of the OpenAI kind is sent, and what it would rather not be.

    dialect = Dialect()
    dialect.arguments(request)            {"max_tokens": 96, "temperature": 0, "messages": […], …}
    dialect.learns(error)                 True: it named one of these as unsupported; the next arguments are without it

Models that reason take `max_completion_tokens` and their own temperature, some take no system message; older servers know no
`stream_options`.
"""

from __future__ import annotations

import re
from typing import Any

from tunebook.models.base import Request, without_system
from tunebook.models.failures import is_too_long, line_of

_MAY_GO = ("max_tokens", "temperature", "top_p", "seed", "stream_options")
_UNKNOWN = re.compile(  # not "max_tokens is too large"
    r"unsupported|not support|n't support|only the default|unknown|unrecogni|unexpected|not (?:permitted|allowed)|extra|deprecated",
    re.I,
)
_NO_SYSTEM = re.compile(
    r"\bsystem\b.{0,20}\bnot support|\bnot support.{0,20}\bsystem\b|roles must alternate|only user and assistant roles",
    re.I,
)


class Dialect:
    """Shared by all requests to one server; a name that several threads learn at once is learnt once."""

    def __init__(self) -> None:
        self.reasons = False  # an answer began with reasoning that nothing opened: of the next ones, that is not shown
        self._without: frozenset[str] = frozenset()

    def arguments(self, request: Request) -> dict[str, Any]:
        """Of `chat.completions.create`, the model apart."""
        how = request.sampling
        drawn = {"temperature": how.temperature, "top_p": how.top_p, "seed": how.seed} if how else {"temperature": 0}
        every = {"max_tokens": request.max_new_tokens, **drawn, "stream_options": {"include_usage": True}}
        kept: dict[str, Any] = {name: value for name, value in every.items() if name not in self._without}
        if "max_tokens" in self._without:
            kept["max_completion_tokens"] = request.max_new_tokens
        messages = without_system(request.messages) if "system" in self._without else request.messages
        return {**kept, "messages": [dict(message) for message in messages], "stream": True}

    def learns(self, error: Exception, sent: dict[str, Any]) -> bool:
        """Whether a refusal names one of the arguments that were sent and that can go; another one is not worth asking again."""
        named = _named(line_of(error), getattr(error, "status_code", None), sent)
        if named:
            self._without |= {named}
        return named is not None


def _named(said: str, status: int | None, sent: dict[str, Any]) -> str | None:
    if status in (400, 422, 500) and sent["messages"][0]["role"] == "system" and _NO_SYSTEM.search(said):
        return "system"
    if status not in (400, 422) or is_too_long(said) or not _UNKNOWN.search(said):
        return None
    return next((name for name in _MAY_GO if name in sent and re.search(rf"\b{name}\b", said)), None)

"""What a server of the OpenAI kind is sent, and what it would rather not be.

    dialect = Dialect()
    dialect.arguments(request)            {"max_tokens": 96, "temperature": 0, "stream": True, …}
    dialect.learns(error)                 True: it named one of these as unsupported; the next arguments are without it

Models that reason take `max_completion_tokens` and their own temperature; older servers know no `stream_options`.
"""

from __future__ import annotations

import re
from typing import Any

from tunebook.models.base import Request
from tunebook.models.failures import is_too_long, line_of

_MAY_GO = ("max_tokens", "temperature", "top_p", "seed", "stream_options")
_UNKNOWN = re.compile(  # not "max_tokens is too large"
    r"unsupported|not support|n't support|only the default|unknown|unrecogni|unexpected|not (?:permitted|allowed)|extra|deprecated",
    re.I,
)


class Dialect:
    """Shared by all requests to one server; a name that several threads learn at once is learnt once."""

    def __init__(self) -> None:
        self._without: frozenset[str] = frozenset()

    def arguments(self, request: Request) -> dict[str, Any]:
        """Of `chat.completions.create`, the model and the messages apart."""
        how = request.sampling
        drawn = {"temperature": how.temperature, "top_p": how.top_p, "seed": how.seed} if how else {"temperature": 0}
        every = {"max_tokens": request.max_new_tokens, **drawn, "stream_options": {"include_usage": True}}
        kept: dict[str, Any] = {name: value for name, value in every.items() if name not in self._without}
        if "max_tokens" in self._without:
            kept["max_completion_tokens"] = request.max_new_tokens
        return {**kept, "stream": True}

    def learns(self, error: Exception, sent: dict[str, Any]) -> bool:
        """Whether a refusal names one of the arguments that were sent and that can go; another one is not worth asking again."""
        said = line_of(error)
        if getattr(error, "status_code", None) not in (400, 422) or is_too_long(said) or not _UNKNOWN.search(said):
            return False
        named = next((name for name in _MAY_GO if name in sent and re.search(rf"\b{name}\b", said)), None)
        if named:
            self._without |= {named}
        return named is not None

"""How long work tells where it is: a call with what is done, how far, of how much, and a note.

progress("embedding", 120, 800, "guides/loading.md")        total 0: unknown
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int, str], None]


def silent(what: str, done: int, total: int, note: str) -> None:
    """Says nothing."""

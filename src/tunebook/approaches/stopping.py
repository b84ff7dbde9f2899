"""Where an answer ends before the model would end it.

    until = Until(("\\n\\n",), on_text)      a request's listener: passes pieces on, stops the work at a stop text

What may be the beginning of a stop text, and white space that may stand before one, is held back until more follows, so
that the pieces together are the answer, stripped.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.models import OnText


class Until:
    """`on_text` None: nobody listens, and the work still stops; `live` False: nothing is shown before the end."""

    def __init__(self, stop: Sequence[str], on_text: OnText | None, live: bool = True) -> None:
        self._stop = tuple(word for word in stop if word)
        self._on_text = on_text
        self._live = live
        self._text = self._shown = ""

    def __call__(self, piece: str) -> bool:
        self._text += piece
        cut = before(self._stop, self._text)
        if cut != self._text:
            if self._live:
                self._show(cut)
            return False
        if not self._live:
            return True
        held = max((self._begun(word) for word in self._stop), default=0)
        return self._show(self._text[: len(self._text) - held].rstrip())

    def end(self, text: str) -> None:
        """The rest of the answer, which is `text`."""
        self._show(text)

    def _begun(self, word: str) -> int:
        """How many characters at the end could be the beginning of this stop text."""
        longest = min(len(word) - 1, len(self._text))
        return next((length for length in range(longest, 0, -1) if self._text.endswith(word[:length])), 0)

    def _show(self, text: str) -> bool:
        if self._on_text is None or len(text) <= len(self._shown) or not text.startswith(self._shown):
            return True
        piece, self._shown = text[len(self._shown) :], text
        return self._on_text(piece) is not False


def before(stop: Sequence[str], text: str) -> str:
    """The text up to where the first of the stop texts begins."""
    ends = [at for word in stop if word and (at := text.find(word)) >= 0]
    return text[: min(ends)].rstrip() if ends else text

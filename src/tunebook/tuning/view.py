"""A training row as the model sees it: its tokens, which of them are learnt, and where its answer ends.

    view(tokenizer, row)
    →  [Token(1, "<|im_start|>", learnt=False), …, Token(3290, "yes", learnt=True), Token(2, "<|im_end|>", learnt=True)]

The ids are those of training (`encoded.encode`): the chat template with everything before the answer masked, the answer, and
the token that ends it.  Nothing is cut there: a row that is too long is left out whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunebook.tuning.encoded import encode
from tunebook.tuning.trainingset import TrainingRow

LONGEST_CHARACTER = 4  # bytes, and so tokens, of one character


@dataclass(frozen=True, slots=True)
class Token:
    """One token; a character of several tokens is the text of the last of them."""

    id: int
    text: str
    learnt: bool  # False: masked, it adds nothing to the loss


def view(tokenizer: Any, row: TrainingRow) -> list[Token]:
    """All tokens of a row, in order."""
    encoded = encode(tokenizer, row)
    tokens: list[Token] = []
    waiting: list[int] = []
    for place, id in enumerate(encoded.ids):
        waiting.append(id)
        text = tokenizer.decode(waiting, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if text.endswith("\ufffd") and len(waiting) < LONGEST_CHARACTER:
            text = ""
        else:
            waiting = []
        tokens.append(Token(id, text, place >= encoded.start))
    return tokens

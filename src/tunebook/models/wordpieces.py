"""WordPiece token ids from a memory of words: texts repeat their words, and a word always has the same pieces.

    pieces = word_pieces(tokenizer)      None: this tokenizer is of another kind
    pieces.ids(["How heavy is the Wren?"], 512)   →  [[101, 2129, 3082, 2003, 1996, 19337, 2078, 1029, 102]]

Holds for tokenizers with BERT's pre-tokenizer alone (Devlin et al., arXiv:1810.04805): white space always parts tokens there, so
the pieces of a text are those of its stretches without white space.  They are asked of the tokenizer itself, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

WORDS = 200_000  # remembered; past it the memory begins anew
_SPACE = re.compile(r"[\t\n\r]")  # other white space may mean nothing to the tokenizer, and is left to it


class WordPieces:
    """Not safe for threads: callers hold a lock."""

    def __init__(self, backend: Any, first: int, last: int) -> None:
        self._backend = backend
        self._first, self._last = first, last  # the special tokens around every text
        self._known: dict[str, list[int]] = {"": []}

    def ids(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Of each text with its special tokens, cut at the end to `max_tokens`."""
        known = self._learnt(split := [_SPACE.sub(" ", text).split(" ") for text in texts])
        pieces = (islice(chain.from_iterable(map(known.__getitem__, words)), max_tokens - 2) for words in split)
        return [[self._first, *its, self._last] for its in pieces]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens, special tokens left out."""
        known = self._learnt(split := [_SPACE.sub(" ", text).split(" ") for text in texts])
        return [sum(map(len, map(known.__getitem__, words))) for words in split]

    def _learnt(self, split: Sequence[Sequence[str]]) -> dict[str, list[int]]:
        if len(self._known) > WORDS:
            self._known = {"": []}
        new = list(set(chain.from_iterable(split)).difference(self._known))
        if new:
            found = self._backend.encode_batch_fast(new, add_special_tokens=False)
            self._known |= {word: encoding.ids for word, encoding in zip(new, found, strict=True)}
        return self._known


def word_pieces(tokenizer: Any) -> WordPieces | None:
    """For a transformers tokenizer whose white space always parts tokens, and that puts one token before and one after."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    parts = json.loads(backend.to_str())
    kinds = [(parts[name] or {}).get("type") for name in ("normalizer", "pre_tokenizer", "model")]
    if kinds != ["BertNormalizer", "BertPreTokenizer", "WordPiece"]:
        return None
    backend.no_truncation()
    backend.no_padding()
    frame = backend.encode("").ids
    return WordPieces(backend, *frame) if len(frame) == 2 else None

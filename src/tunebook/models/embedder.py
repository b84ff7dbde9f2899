"""Embeds texts with a sentence encoder in process (transformers), pooled as its folder says and normalised.

    LocalEmbedder.load("starter", 8192).embed(["The Wren weighs 12 kg."])          →  float32 (1, 384), unit length
    LocalEmbedder.load("starter", 8192).embed_queries(["How heavy is the Wren?"])  →  the same, behind the query's prompt

Texts are sorted by length and batched by a token budget, so that almost nothing is padding; in bf16 where the
processor has it, and there a batch a core.  Mean pooling over the last layer is what the starter was trained with
(Reimers & Gurevych, arXiv:1908.10084); `encoding` reads what others were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tunebook.models import cores
from tunebook.models.batches import batch_ids
from tunebook.models.device import Placement, choose, fitting, loading, prepare
from tunebook.models.encoding import Encoding, Pooling, encoding
from tunebook.models.quick import quicken
from tunebook.models.starter import named_folder
from tunebook.models.tokenizer import LOCAL, plain_tokenizer, token_counts
from tunebook.models.wordpieces import word_pieces

Reduced = TypeVar("Reduced")


class LocalEmbedder:
    """An encoder held in memory."""

    def __init__(self, name: str, model: Any, tokenizer: Any, batch_tokens: int, made: Encoding) -> None:
        self.name = name
        self.encoding = made
        self._model = model
        self._tokenizer = tokenizer
        self._pieces = word_pieces(tokenizer)
        self._tokenizing = Lock()  # a tokenizer is changed by being told to truncate
        self._batch_tokens = batch_tokens
        self._around = _special_tokens(tokenizer)

    @classmethod
    def load(
        cls,
        name: str,
        batch_tokens: int,
        device: str = "auto",
        dtype: str = "auto",
        prompts: tuple[str | None, str | None] = (None, None),
    ) -> LocalEmbedder:
        """Loads `starter` or a folder; `dtype` as `choose` has it.  Raises BadModel when there is no encoder.

        `prompts`, before a query and before a passage, are those of the folder where they are None.
        """
        prepare()
        made = encoding_of(name, *prompts)
        model, tokenizer = encoder(name, choose(device, dtype))
        return cls.of(name, model, tokenizer, batch_tokens, made)

    @classmethod
    def of(cls, name: str, model: Any, tokenizer: Any, batch_tokens: int, made: Encoding) -> LocalEmbedder:
        """Takes the model over: from now on it embeds, and is not trained any more."""
        model.eval()
        if model.device.type == "cpu":
            quicken(model)
        return cls(name, model, tokenizer, batch_tokens, made)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages, float32 (len(texts), dim); a text past the encoder's window is cut."""
        return self._embed([self.encoding.passage_prompt + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, float32 (len(texts), dim)."""
        return self._embed([self.encoding.query_prompt + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        def pool(hidden: Any, mask: Any) -> NDArray[np.float32]:
            unit: NDArray[np.float32] = pooled(hidden, mask, self.encoding.pooling).cpu().numpy()
            return unit

        vectors = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for batch, rows in self._encoded(texts, pool):
            vectors[batch] = rows
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of each text's tokens, float32 (tokens, dim), special ones left out; a zero row for no token."""
        import torch

        none = np.zeros((1, self._model.config.hidden_size), dtype=np.float32)
        before, after = self._around

        def words(hidden: Any, mask: Any) -> list[NDArray[np.float32]]:
            unit = torch.nn.functional.normalize(hidden, dim=2).cpu().numpy()
            ends = (mask.sum(1) - after).tolist()
            return [row[before:end] if end > before else none for row, end in zip(unit, ends, strict=True)]

        vectors = [none] * len(texts)
        for batch, found in self._encoded(texts, words):
            for index, its in zip(batch, found, strict=True):
                vectors[index] = its
        return vectors

    def _encoded(
        self, texts: Sequence[str], reduce: Callable[[Any, Any], Reduced]
    ) -> Iterator[tuple[list[int], Reduced]]:
        """In batches: indices, and what `reduce` makes of the last layer, float32 (batch, tokens, dim), and the mask."""
        encoded = self._encode(texts)
        lengths = [len(ids) for ids in encoded]
        device = self._model.device

        def work(batch: list[int]) -> Reduced:
            import torch

            ids = batch_ids([encoded[index] for index in batch], device)  # (batch, tokens)
            mask = batch_ids([[1] * lengths[index] for index in batch], device)
            with fitting(device), torch.inference_mode():
                return reduce(self._model(input_ids=ids, attention_mask=mask).last_hidden_state.float(), mask)

        return cores.in_batches(work, lengths, self._batch_tokens, device)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._tokenizing:
            return self._pieces.counts(texts) if self._pieces else token_counts(self._tokenizer, texts)

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text with its special ones, cut to the encoder's window."""
        with self._tokenizing:
            if self._pieces:
                return self._pieces.ids(texts, self.encoding.window)
            told: Any = {"truncation": True, "max_length": self.encoding.window}
            ids: list[list[int]] = self._tokenizer(list(texts), **told)["input_ids"] if texts else []
            return [its or [self._tokenizer.eos_token_id or 0] for its in ids]


def encoding_of(name: str, query_prompt: str | None = None, passage_prompt: str | None = None) -> Encoding:
    """What the folder of `starter` or of another encoder says, but for the prompts that are given."""
    made = encoding(named_folder("embedder.name", name, "embedder"))
    return replace(
        made,
        query_prompt=made.query_prompt if query_prompt is None else query_prompt,
        passage_prompt=made.passage_prompt if passage_prompt is None else passage_prompt,
    )


def encoder(name: str, placement: Placement) -> tuple[Any, Any]:
    """The plain model, there and in that type, and its tokenizer.  Raises BadModel when there is no encoder."""
    folder = named_folder("embedder.name", name, "embedder")
    from transformers import AutoModel

    with loading(folder, "a model"):
        model = AutoModel.from_pretrained(folder, **LOCAL, dtype=placement.torch_dtype)
        tokenizer = plain_tokenizer(folder)
    with fitting(placement.device):
        return model.to(placement.device), tokenizer


def pooled(hidden: Any, mask: Any, pooling: Pooling = "mean") -> Any:
    """The last layer (batch, tokens, dim) and its mask (batch, tokens) → unit vectors (batch, dim).

    The mean of the tokens, the first one (`cls`), or the last one that is no padding; padding stands behind.
    """
    import torch

    if pooling == "cls":
        chosen = hidden[:, 0]
    elif pooling == "lasttoken":
        chosen = hidden[torch.arange(len(hidden), device=hidden.device), mask.sum(1) - 1]
    else:
        chosen = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return torch.nn.functional.normalize(chosen, dim=1)


def _special_tokens(tokenizer: Any) -> tuple[int, int]:
    """How many the tokenizer puts before a text, and how many behind it."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    before = next((place for place, id in enumerate(whole) if id == bare[0]), 0) if bare else 0
    return before, len(whole) - before - len(bare)

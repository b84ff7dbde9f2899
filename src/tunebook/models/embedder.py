"""Embeds texts with a sentence encoder in process (transformers), mean-pooled and normalised.

    LocalEmbedder.load("starter", 8192).embed(["How heavy is the Wren?"])   →  float32 (1, 384), unit length

Texts are sorted by length and batched by a token budget, so that almost nothing is padding; in bf16 where the
processor has it, and there a batch a core.  Mean pooling over the last layer is what the starter was trained with
(Reimers & Gurevych, arXiv:1908.10084).  Encoders that want another pooling or a prompt are left out until one is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import BadModel, first_line
from tunebook.models import cores
from tunebook.models.batches import batch_ids, by_tokens
from tunebook.models.device import Placement, choose, fitting, prepare
from tunebook.models.quick import quicken
from tunebook.models.starter import named_folder
from tunebook.models.tokenizer import token_counts
from tunebook.models.wordpieces import word_pieces

Reduced = TypeVar("Reduced")


class LocalEmbedder:
    """An encoder held in memory."""

    def __init__(self, name: str, model: Any, tokenizer: Any, batch_tokens: int) -> None:
        self.name = name
        self._model = model
        self._tokenizer = tokenizer
        self._pieces = word_pieces(tokenizer)
        self._tokenizing = Lock()  # a tokenizer is changed by being told to truncate
        self._batch_tokens = batch_tokens
        self.max_tokens = window(model)

    @classmethod
    def load(cls, name: str, batch_tokens: int, device: str = "auto", dtype: str = "auto") -> LocalEmbedder:
        """Loads `starter` or a folder; `dtype` as `choose` has it.  Raises BadModel when there is no encoder."""
        prepare()
        placement = choose(device, dtype)
        model, tokenizer = encoder(name, placement)
        return cls.of(name, model, tokenizer, batch_tokens)

    @classmethod
    def of(cls, name: str, model: Any, tokenizer: Any, batch_tokens: int) -> LocalEmbedder:
        """Takes the model over: from now on it embeds, and is not trained any more."""
        model.eval()
        if model.device.type == "cpu":
            quicken(model)
        return cls(name, model, tokenizer, batch_tokens)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 (len(texts), dim); a text past the encoder's window is cut."""

        def pool(hidden: Any, mask: Any) -> NDArray[np.float32]:
            unit: NDArray[np.float32] = pooled(hidden, mask).cpu().numpy()
            return unit

        vectors = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for batch, rows in self._encoded(texts, pool):
            vectors[batch] = rows
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of each text's tokens, float32 (tokens, dim), special ones left out; a zero row for no token."""
        import torch

        none = np.zeros((1, self._model.config.hidden_size), dtype=np.float32)

        def words(hidden: Any, mask: Any) -> list[NDArray[np.float32]]:
            unit = torch.nn.functional.normalize(hidden, dim=2).cpu().numpy()
            ends = (mask.sum(1) - 1).tolist()  # the first and the last token mark beginning and end
            return [row[1:end] if end > 1 else none for row, end in zip(unit, ends, strict=True)]

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

        if device.type != "cpu":
            batches = list(by_tokens(lengths, self._batch_tokens))
            return zip(batches, map(work, batches), strict=True)
        share = -(-sum(lengths) // cores.count())  # a batch for each core, be there ever so few texts
        batches = list(by_tokens(lengths, min(self._batch_tokens, share)))
        return zip(batches, cores.side_by_side(work, batches), strict=True)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._tokenizing:
            return self._pieces.counts(texts) if self._pieces else token_counts(self._tokenizer, texts)

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text with its special ones, cut to the encoder's window."""
        with self._tokenizing:
            if self._pieces:
                return self._pieces.ids(texts, self.max_tokens)
            told: Any = {"truncation": True, "max_length": self.max_tokens}
            ids: list[list[int]] = self._tokenizer(list(texts), **told)["input_ids"] if texts else []
            return ids


def encoder(name: str, placement: Placement) -> tuple[Any, Any]:
    """The plain model, there and in that type, and its tokenizer.  Raises BadModel when there is no encoder."""
    folder = named_folder("embedder.name", name, "embedder")
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=placement.torch_dtype)
    except (OSError, ValueError, KeyError) as error:
        raise BadModel(
            f"{folder}: not a model that can be loaded: {first_line(error)}", "is the folder whole?"
        ) from error
    with fitting(placement.device):
        return model.to(placement.device), tokenizer


def pooled(hidden: Any, mask: Any) -> Any:
    """The last layer (batch, tokens, dim) and its mask (batch, tokens) → unit vectors (batch, dim): the tokens' mean."""
    import torch

    mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return torch.nn.functional.normalize(mean, dim=1)


def window(model: Any) -> int:
    """Tokens of a text that an encoder reads, special ones and all."""
    return min(int(model.config.max_position_embeddings), 512)

"""Embeds texts with a sentence encoder in process (transformers), mean-pooled and normalised.

    LocalEmbedder.load("starter", 8192).embed(["How heavy is the Wren?"])   →  float32 (1, 384), unit length

Texts are sorted by length and batched by a token budget, so that almost nothing is padding; in bf16 where the
processor has it.  Mean pooling over the last layer is what the starter was trained with (Reimers & Gurevych,
arXiv:1908.10084).  Encoders that want another pooling or a prompt are left out until one is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import BadModel
from tunebook.models.batches import by_tokens
from tunebook.models.device import choose, prepare
from tunebook.models.starter import starter_folder


class LocalEmbedder:
    """An encoder held in memory."""

    def __init__(self, name: str, model: Any, tokenizer: Any, batch_tokens: int) -> None:
        self.name = name
        self._model = model
        self._tokenizer = tokenizer
        self._tokenizing = Lock()
        self._batch_tokens = batch_tokens
        self.max_tokens: int = min(model.config.max_position_embeddings, 512)

    @classmethod
    def load(cls, name: str, batch_tokens: int, device: str = "auto") -> LocalEmbedder:
        """Loads `starter` or a folder.  Raises BadModel when there is no encoder."""
        folder = starter_folder("embedder") if name == "starter" else Path(name).expanduser()
        if not (folder / "config.json").is_file():
            raise BadModel(
                f"embedder.name = {name!r}: no model folder", 'name a folder with a config.json, or "starter"'
            )
        prepare()
        from transformers import AutoModel, AutoTokenizer

        placement = choose(device)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=placement.torch_dtype)
        except (OSError, ValueError, KeyError) as error:
            raise BadModel(
                f"{folder}: not a model that can be loaded: {_first_line(error)}", "is the folder whole?"
            ) from error
        return cls(name, model.to(placement.device).eval(), tokenizer, batch_tokens)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 (len(texts), dim); a text past the encoder's window is cut."""
        import torch

        vectors = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for batch, hidden, mask in self._hidden(texts):
            pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)  # (batch, dim)
            vectors[batch] = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy()
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of each text's tokens, float32 (tokens, dim), special ones left out; a zero row for no token."""
        import torch

        dim = self._model.config.hidden_size
        vectors: list[NDArray[np.float32]] = [np.zeros((1, dim), dtype=np.float32)] * len(texts)
        for batch, hidden, mask in self._hidden(texts):
            unit = torch.nn.functional.normalize(hidden, dim=2).cpu().numpy()
            for index, row, length in zip(batch, unit, mask.sum(1).tolist(), strict=True):
                if length > 2:
                    vectors[index] = row[1 : length - 1]  # without the marks of beginning and end
        return vectors

    def _hidden(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Any, Any]]:
        """In batches: indices, last layer (batch, tokens, dim) in float32, mask (batch, tokens)."""
        import torch

        encoded = self._encode(texts, truncation=True, max_length=self.max_tokens)
        for batch in by_tokens([len(ids) for ids in encoded], self._batch_tokens):
            longest = max(len(encoded[index]) for index in batch)
            ids = torch.zeros(len(batch), longest, dtype=torch.long)  # (batch, tokens)
            mask = torch.zeros(len(batch), longest, dtype=torch.long)
            for row, index in enumerate(batch):
                ids[row, : len(encoded[index])] = torch.tensor(encoded[index])
                mask[row, : len(encoded[index])] = 1
            ids, mask = ids.to(self._model.device), mask.to(self._model.device)
            with torch.inference_mode():
                hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            yield batch, hidden.float(), mask

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._encode(texts, add_special_tokens=False, verbose=False)]

    def _encode(self, texts: Sequence[str], **how: Any) -> list[list[int]]:
        """Token ids of each text; one thread at a time, for a tokenizer is changed by being told to truncate."""
        with self._tokenizing:
            ids: list[list[int]] = self._tokenizer(list(texts), **how)["input_ids"] if texts else []
            return ids


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

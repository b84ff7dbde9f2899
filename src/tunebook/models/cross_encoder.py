"""Reads a query and a text together with a cross-encoder in process (transformers): bge-reranker, ms-marco-MiniLM, their like.

    CrossEncoder.load("/models/bge-reranker-base", 2048).scores(["how heavy is it"], [["It weighs 12 kg.", "It is red."]])

    score(q, p) = 1 / (1 + exp(-logit([CLS] q [SEP] p [SEP])))                      one output, as a probability

It is what TEI, vLLM and Infinity send of the same weights.  Pairs are sorted by length and batched as an embedder's texts are
(Nogueira & Cho 2019, arXiv:1901.04085, read BERT's so).  A text past the encoder's window is cut, the query is not, or only
past half of it.  Left out on purpose: rerankers that are chat models, or that ask for a prompt; an endpoint can serve them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.errors import BadModel
from tunebook.models import cores
from tunebook.models.batches import batch_ids
from tunebook.models.device import Placement, choose, fitting, loading, prepare
from tunebook.models.encoding import positions
from tunebook.models.quick import quicken
from tunebook.models.starter import named_folder
from tunebook.models.tokenizer import LOCAL, plain_tokenizer

KIND = "ForSequenceClassification"
WANTED = "name a cross-encoder, a sequence classifier with one output such as bge-reranker or ms-marco-MiniLM"


class CrossEncoder:
    """A cross-encoder held in memory; safe to share between threads."""

    def __init__(self, name: str, model: Any, tokenizer: Any, window: int, batch_tokens: int) -> None:
        self.name = name
        self._model = model
        self._tokenizer = tokenizer
        self._tokenizing = Lock()  # a tokenizer is changed by being told to truncate
        self._window = window
        self._batch_tokens = batch_tokens

    @classmethod
    def load(cls, name: str, batch_tokens: int, device: str = "auto", dtype: str = "auto") -> CrossEncoder:
        """Loads a folder; `dtype` as `choose` has it.  Raises BadModel when it holds no cross-encoder."""
        folder = named_folder("reranker.name", name, "embedder")
        prepare()
        model, tokenizer = _loaded(folder, choose(device, dtype))
        model.eval()
        if model.device.type == "cpu":
            quicken(model)
        window = min(positions(folder), tokenizer.model_max_length)
        return cls(name, model, tokenizer, window, batch_tokens)

    def scores(self, queries: Sequence[str], texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """For each query the probability that each of its texts answers it, float32 (its texts,)."""
        import torch

        encoded = self._encoded(queries, texts)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        device = self._model.device

        def work(batch: list[int]) -> NDArray[np.float32]:
            rows = {
                name: batch_ids([its[index] for index in batch], device, self._padding(name))  # (batch, tokens)
                for name, its in encoded.items()
            }
            with fitting(device), torch.inference_mode():
                logits = self._model(**rows).logits  # (batch, 1)
            found: NDArray[np.float32] = torch.sigmoid(logits[:, 0].float()).cpu().numpy()
            return found

        scores = np.zeros(len(lengths), np.float32)
        for batch, its in cores.in_batches(work, lengths, self._batch_tokens, device):
            scores[batch] = its
        ends = np.cumsum([len(its) for its in texts])
        return [scores[end - len(its) : end] for end, its in zip(ends, texts, strict=True)]

    def _encoded(self, queries: Sequence[str], texts: Sequence[Sequence[str]]) -> dict[str, list[list[int]]]:
        """What the model takes of each pair: its input ids, its mask, and what else its tokenizer makes."""
        with self._tokenizing:
            asked = [self._cut(query) for query in queries]
            pairs = [(query, text) for query, its in zip(asked, texts, strict=True) for text in its]
            if not pairs:
                return {"input_ids": []}
            first, second = map(list, zip(*pairs, strict=True))
            told: Any = {"truncation": "only_second", "max_length": self._window}
            return dict(self._tokenizer(first, second, **told))

    def _cut(self, query: str) -> str:
        """To half of the window, so that there is room for a text."""
        ids = self._tokenizer(query, add_special_tokens=False, verbose=False)["input_ids"]
        most = self._window // 2
        return query if len(ids) <= most else str(self._tokenizer.decode(ids[:most]))

    def _padding(self, name: str) -> int:
        return int(self._tokenizer.pad_token_id or 0) if name == "input_ids" else 0


def _loaded(folder: Path, placement: Placement) -> tuple[Any, Any]:
    """The model, there and in that type, and its tokenizer.  A folder of anything else would be given weights by chance."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with loading(folder, "a cross-encoder"):
        config = AutoConfig.from_pretrained(folder, **LOCAL)
        kind = (getattr(config, "architectures", None) or ["a model of no kind"])[0]
        if not kind.endswith(KIND):
            raise BadModel(f"{folder}: {kind} gives no score for two texts", WANTED)
        if config.num_labels != 1:
            raise BadModel(f"{folder}: it has {config.num_labels} outputs, and a cross-encoder has one", WANTED)
        tokenizer = plain_tokenizer(folder)
        model, found = AutoModelForSequenceClassification.from_pretrained(
            folder, **LOCAL, dtype=placement.torch_dtype, output_loading_info=True
        )
    if missing := sorted(found["missing_keys"]):
        raise BadModel(f"{folder}: its weights lack {missing[0]}", "is the folder whole?")
    with fitting(placement.device):
        return model.to(placement.device), tokenizer

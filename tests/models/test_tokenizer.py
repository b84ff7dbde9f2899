"""Counting tokens with a tokenizer that has a Rust part, and with one that has none."""

from types import SimpleNamespace
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers

from tunebook.models.device import give_back
from tunebook.models.tokenizer import token_counts

TEXTS = ["a b", "", "a b a"]


def rust() -> Any:
    backend = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.enable_truncation(1)
    backend.enable_padding(length=9)
    return SimpleNamespace(backend_tokenizer=backend)


class Python:
    def __call__(self, texts: list[str], **how: Any) -> dict[str, list[list[int]]]:
        assert not how["add_special_tokens"]
        return {"input_ids": [[0] * len(text.split()) for text in texts]}


def test_nothing_is_cut_or_filled_up():
    assert token_counts(rust(), TEXTS) == [2, 0, 3]
    assert token_counts(Python(), TEXTS) == [2, 0, 3]
    assert token_counts(Python(), []) == []


def test_memory_is_given_back_on_any_system(monkeypatch):
    give_back()
    monkeypatch.setattr("sys.platform", "darwin")
    give_back()

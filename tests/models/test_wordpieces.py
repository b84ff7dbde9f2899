"""The memory of words against the tokenizer itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from tunebook.models import wordpieces
from tunebook.models.wordpieces import word_pieces

VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", *"abcde0123.,!ßé日", "##a", "##b", "##1", "ab", "##cd", "wren"]


class Plain:
    def __init__(self) -> None:
        ids = {piece: number for number, piece in enumerate(VOCABULARY)}
        self.backend_tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
        self.backend_tokenizer.normalizer = normalizers.BertNormalizer()
        self.backend_tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )


PIECES = st.sampled_from(
    [*"abcde01.,!ßé日 \n\t\r", "\u00a0", "\u2028", "\x1c", "\x85", "\u200b", "wren ", "[SEP]", "x" * 120]
)


@settings(max_examples=300)
@given(st.lists(st.lists(PIECES, max_size=20).map("".join), max_size=4), st.integers(3, 12))
def test_same_ids_as_the_tokenizer(texts: list[str], limit: int) -> None:
    pieces, backend = word_pieces(Plain()), Plain().backend_tokenizer
    assert pieces
    assert pieces.counts(texts) == [len(backend.encode(text, add_special_tokens=False)) for text in texts]
    backend.enable_truncation(limit)
    assert pieces.ids(texts, limit) == [backend.encode(text).ids for text in texts]


def test_the_memory_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpieces, "WORDS", 2)
    pieces = word_pieces(Plain())
    assert pieces
    assert [pieces.counts([text]) for text in ("ab wren ab", "a b c d", "ab wren")] == [[3], [4], [2]]


def test_other_tokenizers_have_none() -> None:
    other = Plain()
    other.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    assert word_pieces(other) is None
    framed = Plain()
    framed.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] [CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    assert word_pieces(framed) is None
    assert word_pieces(object()) is None

"""Streamed pieces: together they are the answer, whatever the tokens were cut through."""

from __future__ import annotations

import pytest
from helpers import user
from hypothesis import given
from hypothesis import strategies as st

from tunebook.models import FakeChatModel, Request, TextStream


def decode(tokens: list[int]) -> str:
    return bytes(tokens).decode("utf-8", errors="replace")


@given(st.text(max_size=40))
def test_pieces_of_bytes_make_the_stripped_text(text: str):
    raw, pieces = list(text.encode()), []
    stream = TextStream(decode, pieces.append)
    for end in range(1, len(raw) + 1):
        stream.put(raw[:end], last=end == len(raw))
    assert "".join(pieces) == text.strip()


def test_a_listener_that_wants_no_more_is_heard():
    stream = TextStream("".join, lambda piece: False)
    assert stream.put(["12"]) is False


@pytest.mark.model
def test_the_model_streams_what_it_answers():
    from tunebook.models.local import LocalChatModel

    chat = LocalChatModel.load("starter")
    pieces: list[str] = []
    ((_, answer),) = chat.generate([Request(user("Name three fruits."), 24, pieces.append)])
    assert "".join(pieces) == answer.text
    assert len(pieces) > 3
    ((_, cut),) = chat.generate([Request(user("Name three fruits."), 24, lambda piece: False)])
    assert 0 < cut.completion_tokens < answer.completion_tokens


def test_a_fake_streams_too():
    pieces: list[str] = []
    list(FakeChatModel(lambda request: "It carries 12 kg.").generate([Request(user("?"), 8, pieces.append)]))
    assert pieces == ["It ", "carries ", "12 ", "kg."]

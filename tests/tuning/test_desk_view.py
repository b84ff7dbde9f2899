"""A row as the model sees it: the same ids as training, told apart into masked and learnt."""

from __future__ import annotations

import pytest
from helpers import user

from tunebook.models.tokenizer import ChatTokenizer, model_folder
from tunebook.tuning.encoded import encode
from tunebook.tuning.trainingset import TrainingRow
from tunebook.tuning.view import view


@pytest.mark.model
@pytest.mark.parametrize("said", ["It is 12 kg.", "Größe 👍🏽, 日本語.", '{"a": 1}\n'])
def test_the_view_is_what_training_encodes(said: str) -> None:
    tokenizer = ChatTokenizer.load(model_folder("starter"), "starter").plain
    row = TrainingRow("e1", user("How heavy?\nThe Wren, naïvely 🚲"), said, "e1")
    tokens, encoded = view(tokenizer, row), encode(tokenizer, row)
    assert [token.id for token in tokens] == encoded.ids
    assert [token.learnt for token in tokens] == [place >= encoded.start for place in range(len(encoded.ids))]
    assert "".join(token.text for token in tokens if token.learnt) == said + "<|im_end|>"
    assert "How heavy?\nThe Wren, naïvely 🚲" in "".join(token.text for token in tokens if not token.learnt)
    assert (tokens[-1].text, tokens[-1].id) == ("<|im_end|>", tokenizer.eos_token_id)

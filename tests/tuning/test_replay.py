"""Replay: the base model's own answers, given once, as rows that are learnt."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import CountingModel, user
from tiny import Letters, tiny_llama

from tunebook.models import Request, Sampling
from tunebook.tuning.replay import count_for, prompts, replay_rows


def test_the_prompts_are_many_and_none_comes_twice():
    assert len(prompts()) == len(set(prompts())) == 128
    assert all(prompt.strip() == prompt and prompt for prompt in prompts())


def test_the_share_is_of_all_rows():
    assert count_for(0.0, 90) == 0
    assert count_for(0.1, 90) == 10
    assert count_for(0.5, 90) == 90


def test_rows_are_the_models_own_answers_asked_for_once(tmp_path):
    model = CountingModel(lambda request: f"about {request.messages[-1]['content']}")
    cache = tmp_path / "replay" / "a.jsonl"
    rows = replay_rows(model.generate, 200, 0, cache)
    assert replay_rows(model.generate, 200, 0, cache) == rows
    assert model.adapters == [None], "one call, without an adapter"
    assert len({row.id for row in rows}) == len({row.group for row in rows}) == 200
    assert all(row.replayed and row.completion == f"about {row.messages[0]['content']}" for row in rows)
    assert {row.completion for row in rows[:128]} == {f"about {prompt}" for prompt in prompts()}
    assert [row.completion for row in replay_rows(model.generate, 9, 1, cache)] != [row.completion for row in rows[:9]]


@pytest.mark.parametrize("odd", ["\u2028", "\x85", "\n"])
def test_answers_of_any_letters_are_kept(odd, tmp_path):
    model = CountingModel(lambda request: f"one{odd}two")
    for _ in range(2):
        replay_rows(model.generate, 9, 0, tmp_path / "a.jsonl")
    assert len(model.adapters) == 1


class Numbers(Letters):
    """Letters whose answers are shown as token numbers."""

    def decode(self, ids: list[int], **_: Any) -> str:
        return " ".join(map(str, ids))


def test_answers_are_drawn_from_the_models_distribution():
    torch = pytest.importorskip("torch")
    from tunebook.models.local import LocalChatModel
    from tunebook.models.tokenizer import ChatTokenizer

    model = tiny_llama()
    model.get_output_embeddings().weight.data *= 40  # far from uniform
    local = LocalChatModel("tiny", model, ChatTokenizer(Numbers(), (1,), 128, "tiny"))

    def said(first: int | None) -> list[str]:
        how = [None if first is None else Sampling(seed=first + number) for number in range(600)]
        found = dict(local.generate([Request(user("hi"), 1, sampling=one) for one in how]))
        return [found[number].text for number in range(600)]

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([Letters()("hi:")["input_ids"]])).logits[0, -1]
    likely = logits.softmax(-1)
    counts = torch.zeros_like(likely)
    for text in said(0):
        counts[int(text or 1)] += 1
    assert float((counts / 600 - likely).abs().sum()) < 0.25
    assert said(0) == said(0) != said(600)
    assert set(said(None)) == {str(int(likely.argmax()))}

"""Replay: the base model's own answers, given once, as rows that are learnt."""

from __future__ import annotations

from helpers import CountingModel

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

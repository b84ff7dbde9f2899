"""A tiny random Llama with a tokenizer of letters, and rows to train it on: what the tests of training share."""

from __future__ import annotations

from typing import Any

from helpers import user

from tunebook.settings import TuningSettings
from tunebook.tuning.train import train
from tunebook.tuning.trainingset import TrainingRow

VOCABULARY = 97
SETTINGS = TuningSettings(rank=4, epochs=4, batch_tokens=64, learning_rate=5e-3, validation_share=0.2)


class Letters:
    """A tokenizer of one token a character."""

    eos_token_id = 1

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [2 + ord(char) % (VOCABULARY - 2) for char in text]}

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(chr(id) for id in ids)

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> list[int]:
        return self("\n".join(message["content"] for message in messages) + ":")["input_ids"]


def tiny_llama(seed: int = 0) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
    )
    return LlamaForCausalLM(config).float().eval()


def rows_of(count: int) -> list[TrainingRow]:
    return [
        TrainingRow(str(n), user("q" * (5 + n % 7) + str(n)), f"answer {n}", group=f"g{n // 2}") for n in range(count)
    ]


def run(folder: Any, settings: TuningSettings = SETTINGS, stop_at: int | None = None, rows: int = 24) -> Any:
    """Trains a new copy of the tiny model; KeyboardInterrupt out of `say` at step `stop_at`."""

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        if step == stop_at:
            raise KeyboardInterrupt

    return train(tiny_llama(), Letters(), rows_of(rows), folder, settings, say)

"""The chat model in process against transformers' own generate, and its adapters against the model as it came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import user

from tunebook.errors import BadInput, BadModel
from tunebook.models import Request, Sampling
from tunebook.models.local import LocalChatModel
from tunebook.settings import TuningSettings
from tunebook.tuning.train import train
from tunebook.tuning.trainingset import TrainingRow

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's business
QUESTIONS = (
    "What is the capital of France?",
    "Write one sentence about a small blue boat on a lake in autumn, and why nobody rows it any more.",
    "2 + 2 =",
    "Name three fruits, separated by commas. " + "Do not add anything else. " * 12,
)
REQUESTS = [Request(user(question), 16) for question in QUESTIONS]
SHORT = [Request(user(question), 8) for question in (QUESTIONS[0], QUESTIONS[2])]


@pytest.fixture(scope="module")
def chat() -> LocalChatModel:
    return LocalChatModel.load("starter", dtype="float32")


def texts(chat: LocalChatModel, adapter: Path | None = None) -> list[str]:
    found = dict(chat.generate(SHORT, adapter))
    return [found[index].text for index in range(len(SHORT))]


def written_ids(chat: LocalChatModel, requests: list[Request], monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The token ids of each answer, as they reach the tokenizer."""
    decoded: list[list[int]] = []
    decode = chat.tokenizer.decode
    with monkeypatch.context() as patch:
        patch.setattr(chat.tokenizer, "decode", lambda ids, **how: decoded.append(list(ids)) or decode(ids, **how))
        order = [index for index, _ in chat.generate(requests)]
    return [ids for _, ids in sorted(zip(order, decoded, strict=True))]


def reference(chat: LocalChatModel, request: Request) -> list[int]:
    """transformers' greedy generate, the end-of-turn token taken off."""
    import torch

    ids = torch.tensor([chat.tokens.encode(request.messages)])
    limit = request.max_new_tokens
    with torch.inference_mode():
        out = chat.model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit)
    return [token for token in out[0, ids.shape[1] :].tolist() if token != chat.tokenizer.eos_token_id]


@pytest.mark.model
def test_a_seed_draws_and_the_same_seed_draws_the_same(chat):
    def drawn(sampling: Sampling | None) -> list[str]:
        found = dict(chat.generate([replace(request, sampling=sampling) for request in SHORT]))
        return [found[index].text for index in range(len(SHORT))]

    assert drawn(Sampling(seed=1)) == drawn(Sampling(seed=1))
    assert len({tuple(drawn(how)) for how in (None, Sampling(seed=1), Sampling(seed=2))}) == 3
    assert drawn(Sampling(temperature=1e-3)) == drawn(Sampling(top_p=1e-6)) == drawn(None)


@pytest.mark.model
def test_greedy_tokens_are_those_of_transformers_in_a_batch_and_alone(chat, monkeypatch):
    wanted = [reference(chat, request) for request in REQUESTS]
    assert written_ids(chat, REQUESTS, monkeypatch) == wanted
    assert [written_ids(chat, [request], monkeypatch)[0] for request in REQUESTS] == wanted
    assert {len(ids) for ids in wanted} != {16}, "one of them stops by itself"


@pytest.mark.model
def test_a_generation_says_what_it_read_and_wrote(chat):
    ((_, alone),) = chat.generate([Request(user(QUESTIONS[1]), 5)])
    assert (alone.completion_tokens, alone.finished) == (5, False)
    assert alone.prompt_tokens == len(chat.tokens.encode(user(QUESTIONS[1])))
    assert 0 < alone.first_token_seconds <= alone.seconds
    together = dict(chat.generate([Request(user("2 + 2 ="), limit) for limit in (1, 3)]))
    assert [together[n].completion_tokens for n in (0, 1)] == [1, 3]
    assert together[0].seconds is None
    assert list(chat.generate([])) == []


@pytest.mark.model
def test_a_generation_says_how_sure_its_words_were(chat):
    import torch

    ((_, alone),) = chat.generate([REQUESTS[2]])
    prompt = chat.tokens.encode(REQUESTS[2].messages)
    wanted = reference(chat, REQUESTS[2]) + ([chat.tokenizer.eos_token_id] if alone.finished else [])
    with torch.inference_mode():
        logits = chat.model(torch.tensor([prompt + wanted])).logits[0].log_softmax(-1)  # (tokens, vocabulary)
    sure = [logits[len(prompt) - 1 + place, token].item() for place, token in enumerate(wanted)]
    assert alone.mean_logprob == pytest.approx(sum(sure) / len(sure), abs=1e-4)


@pytest.mark.model
def test_adapters_are_switched_and_leave_the_model_as_it_came(chat, tmp_path):
    before = texts(chat)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, said in zip(folders, ("Ahoy!", "Nay, never."), strict=True):
        rows = [TrainingRow(str(n), request.messages, said, str(n)) for n, request in enumerate(SHORT)]
        settings = TuningSettings(rank=4, epochs=8, batch_tokens=512, learning_rate=4e-3, validation_share=0)
        train(chat.detached(), chat.tokenizer, rows, folder, settings, lambda *_: None)
        assert texts(chat) == before, "training brings its own adapter and takes it off again"
    assert texts(chat, folders[0]) == ["Ahoy!"] * 2
    assert texts(chat) == before
    assert texts(chat, folders[1]) == ["Nay, never."] * 2
    assert texts(chat, folders[0]) == ["Ahoy!"] * 2
    assert texts(chat) == before
    chat.detached()
    assert texts(chat) == before


@pytest.mark.model
def test_an_adapter_that_is_not_there_or_does_not_fit_is_told(chat, tmp_path):
    with pytest.raises(BadModel, match="no adapter there"):
        texts(chat, tmp_path / "none")
    before = texts(chat)
    with pytest.raises(BadModel, match="does not fit starter"):
        texts(chat, stranger(tmp_path / "stranger"))
    assert texts(chat) == before


def stranger(folder: Path) -> Path:
    """An adapter of a model of another size."""
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    model: Any = LlamaForCausalLM(LlamaConfig(vocab_size=97, **sizes))
    get_peft_model(model, LoraConfig(target_modules=["q_proj"], task_type="CAUSAL_LM")).save_pretrained(str(folder))
    return folder


@pytest.mark.model
def test_a_prompt_that_does_not_fit_is_refused_before_any_is_asked(chat):
    with pytest.raises(BadInput, match=f"do not fit into starter's {chat.window}"):
        next(chat.generate([*REQUESTS, Request(user("word " * chat.window))]))


@pytest.mark.parametrize("name", ["/nowhere", "."])
def test_a_name_that_is_no_model_is_told(name):
    with pytest.raises(BadModel, match="no model folder"):
        LocalChatModel.load(name)


def test_a_folder_that_holds_something_else_is_told(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"')
    with pytest.raises(BadModel, match="not a chat model that can be loaded"):
        LocalChatModel.load(str(tmp_path))


def test_the_starter_that_was_not_fetched_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path))
    with pytest.raises(BadModel, match="the starter chat model is not in") as caught:
        LocalChatModel.load("starter")
    assert caught.value.hint == "run: tunebook models get starter"

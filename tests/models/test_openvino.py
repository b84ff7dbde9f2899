"""The fast path against torch: in fp32 the same tokens, with and without an adapter, alone and together."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from helpers import user

from tunebook.errors import BadInput, BadModel
from tunebook.models import Generation, Request, Sampling
from tunebook.models.openvino import OpenVinoChatModel, _Pipeline, usable
from tunebook.models.starter import get_starters, starter_folder

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(find_spec("openvino_genai") is None, reason="the extra `fast` is not installed"),
]
QUESTIONS = (
    "What is the capital of France?",
    "Write one sentence about a small blue boat on a lake in autumn, and why nobody rows it any more.",
    "2 + 2 =",
    "Repeat after me: the crane at pier four lifts eleven tonnes, the crane at pier five lifts nine.",
)
REQUESTS = [Request(user(question), 16) for question in QUESTIONS]


def test_a_cache_that_cannot_be_written_to_leaves_it_to_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(starter_folder("chat"))
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path / "cache"))
    assert usable(folder, "cpu")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert not usable(folder, "cpu")


def test_getting_the_starter_writes_what_runs_from_a_read_only_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("chat", "embedder"):
        (tmp_path / f"starter-{kind}").symlink_to(starter_folder(kind))
    monkeypatch.setenv("TUNEBOOK_CACHE", str(tmp_path))
    said: list[str] = []
    get_starters(said.append)
    get_starters(said.append)
    assert len(said) == 1 and said[0].endswith("for the fast path")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert usable("starter", "cpu")


def answers(model: Any, adapter: Path | None = None) -> list[Generation]:
    found = dict(model.generate(REQUESTS, adapter))
    return [found[index] for index in range(len(REQUESTS))]


def texts(model: Any, adapter: Path | None = None) -> list[str]:
    return [answer.text for answer in answers(model, adapter)]


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return OpenVinoChatModel.load("starter", "float32")


@pytest.fixture(scope="module")
def torch_model() -> Any:
    from tunebook.models.local import LocalChatModel

    return LocalChatModel.load("starter", "cpu", "float32")


@pytest.fixture(scope="module")
def adapter(torch_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter on every linear layer, its B drawn at random so that it changes the answers."""
    import torch
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(1)
    tuned: Any = get_peft_model(torch_model.detached(), LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2)
    tuned.save_pretrained(folder)
    torch_model.model = tuned.unload()
    return folder


def test_in_fp32_the_tokens_are_those_of_torch(exact, torch_model):
    ours, theirs = answers(exact), answers(torch_model)
    assert [answer.text for answer in ours] == [answer.text for answer in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert (one.prompt_tokens, one.completion_tokens, one.finished) == (
            other.prompt_tokens,
            other.completion_tokens,
            other.finished,
        )
        assert one.mean_logprob == pytest.approx(other.mean_logprob, abs=1e-3)


def test_no_more_are_under_way_than_there_is_room_for(exact, monkeypatch):
    whole, pipeline, held = texts(exact), exact._pipeline(None, "together"), []
    begin = pipeline._begin

    def spied(waiting, open_jobs):
        begin(waiting, open_jobs)
        held.append([len(job.prompt) + job.request.max_new_tokens for job in open_jobs])

    monkeypatch.setattr(pipeline, "_begin", spied)
    monkeypatch.setattr(pipeline, "_batch_tokens", 150)
    assert texts(exact) == whole
    assert all(sum(tokens) <= 150 or len(tokens) == 1 for tokens in held)
    assert 1 < max(map(len, held)) < len(REQUESTS)


def test_alone_words_are_guessed_from_the_prompt_and_no_token_changes(exact, torch_model):
    for request, together in zip(REQUESTS, texts(torch_model), strict=True):
        ((_, alone),) = exact.generate([request])
        assert alone.text == together
        assert 0 < alone.first_token_seconds <= alone.seconds


def test_an_adapter_is_merged_and_says_what_it_says_in_torch(exact, torch_model, adapter):
    plain = texts(exact)
    merged, beside = texts(exact, adapter), texts(torch_model, adapter)
    assert merged != plain
    assert sum(one == other for one, other in zip(merged, beside, strict=True)) >= 3, (
        "merged weights are rounded to F16"
    )
    assert texts(exact) == plain
    assert len(list(adapter.glob("merged-*.gguf"))) == 1


def test_pieces_make_the_answer_and_a_listener_can_stop_it(exact):
    pieces: list[str] = []
    ((_, answer),) = exact.generate([Request(user(QUESTIONS[1]), 16, pieces.append)])
    assert "".join(pieces) == answer.text
    assert len(pieces) > 2
    ((_, cut),) = exact.generate([Request(user(QUESTIONS[1]), 16, lambda piece: False)])
    assert cut.completion_tokens < answer.completion_tokens
    assert texts(exact) == texts(exact), "the pipeline goes on working"


def test_threads_share_the_steps(exact):
    wanted, found = texts(exact), {}

    def ask(number: int) -> None:
        found[number] = dict(exact.generate(REQUESTS))[number].text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(REQUESTS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(len(REQUESTS))] == wanted


@pytest.mark.parametrize("architecture", ["Qwen2", "Qwen3"])
def test_other_architectures_too(tmp_path, architecture, monkeypatch):
    import torch
    import transformers

    from tunebook.models.local import LocalChatModel
    from tunebook.models.openvino import usable

    monkeypatch.setattr("tunebook.models.gguf.cache_folder", lambda: tmp_path / "cache")
    torch.manual_seed(0)
    sizes = {"hidden_size": 128, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4}
    more = {"num_key_value_heads": 2, "vocab_size": 49152, "max_position_embeddings": 512, "head_dim": 32}
    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    config = getattr(transformers, f"{architecture}Config")(**sizes, **more, **ends, tie_word_embeddings=False)
    getattr(transformers, f"{architecture}ForCausalLM")(config).save_pretrained(tmp_path)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(starter_folder("chat") / file, tmp_path)
    assert usable(str(tmp_path), "cpu")
    ours, theirs = (
        OpenVinoChatModel.load(str(tmp_path), "float32"),
        LocalChatModel.load(str(tmp_path), "cpu", "float32"),
    )
    assert texts(ours) == texts(theirs)


def test_a_new_pipeline_gives_back_what_making_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr("tunebook.models.openvino.give_back", lambda: given.append(1))
    model = OpenVinoChatModel.load("starter")
    for _ in range(2):
        dict(model.generate([Request(user("Hello"), 1)]))
    assert given == [1]


def test_nobody_is_told_that_it_runs(exact):
    answers(exact)
    assert "openvino_telemetry.backend" not in sys.modules


def test_what_does_not_fit_is_told(exact, tmp_path):
    with pytest.raises(BadModel, match="no adapter there"):
        texts(exact, tmp_path)
    with pytest.raises(BadInput, match="do not fit into starter's"):
        next(exact.generate([Request(user("word " * exact.window))]))
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LOHA"}')
    with pytest.raises(BadModel, match="neither LoRA nor DoRA"):
        texts(exact, tmp_path)


def test_words_are_drawn_by_seed(exact):
    def drawn(*seeds: int) -> list[str]:
        found = dict(exact.generate([Request(user(QUESTIONS[1]), 8, sampling=Sampling(seed=seed)) for seed in seeds]))
        return [found[index].text for index in range(len(seeds))]

    first, second, third = drawn(1, 1, 2)
    assert first == second != third
    assert drawn(1) == [first]


def test_an_answer_is_held_to_a_schema(exact):
    schema = {
        "type": "object",
        "properties": {"sum": {"enum": [3, 4]}},
        "required": ["sum"],
        "additionalProperties": False,
    }
    asked = [Request(user(QUESTIONS[2]), 24, schema=schema), Request(user(QUESTIONS[2]), 4)]
    found = dict(exact.generate(asked))
    assert json.loads(found[0].text)["sum"] in (3, 4)
    assert not found[1].text.startswith("{")


def test_a_schema_that_the_grammar_does_not_know_holds_up_nobody(exact):
    asked = [Request(user(QUESTIONS[2]), 4, schema={"type": "nonsense"}), Request(user(QUESTIONS[0]), 4)]
    assert [found.completion_tokens for _, found in sorted(exact.generate(asked), key=lambda pair: pair[0])] == [4, 4]


def test_an_interrupt_after_the_model_was_dropped_in_another_thread_is_an_interrupt():
    """OpenVINO unmaps the signal stack of the thread that loaded it: an interrupt there must not find it gone."""
    program = """
import gc, os, signal, threading, time
from tunebook.models import Request
from tunebook.models.openvino import OpenVinoChatModel

models = [OpenVinoChatModel.load("starter")]
next(iter(models[0].generate([Request(({"role": "user", "content": "Hello"},), 2)])))
dropping = threading.Thread(target=lambda: (models.clear(), gc.collect()))
dropping.start()
dropping.join()
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "interrupted"), done.stderr


def test_short_steps_let_other_threads_have_their_turns(exact, monkeypatch):
    """A step holds Python's lock, so where other threads wait its prompts are read bit by bit."""
    prompt = "The mill stands by the river and turns when the water is high. " * 24
    requests = [Request(user(f"{n} {prompt}"), 2) for n in range(2)]
    steps: list[int] = []
    step = _Pipeline._step
    monkeypatch.setattr(_Pipeline, "_step", lambda self: (steps.append(1), step(self))[1])

    def steps_of(model: OpenVinoChatModel) -> int:
        steps.clear()
        assert len(dict(model.generate(requests))) == 2
        return len(steps)

    tokens = sum(exact.count_tokens([prompt] * 2))
    assert steps_of(exact) < 6
    assert steps_of(OpenVinoChatModel.load(step_tokens=64)) > tokens / 64 > 6

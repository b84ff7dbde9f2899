"""Chat models of other architectures than the starter's: they answer as transformers' generate does, or are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from families import CHATML, GEMMA, PHI, THINKING, family, tiny, tokenizer
from helpers import user

from tunebook.errors import BadModel
from tunebook.models import Request
from tunebook.models.local import LocalChatModel
from tunebook.models.tokenizer import ChatTokenizer, answer_ids, end_of_turn, text_ids
from tunebook.models.weights import merged, weight_files

torch = pytest.importorskip("torch")
QUESTIONS = ("How heavy is it?", "Why?", "Name three fruits, and nothing else, please.")

FAMILIES: dict[str, dict[str, Any]] = {
    "Gemma2": {"head_dim": 8, "sliding_window": 16, "final_logit_softcapping": 3.0, "template": GEMMA},
    "Gemma3": {"head_dim": 8, "sliding_window": 16, "template": GEMMA},
    "Phi3": {"partial_rotary_factor": 0.5, "template": PHI},
    "Granite": {"logits_scaling": 8.0, "embedding_multiplier": 12.0, "residual_multiplier": 0.2},
    "Lfm2": {"full_attn_idxs": [1, 3], "block_auto_adjust_ff_dim": False},
    "Mixtral": {"num_local_experts": 4},
}


@pytest.mark.parametrize("architecture", FAMILIES)
def test_greedy_tokens_are_those_of_transformers_in_a_batch_and_alone(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LocalChatModel.load(str(family(tmp_path, architecture, **FAMILIES[architecture])), "cpu", "float32")
    monkeypatch.setattr(model.tokenizer, "decode", lambda ids, **_: " ".join(map(str, ids)))
    wanted = []
    for question in QUESTIONS:
        ids = torch.tensor([model.tokens.encode(user(question))])
        how: Any = {"do_sample": False, "max_new_tokens": 24, "eos_token_id": list(model.tokens.stop)}
        out = model.model.generate(ids, attention_mask=torch.ones_like(ids), **how)[0, ids.shape[1] :].tolist()
        wanted.append(model.tokens.decode([token for token in out if token not in model.tokens.stop]))
    asked = [
        Request(user(question), 24 - 3 * place) for place, question in enumerate(QUESTIONS)
    ]  # one leaves before another
    together = dict(model.generate(asked))
    for place, request in enumerate(asked):
        ((_, alone),) = model.generate([request])
        assert alone.text == together[place].text
        assert alone.text == " ".join(wanted[place].split()[: alone.completion_tokens]) and alone.completion_tokens > 8


@pytest.mark.parametrize(
    ("template", "end"),
    [(CHATML, "<|im_end|>"), (THINKING, "<|im_end|>"), (GEMMA, "<end_of_turn>"), (PHI, "<|end|>")],
)
def test_an_answer_ends_as_the_template_ends_it(template: str, end: str) -> None:
    plain = tokenizer(template)
    assert plain.convert_ids_to_tokens(end_of_turn(plain)) == end


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{{ m.content }}\n{% endfor %}",
        "<bos>{{ messages[0].content }}",
        "{{ raise_exception(messages[1:]) }}",
    ],
    ids=["no mark", "no answer", "no answers taken"],
)
def test_of_a_template_that_ends_answers_with_nothing_it_is_the_eos(template: str) -> None:
    plain = tokenizer(template, ["<eos>", "<bos>"])
    assert end_of_turn(plain) == plain.eos_token_id


def test_a_turns_end_stops_an_answer_though_no_configuration_names_it(tmp_path: Path) -> None:
    tokens = ChatTokenizer.load(family(tmp_path, template=GEMMA), "tiny")
    assert tokens.plain.convert_ids_to_tokens(list(tokens.stop)) == ["<eos>", "<end_of_turn>"]


def test_an_answer_stands_behind_a_thought_that_its_template_began() -> None:
    plain = tokenizer(THINKING)
    tokens = ChatTokenizer(plain, (0,), 99, "tiny", reasons=True)
    written = answer_ids(plain, "80 kg.")
    assert plain.decode(written) == "\n</think>\n\n80 kg."
    assert tokens.decode(written) == "80 kg."
    other = tokenizer(CHATML)
    assert other.decode(answer_ids(other, "80 kg.")) == "80 kg."


def test_a_text_by_itself_stands_behind_the_bos_that_its_tokenizer_sets() -> None:
    from tokenizers.processors import TemplateProcessing

    plain = tokenizer(GEMMA)
    bare = plain("a b", add_special_tokens=False)["input_ids"]
    assert text_ids(plain, "a b") == bare
    plain.bos_token = "<bos>"
    plain.backend_tokenizer.post_processor = TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 1)])
    assert text_ids(plain, "a b") == [1, *bare]


def test_the_window_is_the_configurations_whatever_it_is_called(tmp_path: Path) -> None:
    assert ChatTokenizer.load(family(tmp_path, "GPT2", max_position_embeddings=128), "tiny").window == 128


def refusal(folder: Path) -> str:
    with pytest.raises(BadModel) as caught:
        LocalChatModel.load(str(folder), "cpu", "float32")
    assert caught.value.hint and "\n" not in caught.value.message
    return caught.value.message.removeprefix(f"{folder}: ")


def test_what_cannot_be_run_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("nothing is asked at the terminal"))
    assert refusal(family(tmp_path / "mamba", "Mamba")).startswith("MambaForCausalLM is not run here")
    folder = family(tmp_path / "own")
    about = json.loads((folder / "config.json").read_text())
    own = about | {"model_type": "own", "auto_map": {"AutoConfig": "code.Own", "AutoModelForCausalLM": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(own))
    assert "contains custom code" in refusal(folder)
    (folder / "config.json").write_text(json.dumps(about | {"quantization_config": {"quant_method": "awq", "bits": 4}}))
    assert refusal(folder).startswith("not a chat model that can be loaded")
    with pytest.raises(BadModel, match="its weights are quantised already"):
        LocalChatModel.load(str(folder), "cpu", "float32", quantization="nf4")


def test_weights_that_are_not_there_are_told_and_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = family(tmp_path) / "model.safetensors"
    save_file({f"base_model.model.{name}": weight for name, weight in load_file(file).items()}, file, {"format": "pt"})
    assert refusal(tmp_path).startswith("its weights lack ")


def test_a_tokenizer_that_is_damaged_or_ends_nothing_or_asks_nothing_is_told(tmp_path: Path) -> None:
    family(tmp_path)
    plain = tokenizer()
    plain.eos_token = None
    plain.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    plain.save_pretrained(tmp_path)
    about = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(about | {"eos_token_id": None}))
    (tmp_path / "generation_config.json").unlink()
    assert refusal(tmp_path).startswith("it names no token that ends an answer")
    (tmp_path / "chat_template.jinja").write_text("{% for m in messages %}{{ m.text }}{% endfor %}:")
    assert refusal(tmp_path) == "its chat template passes over the question"
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "BPE"}}')
    assert refusal(tmp_path).startswith("its tokenizer cannot be loaded")


def test_weights_that_lie_there_twice_are_read_once(tmp_path: Path) -> None:
    model = tiny()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    shards = weight_files(tmp_path)
    assert len(shards) > 1
    (tmp_path / "consolidated.safetensors").write_bytes(shards[0].read_bytes())
    assert weight_files(tmp_path) == shards
    assert dict(merged(tmp_path, None)).keys() == model.state_dict().keys()

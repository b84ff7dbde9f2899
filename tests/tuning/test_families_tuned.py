"""Tuning models of other architectures than the starter's: the model's own loss, and all of its linear layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from families import CHATML, GEMMA, PHI, SPECIAL, THINKING, tiny, tokenizer
from helpers import user

from tunebook.errors import BadInput
from tunebook.settings import TuningSettings
from tunebook.tuning.choosing import Row, mean_nats
from tunebook.tuning.encoded import Encoded, completion_nats, encode
from tunebook.tuning.method import Lora
from tunebook.tuning.train import train
from tunebook.tuning.trainingset import TrainingRow
from tunebook.tuning.trunk import Trunk

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's business

FAMILIES: dict[str, dict[str, Any]] = {
    "Llama": {},
    "Gemma2": {"head_dim": 8, "sliding_window": 8, "final_logit_softcapping": 2.0, "attn_logit_softcapping": 3.0},
    "Gemma3": {"head_dim": 8, "sliding_window": 8},
    "Granite": {"logits_scaling": 8.0, "embedding_multiplier": 12.0, "residual_multiplier": 0.2},
    "Cohere": {"logit_scale": 0.0625},
    "Phi3": {"partial_rotary_factor": 0.5},
    "Qwen3": {"head_dim": 8},
    "Olmo2": {},
    "SmolLM3": {"no_rope_layer_interval": 2},
    "Mixtral": {"num_local_experts": 4},
}
ROWS = [Encoded([5 + (7 * n) % 250 for n in range(length)], length // 2) for length in (40, 23, 31)]


def own_nats(model: Any, row: Encoded) -> Any:
    """By the model's whole forward pass over one row."""
    logits = model(input_ids=torch.tensor([row.ids])).logits[0].float()
    return torch.nn.functional.cross_entropy(
        logits[row.start - 1 : -1], torch.tensor(row.ids[row.start :]), reduction="none"
    )


@pytest.mark.parametrize("architecture", FAMILIES)
def test_losses_and_gradients_are_the_models_own(architecture: str) -> None:
    model = tiny(architecture, **FAMILIES[architecture])
    learnt = Lora(model, TuningSettings(rank=4, alpha=8))
    for parameter in learnt.parameters:
        torch.nn.init.normal_(parameter, std=0.1)

    def gradients(nats: Any) -> list[Any]:
        (nats * torch.linspace(0.5, 1.5, len(nats))).sum().backward()
        found = [parameter.grad.clone() for parameter in learnt.parameters]
        learnt.model.zero_grad()
        return found

    wanted = torch.cat([own_nats(model, row) for row in ROWS])
    found = completion_nats(learnt.model, ROWS, Trunk.of(learnt.model))
    assert torch.allclose(found, wanted, atol=1e-4)
    for one, other in zip(gradients(found), gradients(wanted), strict=True):
        assert (one - other).norm() <= 1e-3 * other.norm()


LFM2: dict[str, Any] = {"full_attn_idxs": [1, 3], "block_auto_adjust_ff_dim": False}


@pytest.mark.parametrize(
    ("architecture", "config"),
    [
        ("Granite", FAMILIES["Granite"]),
        ("Gemma3", FAMILIES["Gemma3"]),
        ("Mistral", {"sliding_window": 8}),
        ("Lfm2", LFM2),
    ],
)
def test_choices_are_scored_as_the_model_reads_each_by_itself(architecture: str, config: dict[str, Any]) -> None:
    model = tiny(architecture, **config)
    row = Row(ROWS[0].ids, [[20, 30], [40]])
    with torch.inference_mode():
        wanted = [float(own_nats(model, Encoded([*row.question, *said], 40)).mean()) for said in row.choices]
        assert mean_nats(model, [row])[0] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("template", [CHATML, THINKING, GEMMA, PHI])
def test_what_is_learnt_is_the_answer_to_the_end_of_its_turn(template: str) -> None:
    plain = tokenizer(template)
    row = encode(
        plain, TrainingRow("1", ({"role": "system", "content": "Be brief."}, *user("How heavy?")), "80 kg.", "1")
    )
    said = plain.decode(row.ids[row.start :])
    end = "<end_of_turn>" if template == GEMMA else "<|end|>" if template == PHI else "<|im_end|>"
    assert said == ("\n</think>\n\n80 kg." if template == THINKING else "80 kg.") + end
    whole = plain.apply_chat_template(
        [{"role": "user", "content": "?"}, {"role": "assistant", "content": "80 kg."}], tokenize=False
    )
    assert f"80 kg.{end}" in whole
    assert SPECIAL[template][0] not in plain.decode(row.ids[: row.start]).replace("<|im_end|>", "")


def test_a_row_that_is_longer_than_the_model_reads_is_told(tmp_path: Path) -> None:
    rows = [TrainingRow(id, user("q" * length), "Yes.", id) for id, length in (("short", 3), ("long", 60))]
    model = tiny("GPT2", max_position_embeddings=64)
    with pytest.raises(BadInput, match=r"example long: its row of \d+ tokens does not fit into the model's 64"):
        train(model, tokenizer(), rows, tmp_path, TuningSettings(rank=4), lambda *_: None)

"""What of other architectures than the starter's a LoRA learns beside, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from families import GEMMA, tiny, tokenizer
from helpers import user

from tunebook.errors import BadInput
from tunebook.settings import TuningSettings
from tunebook.tuning.method import Full, Lora
from tunebook.tuning.train import train
from tunebook.tuning.trainingset import TrainingRow

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's business

LINEAR = {
    "Llama": {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"},
    "Phi3": {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"},
    "Phi": {"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"},
    "GPT2": {"c_attn", "c_proj", "c_fc"},
    "GPTNeoX": {"query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"},
    "Mixtral": {"q_proj", "k_proj", "v_proj", "o_proj"},
    "FalconH1": {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "in_proj"},
}
MAMBA = {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8}


@pytest.mark.parametrize("architecture", LINEAR)
def test_every_linear_layer_is_learnt_and_of_the_upper_ones_only_they(architecture: str) -> None:
    def learnt(**settings: Any) -> set[str]:
        model = tiny(architecture, **(MAMBA if architecture == "FalconH1" else {}))
        named = Lora(model, TuningSettings(rank=4, **settings)).model.named_parameters()
        return {name for name, parameter in named if parameter.requires_grad}

    every, upper = learnt(), learnt(layers="upper")
    assert {name.split(".")[-4] for name in every} == LINEAR[architecture]
    assert upper == {name for name in every if ".2." in name or ".3." in name}


def test_a_model_that_sees_learns_where_it_reads(tmp_path: Path) -> None:
    import transformers

    text = tiny("Gemma3", head_dim=8, sliding_window=8).config
    eye = transformers.SiglipVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
    )
    config = transformers.Gemma3Config(text_config=text, vision_config=eye, mm_tokens_per_image=4)
    model: Any = transformers.Gemma3ForConditionalGeneration(config).float().eval()
    rows = [TrainingRow(str(n), user("q" * (3 + n)), "Yes.", str(n)) for n in range(6)]
    for method in ("lora", "full"):
        settings = TuningSettings(
            method=method, rank=4, epochs=3, batch_tokens=64, validation_share=0, learning_rate=5e-3
        )
        done = train(model, tokenizer(GEMMA), rows, tmp_path / method, settings, lambda *_: None)
        assert done.train[-1][1] < done.train[0][1]
    learnt = [*Lora(model, settings.model_copy(update={"method": "lora"})).model.state_dict()]
    assert not [name for name in learnt if "lora" in name and "language_model" not in name]


def test_what_a_method_cannot_learn_is_refused_by_name() -> None:
    experts = {
        "num_experts": 2,
        "num_experts_per_tok": 1,
        "moe_intermediate_size": 16,
        "shared_expert_intermediate_size": 16,
    }
    linear = {
        "linear_num_value_heads": 2,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
    }
    with pytest.raises(BadInput, match=r"a Qwen3NextForCausalLM cannot be tuned with tuning.method = 'dora'"):
        Lora(tiny("Qwen3Next", head_dim=8, **experts, **linear), TuningSettings(method="dora"))
    model = tiny()
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.to(torch.int8), requires_grad=False)
    with pytest.raises(BadInput, match="quantised in its folder"):
        Full(model, TuningSettings(method="full"))

"""The written-out gradients against autograd's: the same losses and gradients, in fp32 to rounding."""

from __future__ import annotations

import random
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tunebook.settings import TuningSettings  # noqa: E402
from tunebook.tuning.encoded import Encoded, completion_nats  # noqa: E402
from tunebook.tuning.method import Full, Lora  # noqa: E402
from tunebook.tuning.trunk import Below, Trunk  # noqa: E402

SIZES = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 4, "vocab_size": 211}
HEADS = {"num_attention_heads": 6, "num_key_value_heads": 2}


def model(architecture: str = "Llama", **other: Any) -> Any:
    torch.manual_seed(0)
    config = getattr(transformers, f"{architecture}Config")(**SIZES, **HEADS, **other)
    return getattr(transformers, f"{architecture}ForCausalLM")(config).eval()


def with_adapter(plain: Any, **settings: Any) -> Any:
    wrapped = Lora(plain, TuningSettings(rank=4, alpha=8, **settings)).model
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return wrapped


def rows(*lengths: int) -> list[Encoded]:
    draw = random.Random(0)
    return [Encoded([draw.randrange(1, 211) for _ in range(length)], length // 2) for length in lengths]


def gradients(wrapped: Any, batch: list[Encoded], trunk: Trunk | None, weights: Any) -> tuple[Any, dict[str, Any]]:
    nats = completion_nats(wrapped, batch, trunk)
    (nats * weights).sum().backward()
    found = {name: p.grad.clone() for name, p in wrapped.named_parameters() if p.grad is not None}
    wrapped.zero_grad()
    return nats.detach(), found


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("layers", ["all", "upper"])
@pytest.mark.parametrize("architecture", ["Llama", "Qwen2"])
def test_losses_and_gradients_are_those_of_autograd(architecture: str, layers: Any, method: str) -> None:
    plain = model(architecture, tie_word_embeddings=architecture == "Llama")
    full = TuningSettings(method="full", layers=layers)
    wrapped = Full(plain, full).model if method == "full" else with_adapter(plain, layers=layers)
    trunk = Trunk.of(wrapped)
    assert trunk is not None
    assert trunk.first_trained == (2 if layers == "upper" else 0)
    batch = rows(300, 17, 290)  # more than one block of queries, and padding
    weights = torch.rand(sum(len(row.ids) - row.start for row in batch))
    nats, wanted = gradients(wrapped, batch, None, weights)
    found_nats, found = gradients(wrapped, batch, trunk, weights)
    assert torch.allclose(found_nats, nats, atol=1e-5)
    assert found.keys() == wanted.keys() == {name for name, p in wrapped.named_parameters() if p.requires_grad}
    for name, gradient in wanted.items():
        assert (found[name] - gradient).norm() <= 1e-5 * gradient.norm(), name


def test_what_enters_the_first_trained_layer_is_kept_row_by_row() -> None:
    wrapped = with_adapter(model(), layers="upper")
    trunk = Trunk.of(wrapped)
    assert trunk is not None
    below = Below(trunk)
    batch = rows(40, 25, 31)
    first = completion_nats(wrapped, batch, trunk, below.of([7, 8, 9], [row.ids for row in batch]))
    alone = completion_nats(wrapped, batch[1:2], trunk, below.of([8], [batch[1].ids]))
    assert torch.allclose(first, completion_nats(wrapped, batch, trunk), atol=1e-5)
    assert torch.allclose(alone, completion_nats(wrapped, batch[1:2]), atol=1e-5)


def test_without_an_adapter_it_reads_the_plain_model() -> None:
    plain = model()
    trunk = Trunk.of(plain.requires_grad_(False))
    assert trunk is not None
    batch = rows(30, 12)
    assert torch.allclose(completion_nats(plain, batch, trunk), completion_nats(plain, batch), atol=1e-5)


def test_the_models_own_weights_stay_what_they_are() -> None:
    plain = model()
    before = {name: weight.clone() for name, weight in plain.state_dict().items()}
    wrapped = with_adapter(plain)
    Trunk.of(wrapped)
    after = wrapped.unload().state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize(
    "other",
    [
        lambda: with_adapter(model("Qwen3", head_dim=8)),
        lambda: with_adapter(model("Mistral")),
        lambda: with_adapter(model(), dropout=0.1),
        lambda: with_adapter(model(hidden_act="gelu")),
    ],
    ids=["Qwen3", "Mistral", "dropout", "gelu"],
)
def test_what_it_does_not_know_is_left_to_the_model(other: Any) -> None:
    assert Trunk.of(other()) is None

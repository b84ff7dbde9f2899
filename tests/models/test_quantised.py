"""Models in four and eight bits: they answer, an adapter is learnt beside them, and what cannot be is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunebook.errors import BadModel, BadSettings
from tunebook.models import Request
from tunebook.models.local import LocalChatModel
from tunebook.settings import Settings, load_settings
from tunebook.tuning.train import train
from tunebook.tuning.trainingset import TrainingRow

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

pytestmark = [
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),  # PEFT's business
    pytest.mark.filterwarnings("ignore:MatMul8bitLt:UserWarning"),
]
ASKED = [
    Request(({"role": "user", "content": text},), 12)
    for text in ("What is the capital of France?", "Say hello.", "How many days has a week?")
]
WHOLE_BYTES = 538e6  # of the starter in fp32


@pytest.fixture(scope="module", params=["nf4", "int8"])
def local(request: pytest.FixtureRequest) -> LocalChatModel:
    return LocalChatModel.load("starter", "cpu", "float32", quantization=request.param)


def texts(local: LocalChatModel, adapter: Path | None = None) -> list[str]:
    found = dict(local.generate(ASKED, adapter))
    return [found[place].text for place in range(len(ASKED))]


def test_it_takes_a_fraction_of_the_memory_and_still_answers(local: LocalChatModel) -> None:
    assert local.model.get_memory_footprint() < 0.5 * WHOLE_BYTES
    assert "Paris" in texts(local)[0]


def test_an_adapter_is_learnt_beside_it_and_taken_off_again(local: LocalChatModel, tmp_path: Path) -> None:
    before = texts(local)
    rows = [TrainingRow(f"r{n}", request.messages, "Ahoy, mate!", group=f"g{n}") for n, request in enumerate(ASKED * 4)]
    settings = Settings().tuning.model_copy(update={"epochs": 4.0, "batch_tokens": 256, "validation_share": 0.0})
    done = train(local.detached(), local.tokenizer, rows, tmp_path, settings, lambda *_: None)
    assert done.train[-1][1] < 0.2 * done.train[0][1]
    assert texts(local) == before
    assert texts(local, tmp_path)[0].startswith("Ahoy")


def test_without_the_library_it_says_what_to_install(monkeypatch: Any) -> None:
    from tunebook.models import device

    found = device.find_spec
    monkeypatch.setattr(device, "find_spec", lambda name: None if name == "bitsandbytes" else found(name))
    with pytest.raises(BadModel, match="needs bitsandbytes") as told:
        LocalChatModel.load("starter", "cpu", quantization="nf4")
    assert "tunebook[quantized]" in told.value.hint


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("model.engine=openvino", "model.engine is openvino"),
        ("model.endpoint=http://localhost:9/v1", "quantises for itself"),
        ("tuning.method=full", "which model.quantization keeps frozen"),
        ("model.quantization=int4", "int4"),
    ],
)
def test_what_it_cannot_go_with_is_refused(override: str, told: str) -> None:
    overrides = ["model.quantization=nf4", "model.name=m", override]
    with pytest.raises(BadSettings, match=told):
        load_settings(None, overrides)

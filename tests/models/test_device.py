"""What is chosen on machines that are not this one."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch

from tunebook.models import device
from tunebook.tuning.estimate import peak_memory_bytes


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a card that holds bf16 and does not compute in it, as a T4 does."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "device", nullcontext)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device=None: 0)


@pytest.mark.usefixtures("cuda")
def test_a_card_that_emulates_bf16_computes_in_fp16() -> None:
    assert device.choose() == device.Placement("cuda", "float16")
    assert device.choose("cuda:0", "bfloat16") == device.Placement("cuda:0", "bfloat16")


@pytest.mark.usefixtures("cuda")
def test_the_memory_of_a_training_is_that_of_its_own_device() -> None:
    assert peak_memory_bytes(torch.device("cpu")) > 1e6
    assert peak_memory_bytes(torch.device("cuda")) == 0

"""What is chosen on machines that are not this one."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from tunebook.errors import BadModel
from tunebook.models import device
from tunebook.models.starter import cache_folder
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


@pytest.mark.parametrize(
    ("inner", "outer", "wanted"),
    [("max 100000", "150000 100000", 1.5), ("50000 100000", "max 100000", 0.5), ("max 100000", "max 100000", None)],
)
def test_what_a_container_is_granted_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str, outer: str, wanted: float | None
) -> None:
    (tmp_path / "pod/box").mkdir(parents=True)
    (tmp_path / "pod/cpu.max").write_text(outer + "\n")
    (tmp_path / "pod/box/cpu.max").write_text(inner + "\n")
    (tmp_path / "own").write_text("1:name=systemd:/\n0::/pod/box\n")
    granted = device._granted(tmp_path, tmp_path / "own")
    assert granted == (wanted or float("inf"))
    monkeypatch.setattr(device, "_granted", lambda root, own: granted)
    monkeypatch.setattr(device, "processors", lambda: 64)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    device.prepare()
    assert os.environ.pop("OMP_NUM_THREADS", None) == (None if wanted is None else "2" if wanted > 1 else "1")


def test_a_user_without_a_home_is_told_where_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "TUNEBOOK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(BadModel, match="no home folder") as told:
        cache_folder()
    assert "TUNEBOOK_CACHE" in told.value.hint

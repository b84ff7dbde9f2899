"""The one place where device and number type are chosen.

choose("auto", "auto")  →  Placement(device="cpu", dtype="bfloat16") on a processor with AMX or AVX-512 bf16
"""

from __future__ import annotations

import ctypes
import gc
import logging
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tunebook.errors import BadModel, BadSettings, TunebookError, first_line

SPINS = "3000"


def prepare() -> None:
    """Called before torch is first imported: its threads give way soon where they would only wait.

    With the default they spin, and two processes on one machine slow each other tenfold (53 against 265 tokens/s
    each while tuning on two cores); with few spins a process alone is as quick as before.

    Raises BadModel where the libraries for a model in process are not installed.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    if count := rationed():
        os.environ.setdefault("OMP_NUM_THREADS", str(count))
    if not (find_spec("torch") and find_spec("transformers")):
        raise BadModel("a model in process needs torch and transformers", "pip install 'tunebook[local]'")
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of a kernel on a hub each time it is imported


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def rationed() -> int | None:
    """How many processors' time a container is granted (`docker run --cpus=2`), where that is less than it may run on.

    A thread on each of a large machine's processors would use the time up at once, and then all of them would be stopped.
    """
    granted = _granted(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))
    return max(1, math.ceil(granted)) if granted < processors() else None


def _granted(root: Path, own: Path) -> float:
    """By the control groups (version 2) that this process is in, from its own up; infinite where none says."""
    least = math.inf
    with suppress(OSError):
        group = root / own.read_text().rpartition("0::/")[2].strip()
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # "max 100000": no limit
                quota, period = map(int, (folder / "cpu.max").read_text().split())
                least = min(least, quota / period)
    return least


@contextmanager
def fitting(device: Any) -> Iterator[None]:
    """Raises BadModel where the memory of a device is full: torch says so in words of its own, of MPS as a RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        if "out of memory" not in str(error):
            raise
        hint = (
            "take a smaller model, smaller batches (batch_tokens of model, embedder or reranker) or shorter examples, "
        )
        raise BadModel(f"the memory of {device} is full", f"{hint}or set model.device to 'cpu'") from error


@contextmanager
def loading(folder: Path, what: str, hint: str = "is the folder whole?") -> Iterator[None]:
    """Raises BadModel where a folder is not `what` ("a chat model"): by its kind of file transformers raises anything then."""
    try:
        yield
    except TunebookError:
        raise
    except Exception as error:
        other_sizes = "ignore_mismatched_sizes" in str(error)
        why = "its weights have other sizes than its config.json says" if other_sizes else first_line(error)
        raise BadModel(f"{folder}: not {what} that can be loaded: {why}", hint) from error


def give_back() -> None:
    """Memory that was freed goes back to the system, where its library (glibc) would keep gigabytes of it after a training."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


@dataclass(frozen=True, slots=True)
class Placement:
    device: str
    dtype: str  # a name of torch's: float32, bfloat16, float16

    @property
    def torch_dtype(self) -> Any:
        import torch

        return getattr(torch, self.dtype)


def choose(device: str = "auto", dtype: str = "auto") -> Placement:
    """Resolves `auto`: CUDA, then MPS, then the processor; bf16 where it is native, else fp32 (fp16 on CUDA and MPS).

    Raises BadSettings for a device that this machine does not have.
    """
    import torch

    available = ["cpu"]
    if torch.cuda.is_available():
        available += ["cuda", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        available.append("mps")
    if device == "auto":
        device = "cuda" if "cuda" in available else "mps" if "mps" in available else "cpu"
    if device not in available:
        raise BadSettings(
            f"model.device = {device!r}: not on this machine", f"allowed here: auto, {', '.join(available)}"
        )
    if dtype == "auto":
        dtype = _native_dtype(device)
    return Placement(device, dtype)


def quantised(placement: Placement, how: str) -> dict[str, Any]:
    """What transformers is to load a model by: its number type, and how its weights are kept (none, int8, nf4).

    int8 is LLM.int8 (Dettmers et al. 2022, arXiv:2208.07339), nf4 QLoRA's 4-bit NormalFloat with its constants quantised too
    (Dettmers et al. 2023, arXiv:2305.14314).  Raises BadModel without bitsandbytes.
    """
    if how == "none":
        return {"dtype": placement.torch_dtype}
    if not find_spec("bitsandbytes"):
        raise BadModel(f"model.quantization = {how!r} needs bitsandbytes", "pip install 'tunebook[quantized]'")
    from transformers import BitsAndBytesConfig

    four = {
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
        "bnb_4bit_compute_dtype": placement.torch_dtype,
    }
    config = BitsAndBytesConfig(load_in_8bit=True) if how == "int8" else BitsAndBytesConfig(load_in_4bit=True, **four)
    return {"dtype": placement.torch_dtype, "quantization_config": config, "device_map": {"": placement.device}}


def _native_dtype(device: str) -> str:
    import torch

    if device.startswith("cuda"):
        with torch.cuda.device(device):  # cards before Ampere (T4, V100) would emulate it, slower than fp32
            return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    if device == "mps":
        return "float16"
    return "bfloat16" if _processor_has_bf16() else "float32"


@cache
def _processor_has_bf16() -> bool:
    """True on x86 with AMX or AVX-512 bf16 and on Arm with bf16; elsewhere bf16 is emulated and slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return not {"amx_bf16", "avx512_bf16", "bf16"}.isdisjoint(flags)

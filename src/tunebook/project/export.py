"""Exports of a project's adapter: written, loaded again by another engine, and compared answer by answer."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from tunebook.errors import BadInput
from tunebook.models import Generation, Request
from tunebook.models.gguf import drop_partial, need_known
from tunebook.models.local import LocalChatModel
from tunebook.models.openvino import OpenVinoChatModel, need
from tunebook.models.tokenizer import model_folder
from tunebook.models.weights import need_mergeable
from tunebook.progress import Progress
from tunebook.project.folder import make
from tunebook.project.parts import Parts
from tunebook.rows import read_examples
from tunebook.tuning import sound
from tunebook.tuning.export import FORMATS, TOLERANCES, Format, parity
from tunebook.tuning.export import export as write

PROMPTS = 50
NEW_TOKENS = 32
TARGETS = ("tuned", "hybrid", "base")


def export(parts: Parts, target: str, kind: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Writes the export and its `export.json`: {adapter, format, files, bytes, parity}.

    The reference is the base model in fp32 with the adapter beside it; the export is loaded from its files alone.
    Raises BadInput for a target or format that is not known or cannot be compared here, no adapter, no examples, or a
    folder that is not empty or may not be written.
    """
    if kind not in FORMATS:
        raise BadInput(f"--format {kind}: unknown", f"allowed: {', '.join(FORMATS)}")
    adapter = _adapter(parts, target)
    base = model_folder(parts.model_name)
    if kind != "safetensors":
        need(f"--format {kind}, whose answers are compared,", "take --format safetensors")
        need_known(base, for_others=True)
    need_mergeable(base, adapter)
    drop_partial(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder}: is there already and is not empty", "name a new folder")
    requests = prompts(parts) if parts.folder.has_examples else []
    if not requests:
        raise BadInput("there are no examples, whose prompts an export is checked on", "write examples.jsonl")
    make(folder, "name another folder")
    progress("answering with the adapter", 0, len(requests), "")
    wanted = _answers_in_torch(parts.model_name, requests, adapter)
    progress(f"writing {kind}", 0, 0, "")
    files = write(base, adapter, folder, cast(Format, kind))
    progress("answering with the export", 0, len(requests), "")
    if kind == "safetensors":
        found = _answers_in_torch(str(folder.resolve()), requests, None)
    else:
        found = _answers_in_openvino(parts.model_name, requests, files[0])
    report = {
        "adapter": adapter.name if adapter else None,
        "base": parts.settings.model.name,
        "format": kind,
        "files": [file.name for file in files],
        "bytes": sum(file.stat().st_size for file in files),
        "parity": parity(wanted, found, TOLERANCES[kind]).as_json(),
    }
    about = folder / "export.json"
    about.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for file in files:  # safetensors writes for its owner alone, and who serves the export is often another
        shutil.copymode(about, file)
    return {"folder": str(folder)} | report


def _adapter(parts: Parts, target: str) -> Path | None:
    if target not in TARGETS:
        raise BadInput(f"--for {target}: unknown", f"allowed: {', '.join(TARGETS)}")
    if parts.settings.model.endpoint:
        raise BadInput("a model at an endpoint cannot be exported from here", "leave out model.endpoint")
    found = None if target == "base" else parts.adapters.current(target)
    if found is None and target != "base":
        raise BadInput(f"there is no adapter for {target}", f"run: tunebook tune --for {target}")
    if found is not None:
        parts.check_base(found)
    return found


def prompts(parts: Parts) -> list[Request]:
    """Those of up to fifty examples, spread over the file; one that is too long to be learnt is too long to be asked."""
    rows = sound(read_examples(parts.folder.examples, any_turns=True))
    lengths = parts.count_tokens(["\n".join(message["content"] for message in row.messages) for row in rows])
    limit = parts.settings.tuning.max_row_tokens
    rows = [row for row, length in zip(rows, lengths, strict=True) if length <= limit]
    return [Request(row.messages, NEW_TOKENS) for row in rows[:: max(1, len(rows) // PROMPTS)][:PROMPTS]]


def _answers_in_torch(name: str, requests: Sequence[Request], adapter: Path | None) -> list[Generation]:
    model = LocalChatModel.load(name, "cpu", "float32")
    found = dict(model.generate(requests, adapter))
    del model
    gc.collect()
    return [found[index] for index in range(len(requests))]


def _answers_in_openvino(name: str, requests: Sequence[Request], file: Path) -> list[Generation]:
    found = dict(OpenVinoChatModel.load(name, "float32", file).generate(requests))
    return [found[index] for index in range(len(requests))]

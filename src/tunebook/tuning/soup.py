"""Several trainings' adapters as one: the mean of what they learnt (a model soup, Wortsman et al. 2022, arXiv:2203.05482).

    write(folder, [first, second, third])       the same kind of adapter, over the same base model

Trainings from the same start that differ in their seed alone end near each other, and their mean answers better than each of
them, at the price of one when it answers.  Of LoRAs the mean is exact, and has the ranks of all of them together:

    1/n · Σ (α / r) B_i A_i  =  (nα / nr) · [B_1 / n … B_n / n] · [A_1; …; A_n]

Left out on purpose: DoRA, whose magnitudes are not linear; and weights by merit, for which rows held out are too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunebook.models import difference
from tunebook.models.disk import read_json, whole, write_json

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def write(folder: Path, adapters: Sequence[Path]) -> None:
    """The mean of adapters of one kind; its weights are written last, whole or not at all."""
    from safetensors.torch import load_file, save_file

    folder.mkdir(parents=True, exist_ok=True)
    if difference.is_difference(adapters[0]):
        difference.write(folder, _mean([load_file(one / difference.FILE) for one in adapters]))
        return
    config = read_json(adapters[0] / CONFIG)
    grown = {key: config[key] * len(adapters) for key in ("r", "lora_alpha")}
    write_json(folder / CONFIG, config | grown)
    with whole(folder / WEIGHTS) as scratch:
        save_file(_side_by_side([load_file(one / WEIGHTS) for one in adapters]), scratch, {"format": "pt"})


def _mean(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: sum(one[name].float() for one in found) / len(found) for name in found[0]}


def _side_by_side(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A (r, in) and B (out, r) of each matrix, all ranks in one."""
    import torch

    joined = {}
    for name in found[0]:
        parts = [one[name] for one in found]
        if ".lora_B." in name:
            joined[name] = torch.cat([part / len(parts) for part in parts], 1).contiguous()
        else:
            joined[name] = torch.cat(parts, 0).contiguous()
    return joined

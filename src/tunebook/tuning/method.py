"""What of a model is learnt: a LoRA or DoRA beside its weights, or the weights themselves.

    learnt = of(model, settings, start)       learnt.model, learnt.parameters     what the loop runs and moves
    learnt.save(folder, best)                 the values `best` of the parameters, as an adapter
    learnt.take_off()                         the model is as it came

LoRA (arXiv:2106.09685): W x + (alpha / r) · B A x on every linear layer of the decoder's layers, whatever they are called:
q_proj, the qkv_proj of Phi-3, GPT-2's c_attn; what routes to experts stays as it is.  Full: every weight, with the
embedding and the head, or with `layers = "upper"` those of the later half of the layers; saved as the difference from the
base model.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput, first_line
from tunebook.models import difference
from tunebook.settings import TuningSettings

ROUTERS = ("gate", "router", "shared_expert_gate")
FULL_RATE = 1 / 16  # of a LoRA's learning rate
CHECKPOINT_BYTES = 16  # a learnt number: its master, Adam's two moments, the best step's


def of(model: Any, settings: TuningSettings, start: Path | None = None) -> Lora | Full:
    """Of a plain causal model; begins from the adapter in `start` where one is named."""
    return Full(model, settings, start) if settings.method == "full" else Lora(model, settings, start)


def rate(settings: TuningSettings, width: int) -> float:
    """The learning rate as set, or the usual one of the method for a model of this width."""
    return settings.learning_rate or (FULL_RATE if settings.method == "full" else 1.0) / width


def room(folder: Path, numbers: int, begun: bool) -> None:
    """Makes the folder; raises BadInput where its disk cannot hold a run that learns so many numbers.

    A new checkpoint is written beside the old one, which is there already where the run has begun.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, CHECKPOINT_BYTES * numbers * (1 if begun else 2)
    if free < needed:
        raise BadInput(
            f"{folder}: its disk has {free / 1e9:.1f} GB free, and checkpoints of this training take {needed / 1e9:.1f} GB",
            "free some space, name another place with --state, or tune with less",
        )


class Lora:
    """PEFT's model around the plain one, which is frozen."""

    def __init__(self, model: Any, settings: TuningSettings, start: Path | None = None) -> None:
        from peft import LoraConfig, get_peft_model, load_peft_weights, set_peft_model_state_dict

        count = model.config.get_text_config().num_hidden_layers
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            use_dora=settings.method == "dora",
            target_modules=_linear(model),
            exclude_modules=rf"(?!{re.escape(_reader(model))}).*" if _sees(model) else None,
            layers_to_transform=list(range(count // 2, count)) if settings.layers == "upper" else None,
            task_type="CAUSAL_LM",
        )
        try:
            self.model: Any = get_peft_model(model, config, autocast_adapter_dtype=False)
        except ValueError as error:
            told = f"a {type(model).__name__} cannot be tuned with tuning.method = {settings.method!r}: {first_line(error)}"
            raise BadInput(told, "set another method, or name another model") from error
        if start:
            set_peft_model_state_dict(self.model, load_peft_weights(str(start), device="cpu"))
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]

    @property
    def plain(self) -> Any:
        """The causal model as it answers now."""
        return self.model.get_base_model()

    def save(self, folder: Path, values: Sequence[Any]) -> None:
        """In PEFT's format."""
        import torch

        with torch.no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)
        self.model.save_pretrained(str(folder))

    def take_off(self) -> None:
        self.model.unload().eval()


class Full:
    """The plain model itself; its weights as they came are kept, to be put back and to save the difference."""

    def __init__(self, model: Any, settings: TuningSettings, start: Path | None = None) -> None:
        import torch

        if any(not parameter.is_floating_point() for parameter in model.parameters()):
            told = "the model's weights are quantised in its folder, and tuning.method = 'full' learns the weights"
            raise BadInput(told, "use tuning.method = 'lora', or name the model that they were made of")
        self.model = self.plain = model
        first = model.config.get_text_config().num_hidden_layers // 2 if settings.layers == "upper" else None
        named = dict(model.named_parameters())  # a tied head is named once, as the embedding
        read = (_reader(model), "lm_head.") if _sees(model) else ("",)
        self._names = [name for name in named if name.startswith(read) and (first is None or _layer(name) >= first)]
        self.parameters = [named[name] for name in self._names]
        self._before = [parameter.detach().clone() for parameter in self.parameters]
        if start:
            changes = difference.read(start, model)
            with torch.no_grad():
                for name in changes.keys() & set(self._names):
                    named[name].add_(changes[name])
        model.requires_grad_(False)
        for parameter in self.parameters:
            parameter.requires_grad_(True)

    def save(self, folder: Path, values: Sequence[Any]) -> None:
        """The difference of the fp32 values from the weights as they came."""
        changes = zip(self._names, values, self._before, strict=True)
        difference.write(folder, {name: value - before.float() for name, value, before in changes})

    def take_off(self) -> None:
        import torch

        self.model.requires_grad_(False)
        with torch.no_grad():
            for parameter, before in zip(self.parameters, self._before, strict=True):
                parameter.copy_(before)
                parameter.grad = None
        self.model.eval()


def _linear(model: Any) -> list[str]:
    """Last parts of the names of the linear layers within the numbered layers."""
    import torch
    from transformers.pytorch_utils import Conv1D

    kinds = (torch.nn.Linear, Conv1D)
    names = {
        name.rpartition(".")[2] for name, part in model.named_modules() if _layer(name) >= 0 and isinstance(part, kinds)
    }
    # Mamba's kernels read out_proj past what is beside it
    fused = any(hasattr(part, "A_log") for part in model.modules())
    return sorted(names - {*ROUTERS, *(("out_proj",) if fused else ())})


def _sees(model: Any) -> bool:
    """Whether a part of the model reads pictures or sound; nothing of a text goes through that."""
    return model.config.get_text_config() is not model.config


def _reader(model: Any) -> str:
    """How the names of all parts begin that read text."""
    decoder = model.get_decoder()
    return next(f"{name}." for name, part in model.named_modules() if part is decoder)


def _layer(name: str) -> int:
    """Number of the layer that a parameter belongs to, -1 for the embedding, the last norm and the head."""
    found = re.search(r"\.(\d+)\.", name)
    return int(found[1]) if found else -1

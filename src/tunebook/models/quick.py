"""An encoder with less to do for the same numbers, on a processor.

    quicken(model)      weights laid out once, GELU within its product, padding as numbers to add

By itself torch lays out a product's weights anew each time for the processor's matrix unit, which for a single question
is most of the work; makes GELU a pass over memory that takes as long as the product before it; and turns a mask of
booleans into numbers in every layer.  docs/design/embedding.md has the figures.
Left out on purpose: compiling the model, which wants a compiler on the machine and half a minute.
"""

from __future__ import annotations

from functools import cache
from typing import Any

ADDED = "sdpa_added"  # torch's attention with a mask to add, under a name of its own in transformers
ROWS = 2048  # tokens of a batch, for which weights are laid out; fewer are right as well


def quicken(model: Any) -> None:
    """In place.  What is not known to gain, or of a kind that is not known, stays as it is."""
    import torch

    _add_masks(model)
    if model.dtype != torch.bfloat16 or not _knows_bf16():
        return
    for name, linear in list(model.named_modules()):
        if type(linear) is torch.nn.Linear:
            parent, own = model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]
            follows = getattr(parent, "intermediate_act_fn", None)  # so named in encoders of BERT's family
            gelu = own == "dense" and type(follows).__name__ == "GELUActivation"
            if gelu:
                parent.intermediate_act_fn = torch.nn.Identity()
            setattr(parent, own, _product()(linear.weight, linear.bias, "gelu" if gelu else "none"))


def _knows_bf16() -> bool:
    """Whether oneDNN is there, and this processor has what its products of bf16 want."""
    import torch

    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _add_masks(model: Any) -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import eager_mask

    if model.config._attn_implementation == "sdpa":
        AttentionInterface.register(ADDED, sdpa_attention_forward)
        AttentionMaskInterface.register(ADDED, eager_mask)
        model.set_attn_implementation(ADDED)


@cache
def _product() -> Any:
    """The class of a module that computes then(x Wᵀ + b) over weights laid out for oneDNN."""
    import torch

    class Product(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        def __init__(self, weight: Any, bias: Any, then: str) -> None:  # weight (out, in), bias (out,) or None
            super().__init__()
            self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), ROWS)
            self.bias = None if bias is None else bias.detach()
            self.then = then

        def forward(self, x: Any) -> Any:  # (…, in) → (…, out)
            return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, self.then, [], "none")

    return Product

"""A decoder read from its plain model, with the parts of `kernels` in place of the model's own: the same numbers, sooner.

    trunk = Trunk.of(wrapped)                 None where the model is not one that it knows
    hidden = trunk.hidden(ids)                (batch, tokens) → (batch · tokens and some more, dim), after the last norm
    trunk.nats(hidden[at], targets)

It knows the decoders of Llama and Qwen2 with LoRA on any of their linear layers, or with weights of their own that are
learnt, on the processor.  Padding is to the right, and no mask is made: a causal model never looks there from a real
position.  Projections with a shared input are one product; their weights are laid out together once, and the model's own
become views of that.  Layers below the first one that learns never change: what comes out of them is kept per row (`Below`)
and given again.
Left out on purpose: dropout, DoRA, sliding windows, accelerators (which have kernels of their own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tunebook.models.batches import batch_ids
from tunebook.tuning import kernels
from tunebook.tuning.encoded import causal

KNOWN = ("llama", "qwen2")
KEPT_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class _Group:
    """Linear layers that read the same input."""

    weight: Tensor  # (out of all, in)
    bias: Tensor | None
    scale: float
    pairs: tuple[tuple[Tensor, Tensor], ...]  # LoRA's A and B; none where the group has no adapters
    learnt: tuple[Tensor, ...] = ()  # the layers' own weights, where they are learnt
    biases: tuple[Tensor, ...] = ()  # and their biases

    def __call__(self, x: Tensor) -> Tensor:
        if self.learnt:
            y = kernels.learnt_linears(x, self.weight, self.learnt)
            return y + torch.cat(self.biases) if self.biases else y
        return kernels.linears(x, self.weight, self.bias, self.scale, self.pairs)


@dataclass(frozen=True, slots=True)
class _Layer:
    before: Tensor  # norms' weights
    between: Tensor
    qkv: _Group
    out: _Group
    gate_up: _Group
    down: _Group

    @property
    def trained(self) -> bool:
        return any(group.pairs or group.learnt for group in (self.qkv, self.out, self.gate_up, self.down))


class Trunk:
    """The decoder's layers in a row; parameters are the model's own, read anew in every pass."""

    def __init__(self, decoder: Any, head: Any, layers: Sequence[_Layer]) -> None:
        config = decoder.config
        self._decoder, self._head, self._layers = decoder, head.weight, layers
        self.device = head.weight.device
        self._eps = float(config.rms_norm_eps)
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self.first_trained = next((at for at, layer in enumerate(layers) if layer.trained), len(layers))

    @classmethod
    def of(cls, model: Any) -> Trunk | None:
        """Of a causal model, with adapters or without; None where a part is not one that is known here."""
        plain = causal(model)
        config, head = plain.config, plain.get_output_embeddings()
        known = config.model_type in KNOWN and config.hidden_act == "silu" and plain.device.type == "cpu"
        if not known or getattr(config, "use_sliding_window", False) or config.attention_dropout:
            return None
        if getattr(head, "bias", None) is not None:
            return None
        decoder = plain.base_model
        try:
            return cls(decoder, head, [_layer(layer) for layer in decoder.layers])
        except _Unknown:
            return None

    def hidden(self, ids: Tensor, frozen: Tensor | None = None) -> Tensor:
        """(batch, tokens) → (N, dim); the first batch · tokens rows are real.  `frozen`: what `below` gave for these ids."""
        h = self._embed(ids) if frozen is None else kernels.filled(frozen.flatten(0, 1))
        return self._through(h, ids.shape, 0 if frozen is None else self.first_trained, len(self._layers))

    def below(self, ids: Tensor) -> Tensor:
        """What enters the first layer that is trained: (batch, tokens, dim)."""
        with torch.no_grad():
            read = self._through(self._embed(ids), ids.shape, 0, self.first_trained)
            return read[: ids.numel()].view(*ids.shape, -1)

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of each target: float32 (N), from (N, dim) and int64 (N)."""
        return kernels.cross_entropy(hidden, self._head, targets)

    def _embed(self, ids: Tensor) -> Tensor:
        embedded: Tensor = self._decoder.embed_tokens(ids)
        return kernels.filled(embedded.flatten(0, 1))

    def _through(self, h: Tensor, shape: torch.Size, first: int, last: int) -> Tensor:
        """Layers `first` to `last`; after the very last one, the final norm."""
        batch, tokens = shape
        places = torch.arange(tokens, device=h.device)[None]
        cos, sin = (part[0].chunk(2, -1)[0].contiguous() for part in self._decoder.rotary_emb(h, places))
        delta = torch.zeros_like(h)
        for layer in self._layers[first:last]:
            h, x = kernels.add_norm(h, delta, layer.before, self._eps)
            read = kernels.attention(layer.qkv(x), cos, sin, self._heads, self._kv_heads, batch)
            h, x = kernels.add_norm(h, layer.out(read), layer.between, self._eps)
            delta = layer.down(kernels.swiglu(layer.gate_up(x)))
        if last < len(self._layers):
            return h + delta
        return kernels.add_norm(h, delta, self._decoder.norm.weight, self._eps)[1]


class Below:
    """What enters the first layer that is trained, kept row by row: with frozen layers below, it never changes.

    Rows beyond KEPT_BYTES are read anew each time.
    """

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._kept: dict[int, Tensor] = {}  # row → (tokens, dim)
        self._bytes = 0

    def of(self, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> Tensor:
        """(rows, longest, dim) of numbered rows with these token ids, zeros behind their ends."""
        with torch.inference_mode(False), torch.no_grad():
            if any(row not in self._kept for row in rows):
                read = self._trunk.below(batch_ids(ids, self._trunk.device))
                self._keep(rows, ids, read)
                return read
            return torch.nn.utils.rnn.pad_sequence([self._kept[row] for row in rows], batch_first=True)

    def _keep(self, rows: Sequence[int], ids: Sequence[Sequence[int]], read: Tensor) -> None:
        for row, own, ids_of_row in zip(rows, read, ids, strict=True):
            if row not in self._kept and self._bytes < KEPT_BYTES:
                self._kept[row] = own[: len(ids_of_row)].clone()
                self._bytes += self._kept[row].nbytes


class _Unknown(Exception):
    """A part that this file cannot stand in for."""


def _layer(layer: Any) -> _Layer:
    own, mlp = layer.self_attn, layer.mlp
    norms = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
    if hasattr(own, "q_norm"):
        raise _Unknown
    return _Layer(
        *norms,
        _group(own.q_proj, own.k_proj, own.v_proj),
        _group(own.o_proj),
        _group(mlp.gate_proj, mlp.up_proj),
        _group(mlp.down_proj),
    )


def _group(*linears: Any) -> _Group:
    bases = [getattr(linear, "base_layer", linear) for linear in linears]
    if any(type(base) is not torch.nn.Linear for base in bases):
        raise _Unknown
    pairs, scales = [], set()
    for linear in linears:
        if linear is not getattr(linear, "base_layer", linear):
            a, b, scale = _adapter(linear)
            pairs.append((a, b))
            scales.add(scale)
    if len(scales) > 1 or len(pairs) not in (0, len(linears)):
        raise _Unknown
    biases = [base.bias for base in bases if base.bias is not None]
    if len(biases) not in (0, len(bases)):
        raise _Unknown
    if any(base.weight.requires_grad for base in bases):
        learnt = tuple(base.weight for base in bases)
        if pairs or not all(one.requires_grad for one in (*learnt, *biases)):
            raise _Unknown
        return _Group(_together(bases), None, 1.0, (), learnt, tuple(biases))
    return _Group(
        _together(bases), torch.cat(biases) if biases else None, scales.pop() if scales else 1.0, tuple(pairs)
    )


def _adapter(linear: Any) -> tuple[Tensor, Tensor, float]:
    """The one active adapter of a PEFT layer, which must be plain LoRA."""
    if len(linear.active_adapters) != 1 or linear.merged or linear.disable_adapters:
        raise _Unknown
    (name,) = linear.active_adapters
    plain = name in linear.lora_A and isinstance(linear.lora_dropout[name], torch.nn.Identity)
    if not plain or name in linear.lora_variant or linear.lora_bias[name]:
        raise _Unknown
    return linear.lora_A[name].weight, linear.lora_B[name].weight, float(linear.scaling[name])


def _together(bases: Sequence[Any]) -> Tensor:
    """The weights one below the other; the layers' own become views of it, so that nothing is held twice."""
    if len(bases) == 1:
        alone: Tensor = bases[0].weight.detach()
        return alone
    held = getattr(bases[0], "_together", None)
    if held is not None and bases[0].weight.data_ptr() == held.data_ptr():
        return held
    together = torch.cat([base.weight.detach() for base in bases])
    row = 0
    for base in bases:
        base.weight.data = together[row : row + base.out_features]
        row += base.out_features
    bases[0]._together = together
    return together

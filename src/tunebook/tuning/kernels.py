"""The parts of a decoder layer with their gradients written out, so that training on a processor moves less memory.

    y = linears(x, weight, bias, scale, ((A, B), …))        x Wᵀ + scale · (x Aᵀ) Bᵀ, for projections that share an input
    y = learnt_linears(x, weight, parts)                    x Wᵀ, where W's parts are learnt themselves
    o = attention(qkv, cos, sin, heads, kv_heads, batch)    rotary positions, causal softmax(q kᵀ / √d) v
    h, y = add_norm(h, delta, weight, eps)                  h + delta, and its root mean square norm
    m = swiglu(gate_up)                                     silu(gate) · up
    nats = cross_entropy(hidden, vocabulary, targets)       − log softmax(hidden Wᵀ)[target], never more than a slice of it

Left to autograd, each of these is a chain of products over whole activations, of which it keeps most: on two cores the
copying takes longer than the arithmetic.  Frozen weights get no gradient, learnt ones theirs.  The attention looks only
at keys up to the end of each block of queries.  All of it is exact: gradients equal autograd's to rounding.  After
FlashAttention (arXiv:2205.14135) for the blocks, Liger Kernel (arXiv:2410.10989) for the loss whose gradient is made on
the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

ROUNDED = 64  # rows of a product are filled up to a multiple: see `filled`
QUERY_BLOCK = 256
LOSS_ROWS = 128  # tokens whose logits are in memory at once
LOSS_MULTIPLE = 32

Pairs = Sequence[tuple[Tensor, Tensor]]


def filled(x: Tensor, multiple: int = ROUNDED) -> Tensor:
    """(N, dim) with zeros below, up to a multiple.

    oneDNN prepares each shape of product once and remembers a thousand of them, a megabyte each; batches of as many
    shapes as there are batches would fill that memory and seldom find theirs there.
    """
    return torch.nn.functional.pad(x, (0, 0, 0, -len(x) % multiple))


def linears(x: Tensor, weight: Tensor, bias: Tensor | None, scale: float, pairs: Pairs) -> Tensor:
    """(N, in) → (N, out of all); `weight` (out of all, in) is frozen, each pair is A (rank, in) and B (own out, rank)."""
    if not pairs:
        return torch.nn.functional.linear(x, weight, bias)
    return _Linears.apply(x, weight, bias, scale, *(part for pair in pairs for part in pair))


class _Linears(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, scale: float, *parts: Tensor) -> Tensor:
        a = torch.cat(parts[::2]) if len(parts) > 2 else parts[0]
        b = _diagonal(parts[1::2])
        low = x @ a.T
        y = torch.nn.functional.linear(x, weight, bias).addmm_(low, b.T, alpha=scale)
        ctx.save_for_backward(x, weight, a, b, low)
        ctx.scale, ctx.shapes = scale, [tuple(part.shape) for part in parts]
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, a, b, low = ctx.saved_tensors
        up = (g @ b).mul_(ctx.scale)
        dx = (g @ weight).addmm_(up, a) if ctx.needs_input_grad[0] else None
        da, db = up.T @ x, (g.T @ low).mul_(ctx.scale)
        grads: list[Tensor] = []
        row = out = 0
        for (rank, _), (own, _) in zip(ctx.shapes[::2], ctx.shapes[1::2], strict=True):
            grads += [da[row : row + rank], db[out : out + own, row : row + rank]]
            row, out = row + rank, out + own
        return dx, None, None, None, *grads


def learnt_linears(x: Tensor, weight: Tensor, parts: Sequence[Tensor]) -> Tensor:
    """(N, in) → (N, out of all); `parts`, (own out, in) each, are the learnt rows that `weight` holds together."""
    y: Tensor = _LearntLinears.apply(x, weight, *parts)
    return y


class _LearntLinears(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, *parts: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.rows = [len(part) for part in parts]
        return torch.nn.functional.linear(x, weight)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        dx = g @ weight if ctx.needs_input_grad[0] else None
        return dx, None, *(g.T @ x).split(ctx.rows)


def _diagonal(blocks: Sequence[Tensor]) -> Tensor:
    return torch.block_diag(*blocks) if len(blocks) > 1 else blocks[0]


def attention(qkv: Tensor, cos: Tensor, sin: Tensor, heads: int, kv_heads: int, batch: int) -> Tensor:
    """(N, (heads + 2 kv_heads) · d) → (N, heads · d), N ≥ batch · tokens, zeros beyond; cos and sin: (tokens, d / 2)."""
    return _Attention.apply(qkv, cos, sin, heads, kv_heads, batch)


class _Attention(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, cos: Tensor, sin: Tensor, heads: int, kv_heads: int, batch: int) -> Tensor:
        size, tokens, group = qkv.shape[1] // (heads + 2 * kv_heads), len(cos), heads // kv_heads
        own = qkv[: batch * tokens].view(batch, tokens, heads + 2 * kv_heads, size)
        turned = _turn(own[:, :, : heads + kv_heads], cos, sin)
        q = _by_kv(turned[:, :, :heads], kv_heads).mul_(size**-0.5)  # (batch · kv, group, tokens, d)
        k = _by_kv(turned[:, :, heads:], kv_heads)[:, 0]  # (batch · kv, tokens, d)
        v = _by_kv(own[:, :, heads + kv_heads :], kv_heads)[:, 0]
        read = torch.empty_like(q)
        shares = []
        for begin, end in _blocks(tokens):
            scores = (q[:, :, begin:end].flatten(1, 2) @ k[:, :end].transpose(1, 2)).view(-1, group, end - begin, end)
            scores[..., begin:].masked_fill_(_later(end - begin, qkv.device), float("-inf"))
            share = scores.softmax(-1).flatten(1, 2)  # (batch · kv, group · queries, keys)
            read[:, :, begin:end] = (share @ v[:, :end]).view(-1, group, end - begin, size)
            shares.append(share)
        ctx.save_for_backward(q, k, v, cos, sin, *shares)
        ctx.shape = batch, heads, kv_heads
        out, inner = _zeros_below(qkv, batch, tokens, heads, size)
        inner.copy_(_by_token(read, batch))
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, cos, sin, *shares = ctx.saved_tensors
        batch, heads, kv_heads = ctx.shape
        group, tokens, size = q.shape[1:]
        own = _by_kv(g[: batch * tokens].view(batch, tokens, heads, size), kv_heads)
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for (begin, end), share in zip(_blocks(tokens), shares, strict=True):
            part = own[:, :, begin:end].flatten(1, 2)
            dv[:, :end] += share.transpose(1, 2) @ part
            drawn = torch._softmax_backward_data(part @ v[:, :end].transpose(1, 2), share, -1, share.dtype)
            dq[:, :, begin:end] = (drawn @ k[:, :end]).view(-1, group, end - begin, size)
            dk[:, :end] += drawn.transpose(1, 2) @ q[:, :, begin:end].flatten(1, 2)
        whole, grad = _zeros_below(g, batch, tokens, heads + 2 * kv_heads, size)
        turned = torch.cat((_by_token(dq.mul_(size**-0.5), batch), _by_token(dk[:, None], batch)), 2)
        grad[:, :, : heads + kv_heads] = _turn(turned, cos, -sin)
        grad[:, :, heads + kv_heads :] = _by_token(dv[:, None], batch)
        return whole, None, None, None, None, None


def _zeros_below(like: Tensor, batch: int, tokens: int, heads: int, size: int) -> tuple[Tensor, Tensor]:
    """(N, heads · size) to be filled, N as in `like`; and its rows of real places as (batch, tokens, heads, size)."""
    whole = like.new_empty(len(like), heads * size)
    whole[batch * tokens :] = 0
    return whole, whole[: batch * tokens].view(batch, tokens, heads, size)


def _blocks(tokens: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + QUERY_BLOCK, tokens)) for begin in range(0, tokens, QUERY_BLOCK)]


def _later(count: int, device: torch.device) -> Tensor:
    return torch.ones(count, count, dtype=torch.bool, device=device).triu_(1)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions (arXiv:2104.09864) on (batch, tokens, heads, d); with −sin, its gradient."""
    turned = torch.empty_like(x, memory_format=torch.contiguous_format)
    (first, second), (left, right) = x.chunk(2, -1), turned.chunk(2, -1)
    cos, sin = cos[:, None], sin[:, None]
    torch.mul(first, cos, out=left).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=right).addcmul_(first, sin)
    return turned


def _by_kv(x: Tensor, kv_heads: int) -> Tensor:
    """(batch, tokens, heads, d) → (batch · kv, heads / kv, tokens, d), in one piece."""
    batch, tokens, heads, size = x.shape
    split = x.reshape(batch, tokens, kv_heads, heads // kv_heads, size)
    return split.permute(0, 2, 3, 1, 4).reshape(batch * kv_heads, heads // kv_heads, tokens, size).contiguous()


def _by_token(x: Tensor, batch: int) -> Tensor:
    """The way back: (batch, tokens, heads, d)."""
    _, group, tokens, size = x.shape
    return x.view(batch, -1, group, tokens, size).permute(0, 3, 1, 2, 4).reshape(batch, tokens, -1, size)


def add_norm(h: Tensor, delta: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """(N, dim) twice → the sum, and the sum's root mean square norm (arXiv:1910.07467).

    A row's root is summed up in fp32 and then, like all that is multiplied with it, in the model's own type: widening whole
    activations would cost more than the norm.
    """
    total, normed = _AddNorm.apply(h, delta, weight, eps)
    return total, normed


class _AddNorm(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, h: Tensor, delta: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        total = h + delta
        length = torch.linalg.vector_norm(total, dim=-1, keepdim=True, dtype=torch.float32)  # (N, 1)
        root = length.square_().div_(total.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(total, root, weight)
        return total, (total * root.to(h.dtype)).mul_(weight)

    @staticmethod
    def backward(ctx: Any, g_total: Tensor, g: Tensor) -> tuple[Tensor | None, ...]:
        total, root, weight = ctx.saved_tensors
        dw = (g * (total.float() * root)).sum(0).to(weight.dtype) if ctx.needs_input_grad[2] else None
        own = g * weight
        along = torch.linalg.vecdot(own, total)[:, None].float().mul_(root**3).div_(-total.shape[-1])  # (N, 1)
        dx = torch.addcmul(g_total, own, root.to(g.dtype)).addcmul_(total, along.to(g.dtype))
        return dx, dx, dw, None


def swiglu(gate_up: Tensor) -> Tensor:
    """(N, 2 inner) → (N, inner)."""
    return _SwiGlu.apply(gate_up)


class _SwiGlu(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, -1)
        opened = torch.nn.functional.silu(gate)
        ctx.save_for_backward(gate_up, opened)
        return opened * up

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        gate_up, opened = ctx.saved_tensors
        gate, up = gate_up.chunk(2, -1)
        grad: Tensor = torch.empty_like(gate_up)
        to_gate, to_up = grad.chunk(2, -1)
        torch.mul(opened, g, out=to_up)
        torch.ops.aten.silu_backward.grad_input(g * up, gate, grad_input=to_gate)
        return grad


def cross_entropy(hidden: Tensor, vocabulary: Tensor, targets: Tensor) -> Tensor:
    """(N, dim), (vocabulary, dim), (N) → float32 (N), nats.  A learnt `vocabulary` has its logits made once more."""
    count = len(targets)
    targets = torch.nn.functional.pad(targets, (0, -count % LOSS_MULTIPLE))
    nats: Tensor = _CrossEntropy.apply(filled(hidden, LOSS_MULTIPLE), vocabulary, targets)
    return nats[:count]


class _CrossEntropy(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, vocabulary: Tensor, targets: Tensor) -> Tensor:
        wanted = ctx.needs_input_grad[0]
        nats, all_logsumexp = hidden.new_empty(2, len(hidden), dtype=torch.float32)
        grad = torch.empty_like(hidden) if wanted else hidden
        for begin in range(0, len(hidden), LOSS_ROWS):
            rows = slice(begin, begin + LOSS_ROWS)
            logits = (hidden[rows] @ vocabulary.T).float()
            at = targets[rows, None]
            every = logits.logsumexp(-1, keepdim=True)
            nats[rows], all_logsumexp[rows] = (every - logits.gather(1, at))[:, 0], every[:, 0]
            if wanted:
                grad[rows] = _off(logits, every, at).to(hidden.dtype) @ vocabulary
        if wanted:
            learnt = (hidden, vocabulary, targets, all_logsumexp) if ctx.needs_input_grad[1] else ()
            ctx.save_for_backward(grad, *learnt)
        return nats

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        grad, *learnt = ctx.saved_tensors
        dw = _CrossEntropy.of_vocabulary(g, *learnt) if learnt else None
        return grad * g[:, None].to(grad.dtype), dw, None

    @staticmethod
    def of_vocabulary(g: Tensor, hidden: Tensor, vocabulary: Tensor, targets: Tensor, every: Tensor) -> Tensor:
        dw = torch.zeros_like(vocabulary)
        for begin in range(0, len(hidden), LOSS_ROWS):
            rows = slice(begin, begin + LOSS_ROWS)
            logits = (hidden[rows] @ vocabulary.T).float()
            share = _off(logits, every[rows, None], targets[rows, None]).mul_(g[rows, None])
            dw.addmm_(share.to(dw.dtype).T, hidden[rows])
        return dw


def _off(logits: Tensor, every: Tensor, at: Tensor) -> Tensor:
    """softmax less one at the targets, in place of the logits; `every` is their logsumexp."""
    share = logits.sub_(every).exp_()
    return share.scatter_add_(1, at, share.new_full((1, 1), -1.0).expand_as(at))

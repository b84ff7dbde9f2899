"""Pairs of answers to one question, the better one known: learnt beside the loss on the better one.

    loss = nats of the completion, a token  +  weight · mean over pairs of − log σ(beta · (m − m_ref))
    m    = log p(completion) − log p(rejected)          m_ref: the same under the model that the run began from

Direct preference optimisation (arXiv:2305.18290) with the likelihood of the chosen answer kept in the loss
(arXiv:2404.19733): alone, it may lower both answers' probabilities.  The reference is read once, before the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.models.batches import by_tokens
from tunebook.tuning.encoded import Encoded

Nats = Callable[[Sequence[Encoded]], Any]


@dataclass(frozen=True, slots=True)
class Preference:
    """`rejected[row]`: the row with the worse answer; `reference[row]`: m_ref, nats."""

    rejected: dict[int, Encoded]
    reference: dict[int, float]
    beta: float

    @classmethod
    def of(
        cls, rows: Sequence[Encoded], rejected: dict[int, Encoded], beta: float, nats: Nats, budget: int
    ) -> Preference:
        """Reads the reference with the model as it stands; `nats(rows)` gives every completion token's."""
        import torch

        reference: dict[int, float] = {}
        paired = sorted(rejected)
        with torch.inference_mode():
            for batch in by_tokens([len(rejected[row].ids) for row in paired], budget):
                chosen = [paired[place] for place in batch]
                better = _sums(nats([rows[row] for row in chosen]), [rows[row] for row in chosen])
                worse = _sums(nats([rejected[row] for row in chosen]), [rejected[row] for row in chosen])
                reference |= zip(chosen, (worse - better).tolist(), strict=True)
        return cls(rejected, reference, beta)

    def gain(self, batch: Sequence[int], rows: Sequence[Encoded], better: Any, nats: Nats) -> Any:
        """beta · (m − m_ref) of the batch's pairs: float32 (pairs); `better` holds the nats of all its rows' tokens."""
        import torch

        paired = [place for place, row in enumerate(batch) if row in self.rejected]
        worse_rows = [self.rejected[batch[place]] for place in paired]
        worse = _sums(nats(worse_rows), worse_rows)
        reference = torch.tensor([self.reference[batch[place]] for place in paired], device=worse.device)
        return self.beta * (worse - _sums(better, rows)[paired] - reference)

    def pairs(self, batch: Sequence[int]) -> int:
        return sum(row in self.rejected for row in batch)


def _sums(nats: Any, rows: Sequence[Encoded]) -> Any:
    """Of each row's completion: float32 (rows)."""
    import torch

    return torch.stack([own.sum() for own in nats.split([len(row.ids) - row.start for row in rows])])

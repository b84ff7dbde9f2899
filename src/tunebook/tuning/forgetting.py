"""What an adapter costs the model's general ability, measured on a general set before and after.

    before = Probe.of(model.model, tokenizer, builtin());  …switch the adapter on…;  after = Probe.of(…)
    lost = forgotten(before, after)   →  {"cross_entropy": {"before": 3.1, "after": 3.2}, "kl": 0.21, …}
    refusal(lost, 0.2)                →  None, or why an adapter that has forgotten this much is not used

    abstention      share of questions over a passage that does not answer them, whose abstention is likelier than answers
                    that are made up
    cross-entropy   − mean log p(next token) on general text, nats a token
    KL              mean over positions of Σ_v p_base(v) · log(p_base(v) / p_tuned(v)), nats a token
    choice          share of multiple-choice items whose right answer has the highest log-probability a token

KL and the agreement on the most probable token see a drift that multiple choice cannot see at this size; right→wrong
and wrong→right are counted apart, with McNemar's exact test (McNemar 1947).  The built-in set is small: it warns, it is
no benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from tunebook.models.batches import batch_ids, by_tokens
from tunebook.models.tokenizer import text_ids
from tunebook.tuning.choosing import abstains, rights
from tunebook.tuning.general import BUILTIN, GeneralSet

BATCH_TOKENS = 2048
MOST_TOKENS = 192  # of one text: every position keeps a whole vocabulary in memory
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Probe:
    """A model's behaviour on the general set.

    `log_probabilities`: one tensor a text, (tokens - 1, vocabulary), half precision, on the processor.
    """

    cross_entropy: float
    log_probabilities: list[Any]
    right: tuple[bool, ...]
    abstained: tuple[bool, ...] = ()

    @classmethod
    def of(cls, model: Any, tokenizer: Any, general: GeneralSet) -> Probe:
        """Reads the set with the model as it stands, adapter on or off."""
        cost, scored = _texts_read(model, tokenizer, general)
        return cls(
            cost,
            scored,
            tuple(rights(model, tokenizer, general.choices)),
            tuple(abstains(model, tokenizer, general)),
        )


def cross_entropy(model: Any, tokenizer: Any, general: GeneralSet) -> float:
    """What the set's texts cost a model as it stands, nats a token."""
    return _texts_read(model, tokenizer, general)[0]


def drift(base: Probe, tuned: Probe) -> tuple[float, float, float]:
    """On the texts: (rise of the cross-entropy, KL divergence, agreement on the likeliest token)."""
    pairs = list(zip(base.log_probabilities, tuned.log_probabilities, strict=True))
    kl = [float((b.float().exp() * (b.float() - t.float())).sum(1).mean()) for b, t in pairs]
    agree = [float((b.argmax(1) == t.argmax(1)).float().mean()) for b, t in pairs]
    return tuned.cross_entropy - base.cross_entropy, sum(kl) / len(kl), sum(agree) / len(agree)


def forgotten(base: Probe, tuned: Probe, general: str = BUILTIN) -> dict[str, Any]:
    """The difference between two probes on the set of that name, as the report shows it."""
    rise, kl, agreement = drift(base, tuned)
    choice, abstention = _paired(base.right, tuned.right), _paired(base.abstained, tuned.abstained)
    count, p = choice["items"], choice["mcnemar_p"]
    lost, won = choice["right_to_wrong"], choice["wrong_to_right"]
    verdict = f"general text costs {round(rise, 2) + 0.0:+.2f} nats a token; "  # + 0.0: never "-0.00"
    verdict += f"{lost} of {count} choice items were lost and {won} won "
    told = "no loss detectable" if p > SIGNIFICANT else "a loss" if lost > won else "a gain"
    verdict += f"(McNemar p = {p:.2f}, {told})"
    if base.abstained:
        kept = f"{sum(tuned.abstained)} of {abstention['items']} unanswerable questions"
        verdict += f"; the abstention is likeliest for {kept}, before for {sum(base.abstained)}"
    return {
        "cross_entropy": {"before": base.cross_entropy, "after": tuned.cross_entropy},
        "set": general,
        "kl": kl,
        "top_token_agreement": agreement,
        "choice": choice,
        "abstention": abstention if base.abstained else None,
        "verdict": verdict,
    }


def _paired(before: Sequence[bool], after: Sequence[bool]) -> dict[str, Any]:
    """Shares before and after, and who went over, with McNemar's test."""
    count = len(before)
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    won = sum(a and not b for b, a in zip(before, after, strict=True))
    return {
        "items": count,
        "before": sum(before) / count if count else None,
        "after": sum(after) / count if count else None,
        "right_to_wrong": lost,
        "wrong_to_right": won,
        "mcnemar_p": mcnemar(lost, won),
    }


def refusal(forgetting: Mapping[str, Any], most: float | None) -> str | None:
    """Why an adapter is not used: general text costs over `most` nats more, or choice items are lost; None: it is."""
    if most is None:
        return None
    text, choice = forgetting["cross_entropy"], forgetting["choice"]
    rise, lost, won = text["after"] - text["before"], choice["right_to_wrong"], choice["wrong_to_right"]
    if rise > most:
        return f"general text costs {rise:+.3f} nats a token, and {most:+.3f} is allowed (tuning.max_forgetting)"
    if lost > won and choice["mcnemar_p"] <= SIGNIFICANT:
        told = (
            f"{lost} of {choice['items']} choice items were lost and {won} won (McNemar p = {choice['mcnemar_p']:.3f})"
        )
        return f"{told}, and no significant loss is allowed where tuning.max_forgetting is set"
    return None


def mcnemar(lost: int, won: int) -> float:
    """Two-sided exact McNemar test: lost and won are equally likely under no change; 1.0 without discordant pairs."""
    n, few = lost + won, min(lost, won)
    return min(1.0, 2 * sum(comb(n, k) for k in range(few + 1)) / 2**n) if n else 1.0


def _texts_read(model: Any, tokenizer: Any, general: GeneralSet) -> tuple[float, list[Any]]:
    """(mean cross-entropy of the texts, their log-probabilities)."""
    texts = [text_ids(tokenizer, text)[:MOST_TOKENS] for text in general.texts]
    scored = _read_texts(model, texts)
    losses = [-float(lp.float().gather(1, _next(ids)).mean()) for ids, lp in zip(texts, scored, strict=True)]
    return sum(losses) / len(losses), scored


def _read_texts(model: Any, texts: Sequence[list[int]]) -> list[Any]:
    """log p(next token) at every position: per text (tokens - 1, vocabulary), float16 on the processor."""
    import torch

    read: list[Any] = [None] * len(texts)
    with torch.inference_mode():
        for batch in by_tokens([len(ids) for ids in texts], BATCH_TOKENS):
            logits = model(input_ids=batch_ids([texts[i] for i in batch], model.device), use_cache=False).logits
            for place, index in enumerate(batch):
                own = logits[place, : len(texts[index]) - 1].float().log_softmax(-1)
                read[index] = own.clamp(min=-60).half().cpu()
    return read


def _next(ids: list[int]) -> Any:
    import torch

    return torch.tensor(ids[1:])[:, None]

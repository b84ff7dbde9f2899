"""What an answer costs in time, what had to be done first, and at how many answers the one earns back the other.

    tuned: 600 s of training, 0.9 s an answer;  rag: 12 s of indexing, 3.4 s an answer
    →  tuned has earned back its set-up against rag in machine time after about 240 answers

Left out on purpose: prices.  Seconds are what a trial measures; who pays by the token multiplies the tokens beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any


def cost(
    per_answer: Mapping[str, float], upfront: Mapping[str, float], tokens: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    """The `cost` of report.json: seconds an answer (median, one at a time), seconds of set-up, tokens, break-even."""
    known = [name for name in per_answer if name in upfront]
    even = [_break_even(a, b, per_answer, upfront) for a, b in combinations(known, 2) if upfront[a] != upfront[b]]
    return {
        "per_answer_seconds": dict(per_answer),
        "upfront_seconds": dict(upfront),
        "tokens_an_answer": {name: dict(both) for name, both in tokens.items()},
        "break_even": even,
    }


def _break_even(a: str, b: str, per: Mapping[str, float], upfront: Mapping[str, float]) -> dict[str, Any]:
    dear, cheap = (a, b) if upfront[a] > upfront[b] else (b, a)
    saved = per[cheap] - per[dear]
    if saved <= 0:
        sentence = f"{dear} never earns back its set-up against {cheap}: an answer is not quicker."
        return {"a": dear, "b": cheap, "answers": None, "sentence": sentence}
    answers = (upfront[dear] - upfront[cheap]) / saved
    told = "the first answer" if answers < 1.5 else f"about {_rounded(answers):,} answers"
    sentence = f"{dear} has earned back its set-up against {cheap} in machine time after {told}."
    return {"a": dear, "b": cheap, "answers": round(answers), "sentence": sentence}


def _rounded(answers: float) -> int:
    """Two digits: a few timed answers bear no more."""
    return int(float(f"{answers:.2g}"))

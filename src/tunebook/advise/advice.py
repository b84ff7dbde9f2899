"""What the advisor hands back: values that explain themselves and write themselves as JSON.

    Factor("data volatility", "every week", 0, 2, "A tuned model would be wrong between two tunings.")
    .leans == "rag", .weight == 2

Left out on purpose: how they come about (decide.py) and how they look (terminal.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Agreement = Literal["agrees", "disagrees", "none"]
Confidence = Literal["low", "medium", "high"]
Recommended = Literal["base", "prompted", "rag", "tuned", "hybrid"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that was weighed: an answer, or a finding in the data; `answer` is None where none was given."""

    factor: str
    answer: str | None
    tuning: float  # points towards tuning
    rag: float  # points towards retrieval
    why: str
    source: Literal["answer", "data"] = "answer"

    @property
    def leans(self) -> Literal["tuning", "rag", "both", "neither"]:
        if self.tuning and self.rag:
            return "both"
        return "tuning" if self.tuning else "rag" if self.rag else "neither"

    @property
    def weight(self) -> float:
        """Points in the direction of the lean; where it leans to both, the larger."""
        return max(self.tuning, self.rag)

    def as_json(self) -> dict[str, Any]:
        return {
            "factor": self.factor,
            "answer": self.answer,
            "leans": self.leans,
            "weight": self.weight,
            "why": self.why,
            "source": self.source,
            "points": {"tuning": self.tuning, "rag": self.rag},
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation before measurement, and how a trial compares with it.

    `recommended` is what answers and data lead one to expect; a trial never changes it, or the two could not
    disagree.  Where they disagree, `trial_says` tells the reader to believe the trial.
    """

    recommended: Recommended
    reason: str
    factors: tuple[Factor, ...]
    tuning: float  # points in all, each factor counted once at its strongest
    rag: float
    confidence: Confidence
    confidence_why: str
    trial: Agreement
    trial_says: str
    collect: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "recommended": self.recommended,
            "reason": self.reason,
            "factors": [factor.as_json() for factor in self.factors],
            "points": {"tuning": self.tuning, "rag": self.rag},
            "confidence": self.confidence,
            "confidence_why": self.confidence_why,
            "trial": self.trial,
            "trial_says": self.trial_says,
            "collect": list(self.collect),
        }

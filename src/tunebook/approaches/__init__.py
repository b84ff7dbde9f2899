"""The ways of answering: one small file each, all through one door.

    for index, answer in make("rag", kit).answer([question]): …

`Approach.answer` takes a batch and yields (index, Answer) as they finish.  A new approach is one new file and one line
in `APPROACHES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tunebook.approaches.base import Base
from tunebook.approaches.controls import AlwaysRefuse, CommonestAnswer, FirstPassage, FullContext, NaiveHybrid, Oracle
from tunebook.approaches.hybrid import Hybrid
from tunebook.approaches.kit import EMPTY, Approach, Kit, Question, Unavailable
from tunebook.approaches.prompted import Prompted
from tunebook.approaches.rag import Rag
from tunebook.approaches.tuned import Tuned
from tunebook.errors import BadInput

APPROACHES: dict[str, Callable[[Kit], Approach]] = {
    "base": Base,
    "prompted": Prompted,
    "rag": Rag,
    "tuned": Tuned,
    "hybrid": Hybrid,
    "full_context": FullContext,
    "oracle": Oracle,
    "naive_hybrid": NaiveHybrid,
    "first_passage": FirstPassage,
    "always_refuse": AlwaysRefuse,
    "commonest_answer": CommonestAnswer,
}

TRIAL_ONLY = ("oracle", "naive_hybrid", "first_passage", "always_refuse", "commonest_answer")  # no way to run a service

__all__ = ["APPROACHES", "EMPTY", "TRIAL_ONLY", "Approach", "Kit", "Question", "Unavailable", "check_names", "make"]


def make(name: str, kit: Kit) -> Approach:
    """The approach of that name.  Raises BadInput for an unknown one, Unavailable where the project lacks its parts."""
    check_names([name])
    return APPROACHES[name](kit)


def check_names(names: Iterable[str]) -> None:
    """Raises BadInput for the first name that is no approach."""
    for name in names:
        if name not in APPROACHES:
            raise BadInput(f"unknown approach {name!r}", f"allowed: {', '.join(APPROACHES)}")

"""The answers to the questionnaire, from a mapping that the caller has parsed.

    parse_answers({"goal": "both", "citations": "critical"})      two answered, the rest count nothing
    parse_answers({"goal": "speed"})                              BadInput: … allowed: facts, behaviour, both

Left out on purpose: the file format (JSON, TOML, a web form): the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from tunebook.advise.weights import QUESTIONS, Choice, Question
from tunebook.errors import BadInput


@dataclass(frozen=True, slots=True)
class Answers:
    """Question key → choice key; a question that is not in `chosen` was not answered."""

    chosen: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {question.key: question for question in QUESTIONS}
        for key, value in self.chosen.items():
            assert key in known, f"unchecked question {key!r}"
            assert known[key].choice(value), f"unchecked answer {key!r}: {value!r}"

    def to(self, question: Question) -> Choice | None:
        """The choice made for that question, or None."""
        return question.choice(self.chosen[question.key]) if question.key in self.chosen else None


def parse_answers(mapping: Mapping[str, Any]) -> Answers:
    """Check a mapping of question keys to choice keys; None and absent mean not answered.

    Raises BadInput on an unknown question or choice, naming what is allowed.
    """
    if not isinstance(mapping, Mapping):
        raise BadInput(
            f"answers are a {type(mapping).__name__}; allowed: one table of questions and choices",
            'write them as {"goal": "facts", "citations": "critical"}',
        )
    questions = {question.key: question for question in QUESTIONS}
    chosen: dict[str, str] = {}
    for key, value in mapping.items():
        if key not in questions:
            raise _refused(f"no question {_shown(key)}", key, questions)
        if value is None:
            continue
        choices = [choice.key for choice in questions[key].choices]
        name = value.strip().lower() if isinstance(value, str) else value
        if not isinstance(name, str) or name not in choices:
            raise _refused(f"no answer {_shown(value)} to {key!r}", name, choices)
        chosen[key] = name
    return Answers(chosen)


def _refused(what: str, given: object, allowed: Iterable[str]) -> BadInput:
    names = list(allowed)
    close = get_close_matches(given.lower(), names, n=1) if isinstance(given, str) else []
    hint = f"did you mean {close[0]!r}?" if close else "take one of those, or leave the question out"
    return BadInput(f"{what}; allowed: {', '.join(names)}", hint)


def _shown(value: object) -> str:
    """The value as Python writes it, on one line and short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

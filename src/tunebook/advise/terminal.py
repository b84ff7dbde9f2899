"""The questionnaire and the advice as plain text.

    1. Must an answer name its source?
       1) no
       2) welcome, not required
       3) critical: an answer without a source is worthless
    Number, or empty to skip: 3

Left out on purpose: colour and terminal libraries; the command line may add them around this text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from textwrap import wrap

from tunebook.advise.advice import Advice, Factor
from tunebook.advise.answers import Answers
from tunebook.advise.weights import QUESTIONS, STRONG, Question

WIDTH_CHARS = 100
PROMPT = "Number, or empty to skip: "


def ask_interactively(read: Callable[[str], str], write: Callable[[str], None]) -> Answers:
    """Ask every question; `read` shows its prompt and returns a line, as `input` does; `write` ends its own line,
    as `print` does.

    Empty skips, anything but an offered number asks again, EOFError from `read` ends it with what was answered.
    """
    chosen: dict[str, str] = {}
    for number, question in enumerate(QUESTIONS, 1):
        write(f"\n{number}. {question.text}")
        for index, choice in enumerate(question.choices, 1):
            write(f"   {index}) {choice.label}")
        try:
            key = _ask(question, read, write)
        except EOFError:
            break
        if key is not None:
            chosen[question.key] = key
    return Answers(chosen)


def _ask(question: Question, read: Callable[[str], str], write: Callable[[str], None]) -> str | None:
    while True:
        line = read(PROMPT).strip()
        if not line:
            return None
        numbers = {str(index): choice.key for index, choice in enumerate(question.choices, 1)}
        if line in numbers:
            return numbers[line]
        write(f"   {line!r} is not one of 1 to {len(numbers)}; empty skips the question.")


def render(advice: Advice) -> str:
    """The advice for a terminal: the recommendation, what was weighed factor by factor, the trial, what to collect."""
    return "\n".join(_lines(advice)) + "\n"


def _lines(advice: Advice) -> Iterator[str]:
    yield f"Recommended: {advice.recommended}"
    yield from _wrapped(advice.reason, "  ")
    yield from _wrapped(f"Confidence {advice.confidence}: {advice.confidence_why}.", "  ")
    yield ""
    yield f"What was weighed ({STRONG:g} points in a direction are strong; a factor counts once, at its strongest)"
    for name, group in groupby(advice.factors, key=lambda factor: factor.factor):
        yield f"  {name}"
        for factor in group:
            yield from _factor_lines(factor)
    yield f"  In all: {_points(advice.tuning, advice.rag)}"
    yield ""
    yield f"Trial: {advice.trial}"
    yield from _wrapped(advice.trial_says, "  ")
    if advice.collect:
        yield ""
        yield "To collect before a trial can decide" if advice.trial == "none" else "To collect for a surer trial"
        for sentence in advice.collect:
            yield from _wrapped(sentence, "  - ")


def _factor_lines(factor: Factor) -> Iterator[str]:
    if factor.answer is None:
        yield "    not answered"
        return
    who = "you said" if factor.source == "answer" else "the data says"
    points = _points(factor.tuning, factor.rag) if factor.weight else "no lean"
    yield from _wrapped(f"{who}: {factor.answer} -> {points}", "    ")
    yield from _wrapped(factor.why, "      ")


def _points(tuning: float, rag: float) -> str:
    return f"tuning {tuning:g}, rag {rag:g}"


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH_CHARS, initial_indent=indent, subsequent_indent=" " * len(indent))

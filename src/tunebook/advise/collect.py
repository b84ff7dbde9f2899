"""What to collect before a trial can decide, most wanted first.

A project with 12 examples and 80 knowledge cases, all answerable, is told: "At least 50 examples (12 are there):
…" and "At least 20 unanswerable cases (0 are there): …".

Left out on purpose: power analysis.  Once a trial has run, its own `cases_needed` is named instead of a rule of
thumb.
"""

from __future__ import annotations

from collections.abc import Iterator

from tunebook.advise import weights as w
from tunebook.advise.answers import Answers
from tunebook.advise.facts import DataFacts


def to_collect(
    answers: Answers, facts: DataFacts, tuning: float, rag: float, cases_needed: int | None
) -> tuple[str, ...]:
    """Sentences; empty where a trial could decide with what is there."""
    wanted = [*_documents(facts, rag), *_examples(answers, facts), *_cases(facts, tuning, rag, cases_needed)]
    open_questions = [question.text for question in w.QUESTIONS if _is_open(question, answers, facts)]
    if open_questions:
        wanted.append("Answers to what is still open: " + " ".join(open_questions))
    return tuple(wanted)


def _is_open(question: w.Question, answers: Answers, facts: DataFacts) -> bool:
    return question.key not in answers.chosen and not (question.factor == w.EXAMPLES and facts.examples is not None)


def _documents(facts: DataFacts, rag: float) -> Iterator[str]:
    if rag and not facts.documents:
        yield "The documents that hold the answers: the library has none; put them into documents/ and run tunebook sync."


def _examples(answers: Answers, facts: DataFacts) -> Iterator[str]:
    if facts.examples is not None and facts.examples >= w.ENOUGH_EXAMPLES:
        return
    if not facts.examples and answers.chosen.get("examples") in ("some", "many"):
        yield "The examples that you have, in examples.jsonl: the project holds none yet."
        return
    there = "" if facts.examples is None else f" ({_there(facts.examples)})"
    yield f"At least {w.ENOUGH_EXAMPLES} examples{there}: below that, tuning has too little to learn from."


def _cases(facts: DataFacts, tuning: float, rag: float, cases_needed: int | None) -> Iterator[str]:
    if cases_needed is not None and cases_needed > facts.cases:
        yield f"About {cases_needed} cases in all ({_there(facts.cases)}): the last trial could not decide."
    neither = not tuning and not rag
    if (rag or neither) and facts.knowledge_cases < w.ENOUGH_CASES:
        yield (
            f"At least {w.ENOUGH_CASES} cases for knowledge ({_there(facts.knowledge_cases)}): questions whose "
            "answer is in the documents, with the source that holds it."
        )
    if (tuning or neither) and facts.behaviour_cases < w.ENOUGH_CASES:
        yield (
            f"At least {w.ENOUGH_CASES} cases for behaviour ({_there(facts.behaviour_cases)}): with checks or "
            "reference answers that show the form."
        )
    if facts.unanswerable_cases < w.ENOUGH_UNANSWERABLE:
        yield (
            f"At least {w.ENOUGH_UNANSWERABLE} unanswerable cases ({_there(facts.unanswerable_cases)}): tuning can "
            "cost the ability to say 'not found', and only these show it."
        )


def _there(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'} there"

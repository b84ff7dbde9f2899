"""What the advisor is told about a project: its data, and its last trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebook.advise import DataFacts, format_regularity, parse_answers
from tunebook.advise import advise as advise_on
from tunebook.advise.weights import QUESTIONS
from tunebook.answer.text import tokens
from tunebook.project.history import changed_a_month
from tunebook.project.parts import Parts
from tunebook.project.reports import Reports
from tunebook.rows import read_cases, read_examples
from tunebook.tuning import sound
from tunebook.values import Example


def advise(parts: Parts, answers: Any | None) -> Any:
    """Answers are a mapping as read from a file, the questionnaire's own Answers, or None."""
    given = parse_answers(answers or {}) if answers is None or isinstance(answers, Mapping) else answers
    return advise_on(given, _facts(parts), _last_trial(parts))


def questions() -> list[dict[str, Any]]:
    """The questionnaire, for a form."""
    return [
        {
            "key": question.key,
            "text": question.text,
            "choices": [{"key": choice.key, "label": choice.label} for choice in question.choices],
        }
        for question in QUESTIONS
    ]


def _facts(parts: Parts) -> Any:
    folder = parts.folder
    cases = read_cases(folder.cases) if folder.has_cases else []
    examples = sound(read_examples(folder.examples, any_turns=True)) if folder.has_examples else []
    known = parts.synced
    completions = [example.completion for example in examples if example.completion]
    return DataFacts(
        documents=len(parts.library.store.entries()) if known else 0,
        knowledge_cases=sum(case.kind == "knowledge" for case in cases),
        behaviour_cases=sum(case.kind == "behaviour" for case in cases),
        unanswerable_cases=sum(not case.answerable for case in cases),
        examples=len(examples),
        examples_with_sources=sum(bool(example.sources) for example in examples) / len(examples) if examples else None,
        completions_in_documents=_found(parts, examples) if known else None,
        format_regularity=format_regularity(completions),
        changed_documents_a_month=changed_a_month(folder.state),
    )


def _found(parts: Parts, examples: list[Example]) -> float | None:
    """Share of completions whose telling words stand in one passage of their own sources."""
    telling = [example for example in examples if example.completion and example.sources]
    if not telling:
        return 0.0 if examples else None
    held = 0
    for example in telling:
        words = set(tokens(example.completion or "")) - set(tokens(example.prompt))
        passages = [p for document in example.sources for p in parts.library.store.passages_of(document)]
        held += any(len(words & set(tokens(p.text))) >= 0.6 * max(1, len(words)) for p in passages)
    return held / sum(bool(example.completion) for example in examples)


def _last_trial(parts: Parts) -> Mapping[str, Any] | None:
    reports = Reports(parts.folder.state / "trials")
    last = reports.last()
    return reports.readable(last) if last else None

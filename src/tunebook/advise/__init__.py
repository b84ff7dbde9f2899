"""The advisor: which approach to expect to win, why, and whether a trial bears it out.

>>> from tunebook.advise import DataFacts, advise, parse_answers
>>> answers = parse_answers({"goal": "facts", "citations": "critical", "volatility": "weekly"})
>>> advice = advise(answers, DataFacts(documents=340, knowledge_cases=80), trial=None)
>>> advice.recommended, advice.trial
('rag', 'none')

Left out on purpose: reading files, counting what a project holds and running a trial; the caller hands those in.
"""

from tunebook.advise.advice import Advice, Factor
from tunebook.advise.answers import Answers, parse_answers
from tunebook.advise.decide import advise
from tunebook.advise.facts import DataFacts, format_regularity
from tunebook.advise.terminal import ask_interactively, render
from tunebook.advise.weights import QUESTIONS, Choice, Question

__all__ = [
    "QUESTIONS",
    "Advice",
    "Answers",
    "Choice",
    "DataFacts",
    "Factor",
    "Question",
    "advise",
    "ask_interactively",
    "format_regularity",
    "parse_answers",
    "render",
]

"""Hits to an answer: the prompt, each sentence held against its sources, and when to abstain."""

from tunebook.answer.abstain import says_nothing_found, too_far
from tunebook.answer.attribute import attribute
from tunebook.answer.default_gate import default_gate
from tunebook.answer.gate import Gate
from tunebook.answer.prompt import demonstrated, over_passages, within
from tunebook.answer.sentences import sentences
from tunebook.answer.signals import signals
from tunebook.answer.verify import Verified, settled, verify

__all__ = [
    "Gate",
    "Verified",
    "attribute",
    "default_gate",
    "demonstrated",
    "over_passages",
    "says_nothing_found",
    "sentences",
    "settled",
    "signals",
    "too_far",
    "verify",
    "within",
]

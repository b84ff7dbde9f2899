"""Hits to an answer: the prompt, the attribution of each sentence to its source, and when to abstain."""

from tunebook.answer.abstain import says_nothing_found, too_far
from tunebook.answer.attribute import attribute, cite, sentences
from tunebook.answer.prompt import demonstrated, over_passages

__all__ = ["attribute", "cite", "demonstrated", "over_passages", "says_nothing_found", "sentences", "too_far"]

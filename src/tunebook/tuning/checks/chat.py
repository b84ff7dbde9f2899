"""Chats that no template was made for, texts that a template would misread, and completions that are no answer.

A template's own token inside a text (`<|im_end|>`) is read as the end of a turn, not as text.  A completion breaks off where
its JSON runs out of input while the other completions that open with a brace are whole, or where prose ends with a comma
or a word that cannot end a sentence, and hardly any other does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tunebook.tuning.checks.alike import bare
from tunebook.tuning.checks.finding import Finding, found
from tunebook.values import Example

ROLES = ("system", "user", "assistant")
WHOLE_SHARE, FEWEST = 0.8, 5  # of the completions of a kind that must be whole before one is called broken
PROSE_WORDS = 6
FEWEST_PROSE, HANGING_SHARE = 20, 0.05  # where more of the prose ends so, it is the style (verse, say)
REPEATED_WORDS = 5
_TOKEN = re.compile(r"<\|[a-z_]{2,40}\|>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|</s>\s*$")
_MARK = re.compile(r"\[/?INST\]|<</?SYS>>|^### (?:Response|Instruction):", re.MULTILINE)
_HANGING = re.compile(r"(?:,|\b(?:a|an|the|and|or|of|with|from|their|its|our|because|which|whose))\s*$", re.IGNORECASE)


def empty(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        if not example.prompt.strip() and len(example.messages) == 1:
            yield found(example, "empty", "the prompt holds no text")
        elif example.answerable is not False and not (example.completion or "").strip() and not _unanswered(example):
            yield found(example, "empty", "the completion holds no text")


def turns(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        if why := _out_of_order(example):
            yield found(example, "turns", why)


def _unanswered(example: Example) -> bool:
    """A chat whose last message is not the assistant's: `turns` says so."""
    return example.completion is None and len(example.messages) > 1


def _out_of_order(example: Example) -> str | None:
    roles = [message["role"] for message in example.messages]
    for place, (role, message) in enumerate(zip(roles, example.messages, strict=True), 1):
        if role not in ROLES:
            return f"message {place} is of the unknown role {role!r}; allowed: {', '.join(ROLES)}"
        if not message["content"].strip() and len(roles) > 1:
            return f"message {place}, the {role}'s, holds no text"
        if role == "system" and place > 1:
            return f"message {place} is the system's, which comes first or not at all"
    spoken = [(place, role) for place, role in enumerate(roles, 1) if role != "system"]
    if not spoken or spoken[0][1] == "assistant":
        return "no user's message before the assistant's"
    for (_, before), (place, role) in pairwise(spoken):
        if before == role:
            return f"messages {place - 1} and {place} are both the {role}'s"
    if _unanswered(example) and example.answerable is not False:
        return f"the last message is the {roles[-1]}'s, not the assistant's"
    return None


def template_tokens(examples: Sequence[Example]) -> Iterator[Finding]:
    """Tokens that a tokenizer reads as such are fatal on either side; marks that are plain text, a warning in completions."""
    for example in examples:
        texts = [("prompt", message["content"]) for message in example.messages]
        said = example.completion or ""
        for where, text in (*texts, ("completion", said), ("rejected answer", example.rejected or "")):
            if match := _TOKEN.search(text):
                yield found(
                    example, "template-token", f"{match[0].strip()} in the {where} is read as markup, not as text"
                )
                break
        if match := _MARK.search(said):
            yield found(example, "template-token", f"{match[0]} in the completion belongs to a template", fatal=False)


def truncated(examples: Sequence[Example]) -> Iterator[Finding]:
    answered = [example for example in examples if (example.completion or "").strip()]
    braced = [example for example in answered if (example.completion or "").lstrip().startswith(("{", "[{"))]
    broken = [(example, why) for example in braced if (why := _not_json(example.completion or ""))]
    if len(braced) - len(broken) >= max(FEWEST, WHOLE_SHARE * len(braced)):
        yield from (
            found(example, "truncated", why, fatal=why.startswith("its JSON breaks off")) for example, why in broken
        )
    known = {example.row for example in braced}
    prose = [e for e in answered if e.row not in known and len((e.completion or "").split()) >= PROSE_WORDS]
    hanging = [(example, match) for example in prose if (match := _HANGING.search(example.completion or ""))]
    if len(prose) >= FEWEST_PROSE and len(hanging) <= HANGING_SHARE * len(prose):
        for example, match in hanging:
            yield found(example, "truncated", f"it ends with {match[0].strip()!r}", fatal=False)


def _not_json(text: str) -> str | None:
    """Why a text is no JSON, or None where it is."""
    try:
        json.loads(text)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        ran_out = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        return f"its JSON {'breaks off' if ran_out else 'is broken'}: {error.msg} at character {error.pos}"
    return None


def repeats_prompt(examples: Sequence[Example]) -> Iterator[Finding]:
    """Completions that open with all of the prompt."""
    for example in examples:
        prompt, said = bare(example.prompt), bare(example.completion or "")
        if len(prompt.split()) >= REPEATED_WORDS and f"{said} ".startswith(f"{prompt} "):
            more = "is the prompt" if said == prompt else "opens with the whole prompt"
            yield found(example, "repeats-prompt", f"the completion {more}", fatal=False)

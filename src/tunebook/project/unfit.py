"""What the settings do not fit, of what a sync met: told, and left as it is.

    unfit(parts, sample)     →  ["library.language: the documents read like German, …"]

The language is told by what was read this time alone, and only where that is most of the library.
"""

from __future__ import annotations

from pathlib import Path

from tunebook.documents import language_of
from tunebook.library import ANY, ENGLISH
from tunebook.models.encoding import WINDOW, encoding
from tunebook.project.parts import Parts

SAMPLE_CHARS = 40_000  # of the documents' beginnings, in which a language shows


def unfit(parts: Parts, sample: str) -> list[str]:
    """A line for each; `sample` is some of the documents' text, or empty."""
    language = language_of(sample)
    found = {
        "passages.max_tokens": _unread(parts),
        "library.language": _other_stems(parts, language),
        "embedder.name": _other_language(parts, language),
    }
    return [f"{setting}: {told}" for setting, told in found.items() if told]


def _unread(parts: Parts) -> str | None:
    """What the settings let into a passage and the embedder does not read; None also for one at an endpoint, which cuts unseen."""
    embedder, longest = parts.settings.embedder, parts.settings.passages.max_tokens
    if embedder.endpoint:
        return None
    window = WINDOW if embedder.name == "starter" else encoding(Path(parts.folder.model(embedder.name))).window
    told = (
        f"{embedder.name} reads {window} tokens of a passage; of one of {longest} the rest is found by its words alone"
    )
    return told if longest > window else None


def _other_stems(parts: Parts, found: str | None) -> str | None:
    """Words are looked for in another language than the documents are in.  Whoever set `any` has chosen."""
    named = parts.settings.library.language
    if found is None or named in (found, ANY):
        return None
    like = "like no language that has stems here" if found == ANY else f"like {found.capitalize()}"
    told = f"the documents read {like}, and their words are looked for as {named.capitalize()}"
    return f'{told}: set it to "{found}" and sync again'


def _other_language(parts: Parts, found: str | None) -> str | None:
    embedder = parts.settings.embedder
    if found in (None, ENGLISH) or embedder.endpoint or parts.given_embedder != "starter":
        return None
    return "the starter was trained on English: name an embedder that knows the documents' language"

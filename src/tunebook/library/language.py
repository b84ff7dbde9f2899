"""The language whose words are looked for: by their stems, without its stop words, or as they stand.

    Lance:       index_of("german")            FTS(language="German", stem=True, remove_stop_words=True)
    PostgreSQL:  config_of("german")           'german';  divided("any", "自行车 80 kg")  →  "自行 行车 80 kg"

Both stores stem the eighteen languages of LANGUAGES (Snowball's).  ANY takes words as they are: for a language that is not
among them, for documents in several, and for scripts without spaces.  Those LanceDB divides by Unicode's dictionaries (ICU);
PostgreSQL has none, so it is given each two neighbouring characters, as search engines do for Chinese and Japanese.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

ENGLISH, ANY = "english", "any"
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)


def index_of(language: str) -> Any:
    """What LanceDB is to index words by."""
    from lancedb.index import FTS

    if language == ANY:
        return FTS(base_tokenizer="icu", stem=False, remove_stop_words=False, with_position=False)
    return FTS(language=language.capitalize(), stem=True, remove_stop_words=True, with_position=False)


def config_of(language: str) -> str:
    """PostgreSQL's text search configuration."""
    return "simple" if language == ANY else language


def divided(language: str, text: str) -> str:
    """With ANY, runs of a script without spaces as pairs of neighbouring characters; else the text."""
    return _UNSPACED.sub(lambda run: f" {_pairs(run[0])} ", text) if language == ANY else text


def _pairs(run: str) -> str:
    return " ".join(a + b for a, b in pairwise(run)) or run

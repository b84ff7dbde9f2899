"""Variables of the environment that look like tunebook's and are none of it: each gets a line, so that none is lost in silence.

    TUNEBOOK_SEARCH_K=5   →   "TUNEBOOK_SEARCH_K is no setting and counts for nothing; did you mean TUNEBOOK_SEARCH__K?"

A warning and no error, unlike an unknown key in tunebook.toml: that file is tunebook's alone, while the environment is shared.
Kubernetes, for one, writes variables for every service, such as TUNEBOOK_PORT_8765_TCP where one is called tunebook; they
are passed over here.
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches

from tunebook.settings import Settings

PREFIX = "TUNEBOOK_"
OTHERS = frozenset({"TUNEBOOK_CACHE"})
_OF_A_SERVICE = re.compile(r"TUNEBOOK_(\w+_)?(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP))")


def strange_variables(settings: Settings) -> list[str]:
    """One line each, in the order of their names."""
    keyed = (settings.model, settings.embedder, settings.reranker, settings.judge)
    named = {*(one.key_env for one in keyed), settings.serve.oidc_secret_env, *OTHERS}
    known = [f"{PREFIX}{section}__{key}".upper() for section, model in settings for key in type(model).model_fields]
    return [
        f"{name} is no setting and counts for nothing; {_meant(name, known)}"
        for name, value in sorted(os.environ.items())
        if name.startswith(PREFIX) and "__" not in name.removeprefix(PREFIX)  # with two, it was read as a setting
        if name not in named and not _OF_A_SERVICE.match(name) and not value.startswith(("tcp://", "udp://"))
    ]


def _meant(name: str, known: list[str]) -> str:
    alike = [one for one in known if one.replace("_", "") == name.replace("_", "").upper()]
    near = alike or get_close_matches(name, known, 1, 0.75)
    return f"did you mean {near[0]}?" if near else "a setting is TUNEBOOK_SECTION__KEY"

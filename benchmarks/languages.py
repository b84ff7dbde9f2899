"""Citations in other languages: are altered answers told from whole ones, in five of them?

    python benchmarks/languages.py [--show] [--json]

36 answers in Chinese, Japanese and German to six passages, 24 in French and Spanish to four (`planted_languages.py`, written
for tunebook): half say what a passage says, in other words or another order; in the others a number, a name or a negation is
altered, or no passage says it.  --show lists each.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from typing import Any

from citations import auc
from planted_languages import TEXTS, Planted, planted

from tunebook.answer import verify


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="each answer with its score and verdict")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    every = list(planted())
    found = {language: _measured([one for one in every if one.language == language]) for language in TEXTS}
    if arguments.json:
        print(json.dumps({"name": "languages", "machine": {"python": platform.python_version()}, "found": found}))
        return
    if arguments.show:
        for one in every:
            score, supported, document = _verdict(one)
            print(f"{one.kind or '-':<9} {score:.2f} {supported!s:<6} {document or '-':<5} {one.gold:<5} {one.text}")
    for language, values in found.items():
        print(f"{language}: " + ", ".join(f"{key} {value:.3f}" for key, value in values.items()))


def _measured(its: Sequence[Planted]) -> dict[str, float]:
    told = [_verdict(one) for one in its]
    whole = [verdict for one, verdict in zip(its, told, strict=True) if one.kind is None]
    altered = [verdict for one, verdict in zip(its, told, strict=True) if one.kind is not None]
    gold = [one.gold for one in its if one.kind is None]
    return {
        "answers": len(its),
        "AUC": auc([score for score, _, _ in whole], [score for score, _, _ in altered]),
        "whole: supported": sum(supported is True for _, supported, _ in whole) / len(whole),
        "whole: not supported": sum(supported is False for _, supported, _ in whole) / len(whole),
        "altered: not supported": sum(supported is False for _, supported, _ in altered) / len(altered),
        "altered: supported": sum(supported is True for _, supported, _ in altered) / len(altered),
        "whole: right passage": sum(cited == one for (_, _, cited), one in zip(whole, gold, strict=True)) / len(whole),
    }


def _verdict(one: Planted) -> tuple[float, bool | None, str | None]:
    """The score of its one sentence, its verdict, and the document that is cited with support or in doubt."""
    found: Any = verify(one.text, one.hits, one.question)
    claim = min(found.claims, key=lambda claim: claim.score)
    cited = [
        found.citations[place].document for place in claim.citations if found.citations[place].supported is not False
    ]
    return claim.score, claim.supported, cited[0] if cited else None


if __name__ == "__main__":
    main()

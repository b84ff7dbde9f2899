"""Do answers fit their JSON schema?  Told, told again, and held to it token by token.

    python benchmarks/forms.py --data ../shared/data [--quick] [--json]

Questions of `squad2` over their own passage, each with one of four schemas, asked of the starter chat model on the fast path:
`told` has the schema in the system message; `told twice` asks what missed it once more with what was wrong, as a model
without a grammar is asked; `held second` asks once more held to the schema, as the server does; `held` holds from the first.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunebook.models import Request
from tunebook.models.openvino import OpenVinoChatModel
from tunebook.rows import read_cases, sample
from tunebook.serve.structured import Form, Misfit

TOKENS = 96
SCHEMAS: tuple[dict[str, Any], ...] = (
    {"type": "object", "properties": {"answer": {"type": "string", "maxLength": 80}}, "required": ["answer"]},
    {
        "type": "object",
        "properties": {"answer": {"type": "string", "maxLength": 80}, "certain": {"type": "boolean"}},
        "required": ["answer", "certain"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {
            "kind": {"enum": ["person", "place", "date", "number", "other"]},
            "words": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 1, "maxItems": 3},
        },
        "required": ["kind", "words"],
        "additionalProperties": False,
    },
    {
        "$defs": {
            "part": {
                "type": "object",
                "properties": {"text": {"type": "string", "maxLength": 60}},
                "required": ["text"],
            }
        },
        "type": "object",
        "properties": {"first": {"$ref": "#/$defs/part"}, "score": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["first", "score"],
        "additionalProperties": False,
    },
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measured(arguments.data / "squad2", 12 if arguments.quick else 60)
    claims = {
        f"{way}: fit": {"value": found[way]["fit"], "goal": "≥ .95", "holds": found[way]["fit"] >= 0.95}
        for way in ("held", "held second")
    }
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "forms", "machine": machine, "claims": claims, "found": found}))
        return
    for way, values in found.items():
        print(f"{way:<12} fit {values['fit']:.3f}  {values['seconds']:.1f} s  {values['tokens']:.0f} tokens an answer")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']:.3f} (goal {result['goal']})")


def measured(folder: Path, count: int) -> dict[str, dict[str, float]]:
    lines = (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {row["_id"]: row["text"] for row in map(json.loads, lines)}
    cases = sample([case for case in read_cases(folder / "cases.jsonl") if case.answerable], count, 0)
    forms = [Form(SCHEMAS[number % len(SCHEMAS)]) for number in range(count)]
    asked = [
        ({"role": "user", "content": f"{texts[case.sources[0].document]}\n\n{case.messages[-1]['content']}"},)
        for case in cases
    ]
    model = OpenVinoChatModel.load()
    list(model.generate([Request(asked[0], 2), Request(asked[1], 2, schema=forms[1].schema)]))  # loads both
    told = [form.tell(messages) for form, messages in zip(forms, asked, strict=True)]
    found: dict[str, Any] = {}
    first, found["told"] = _ask(model, [Request(one, TOKENS) for one in told], forms)
    missed = [place for place in range(count) if first[place]]
    again = [Request(forms[p].tell(asked[p], first[p]), TOKENS) for p in missed]
    held = [Request(forms[p].tell(asked[p], first[p]), TOKENS, schema=forms[p].schema) for p in missed]
    for way, requests in (("told twice", again), ("held second", held)):
        wrong, values = _ask(model, requests, [forms[p] for p in missed])
        found[way] = values | {"fit": 1 - sum(map(bool, wrong)) / count}
    _, found["held"] = _ask(
        model, [Request(one, TOKENS, schema=form.schema) for one, form in zip(told, forms, strict=True)], forms
    )
    return found


def _ask(
    model: OpenVinoChatModel, requests: Sequence[Request], forms: Sequence[Form]
) -> tuple[list[str], dict[str, float]]:
    """What is wrong with each answer, "" where it fits; and the share that fits, seconds together, tokens an answer."""
    begin = time.perf_counter()
    answers = dict(model.generate(requests))
    seconds = time.perf_counter() - begin
    wrong = []
    for place, form in enumerate(forms):
        try:
            form.read(answers[place].text)
            wrong.append("")
        except Misfit as misfit:
            wrong.append(str(misfit))
    tokens = sum(answer.completion_tokens or 0 for answer in answers.values()) / max(len(answers), 1)
    fit = 1 - sum(map(bool, wrong)) / max(len(wrong), 1)
    return wrong, {"fit": fit, "seconds": seconds, "tokens": tokens}


if __name__ == "__main__":
    main()

"""The machine checks of a case: what an answer's form must satisfy, whatever it says.

    run_check({"type": "max_words", "limit": 3}, "Ride easy, Larkmoor")          →  True
    run_check({"type": "choice", "values": ["yes", "no"]}, "Yes.")               →  True
    run_check({"type": "json_schema", "schema": {"type": "object"}}, "```{}```") →  False, it is no JSON as a whole

A new check is one function and one line in `_RUN`; `tunebook.rows.CHECKS` names the field it needs.

Left out on purpose: repairs.  A fence around JSON is a fault of form, and form is what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tunebook.errors import BadInput
from tunebook.trial.text import folded, parse_json, word_count

Check = Mapping[str, Any]

FULL_STOPS = (".", "\u3002", "\u0964", "\u06d4")  # of Chinese and Japanese, of Hindi, of Urdu


def run_check(check: Check, text: str) -> bool:
    """True where the text passes.  Raises BadInput for a check that cannot be run at all."""
    kind = check.get("type")
    if kind not in _RUN:
        raise BadInput(f"check {kind!r}; allowed: {', '.join(_RUN)}", "docs/cases.md describes the checks")
    return _RUN[kind](check, text)


def _json_schema(check: Check, text: str) -> bool:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = check["schema"]
    hint = "https://json-schema.org describes what a schema may hold"
    if not isinstance(schema, dict | bool):
        raise BadInput(f"a json_schema check: the schema is {type(schema).__name__}, not an object", hint)
    try:
        kind: Any = validator_for(schema, default=Draft202012Validator)
        kind.check_schema(schema)
        # An empty registry: a "$ref" to the web is refused rather than fetched.
        return bool(kind(schema, registry=Registry()).is_valid(parse_json(text)))
    except (SchemaError, Unresolvable, re.error) as error:
        reason = str(error).strip().split("\n")[0]
        raise BadInput(f"a json_schema check: {reason}", hint) from error
    except ValueError:
        return False  # no JSON as a whole


def _regex(check: Check, text: str) -> bool:
    return re.search(check["pattern"], text, re.DOTALL) is not None


def _contains(check: Check, text: str) -> bool:
    return all(folded(value) in folded(text) for value in _values(check))


def _not_contains(check: Check, text: str) -> bool:
    return not any(folded(value) in folded(text) for value in _values(check))


def _max_words(check: Check, text: str) -> bool:
    return word_count(text) <= int(check["limit"])


def _choice(check: Check, text: str) -> bool:
    return _bare(text) in {_bare(value) for value in _values(check)}


def _bare(text: str) -> str:
    plain = folded(text).strip()
    return plain[:-1].rstrip() if plain.endswith(FULL_STOPS) else plain


def _values(check: Check) -> list[str]:
    values = check["values"]
    return [str(value) for value in values] if isinstance(values, list | tuple) else [str(values)]


_RUN: dict[str, Callable[[Check, str], bool]] = {
    "json_schema": _json_schema,
    "regex": _regex,
    "contains": _contains,
    "not_contains": _not_contains,
    "max_words": _max_words,
    "choice": _choice,
}

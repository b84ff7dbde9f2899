"""Answers as JSON that fits a schema.

    form = Form.of({"type": "json_schema", "json_schema": {"schema": {"type": "object", …}}})
    form.read('{"weight_kg": 19}')      →  the text, checked; raises Misfit with the reason

The schema is told to the model and its answer is checked; one that does not fit is asked for once more, held to the
schema token by token where the engine can, else with what was wrong.  It is not held from the first, so that it can
still abstain.  Left out on purpose: `pattern`, definitions that refer to themselves and references that lead elsewhere,
because a schema comes from outside: the first two could hold up the server, the last make it fetch.  So is a guarantee: an
answer that the token limit cuts, or a small model's whose engine cannot hold it, may miss the form, and the request fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from tunebook.serve.problems import Problem
from tunebook.values import Message

MAX_SCHEMA_CHARS = 20_000
MAX_DEPTH = 40
MAX_CHECKS = 5_000
UNSUPPORTED = ("pattern", "patternProperties", "$dynamicRef", "unevaluatedProperties", "unevaluatedItems")
DEFINITIONS = ("$defs", "definitions")
FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", re.DOTALL)


class Misfit(Exception):
    """The answer does not fit; the message says where."""


class NamedSchema(BaseModel):
    name: str = "answer"
    form: dict[str, Any] = Field(alias="schema")


class ResponseFormat(BaseModel):
    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: NamedSchema | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What the answer must be; any JSON object where no schema says more."""

    schema: Mapping[str, Any]

    @classmethod
    def of(cls, asked: ResponseFormat | None) -> Form | None:
        """None for text.  Raises Problem 400 for a schema that is none, or that is left out on purpose."""
        if asked is None or asked.type == "text":
            return None
        if asked.type == "json_object":
            return cls({"type": "object"})
        if asked.json_schema is None:
            raise Problem(400, "no_schema", "response_format without json_schema.schema", param="response_format")
        schema = asked.json_schema.form
        _check(schema)
        return cls(schema)

    def tell(self, messages: tuple[Message, ...], wrong: str = "") -> tuple[Message, ...]:
        """The messages with the form, and what was wrong before, in their system message."""
        shape = json.dumps(self.schema, ensure_ascii=False)
        told = f"Answer with one JSON value and nothing else. It must fit this JSON schema: {shape}"
        told += f"\nAn answer before this one was refused: {wrong}" if wrong else ""
        first = messages[0]
        if first["role"] == "system":
            return ({"role": "system", "content": f"{first['content']}\n\n{told}"}, *messages[1:])
        return ({"role": "system", "content": told}, *messages)

    def read(self, text: str) -> str:
        """The JSON in an answer, without a fence around it.  Raises Misfit."""
        fenced = FENCED.fullmatch(text)
        inner = fenced[1] if fenced else text
        try:
            value = json.loads(inner)
        except (ValueError, RecursionError) as error:
            raise Misfit(f"it is not JSON: {error}") from error
        wrong = _first_error(self.schema, value)
        if wrong:
            raise Misfit(wrong)
        return inner


def _check(schema: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    if len(json.dumps(schema)) > MAX_SCHEMA_CHARS or _depth(schema) > MAX_DEPTH:
        raise _bad(f"it is too large: at most {MAX_SCHEMA_CHARS} characters, {MAX_DEPTH} levels")
    for key, _ in _keys(schema):
        if key in UNSUPPORTED:
            raise _bad(f"{key} is not supported", "use enum, properties with names, additionalProperties: false")
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise _bad(getattr(error, "message", "it is nested too deep")) from error
    if _checks(schema, schema, {}) > MAX_CHECKS:
        raise _bad(f"its references multiply to more than {MAX_CHECKS} checks")


def _bad(why: str, hint: str = "") -> Problem:
    return Problem(400, "bad_schema", f"not a schema that can be used: {why}"[:500], hint, "response_format")


def _checks(part: Any, schema: Mapping[str, Any], known: dict[str, int]) -> int:
    """How many sub-schemas a check may visit, each reference written out; 0 in `known` marks one that is being followed.

    Twenty definitions that each name the next one twice would be a million.
    """
    if isinstance(part, list):
        return sum(_checks(one, schema, known) for one in part)
    if not isinstance(part, Mapping):
        return 0
    count = 1 + sum(_checks(value, schema, known) for key, value in part.items() if key not in DEFINITIONS)
    if isinstance(ref := part.get("$ref"), str):
        if ref not in known:
            known[ref] = 0
            known[ref] = _checks(_target(ref, schema), schema, known)
        if not known[ref]:
            raise _bad(f"$ref {ref!r} leads back to itself")
        count += known[ref]
    return count


def _target(ref: str, schema: Mapping[str, Any]) -> Any:
    """The definition `#/$defs/NAME`; nothing else is followed."""
    _, *path = ref.split("/")
    if ref.startswith("#/") and len(path) == 2 and path[0] in DEFINITIONS:
        found = schema.get(path[0], {})
        if isinstance(found, Mapping) and path[1] in found:
            return found[path[1]]
    raise _bad(f"$ref {ref[:100]!r} leads to no definition of its own", "allowed: #/$defs/NAME")


def _first_error(schema: Mapping[str, Any], value: Any) -> str:
    """Where a value does not fit, or "" where it does.  Fetches nothing."""
    from jsonschema import Draft202012Validator
    from referencing import Registry

    error = next(iter(Draft202012Validator(schema, registry=Registry()).iter_errors(value)), None)
    return f"{error.json_path}: {error.message[:300]}" if error else ""


def _keys(value: Any) -> list[tuple[str, Any]]:
    """Every key of a schema at any depth; a property that is named `pattern` is none of the schema's words."""
    found: list[tuple[str, Any]] = []
    if isinstance(value, list):
        for one in value:
            found += _keys(one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key in ("properties", "$defs", "definitions", "dependentSchemas") and isinstance(one, Mapping):
                for inner in one.values():
                    found += _keys(inner)
            elif key not in ("enum", "const", "default", "examples"):
                found += [(key, one), *_keys(one)]
    return found


def _depth(value: Any, level: int = 0) -> int:
    if level > MAX_DEPTH:
        return level
    if isinstance(value, Mapping):
        return max((_depth(one, level + 1) for one in value.values()), default=level)
    if isinstance(value, list):
        return max((_depth(one, level + 1) for one in value), default=level)
    return level

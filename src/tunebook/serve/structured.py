"""Answers as JSON that fits a schema.

    form = Form.of({"type": "json_schema", "json_schema": {"schema": {"type": "object", …}}})
    form.read('{"weight_kg": 19}')      →  the text, checked; raises Misfit with the reason

The schema is told to the model, its answer is checked, and it is asked once more with what was wrong.  Left out on
purpose: `pattern` and references that lead elsewhere, because a schema comes from outside: the one could hold up the
server, the other make it fetch.  So is a guarantee: small models often miss a form, and then the request fails.
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
        why = f"the schema is too large: at most {MAX_SCHEMA_CHARS} characters, {MAX_DEPTH} levels"
        raise Problem(400, "bad_schema", why, param="response_format")
    for key, value in _keys(schema):
        if key in ("pattern", "patternProperties") and not isinstance(value, bool):
            raise Problem(400, "bad_schema", f"{key} is not supported", "use enum or a format", "response_format")
        if key in ("$ref", "$dynamicRef") and not str(value).startswith("#"):
            raise Problem(400, "bad_schema", f"$ref {value!r} leads elsewhere", "use #/$defs/…", "response_format")
    try:
        Draft202012Validator.check_schema(schema)
        _first_error(schema, {})
    except (SchemaError, RecursionError) as error:
        why = getattr(error, "message", "it refers to itself without end")
        raise Problem(400, "bad_schema", f"not a JSON schema: {why}", param="response_format") from error


def _first_error(schema: Mapping[str, Any], value: Any) -> str:
    """Where a value does not fit, or "" where it does.  Fetches nothing."""
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        error = next(iter(Draft202012Validator(schema, registry=Registry()).iter_errors(value)), None)
    except Unresolvable as lost:
        raise Problem(400, "bad_schema", f"$ref {lost.ref!r} leads nowhere", param="response_format") from lost
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

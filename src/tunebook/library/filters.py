"""Conditions on a document's metadata: which documents a search looks at.

    holds(parse(["year>=2024", "format=pdf"]), {"year": 2025, "format": "pdf"})    →  True

    KEY=VALUE   KEY!=VALUE   KEY<VALUE   KEY<=VALUE   KEY>VALUE   KEY>=VALUE

All conditions must hold.  Numbers are compared as numbers, everything else as text, so that dates are written as ISO
8601 has them: `modified>=2024-06`.  A list holds what one of its items holds.  A document without the key never fits;
where none has it, that is told.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.errors import BadInput

SHOWN_KEYS = 20
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"\s*(?P<key>[^<>=!]+?)\s*(?P<sign>!=|<=|>=|=|<|>)\s*(?P<value>.*?)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    key: str
    sign: str
    value: str

    def holds(self, metadata: Mapping[str, Any]) -> bool:
        known = metadata.get(self.key)
        if known is None:
            return False
        return any(self._fits(item) for item in (known if isinstance(known, list) else [known]))

    def _fits(self, known: Any) -> bool:
        compare = _COMPARE[self.sign]
        number, wanted = _number(known), _number(self.value)
        if number is not None and wanted is not None:
            return compare(number, wanted)
        if isinstance(known, bool):
            return compare(str(known).lower(), self.value.lower())
        return compare(str(known), self.value)


def _number(value: Any) -> float | None:
    """None for what is no number, and for one that is not finite: it is text."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def parse(conditions: Sequence[str]) -> tuple[Condition, ...]:
    """Raises BadInput for what is no condition."""
    return tuple(map(_parse, conditions))


def _parse(text: str) -> Condition:
    found = _CONDITION.match(text)
    if not found:
        raise BadInput(f"--where {text}: no condition", "KEY=VALUE, or != < <= > >=; for example: year>=2024")
    return Condition(found["key"], found["sign"], found["value"])


def holds(conditions: Sequence[Condition], metadata: Mapping[str, Any]) -> bool:
    return all(condition.holds(metadata) for condition in conditions)


def need_keys(conditions: Sequence[Condition], documents: Iterable[Mapping[str, Any]]) -> None:
    """Raises BadInput for a key that none of these documents has; a search would find nothing, whatever the value."""
    known = {key for metadata in documents for key, value in metadata.items() if value is not None}
    for condition in conditions:
        if condition.key not in known:
            keys = ", ".join(sorted(known)[:SHOWN_KEYS]) + (", …" if len(known) > SHOWN_KEYS else "")
            raise BadInput(f"--where {condition.key}: no document has that key", f"keys there are: {keys or 'none'}")

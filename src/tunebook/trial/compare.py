"""Two trials side by side: what got better, what got worse, and whether that could be chance.

    compare_reports(before, after, 2000, 0)["arms"]["rag"]
    →  {"difference": {"mean": .08, "low": .02, "high": .14, "n": 80}, "among": …, "mended": ["k7", …], "broken": ["k3"]}

Only cases that both trials asked in the same words count, the turns before the question included (reports of before these
were hashed have the question alone).  A change of the key alone shows as a change, as it should.  "Rose" and "fell" allow
for all approaches having been looked at: Šidák's value, since each is compared over the cases that it was itself scored on.
Of an arm that was trained several times all trainings count, and their variance is part of the interval.
Left out on purpose: more than two trials at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tunebook.trial import statistics
from tunebook.trial.wording import excludes_zero, listed
from tunebook.values import points

SHOWN = 20
RIGHT = 0.5
INPUTS = {"cases": "the cases", "examples": "the examples", "library": "the documents", "model": "the model"}  # by hash


def compare_reports(before: Mapping[str, Any], after: Mapping[str, Any], resamples: int, seed: int) -> dict[str, Any]:
    """The `compared` of report.json: `after` against `before`, both with their cases."""
    old = {case["id"]: case for case in before.get("cases") or []}
    shared = [(old[case["id"]], case) for case in after.get("cases") or [] if _same(old.get(case["id"]), case)]
    names = [name for name in after.get("approaches") or {} if name in (before.get("approaches") or {})]
    rows = {name: found for name in names if (found := _scored(name, shared))}
    arms = {name: _arm(its, len(rows), resamples, seed) for name, its in rows.items()}
    return {
        "with": before.get("id"),
        "created": before.get("created"),
        "cases": len(shared),
        "verdict": {"before": _recommended(before), "after": _recommended(after)},
        "settings": _changed(before.get("settings") or {}, after.get("settings") or {}),
        "arms": arms,
        "sentence": _sentence(before, after, arms, len(shared)),
    }


def _same(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    if old is None:
        return False
    key = "asked" if "asked" in old and "asked" in new else "prompt"
    return bool(old.get(key) == new.get(key))


Row = tuple[str, list[float], list[float], str]  # id, scores before and after, one for each training, group


def _scored(name: str, shared: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[Row]:
    rows = []
    for old, new in shared:
        first, second = (_trainings(case["by"].get(name) or {}) for case in (old, new))
        if first and second:
            rows.append((new["id"], first, second, new.get("group") or new["id"]))
    return rows


def _trainings(its: Mapping[str, Any]) -> list[float] | None:
    """A case's score under each training of an arm; `scores` is there where it was trained several times."""
    found: list[float | None] = its["scores"] or [] if "scores" in its else [its.get("score")]
    known = [score for score in found if score is not None]
    return known if len(known) == len(found) else None


def _arm(rows: list[Row], arms: int, resamples: int, seed: int) -> dict[str, Any]:
    """Now less then, alone and allowing for so many arms."""
    ids, firsts, seconds, groups = (list(column) for column in zip(*rows, strict=True))
    before, after = (np.array(column, dtype=float).T for column in (firsts, seconds))  # (trainings, cases)
    both = statistics.compare({"after": after, "before": before}, groups, resamples, seed, arms)
    difference = both["after", "before"].within(1.0)
    means = list(zip(ids, before.mean(0).tolist(), after.mean(0).tolist(), strict=True))
    mended = [id for id, first, second in means if first < RIGHT <= second]
    broken = [id for id, first, second in means if second < RIGHT <= first]
    return {
        "difference": difference.alone.as_json(),
        "among": difference.among.as_json(),
        "mended": mended[:SHOWN],
        "broken": broken[:SHOWN],
        "counts": {"cases": len(ids), "mended": len(mended), "broken": len(broken)},
    }


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Settings that differ: {"key", "before", "after"}."""
    old, new = (dict(_flat(settings)) for settings in (before, after))
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return [{"key": key, "before": old.get(key), "after": new.get(key)} for key in keys]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in settings.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return found


def _recommended(report: Mapping[str, Any]) -> Any:
    return (report.get("verdict") or {}).get("recommended")


def _sentence(before: Mapping[str, Any], after: Mapping[str, Any], arms: Mapping[str, Any], cases: int) -> str:
    if not cases:
        return "The two trials share no case, so they cannot be compared."
    if not arms:
        return "The two trials share no approach that both scored on a shared case, so they cannot be compared."
    told = f"Over {cases} shared case{'s' if cases > 1 else ''}: "
    moved = [
        f"{name} {'rose' if found['difference']['mean'] > 0 else 'fell'} by {points(abs(found['difference']['mean'])).lstrip('+')}"
        for name, found in arms.items()
        if excludes_zero(found["among"])
    ]
    told += "; ".join(moved) if moved else "no approach moved beyond chance"
    first, second = _recommended(before), _recommended(after)
    told += ". " + (
        f"The verdict is still {second}." if first == second else f"The verdict went from {first} to {second}."
    )
    other = _other_inputs(before, after)
    return f"{told} Not the same in both: {listed(other)}." if other else told


def _other_inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What a change may come from beside the settings."""
    old, new = (report.get("hashes") or {} for report in (before, after))
    found = [said for key, said in INPUTS.items() if key in old and key in new and old[key] != new[key]]
    return [*found, *(["whose view was measured (--as)"] if before.get("reader") != after.get("reader") else [])]

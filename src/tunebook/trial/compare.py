"""Two trials side by side: what got better, what got worse, and whether that could be chance.

    compare_reports(before, after, 2000, 0)["arms"]["rag"]
    →  {"difference": {"mean": .08, "low": .02, "high": .14, "n": 80}, "mended": ["k7", …], "broken": ["k3"]}

Only cases that both trials asked in the same words count.  A change of the key alone shows as a change, as it should.
Left out on purpose: more than two trials at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebook.trial.statistics import paired

SHOWN = 20
RIGHT = 0.5


def compare_reports(before: Mapping[str, Any], after: Mapping[str, Any], resamples: int, seed: int) -> dict[str, Any]:
    """The `compared` of report.json: `after` against `before`, both with their cases."""
    old = {case["id"]: case for case in before.get("cases") or []}
    shared = [(old[case["id"]], case) for case in after.get("cases") or [] if _same(old.get(case["id"]), case)]
    names = [name for name in after.get("approaches") or {} if name in (before.get("approaches") or {})]
    arms = {name: found for name in names if (found := _arm(name, shared, resamples, seed))}
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
    return old is not None and old.get("prompt") == new.get("prompt")


def _arm(
    name: str, shared: list[tuple[Mapping[str, Any], Mapping[str, Any]]], resamples: int, seed: int
) -> dict[str, Any] | None:
    rows = []
    for old, new in shared:
        first, second = ((case["by"].get(name) or {}).get("score") for case in (old, new))
        if first is not None and second is not None:
            rows.append((new["id"], first, second, new.get("group") or new["id"]))
    if not rows:
        return None
    ids, firsts, seconds, groups = (list(column) for column in zip(*rows, strict=True))
    difference = paired(seconds, firsts, groups, resamples, seed)
    mended = [id for id, first, second, _ in rows if first < RIGHT <= second]
    broken = [id for id, first, second, _ in rows if second < RIGHT <= first]
    return {
        "difference": difference.as_json() if difference else None,
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
    told = f"Over {cases} shared cases: "
    moved = [
        f"{name} {'rose' if found['difference']['mean'] > 0 else 'fell'} by {abs(found['difference']['mean']) * 100:.0f} points"
        for name, found in arms.items()
        if found["difference"] and _excludes_zero(found["difference"])
    ]
    told += "; ".join(moved) if moved else "no approach moved beyond chance"
    first, second = _recommended(before), _recommended(after)
    return f"{told}. " + (
        f"The verdict is still {second}." if first == second else f"The verdict went from {first} to {second}."
    )


def _excludes_zero(difference: Mapping[str, Any]) -> bool:
    low, high = difference.get("low"), difference.get("high")
    return low is not None and high is not None and (low > 0 or high < 0)

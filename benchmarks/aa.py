"""Does the verdict keep its word?  Trials whose truth is known, drawn a thousand times.

    python benchmarks/aa.py [--quick] [--json]

A/A: arms that are right with the same chance on every case (some cases are easy, some hard, for all alike).  "One is
better" counts if any two arms are told apart in the table of differences, or if the verdict names another arm than the
simplest, or is decided; the two are also counted alone, since each keeps its own 5 %.  Planted: one arm is
10 points better.  Budget: five equal arms are looked at after every tenth of the cases, as with `--budget`; "given up"
counts if any of them ever is.  Seeds: an arm whose mean moves from training to training against one that stays.
Coverage: how often an interval holds the truth, and what an arm without a right answer gets.

The correlation between arms over cases is part of the truth: 0.5 is what two versions of one way of answering have;
0.1 was seen between `rag` and `hybrid` (experiments.md).  No model is used.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np

from tunebook.settings import WeightSettings
from tunebook.trial.resample import Array
from tunebook.trial.saying import CANNOT_TELL
from tunebook.trial.standing import Field
from tunebook.trial.statistics import compare, share
from tunebook.trial.utility import Terms
from tunebook.trial.verdict import SIMPLEST_FIRST, decide, hopeless

RESAMPLES = 1000  # half of a trial's
PLANTED = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 trials of each in place of 1,000")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    trials = 200 if arguments.quick else 1000
    alarms = [_alarms(trials, *about) for about in AA]
    powers = [_power(trials, *about) for about in POWER]
    budgets = [_budget(trials, *about) for about in BUDGET]
    seeds = [_seeds(trials, *about) for about in SEEDS]
    covers = [_coverage(2 * trials, chance, cases, size) for chance, cases, size in COVERAGE]
    claims = _claims(alarms, powers, budgets, covers)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        tables = {"alarms": alarms, "power": powers, "budget": budgets, "seeds": seeds, "coverage": covers}
        print(json.dumps({"name": "aa", "machine": machine, "trials": trials, "claims": claims, **tables}))
        return
    print(f"{trials} trials of each\n\nA/A: share of trials that say that one is better")
    print(_table(alarms))
    print(f"\nPlanted: one arm is {100 * PLANTED:.0f} points better; share of trials that find it")
    print(_table(powers))
    print(
        "\nFive equal arms under a budget: share of trials that give any up, and whose verdict says that one is better"
    )
    print(_table(budgets))
    print(
        "\nAn arm of several seeds against one that stays: share of 95 % intervals that hold the truth, and half their width"
    )
    print(_table(seeds))
    print("\nA mean of scores: share of intervals that hold the truth, mean width, and the interval of no right answer")
    print(_table(covers))
    print()
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']} ({result['goal']})")


# arms, cases, cases in a group, mean score, correlation between arms
AA = [
    (2, 200, 1, 0.5, 0.5),
    (2, 80, 1, 0.5, 0.5),
    (2, 200, 4, 0.5, 0.5),
    (2, 40, 1, 0.05, 0.5),
    (5, 200, 1, 0.5, 0.5),
    (5, 200, 1, 0.5, 0.1),
    (5, 80, 1, 0.5, 0.5),
    (5, 200, 4, 0.5, 0.5),
    (5, 80, 4, 0.3, 0.5),
    (5, 40, 1, 0.05, 0.5),
]
POWER = [(2, 200, 0.6), (2, 200, 0.4), (2, 200, 0.1), (2, 400, 0.1), (5, 200, 0.8), (5, 200, 0.5), (5, 400, 0.5)]
BUDGET = [(20, 0.5), (30, 0.5), (50, 0.5), (100, 0.5), (200, 0.5), (200, 0.1)]  # cases, correlation
SEEDS = [(seeds, spread) for seeds in (2, 3) for spread in (0.0, 0.06, 0.1, 0.15)]  # and their standard deviation
COVERAGE = [(0.02, 40, 1), (0.1, 40, 1), (0.5, 40, 1), (0.1, 200, 1), (0.1, 200, 5), (0.5, 200, 5)]


def _draw(random: np.random.Generator, arms: int, cases: int, size: int, mean: float, correlation: float) -> Array:
    """(arms, cases) of 0 and 1.  p of a case ~ Beta with variance correlation × mean (1 − mean); groups share their p."""
    total = 1 / correlation - 1
    hardness = random.beta(mean * total, (1 - mean) * total, -(-cases // size))
    return np.asarray(random.random((arms, cases)) < np.repeat(hardness, size)[:cases], dtype=np.float64)


def _field(scores: Array, size: int, seed: int) -> Field:
    cases = scores.shape[1]
    none = np.zeros((1, cases))
    arms = {
        name: Terms(row[None, :], none, none, 0.0, False) for name, row in zip(SIMPLEST_FIRST, scores, strict=False)
    }
    groups = [str(place // size) for place in range(cases)]
    return Field(arms, ["knowledge"] * cases, groups, WeightSettings(), RESAMPLES, seed)


def _alarms(trials: int, arms: int, cases: int, size: int, mean: float, correlation: float) -> dict[str, Any]:
    told = {"tunebook": 0, "its verdict": 0, "its table": 0, "each pair alone": 0, "holm": 0}
    for seed in range(trials):
        scores = _draw(np.random.default_rng([seed, arms, cases]), arms, cases, size, mean, correlation)
        field = _field(scores, size, seed)
        pairs = compare(field.worths(field.arms), field.groups, RESAMPLES, seed)
        verdict = decide(field)
        named = verdict["decided"] or verdict["recommended"] not in (CANNOT_TELL, SIMPLEST_FIRST[0])
        apart = any(pair.told_apart for pair in pairs.values())
        told["tunebook"] += named or apart
        told["its verdict"] += named
        told["its table"] += apart
        told["each pair alone"] += any(_excludes(pair.alone.low, pair.alone.high) for pair in pairs.values())
        told["holm"] += _holm(scores, field.groups)
    about = {"arms": arms, "cases": cases, "in a group": size, "mean": mean, "correlation": correlation}
    return about | {name: round(count / trials, 3) for name, count in told.items()}


def _holm(scores: Array, groups: Sequence[str]) -> bool:
    """Whether Holm's procedure rejects anything: the smallest p of all pairs, times their number, is below 5 %."""
    index = np.array([int(group) for group in groups])
    smallest, pairs = 1.0, list(combinations(range(len(scores)), 2))
    for a, b in pairs:
        sums = np.bincount(index, scores[a] - scores[b])
        error = sums.std(ddof=1) / np.sqrt(len(sums))
        if error > 0:
            smallest = min(smallest, 2 * (1 - NormalDist().cdf(abs(sums.mean()) / error)))
    return smallest * len(pairs) < 0.05


def _power(trials: int, arms: int, cases: int, correlation: float) -> dict[str, Any]:
    """The last arm, costliest to keep, is better; found: the verdict names it."""
    found, correlations = 0, []
    for seed in range(trials):
        random = np.random.default_rng([seed, arms, cases, 7])
        scores = _better(random, arms, cases, correlation)
        found += decide(_field(scores, 1, seed))["recommended"] == SIMPLEST_FIRST[arms - 1]
        correlations.append(np.asarray(np.corrcoef(scores[-2:]))[0, 1])
    about = {"arms": arms, "cases": cases, "correlation": round(float(np.mean(correlations)), 2)}
    return about | {"found": round(found / trials, 3)}


def _better(random: np.random.Generator, arms: int, cases: int, correlation: float) -> Array:
    """A mean of .5 for all arms but the last, whose chance on each case is raised to a mean of .6."""
    total = 1 / correlation - 1
    hardness = random.beta(0.5 * total, 0.5 * total, cases)
    chances = np.tile(hardness, (arms, 1))
    chances[-1] += PLANTED * (1 - hardness) / 0.5
    return np.asarray(random.random((arms, cases)) < chances, dtype=np.float64)


def _budget(trials: int, cases: int, correlation: float) -> dict[str, Any]:
    arms = len(SIMPLEST_FIRST)
    given_up = named = 0
    for seed in range(trials):
        scores = _draw(np.random.default_rng([seed, cases, 11]), arms, cases, 1, 0.5, correlation)
        lost: set[str] = set()
        for size in sorted({round(cases * tenth / 10) for tenth in range(1, 11)}):
            field = _field(scores[:, :size], 1, seed)
            left = {name: terms for name, terms in field.arms.items() if name not in lost}
            field = replace(field, arms=left, began=arms, resamples=RESAMPLES // 4)
            if size < cases:
                lost |= hopeless(field, {"knowledge": cases}).keys()
        verdict = decide(field)
        given_up += bool(lost)
        named += verdict["decided"] or verdict["recommended"] not in (CANNOT_TELL, SIMPLEST_FIRST[0])
    about = {"arms": arms, "cases": cases, "correlation": correlation}
    return about | {"given up": round(given_up / trials, 3), "its verdict": round(named / trials, 3)}


def _seeds(trials: int, seeds: int, spread: float) -> dict[str, Any]:
    """200 cases; on .6 of them the arm has the luck of the one that stays, else its own."""
    held, halves = 0, []
    for seed in range(trials):
        random = np.random.default_rng([seed, seeds, round(100 * spread)])
        luck = random.random(200)
        chances = 0.5 + random.normal(0, 1, seeds) * spread
        rows = [np.where(random.random(200) < 0.6, luck, random.random(200)) < chance for chance in chances]
        one = compare({"a": np.array(rows), "b": luck < 0.5}, range(200), RESAMPLES, seed)["a", "b"].alone
        assert one.low is not None and one.high is not None
        held += one.low <= 0 <= one.high
        halves.append((one.high - one.low) / 2)
    about = {"seeds": seeds, "spread": spread}
    return about | {"held": round(held / trials, 3), "half width": round(float(np.median(halves)), 3)}


def _coverage(trials: int, chance: float, cases: int, size: int) -> dict[str, Any]:
    groups = [place // size for place in range(cases)]
    held, widths = 0, []
    for seed in range(trials):
        scores = _draw(np.random.default_rng([seed, cases, size]), 1, cases, size, chance, 0.5)[0]
        found = share(scores.tolist(), groups)
        assert found and found.low is not None and found.high is not None
        held += found.low <= chance <= found.high
        widths.append(found.high - found.low)
    none = share([0.0] * cases, groups)
    about = {"truth": chance, "cases": cases, "in a group": size}
    return about | {
        "held": round(held / trials, 3),
        "width": round(float(np.mean(widths)), 3),
        "none right": round(none.high or 0.0, 3) if none else None,
    }


def _excludes(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)


def _claims(
    alarms: list[dict[str, Any]],
    powers: list[dict[str, Any]],
    budgets: list[dict[str, Any]],
    covers: list[dict[str, Any]],
) -> dict[str, Any]:
    two = max(row["tunebook"] for row in alarms if row["arms"] == 2)
    five = max(row["tunebook"] for row in alarms if row["arms"] == 5)
    given_up = max(row["given up"] for row in budgets)
    planted = powers[0]  # two arms, 200 cases
    held = min(row["held"] for row in covers)
    none = min(row["none right"] for row in covers)
    return {
        "the same arm under two names is called better in at most": _claim(two, "≤ 0.05", two <= 0.05),
        "one of five equal arms is called better in at most": _claim(five, "≤ 0.05", five <= 0.05),
        f"10 points at n = 200, correlation {planted['correlation']}, are found in": _claim(
            planted["found"], "≥ 0.8", planted["found"] >= 0.8
        ),
        "under a budget one of five equal arms is given up in at most": _claim(given_up, "≤ 0.05", given_up <= 0.05),
        "95 % intervals of a mean hold the truth in at least": _claim(held, "≥ 0.93", held >= 0.93),
        "an arm without a right answer has an upper bound of at least": _claim(none, "> 0", none > 0),
    }


def _claim(value: float, goal: str, holds: bool) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": bool(holds)}


def _table(rows: list[dict[str, Any]]) -> str:
    head = list(rows[0])
    lines = ["  ".join(f"{name:>15}" for name in head)]
    return "\n".join(lines + ["  ".join(f"{row[name]:>15}" for name in head) for row in rows])


if __name__ == "__main__":
    main()

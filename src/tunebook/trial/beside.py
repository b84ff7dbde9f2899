"""What stands beside a verdict: search alone, the controls, the time of an answer, and the next step.

    search_alone(measured, "rag")["sentence"]   →  "On knowledge, rag is above reading out the first passage found (+24 points)."
    more_cases(measured, decision)              →  "About 400 cases would tell hybrid from rag, if they differ as these do: …"
    next_step(measured, "rag", decision)        →  "12 of rag's wrong answers are “read wrong”: use a larger base model, or …"

Left out on purpose: who wins (verdict.py), which none of this changes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tunebook.trial.failures import failure_map
from tunebook.trial.measured import Measured
from tunebook.trial.saying import NONE, is_score, plain
from tunebook.trial.statistics import compare
from tunebook.trial.utility import case_weights
from tunebook.trial.verdict import SEARCH_ALONE, SIMPLEST_FIRST
from tunebook.trial.wording import duration, listed
from tunebook.values import points

MOST_TIMES = 10  # more cases than so many times the present ones are not asked for
SLOWER = 3.0  # times as long an answer as the runner-up's


def search_alone(measured: Measured, name: str | None) -> dict[str, Any] | None:
    """The arm's knowledge cases against reading out the first passage found."""
    if name is None or name not in measured.outcomes or SEARCH_ALONE not in measured.trivial:
        return None
    both = {name: measured.outcomes[name], SEARCH_ALONE: measured.trivial[SEARCH_ALONE]}
    places = measured.shared(both, "knowledge")
    if not places:
        return None
    trying = measured.settings.trial
    groups = [measured.cases[place].group for place in places]
    found = compare(measured.scores(both, places), groups, trying.resamples, trying.seed)[name, SEARCH_ALONE]
    one = found.within(1.0).alone
    told = f"On knowledge, {name} "
    if one.low is not None and one.low > 0:
        told += "is above reading out the first passage found"
    elif one.high is not None and one.high < 0:
        told += "is below reading out the first passage found: search alone would serve these questions better"
    else:
        shown = "is not shown to beat" if one.mean > 0 else "does not beat"
        told += f"{shown} reading out the first passage found"
    return {"arm": name, "difference": one.as_json(), "sentence": f"{told} ({points(one.mean)})."}


def slower(measured: Measured, decision: Mapping[str, Any]) -> str:
    """Where the recommended arm takes far longer than the runner-up, and waiting counts nothing."""
    name, other = decision["recommended"], decision["runner_up"]
    both = [measured.outcomes[arm].seconds for arm in (name, other) if arm in measured.outcomes]
    if len(both) < 2 or measured.settings.weights.second:
        return ""
    ours, theirs = both
    if ours is None or not theirs or ours < SLOWER * theirs:
        return ""
    told = f"An answer of {name} takes {duration(ours)} (median), one of {other} {duration(theirs)}"
    return f"{told}: that counts nothing here (weights.second)."


def controls_above(measured: Measured, name: str | None) -> str:
    """The controls that ask a model and scored higher: what tuning over passages spoiled, or what a better search would bring."""
    if name not in measured.compared:
        return ""
    told = []
    for control in measured.compared.keys() - set(SIMPLEST_FIRST):
        both = {arm: measured.compared[arm] for arm in (name, control)}
        places = measured.shared(both)
        means = {arm: scores.mean() for arm, scores in measured.scores(both, places).items()} if places else {}
        if places and means[control] > means[name]:
            told.append(f"{control} ({means[control]:.0%})")
    return f"Controls that scored higher: {listed(sorted(told))}." if told else ""


def more_cases(measured: Measured, decision: Mapping[str, Any]) -> str:
    """Where the simpler arm is taken because a better one could be chance: how many cases would tell, if they can be had."""
    needed, leader, taken = decision["cases_needed"], decision["leader"], decision["recommended"]
    count, groups = len(measured.cases), Counter[str](case.group for case in measured.cases)
    if leader == taken or decision["decided"]:
        return ""
    largest = max(groups.values())
    if count == 1:
        return "One case tells nothing apart: add more."
    if 2 * largest > count:  # a group counts once, however many cases it has
        which = f"All {count}" if largest == count else f"{largest} of {count}"
        return f"{which} cases are of one group, which tells little more than one case: add cases of other groups."
    if needed is None or not count < needed <= MOST_TIMES * count:
        return ""
    other = taken if taken in decision["worth"] else plain(decision["runner_up"])
    return f"About {needed} cases would tell {leader} from {other}, if they differ as these do: add {needed - count}."


def next_step(measured: Measured, name: str, decision: Mapping[str, Any]) -> str:
    """The lever against the reason that costs most: a case counts as the weights of the kinds say."""
    lost = Counter[str]()
    counts = case_weights([case.kind for case in measured.cases], measured.settings.weights)
    for one, count in zip(measured.outcomes[name].scored, counts.tolist(), strict=True):
        if one and one.why:
            lost[one.why] += count
    found = failure_map(measured.cases, {name: measured.outcomes[name].scored})[name]
    reasons = [row for row in found if lost[row["why"]] > 0]
    if not reasons:
        return ""
    worst = max(reasons, key=lambda row: lost[row["why"]])  # among equals the first
    are = "is" if worst["count"] == 1 else "are"
    step = f"{worst['count']} of {name}'s wrong answers {are} “{worst['why']}”: {worst['lever']}."
    worth = decision["worth"]
    advised = [arm for arm in ("rag", "tuned", "hybrid") if arm != name and re.search(rf"\b{arm}\b", worst["lever"])]
    if advised and all(worth.get(arm, worth[name]) < worth[name] for arm in advised):
        were = "was" if len(advised) == 1 else "were"
        less = "scored lower" if is_score(measured.settings.weights) else f"{were} worth less"
        step += f" Over all cases {listed(advised)} {less} here."
    if decision["recommended"] == NONE:
        step += " Then try again: an approach has to beat giving one answer to everything."
    return step

"""Which approach to choose, and how sure that is.

    decide(field)   →  {"recommended": "hybrid", "sure": 0.97, "sentence": …, …}

The rule, fixed before anything is run.  What counts is the mean worth (utility.py; with the default weights, the score).
Named is the simplest arm that no other is told to be above, where the intervals allow for the best having been picked among
all (statistics.leads): the one with the highest if every simpler one is told to be below, and else a simpler one, for now,
for it is cheaper to run; where that reaches down to `base`, the verdict is "cannot tell", with the number of cases that would
tell.  An arm that is not above doing nothing (always refusing, always giving the commonest answer) is passed over for a
costlier equal that is, for now; where there is none, and something is told apart, the verdict is "none" if doing nothing is
worth as much as the best, and "cannot tell" if the best is worth more by what could be chance.
Simpler: base < prompted < rag < tuned < hybrid, by what has to be kept alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunebook.trial.errors import NO_SPREAD
from tunebook.trial.resample import resampled_scores
from tunebook.trial.saying import CANNOT_TELL, NONE, how_sure, is_score, named, reason, sentence, tips
from tunebook.trial.saying import difference as against
from tunebook.trial.standing import Field, Standing, stand
from tunebook.trial.statistics import cases_needed, detectable
from tunebook.trial.utility import tipping, worth
from tunebook.values import hundredths, points

SIMPLEST_FIRST = ("base", "prompted", "rag", "tuned", "hybrid")
SEARCH_ALONE = "first_passage"
GIVEN_UP = 1.5  # half widths
FEWEST_GROUPS, FEWEST_OF_A_KIND = 20, 5  # before an arm is given up


def decide(field: Field) -> dict[str, Any]:
    """The verdict of report.json."""
    field = _candidates(field)
    if not field.arms or not field.groups:
        return _nothing_to_compare()
    standing = stand(field)
    chosen, best, contested = standing.chosen, standing.best, standing.contested
    none, floor_open = standing.below_floor, standing.floor_open
    untold = standing.undecided or floor_open
    shown = best if untold or none else chosen  # whose difference is told
    difference = contested.turned() if contested and contested.a != shown else contested
    shortened = difference.within(1.0) if difference and is_score(field.weights) else difference
    recommended = NONE if none else CANNOT_TELL if untold else chosen
    firsts = _firsts(field, standing, recommended)
    comparisons = 1 if floor_open else field.comparisons
    return {
        "recommended": recommended,
        "decided": not none and not untold and _settled(standing),
        "choice": None if none or untold else _choice(standing),
        "sentence": sentence(standing, recommended, against(shortened, comparisons)),
        "reason": reason(standing, recommended),
        "leader": best,
        "sure": firsts.get(named(standing, recommended)),
        "how_sure": how_sure(standing, recommended, firsts),
        "runner_up": contested.b if floor_open and contested else chosen if shown != chosen else standing.rival,
        "difference": shortened.among.as_json() if shortened else None,
        "comparisons": comparisons,
        "detectable": detectable(contested) if contested else None,
        "cases_needed": None if none else _cases_needed(standing),
        "next_step": "",
        "weights": field.weights.model_dump(),
        "worth": dict(standing.means),
        "given_up": {name: one.among.as_json() for name, one in standing.given_up.items()},
        "tipping": [row | {"sentence": tips(row)} for row in tipping(field.arms, field.kinds, field.weights)],
        "doing_nothing": _floor_json(standing),
    }


def hopeless(field: Field, whole: Mapping[str, int] | None = None) -> dict[str, str]:
    """Arms that cannot win any more, each with a sentence; asked between the rounds of a trial of so many cases of a kind.

    An arm is given up where the leader is above it by more than 1.5 times the half width of the interval that the verdict
    goes by (|z| above 2.9 for two arms, 3.6 for five).  Such early looks leave the last one its level
    (Haybittle 1971; Peto et al. 1976, https://doi.org/10.1038/bjc.1976.220).  They are not taken before 20 groups and 5
    cases of each kind, for what an arm is good at may not have been asked yet.
    """
    field = _candidates(field)
    early = any(field.kinds.count(kind) < min(FEWEST_OF_A_KIND, count) for kind, count in (whole or {}).items())
    if len(field.arms) < 2 or early or len(set(field.groups)) < FEWEST_GROUPS:
        return {}
    found = {}
    for name, one in field.leads().items():
        lead = one.over.among
        if lead.low is not None and lead.mean > GIVEN_UP * (lead.mean - lead.low):
            found[name] = f"stopped after {lead.n} cases: {one.over.a} was {points(lead.mean).lstrip('+')} above it"
    return found


def so_far(field: Field) -> str:
    """Who leads, in a few words, while a trial runs."""
    told = decide(field)
    if not told["worth"] or told["runner_up"] is None:
        return ""
    leader = max(told["worth"], key=lambda name: told["worth"][name])
    gap = told["difference"]
    telling = gap and gap["low"] is not None and gap["high"] - gap["low"] < 2  # wider: two or three cases
    interval = f" ({hundredths(gap['low'])} to {hundredths(gap['high'])})" if telling else ""
    value = f"{told['worth'][leader]:{'.0%' if is_score(field.weights) else '.2f'}}"
    return f"{leader} leads with {value}; {told['recommended']}{interval}"


def _candidates(field: Field) -> Field:
    """With the arms that can be recommended, simplest first."""
    return replace(field, arms={name: field.arms[name] for name in SIMPLEST_FIRST if name in field.arms})


def _settled(standing: Standing) -> bool:
    """Every other arm is told to be below the chosen one; so is each that was given up, where these are all there is."""
    others = standing.given_up if not standing.leads else {}
    if standing.alone or standing.chosen != standing.best or standing.equal:
        return False
    return all(one.above for one in others.values())


def _choice(standing: Standing) -> str:
    """As what the chosen arm is named: settled, for now, the simplest of equals, or the only one that was run."""
    if _settled(standing):
        return "settled"
    if standing.for_now:
        return "for now"
    return "alone" if standing.rival is None else "simplest of equals"


def _cases_needed(standing: Standing) -> int | None:
    """How many cases would settle what is open, to two digits; None where nothing is."""
    open_question = standing.floor_open or (standing.equal and not (standing.undecided and standing.none_above))
    if standing.contested is None or not open_question:
        return None
    needed = cases_needed(standing.contested)  # more than there are: what is told apart with these is not open
    if needed is None:
        return None
    step: int = 10 ** max(0, len(str(needed)) - 2)
    return -(-needed // step) * step


def _firsts(field: Field, standing: Standing, recommended: str) -> dict[str, float]:
    """name → share of the resamples in which it was worth most; with doing nothing where that is the verdict.

    Equals share a resample.  Empty where all cases are of one group, since every resample would be the same, and for an
    arm alone, which is first whatever happens.
    """
    arms = dict(field.worths(field.arms))
    name = named(standing, recommended)
    if name not in arms:
        arms[name] = worth(field.trivial[name], field.kinds, field.weights)
    if len(set(field.groups)) < 2 or len(arms) < 2:
        return {}
    drawn = resampled_scores(arms, field.groups, field.resamples, field.seed)  # (resamples, arms)
    first = drawn >= drawn.max(1, keepdims=True) - NO_SPREAD
    return dict(zip(arms, (first / first.sum(1, keepdims=True)).mean(0).tolist(), strict=True))


def _nothing_to_compare() -> dict[str, Any]:
    unknown = (
        "choice",
        "leader",
        "sure",
        "how_sure",
        "runner_up",
        "difference",
        "comparisons",
        "detectable",
        "cases_needed",
        "doing_nothing",
    )
    return {
        "recommended": CANNOT_TELL,
        "decided": False,
        "sentence": "There is nothing to compare.",
        "reason": "No approach could be scored on any case.",
        **dict.fromkeys(unknown, None),
        "next_step": "",
        "weights": {},
        "worth": {},
        "given_up": {},
        "tipping": [],
    }


def _floor_json(standing: Standing) -> dict[str, Any] | None:
    if standing.floor is None:
        return None
    below = [name for name, above in standing.above_floor.items() if not above]
    return {"name": standing.floor[0], "worth": standing.floor[1], "not_above": below}

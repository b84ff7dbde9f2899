"""Numbers in words: how the report, its charts and its Markdown say a measured value.

    estimate({"mean": 0.71, "low": 0.64, "high": 0.78, "n": 60}, "share")   "71 % (64 to 78)"
    estimate({"mean": 0.71, "low": None, "high": None, "n": 1}, "share")    "71 % (no interval)"
    estimate(None, "share")                                                 "not measured"
    often(0.9996)                                                           "over 99%"
    sure_words({"recommended": "rag", "decided": True, "sure": 0.97})       "very sure"

Unknown is never 0 or NaN: whatever is absent, null or not finite reads "not measured".
Left out on purpose: translation, and significance stars.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tunebook.values import hundredths, points

Unit = Literal["share", "points", "seconds", "count", "nats"]

MISSING = "not measured"
NO_DIFFERENCE = "none between these two: as they differ from case to case, even a large one could be chance"
UNDECIDED, UNTOLD = 0.8, 0.5  # fairly sure at most, and not sure
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Metric:
    """How one metric of report.json is titled, measured and read."""

    key: str
    title: str
    caption: str
    unit: Unit = "share"


METRICS: tuple[Metric, ...] = (
    Metric(
        "score",
        "Score, all cases",
        "100 % is a right answer to every case. The mark is the mean; the bar holds the true value 95 times in 100.",
    ),
    Metric("knowledge", "Knowledge", "Facts from your documents. Further right: more right answers."),
    Metric("behaviour", "Behaviour", "Your form, tone and rules. Further right: closer to what you asked for."),
    Metric(
        "citation_precision",
        "Citation precision",
        "Of the sources it named, how many were the right ones. Right is better.",
    ),
    Metric(
        "citation_recall", "Citation recall", "Of the sources it should have named, how many it did. Right is better."
    ),
    Metric(
        "refusal_recall", "Refuses what it cannot know", "Unanswerable questions that it declined. Right is better."
    ),
    Metric(
        "false_refusal", "Refuses what it could know", "Answerable questions that it declined. Here, left is better."
    ),
    Metric(
        "latency_seconds", "Time to a full answer", "Seconds for one answer, one at a time. Left is better.", "seconds"
    ),
    Metric(
        "first_token_seconds", "Time to the first word", "Seconds until something appears. Left is better.", "seconds"
    ),
)


def number(value: object) -> float | None:
    """A finite number, or None for whatever is no number: null, absent, NaN, infinite, a bool."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def quantity(value: object, unit: Unit) -> str:
    """One number with its unit: `quantity(0.71, "share")` is "71 %"."""
    known = number(value)
    if known is None:
        return MISSING
    if unit == "share":
        return f"{_plain(100 * known)}{SPACE}%"
    if unit == "points":
        return points(known).replace(" ", SPACE).replace("-", MINUS)
    if unit == "seconds":
        return duration(known)
    if unit == "nats":
        return f"{_plain(known, 3)}{SPACE}nats"
    return _count(known)


def estimate(value: object, unit: Unit) -> str:
    """A mean and its 95 % interval; a bare number and a missing bound are said as such."""
    if not isinstance(value, Mapping):
        return quantity(value, unit)
    mean = number(value.get("mean"))
    if mean is None:
        return MISSING
    low, high = number(value.get("low")), number(value.get("high"))
    if low is None or high is None:
        return f"{quantity(mean, unit)} (no interval)"
    if unit == "seconds":
        return f"{duration(mean)} ({_durations(low, high)})"
    return f"{quantity(mean, unit)} ({_bound(low, unit)} to {_bound(high, unit)})"


def duration(seconds: float) -> str:
    """Seconds as people say them: "0.42 s", "38 s", "12 min", "3.5 h"."""
    if seconds == 0:
        return f"0{SPACE}s"
    if abs(seconds) < 10:
        return f"{_plain(seconds, 2 if abs(seconds) < 1 else 1)}{SPACE}s"
    if abs(seconds) < 120:
        return f"{seconds:.0f}{SPACE}s"
    if abs(seconds) < 7200:
        return f"{seconds / 60:.0f}{SPACE}min"
    return f"{seconds / 3600:.1f}{SPACE}h"


def often(share: float) -> str:
    """ "97%", and "over 99%" of what is not all."""
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"


def listed(names: Sequence[str]) -> str:
    """ "base, prompted and rag"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def sure_words(verdict: Mapping[str, Any]) -> str:
    """How sure a verdict is, from the share of resamples that agree with it; where it cannot tell, the share is of no verdict.

    Arms that were given up decide a verdict without a share.  Where nothing is decided no share of an arm's is almost
    certain, and where no difference to the runner-up could have been shown, however large, none is sure at all.
    """
    recommended, decided = verdict.get("recommended"), verdict.get("decided")
    if recommended == "cannot tell":
        return "cannot tell"
    known = number(verdict.get("sure"))
    if known is None:
        return "decided" if decided and verdict.get("given_up") else MISSING
    if decided is False and recommended != "none":
        known = min(known, UNTOLD if smallest(verdict) == NO_DIFFERENCE else UNDECIDED)
    for floor, words in ((0.99, "almost certain"), (0.95, "very sure"), (0.8, "fairly sure"), (0.6, "leaning")):
        if known >= floor:
            return words
    return "not sure"


def smallest(verdict: Mapping[str, object]) -> str:
    """The smallest difference to the runner-up that a trial could have shown; of scores there is none above 100 points."""
    known = number(verdict.get("detectable"))
    if known is None or known <= 1 or weighed(verdict):
        return quantity(known, "points").lstrip("+")
    return "one near 100 points" if verdict.get("decided") else NO_DIFFERENCE


def weighed(verdict: Mapping[str, object]) -> bool:
    """Whether more than the score counts, or a kind other than once a case, so that a worth may differ by more than 100 points."""
    weights = verdict.get("weights")
    if not isinstance(weights, Mapping):
        return False
    return any(value is not None if key in ("knowledge", "behaviour") else value for key, value in weights.items())


def worths(verdict: Mapping[str, Any]) -> str:
    """What the arms are worth, the best first, where more than the score counts; else ""."""
    worth: Mapping[str, float] = verdict.get("worth") or {}
    if not worth or not weighed(verdict):
        return ""
    told = listed([f"{name} {worth[name]:.2f}" for name in sorted(worth, key=lambda name: -worth[name])])
    return f"Worth by the weights that are set, where a right answer is 1: {told}."


def unit_of(label: str) -> Unit:
    """The unit behind a factor's label (factors.py): labels are for people, and say it where it is no share."""
    return "seconds" if "seconds" in label else "share"


def excludes_zero(value: object) -> bool:
    """Whether a difference's interval lies wholly on one side of zero."""
    if not isinstance(value, Mapping):
        return False
    low, high = number(value.get("low")), number(value.get("high"))
    return low is not None and high is not None and (low > 0 or high < 0)


def _plain(value: float, digits: int = 0) -> str:
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def _count(value: float) -> str:
    return _plain(value) if abs(value) >= 100 or value == round(value) else _plain(value, 2 if abs(value) < 10 else 1)


def _durations(low: float, high: float) -> str:
    """ "0.40 to 0.44" in seconds, "100 s to 3 min" where a bound is not: then each says its own unit."""
    both = [duration(low), duration(high)]
    if all(bound.endswith(f"{SPACE}s") for bound in both):
        both = [bound.removesuffix(f"{SPACE}s") for bound in both]
    return " to ".join(both)


def _bound(value: float, unit: Unit) -> str:
    if unit == "points":
        return hundredths(value).replace("-", MINUS)
    return quantity(value, unit).removesuffix(f"{SPACE}%").removesuffix(f"{SPACE}nats")

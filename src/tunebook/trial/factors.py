"""The four factors of the decision, filled with what was measured.

Each row says which way the factor leans on this project's data: to tuning, to RAG, to both or to neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebook.trial.wording import listed, quantity

Metrics = Mapping[str, Mapping[str, Any]]

FROM_WEIGHTS = ("base", "prompted", "tuned")
CANDIDATES = ("rag", "hybrid")  # that cite; controls are given what they read
QUICKER = 1.2  # times; of a few timed answers less says nothing
CHANCE = 0.05  # McNemar's p from which on what was lost and won could be chance
CITES = 0.5  # citation precision from which sources can be rested on


def factors(
    approaches: Metrics,
    pairs: list[dict[str, Any]],
    training: Mapping[str, Any],
    forgetting: Mapping[str, Any],
    cost: Mapping[str, Any],
    update: float | str,
    fresh: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The `factors` of report.json; `update`: seconds until a changed document is known, or why they were not measured."""
    return [
        _goal(approaches, pairs),
        _volatility(training, update, fresh),
        _citations(approaches),
        _cost(cost),
        _risk(approaches, forgetting),
    ]


def _column(approaches: Metrics, metric: str) -> dict[str, Any]:
    return {name: metrics.get(metric) for name, metrics in approaches.items() if metric in metrics}


def _goal(approaches: Metrics, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    book = _lead(pairs, "rag", "tuned", "knowledge")
    course = _lead(pairs, "tuned", "prompted", "behaviour")
    leans = {(True, True): "both", (True, False): "rag", (False, True): "tuning"}.get(
        (book == 1, course == 1), "neither"
    )
    said = []
    if {"rag", "tuned"} <= approaches.keys():
        leads: dict[int | None, str] = {
            1: "rag answers knowledge cases better than tuned",
            -1: "tuned answers knowledge cases better than rag",
            0: "rag and tuned cannot be told apart on knowledge",
        }
        said.append(leads.get(book, _unmeasured(approaches, "rag", "tuned", "knowledge")))
    if {"prompted", "tuned"} <= approaches.keys():
        leads = {
            1: "tuned does behaviour better than prompting",
            -1: "prompting does behaviour better than tuned",
            0: "tuned and prompted cannot be told apart on behaviour",
        }
        said.append(leads.get(course, _unmeasured(approaches, "tuned", "prompted", "behaviour")))
    missing = [name for name in ("prompted", "rag", "tuned") if name not in approaches]
    if missing:
        said.append(f"{listed(missing)} {'was' if len(missing) == 1 else 'were'} not run")
    values = {"knowledge": _column(approaches, "knowledge"), "behaviour": _column(approaches, "behaviour")}
    return _factor("primary goal", leans, f"{'; '.join(said)}.", values)


def _lead(pairs: list[dict[str, Any]], a: str, b: str, metric: str) -> int | None:
    """1 where a is above b with an interval that excludes 0, -1 where below, else 0; None where they were not compared."""
    for pair in pairs:
        if pair["metric"] != metric or {pair["a"], pair["b"]} != {a, b}:
            continue
        low, high = pair["difference"]["low"], pair["difference"]["high"]
        if low is None or high is None or low <= 0 <= high:
            return 0
        return (1 if low > 0 else -1) * (1 if pair["a"] == a else -1)
    return None


def _unmeasured(approaches: Metrics, a: str, b: str, metric: str) -> str:
    """Why two approaches that ran were not compared."""
    if not any(metric in its for its in approaches.values()):
        return f"no case is about {metric}"
    return f"{a} and {b} were not asked the same cases about {metric}"


def _volatility(training: Mapping[str, Any], update: float | str, fresh: Mapping[str, Any] | None) -> dict[str, Any]:
    tuned = training.get("tuned", {}).get("seconds")
    seconds = None if isinstance(update, str) else update
    values: dict[str, Any] = {"seconds until a changed document is known": {"rag": seconds, "tuned": tuned}}
    if isinstance(update, str):
        return _factor("data volatility", "neither", update, values)
    if fresh:
        for when in ("before", "after"):
            right = {name: arm[when]["right"] for name, arm in fresh["arms"].items()}
            values[f"share right {when} the update"] = right
        return _factor("data volatility", "rag" if _followed(fresh["arms"]) else "neither", fresh["sentence"], values)
    said = f"A changed document can be found after {quantity(update, 'seconds')}"
    said += (
        f"; bringing the tuned model up to date means another {quantity(tuned, 'seconds')} of training."
        if tuned
        else "."
    )
    return _factor("data volatility", "rag", said, values)


def _followed(arms: Mapping[str, Any]) -> bool:
    """Whether an approach over passages knew more after the sync."""
    shares = [(arms[name]["before"]["right"], arms[name]["after"]["right"]) for name in CANDIDATES if name in arms]
    return any(after["mean"] > before["mean"] for before, after in shares)


def _citations(approaches: Metrics) -> dict[str, Any]:
    precision = _column(approaches, "citation_precision")
    values = {"citation precision": precision, "citation recall": _column(approaches, "citation_recall")}
    if not precision:
        why = (
            "no documents, or no gold sources" if set(approaches) - set(FROM_WEIGHTS) else "none of them reads passages"
        )
        return _factor("need for citations", "neither", f"No approach could cite: {why}.", values)
    told = ", ".join(f"{name} cites the right document in {found['mean']:.0%}" for name, found in precision.items())
    said = f"{told} of its cited answers"
    trusted = any(found["mean"] >= CITES for name, found in precision.items() if name in CANDIDATES)
    if not trusted:
        said += ", too seldom to rest on"
    silent = [name for name in FROM_WEIGHTS if name in approaches]
    if silent:
        said += f"; {listed(silent)} cannot cite"
    return _factor("need for citations", "rag" if trusted else "neither", f"{said}.", values)


def _cost(cost: Mapping[str, Any]) -> dict[str, Any]:
    per, upfront = cost["per_answer_seconds"], cost["upfront_seconds"]
    values = {"median seconds an answer": per, "seconds of set-up": upfront}
    told = [even["sentence"] for even in cost["break_even"] if {even["a"], even["b"]} == {"rag", "tuned"}]
    leans = "neither"
    if "rag" in per and "tuned" in per:
        leans = (
            "tuning" if QUICKER * per["tuned"] < per["rag"] else "rag" if QUICKER * per["rag"] < per["tuned"] else leans
        )
    return _factor("cost and speed", leans, told[0] if told else _timed(per), values)


def _timed(per: Mapping[str, float]) -> str:
    """What is told where rag and tuned have no break-even."""
    if not per:
        return "No approach was timed."
    told = [f"{name} {quantity(seconds, 'seconds')}" for name, seconds in per.items()]
    return f"Seconds an answer: {', '.join(told)}."


def _risk(approaches: Metrics, forgetting: Mapping[str, Any]) -> dict[str, Any]:
    refusal = _column(approaches, "refusal_recall")
    false = _column(approaches, "false_refusal")
    values = {"refuses the unanswerable (recall)": refusal, "refuses the answerable (rate)": false}
    told = [_forgot(name, lost) for name, lost in forgetting.items()]
    unmeasured = (
        "What tuning forgot was not measured, which needs the weights."
        if {"tuned", "hybrid"} & set(approaches)
        else "Nothing was tuned, so nothing was forgotten."
    )
    return _factor("risk", "neither", "; ".join(told) + "." if told else unmeasured, values)


def _forgot(name: str, forgetting: Mapping[str, Any]) -> str:
    """In words for people; the other figures stand in the report's part on forgetting."""
    entropy, choice = forgetting["cross_entropy"], forgetting["choice"]
    rise = round(entropy["after"] - entropy["before"], 2) + 0.0  # + 0.0: never "-0.00"
    told = f"general text costs {name} {rise:+.2f} nats a token (0: nothing forgotten)"
    if choice["items"]:
        lost, won = choice["right_to_wrong"], choice["wrong_to_right"]
        chance = ", which could be chance" if choice["mcnemar_p"] > CHANCE and (lost or won) else ""
        told += f", of {choice['items']} general questions it lost {lost} and won {won}{chance}"
    if refusing := forgetting.get("abstention"):
        before, after = (round(refusing[when] * refusing["items"]) for when in ("before", "after"))
        told += (
            f", and of {refusing['items']} questions that nothing answers it would decline {after} (before: {before})"
        )
    return told


def _factor(name: str, leans: str, measured: str, values: Mapping[str, Any]) -> dict[str, Any]:
    said = measured[0].upper() + measured[1:]
    return {"factor": name, "leans": leans, "measured": said, "values": dict(values)}

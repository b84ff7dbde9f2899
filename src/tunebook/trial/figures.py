"""What the report draws: each figure from report.json; None where it holds nothing to draw.

cost_chart(report, marks_for(report["approaches"]))   →  <svg>: machine time over answers given
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tunebook.trial import wording
from tunebook.trial.charts import Axis, Line, Mark, Row, interval_plot, line_chart, ordered, scatter
from tunebook.trial.wording import METRICS, number

KINDS = {"score": "All cases", "knowledge": "Knowledge", "behaviour": "Behaviour"}


def arms(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The approaches in their fixed order, then the trivial controls."""
    approaches: Mapping[str, Any] = report.get("approaches") or {}
    yield from ((name, approaches[name] or {}) for name in ordered(approaches))
    yield from ((name, values or {}) for name, values in (report.get("trivial") or {}).items())


def metric_plot(report: Mapping[str, Any], marks: Mapping[str, Mark], key: str) -> Markup | None:
    """None where no arm has the metric: the page then says that it was not measured."""
    metric = next(m for m in METRICS if m.key == key)
    rows = [Row(name, values.get(key), marks[name]) for name, values in arms(report)]
    rows = [row for row in rows if row.value or row.name in (report.get("approaches") or {})]
    return interval_plot(rows, metric.unit, metric.title) if any(row.value for row in rows) else None


def pair_plot(report: Mapping[str, Any], marks: Mapping[str, Mark], metric: str) -> Markup | None:
    pairs = [p for p in report.get("pairs") or [] if p.get("metric") == metric]
    rows = [
        Row(f"{p['a']} over {p['b']}", p.get("among") or p.get("difference"), marks.get(p["a"], marks["base"]))
        for p in pairs
    ]
    return interval_plot(rows, "points", f"Differences, {KINDS.get(metric, metric)}") if rows else None


def cost_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
    """Machine time against answers given: upfront seconds, then so many an answer.  No line where either is unknown."""
    cost: Mapping[str, Any] = report.get("cost") or {}
    slopes = {n: number(s) for n, s in (cost.get("per_answer_seconds") or {}).items()}
    starts = {n: number(s) for n, s in (cost.get("upfront_seconds") or {}).items()}
    upfront = {n: start for n, start in starts.items() if start is not None}
    known = {n: slope for n in ordered(slopes) if (slope := slopes[n]) is not None and n in upfront}
    if not known:
        return None
    breaks = [(p, number(p.get("answers"))) for p in cost.get("break_even") or []]
    most = max([1.6 * answers for _, answers in breaks if answers and answers > 0] or [1000.0])
    top = max(upfront[n] + most * slope for n, slope in known.items()) or 1.0
    scale, unit = (3600.0, "hours") if top >= 7200 else (60.0, "minutes") if top >= 180 else (1.0, "seconds")
    lines = [
        Line(n, [(0, upfront[n] / scale), (most, (upfront[n] + most * s) / scale)], marks.get(n, marks["base"]))
        for n, s in known.items()
    ]
    flags = [
        (at, (upfront[p["a"]] + at * known[p["a"]]) / scale)
        for p, at in breaks
        if at and at > 0 and p.get("a") in known
    ]
    said = " ".join(str(p.get("sentence") or "") for p, _ in breaks)
    x, y = (
        Axis("answers given", "count", 0, most, whole=True),
        Axis(f"machine time in {unit}, set-up included", "count", 0, top / scale),
    )
    return line_chart(lines, x, y, f"Machine time over answers given. {said}", flags)


def forgetting_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
    """What tuning gained (points of score over base) against what it lost (rise of cross-entropy elsewhere)."""
    approaches: Mapping[str, Any] = report.get("approaches") or {}
    pairs = [p for p in report.get("pairs") or [] if p.get("metric") == "score"]
    gains = {p["a"]: p["difference"] for p in pairs if p.get("b") == "base"}
    gains |= {p["b"]: _turned(p["difference"]) for p in pairs if p.get("a") == "base"}
    whole = "base" not in (report.get("stopped") or {})  # else it was asked other cases
    base = number(((approaches.get("base") or {}).get("score") or {}).get("mean")) if whole else None
    points: list[tuple[str, float, Mapping[str, Any], Mark]] = []
    for name, loss in (report.get("forgetting") or {}).items():
        entropy = (loss or {}).get("cross_entropy") or {}
        before, after = number(entropy.get("before")), number(entropy.get("after"))
        score = number(((approaches.get(name) or {}).get("score") or {}).get("mean"))
        gain = gains.get(name) or ({"mean": score - base} if score is not None and base is not None else None)
        if before is not None and after is not None and gain:
            points.append((name, after - before, gain, marks.get(name, marks["tuned"])))
    if not points:
        return None
    said = "; ".join(
        f"{n}: forgot {wording.quantity(x, 'nats')}, gained {wording.estimate(g, 'points')}" for n, x, g, _ in points
    )
    points.insert(0, ("base", 0.0, {"mean": 0.0}, marks["base"]))
    across = [p[1] for p in points]
    heights = [v for p in points for k in ("mean", "low", "high") if (v := number(p[2].get(k))) is not None]
    x = Axis("forgotten: general text, nats a token", "nats", *_padded(across, below=True))
    y = Axis("gained: points of score over base", "points", *_padded(heights, below=True))
    return scatter(points, x, y, f"Gained against forgotten. {said}.")


def _turned(difference: Mapping[str, Any]) -> dict[str, Any]:
    """b - a of a - b."""
    known = {key: number(difference.get(key)) for key in ("mean", "low", "high")}
    mean, high, low = (None if value is None else -value for value in known.values())
    return {"mean": mean, "low": low, "high": high}


def loss_chart(report: Mapping[str, Any], marks: Mapping[str, Mark], name: str) -> Markup | None:
    loss: Mapping[str, Any] = ((report.get("training") or {}).get(name) or {}).get("loss") or {}
    curves = {kind: _curve(loss.get(kind) or []) for kind in ("train", "validation")}
    values = [value for curve in curves.values() for _, value in curve]
    steps = [step for curve in curves.values() for step, _ in curve]
    if len(set(steps)) < 2:
        return None
    lines = [
        Line(kind, points, marks.get(name, marks["tuned"]), faint=kind == "train") for kind, points in curves.items()
    ]
    x, y = (
        Axis("training steps", "count", min(0.0, *steps), max(steps), whole=True),
        Axis("loss, nats a token", "nats", *_padded(values)),
    )
    ends = ", ".join(
        f"{line.name} ends at {wording.quantity(line.points[-1][1], 'nats')}" for line in lines if line.points
    )
    return line_chart(lines, x, y, f"Loss while {name} was trained: {ends}")


def abstention_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
    curves = {name: _curve(gate.get("curve") or []) for name, gate in (report.get("abstention") or {}).items()}
    lines = [Line(name, points, marks[name]) for name, points in curves.items() if name in marks and len(points) > 1]
    if not lines:
        return None
    ends = ", ".join(f"{line.name} ends at {wording.quantity(line.points[-1][1], 'share')}" for line in lines)
    x, y = Axis("cases answered, of those with an answer", "share", 0.0, 1.0), Axis("wrong of these", "share", 0.0, 1.0)
    return line_chart(lines, x, y, f"Wrong answers as more are given: {ends}")


def _curve(pairs: Sequence[Sequence[object]]) -> list[tuple[float, float]]:
    known = [(number(pair[0]), number(pair[1])) for pair in pairs]
    return [(step, value) for step, value in known if step is not None and value is not None]


def _padded(values: Sequence[float], below: bool = False) -> tuple[float, float]:
    """Ends of an axis that holds zero and every value with some air; air below zero where asked or needed."""
    low, high = min(0.0, *values), max(0.0, *values)
    pad = 0.12 * (high - low) or 0.1
    return low - (pad if below or low < 0 else 0.0), high + pad

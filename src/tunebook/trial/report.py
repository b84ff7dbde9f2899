"""The report of a trial: one HTML file for people, and a few lines of Markdown for a pull request.

    report = json.loads(Path(".tunebook/trials/4f1c/report.json").read_text())
    write_html(report, Path("report.html"))     one file, no network, readable without its script
    print(to_markdown(report))                  verdict, table, what else to know, next step

Answers, prompts and documents are untrusted text: every value is escaped, and the page forbids every script but its
own (by hash) and every load.  The templates read report.json directly (docs/design/report-json.md); what is absent
there reads "not measured".  Left out on purpose: computing anything that report.json does not hold.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tunebook.trial import wording
from tunebook.trial.charts import (
    Axis,
    Line,
    Mark,
    Row,
    interval_plot,
    line_chart,
    marks_for,
    ordered,
    scatter,
    swatch,
)
from tunebook.trial.saying import plain, weight_value
from tunebook.trial.verdict import SIMPLEST_FIRST
from tunebook.trial.wording import METRICS, number

TEMPLATES = Path(__file__).parent / "templates"
FAILURES = {
    "retrieval missed": "the passage with the answer was never found",
    "read wrong": "the passage was there, and the answer is still wrong",
    "did not know": "answered without documents what only they say",
    "wrong content": "what a text or its slots say is not what was asked for",
    "wrong form": "the content may be right; form, tone or rules are not",
    "should have refused": "answered what the documents do not say",
    "refused wrongly": "declined although the answer is there",
    "case looks wrong": "all who answered agree, and not with the key",
}
LEANS = {"tuning": "Fine-tuning", "rag": "RAG", "both": "Both", "neither": "Neither"}
KINDS = {"score": "All cases", "knowledge": "Knowledge", "behaviour": "Behaviour"}


def write_html(report: Mapping[str, Any], path: Path) -> None:
    """Write the page to `path`: whole or not at all.  Raises OSError where the folder cannot be written."""
    page = _render(report)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def to_markdown(report: Mapping[str, Any]) -> str:
    """The verdict, one table and the next step, to be pasted into a pull request."""
    verdict: Mapping[str, Any] = report.get("verdict") or {}
    columns = [
        m for m in METRICS if m.key in {"score", "knowledge", "behaviour", "citation_precision", "latency_seconds"}
    ]
    lines = [f"### {_md(verdict.get('sentence') or 'No verdict')}", ""]
    lines += [_md(verdict["reason"]), ""] if verdict.get("reason") else []
    told = _md(verdict["how_sure"]) if verdict.get("how_sure") else wording.quantity(verdict.get("sure"), "share")
    words = wording.sure_words(
        verdict.get("sure"), verdict.get("recommended"), verdict.get("decided") and verdict.get("given_up")
    )
    if verdict.get("how_sure") and number(verdict.get("sure")) is not None:
        told = f"drawing the cases again and again, {told}"
    lines.append(f"**How sure:** {words} ({told})")
    detectable = wording.smallest(verdict)
    lines += ["", f"**Smallest difference that this trial could have shown:** {detectable}", ""]
    lines.append("| approach | " + " | ".join(m.title.lower() for m in columns) + " |")
    lines.append("|---|" + "--:|" * len(columns))
    for name, values in _arms(report):
        cells = [wording.estimate(values.get(m.key), m.unit) for m in columns]
        lines.append(f"| {_md(name)} | " + " | ".join(cells) + " |")
    lines += [f"| {_md(name)} | not run: {_md(why)} |" for name, why in (report.get("unavailable") or {}).items()]
    lines += [f"| {_md(name)} | {_md(why)} |" for name, why in (report.get("stopped") or {}).items()]
    lines += _told(report)
    lines += ["", f"**Next step:** {_md(verdict['next_step'])}"] if verdict.get("next_step") else []
    return "\n".join(lines) + "\n"


def _told(report: Mapping[str, Any]) -> Iterator[str]:
    """What else a reviewer has to know, a bullet each: controls, freshness, the other trial, what was given up."""
    verdict: Mapping[str, Any] = report.get("verdict") or {}
    told = [
        part.get("sentence")
        for part in (verdict.get("search_alone"), report.get("fresh"), report.get("judge"), report.get("compared"))
        if part
    ]
    told += [row.get("sentence") for row in verdict.get("tipping") or []]
    if worths := wording.worths(verdict):
        told.insert(0, worths)
    if report.get("reader") is not None:
        groups = ", ".join(report["reader"]) or "no group"
        told.append(f"measured as a reader in {groups}: what rests on other documents was left out")
    told += [f"given up for the budget: {what}" for what in (report.get("budget") or {}).get("gave_up") or []]
    failed = (report.get("sync") or {}).get("failed") or []
    told += [f"could not be read: {one.get('path')}" for one in failed[:3]]
    astray = report.get("astray") or []
    told += [f"source of case {one['case']} not found: {one['document']}: {one['why']}" for one in astray[:3]]
    if told:
        yield ""
    yield from (f"- {_md(sentence)}" for sentence in told if sentence)


def _md(text: object) -> str:
    """One line of text that breaks no table and becomes no HTML, link, picture, emphasis, mention or reference.

    File names and case ids are somebody else's.  No backslash keeps a forge from seeing "@team" or "#12"; a word joiner does.
    """
    plain_text = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    plain_text = re.sub(r"([\\`*\[\]|~]|(?<!\w)_|_(?!\w))", r"\\\1", plain_text)
    return re.sub(r"([@#])(?=\w)", "\\1\N{WORD JOINER}", plain_text)


def _arms(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    approaches: Mapping[str, Any] = report.get("approaches") or {}
    yield from ((name, approaches[name] or {}) for name in ordered(approaches))
    yield from ((name, values or {}) for name, values in (report.get("trivial") or {}).items())


def _render(report: Mapping[str, Any]) -> str:
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    controls = list(report.get("trivial") or {})
    seen = dict.fromkeys(name for case in report.get("cases") or [] for name in case.get("by") or {})
    names = ordered(dict.fromkeys([*(report.get("approaches") or {}), *(n for n in seen if n not in controls)]))
    marks = marks_for(names, controls)
    fallback = Mark("var(--control)", marks["base"].shape, hollow=True)

    def mark(name: str) -> Mark:
        return marks.get(name, fallback)

    environment = _environment()
    environment.filters["swatch"] = lambda name: swatch(mark(name))
    environment.filters["colour"] = lambda name: mark(name).colour
    charts = {
        "metric": partial(_metric_plot, report, marks),
        "pairs": partial(_pair_plot, report, marks),
        "cost": partial(_cost_chart, report, marks),
        "forgetting": partial(_forgetting_chart, report, marks),
        "loss": partial(_loss_chart, report, marks),
        "abstention": partial(_abstention_chart, report, marks),
    }
    page, arms = environment.get_template("report.html"), list(_arms(report))
    ran = sum(name in SIMPLEST_FIRST for name in report.get("approaches") or {})  # the others are controls
    return page.render(
        report=report, names=names, controls=controls, arms=arms, ran=ran, beside=len(arms) - ran, charts=charts, metrics=METRICS,
        failure_kinds=_failure_kinds(report), failure_words=FAILURES, leans=LEANS, kinds=KINDS,
        missing=wording.MISSING, script=Markup(script), digest=digest,
    )  # fmt: skip


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "estimate": wording.estimate,
        "quantity": wording.quantity,
        "sure_words": wording.sure_words,
        "weighed": wording.weighed,
        "worths": wording.worths,
        "number": number,
        "unit_of": wording.unit_of,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False, default=str),
        "arms_first": ordered,
        "plain": plain,
        "weight_value": weight_value,
        "pip": _pip,
    }
    return environment


def _pip(score: object) -> str:
    """How a case's score is tinted: right, part, wrong, or not measured."""
    known = number(score)
    if known is None:
        return "none"
    return "right" if known >= 0.995 else "wrong" if known < 0.005 else "part"


def _failure_kinds(report: Mapping[str, Any]) -> list[str]:
    found = [kind for counts in (report.get("failures") or {}).values() for kind in counts or {}]
    return list(dict.fromkeys([*FAILURES, *found]))


def _metric_plot(report: Mapping[str, Any], marks: Mapping[str, Mark], key: str) -> Markup | None:
    """None where no arm has the metric: the page then says that it was not measured."""
    metric = next(m for m in METRICS if m.key == key)
    rows = [Row(name, values.get(key), marks[name]) for name, values in _arms(report)]
    rows = [row for row in rows if row.value or row.name in (report.get("approaches") or {})]
    return interval_plot(rows, metric.unit, metric.title) if any(row.value for row in rows) else None


def _pair_plot(report: Mapping[str, Any], marks: Mapping[str, Mark], metric: str) -> Markup | None:
    pairs = [p for p in report.get("pairs") or [] if p.get("metric") == metric]
    rows = [
        Row(f"{p['a']} over {p['b']}", p.get("among") or p.get("difference"), marks.get(p["a"], marks["base"]))
        for p in pairs
    ]
    return interval_plot(rows, "points", f"Differences, {KINDS.get(metric, metric)}") if rows else None


def _cost_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
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


def _forgetting_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
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


def _loss_chart(report: Mapping[str, Any], marks: Mapping[str, Mark], name: str) -> Markup | None:
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


def _abstention_chart(report: Mapping[str, Any], marks: Mapping[str, Mark]) -> Markup | None:
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

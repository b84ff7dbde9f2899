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
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tunebook.trial import figures, wording
from tunebook.trial.charts import Mark, marks_for, ordered, swatch
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
CONTROLS = {
    "first_passage": "is search alone, the best passage read out",
    "always_refuse": "declines every question",
    "commonest_answer": "gives one answer to all: who does not beat it has learned nothing",
}
LEANS = {"tuning": "Fine-tuning", "rag": "RAG", "both": "Both", "neither": "Neither"}


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
    words = wording.sure_words(verdict)
    if verdict.get("how_sure") and number(verdict.get("sure")) is not None:
        told = f"drawing the cases again and again, {told}"
    lines.append(f"**How sure:** {words} ({told})")
    detectable = wording.smallest(verdict)
    lines += ["", f"**Smallest difference that this trial could have shown:** {detectable}", ""]
    lines.append("| approach | " + " | ".join(m.title.lower() for m in columns) + " |")
    lines.append("|---|" + "--:|" * len(columns))
    for name, values in figures.arms(report):
        cells = [wording.estimate(values.get(m.key), m.unit) for m in columns]
        lines.append(f"| {_md(name)} | " + " | ".join(cells) + " |")
    lines += [f"| {_md(name)} | not run: {_md(why)} |" for name, why in (report.get("unavailable") or {}).items()]
    lines += [f"| {_md(name)} | {_md(why)} |" for name, why in (report.get("stopped") or {}).items()]
    lines += _legend(report)
    lines += _told(report)
    lines += ["", f"**Next step:** {_md(verdict['next_step'])}"] if verdict.get("next_step") else []
    return "\n".join(lines) + "\n"


def _legend(report: Mapping[str, Any]) -> Iterator[str]:
    """What the figures were measured on, and which rows are no approaches."""
    if over := report.get("measured_on"):
        yield from ("", f"Mean and 95 % interval; measured on {_md(over)}.")
    controls = [f"{name} {CONTROLS[name]}" for name in report.get("trivial") or {} if name in CONTROLS]
    if controls:
        yield from ("", f"Controls, which ask no model: {_md('; '.join(controls))}.")


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

    charts = {
        "metric": partial(figures.metric_plot, report, marks),
        "pairs": partial(figures.pair_plot, report, marks),
        "cost": partial(figures.cost_chart, report, marks),
        "forgetting": partial(figures.forgetting_chart, report, marks),
        "loss": partial(figures.loss_chart, report, marks),
        "abstention": partial(figures.abstention_chart, report, marks),
    }
    page, arms = _environment().get_template("report.html"), list(figures.arms(report))
    ran = sum(name in SIMPLEST_FIRST for name in report.get("approaches") or {})  # the others are controls
    return page.render(
        report=report, names=names, controls=controls, arms=arms, ran=ran, beside=len(arms) - ran, charts=charts, metrics=METRICS,
        failure_kinds=_failure_kinds(report), failure_words=FAILURES, leans=LEANS, kinds=figures.KINDS, control_words=CONTROLS,
        missing=wording.MISSING, script=Markup(script), digest=digest, mark=mark,
    )  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    """With the templates that it has compiled, which takes longer than to fill them in."""
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
        "swatch": jinja2.pass_context(lambda context, name: swatch(context["mark"](name))),
        "colour": jinja2.pass_context(lambda context, name: context["mark"](name).colour),
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

"""The report page: whole, escaped, silent on the network, and honest about what was not measured.

report = example_report()          five approaches, 60 cases, always the same
write_html(report, path)           and the page is parsed, tag by tag
"""

import copy
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tunebook.trial.report import to_markdown, write_html

QUALITY = {  # knowledge, behaviour, latency in seconds
    "base": (0.08, 0.22, 0.9),
    "prompted": (0.11, 0.48, 1.1),
    "rag": (0.71, 0.46, 3.4),
    "tuned": (0.16, 0.83, 0.9),
    "hybrid": (0.74, 0.81, 3.2),
}
PAIRS = (("hybrid", "rag"), ("hybrid", "tuned"), ("hybrid", "base"), ("rag", "tuned"), ("tuned", "base"))
TOPICS = (
    "the Wren's load",
    "a Hop refund",
    "the B-17 bolts",
    "battery storage",
    "delivery to Tarn Edge",
    "the Clasp lock",
)
ATTACK = "<script>alert('owned')</script> see https://evil.example/x <img src=x onerror=alert(1)>"


def estimate(mean: float, spread: float = 0.08, n: int = 60, signed: bool = False) -> dict[str, Any]:
    return {
        "mean": round(mean, 4),
        "low": round(max(mean - spread, -1 if signed else 0), 4),
        "high": round(mean + spread, 4),
        "n": n,
    }


def example_report(cases: int = 60) -> dict[str, Any]:
    """A report as docs/design/report-json.md describes it, with five approaches and two controls."""
    chance = random.Random(7)
    approaches = {name: _metrics(name) for name in ("hybrid", "base", "rag", "prompted", "tuned")}
    counts = {"cases": cases, "knowledge": 36, "behaviour": 24, "unanswerable": 8, "examples": 180, "documents": 14}
    refuses = {"score": estimate(0.13), "refusal_recall": estimate(1.0, 0), "false_refusal": estimate(1, 0)}
    return {
        "version": 1, "id": "4f1c09ab", "created": "2026-11-22T14:05:09Z", "seconds": 2817.4, "project": "larkmoor",
        "machine": {"processor": "Intel Xeon (AMX)", "cores": 2, "python": "3.11.7", "torch": "2.13.0"},
        "settings": {"model": {"name": "starter", "max_new_tokens": 256}, "search": {"hits": 6, "rerank": None}},
        "seeds": [0, 1], "hashes": {"cases": "9d2e41c07a5b", "examples": "b81f3c", "library": "77aa10", "model": None},
        "counts": counts | {"passages": 96}, "verdict": _verdict(), "approaches": approaches,
        "trivial": {"always refuse": refuses,
                    "cite the first hit": {"citation_precision": estimate(0.52), "citation_recall": estimate(0.49)}},
        "unavailable": {"endpoint": "no server answered at the address in the settings"},
        "pairs": [{"a": a, "b": b, "metric": metric, "difference": _difference(approaches, a, b, metric)}
                  for metric in ("score", "knowledge", "behaviour") for a, b in PAIRS],
        "training": _training(), "forgetting": _forgetting(), "cost": _cost(), "factors": _factors(approaches),
        "failures": {
            "base": {"wrong form": 19, "read wrong": 0, "should have refused": 7, "refused wrongly": 2},
            "prompted": {"wrong form": 12, "should have refused": 5, "refused wrongly": 5},
            "rag": {"retrieval missed": 4, "read wrong": 5, "wrong form": 13, "should have refused": 2},
            "tuned": {"wrong form": 4, "should have refused": 8, "refused wrongly": 0},
            "hybrid": {"retrieval missed": 4, "read wrong": 4, "wrong form": 5, "should have refused": 2}},
        "cases": [_case(i, chance) for i in range(cases)], "report": ".tunebook/trials/4f1c09ab/report.html",
    }  # fmt: skip


def _verdict() -> dict[str, Any]:
    reason = (
        "It scored 77 of 100 over all cases, 16 points above RAG alone, which matches it on facts and falls behind on "
        "form. Tuning alone wrote well and knew little."
    )
    return {
        "recommended": "hybrid",
        "decided": True,
        "reason": reason,
        "sure": 0.97,
        "runner_up": "rag",
        "sentence": "Choose the hybrid: it knows what RAG knows and writes the way your examples do.",
        "difference": estimate(0.16, 0.09),
        "detectable": 0.11,
        "cases_needed": None,
        "next_step": "Serve the hybrid; tune again when the house style changes. New documents only need a sync.",
    }


def _metrics(name: str) -> dict[str, Any]:
    knowledge, behaviour, seconds = QUALITY[name]
    metrics = {"score": estimate(0.6 * knowledge + 0.4 * behaviour), "knowledge": estimate(knowledge, 0.1, 36)}
    metrics |= {"behaviour": estimate(behaviour, 0.11, 24), "false_refusal": estimate(0.06, 0.05)}
    metrics["refusal_recall"] = {"mean": 0.75 if "r" in name else 0.2, "low": None, "high": None, "n": 8}
    metrics |= {
        "prompt_tokens": estimate(900 if seconds > 2 else 80, 40),
        "completion_tokens": {"mean": 61, "low": 55, "high": 68, "n": 60},
    }
    metrics["latency_seconds"] = {"mean": seconds, "low": seconds * 0.9, "high": seconds * 1.15, "n": 60}
    if name in {"rag", "hybrid"}:
        metrics |= {"citation_precision": estimate(0.81 if name == "rag" else 0.86), "citation_recall": estimate(0.74)}
    return metrics


def _difference(approaches: dict[str, Any], a: str, b: str, metric: str) -> dict[str, Any]:
    return estimate(approaches[a][metric]["mean"] - approaches[b][metric]["mean"], 0.09, signed=True)


def _training() -> dict[str, Any]:
    def curve(start: float, end: float, every: int) -> list[list[float]]:
        wobble = 0.04 if every == 2 else 0.0
        fall = [(step, end + (start - end) * 0.985**step) for step in range(0, 241, every)]
        return [[step, round(value + wobble * ((step * 7919) % 13 - 6) / 6, 3)] for step, value in fall]

    loss = {"train": curve(2.9, 1.1, 2), "validation": curve(2.85, 1.38, 20)}
    dropped = [{"id": f"x{i:03d}", "why": "answers a document that a case asks about"} for i in range(7)]
    run = {
        "seconds": 1260.0,
        "examples": {"used": 173, "dropped": dropped},
        "tokens": 690_000,
        "tokens_per_second": 548.0,
        "loss": loss,
    }
    return {"tuned": run, "hybrid": copy.deepcopy(run) | {"seconds": 1505.0}}


def _forgetting() -> dict[str, Any]:
    def lost(after: float, kl: float, agreement: float | None, verdict: str) -> dict[str, Any]:
        entropy = {"before": 2.911, "after": after}
        return {"cross_entropy": entropy, "kl": kl, "top_token_agreement": agreement, "verdict": verdict}

    return {
        "tuned": lost(2.98, 0.052, 0.91, "A little was lost on general text: each word surprises it 2 % more."),
        "hybrid": lost(2.941, 0.03, None, "Next to nothing was lost on general text."),
    }


def _cost() -> dict[str, Any]:
    crossings = (("tuned", "rag", 487, "After 487 answers tuning has cost less machine time than RAG."),
                 ("hybrid", "rag", 7525, "After 7,525 answers the hybrid has cost less than RAG."),
                 ("hybrid", "tuned", None, "The hybrid never becomes cheaper than tuning alone."))  # fmt: skip
    return {
        "per_answer_seconds": {name: seconds for name, (_, _, seconds) in QUALITY.items()},
        "upfront_seconds": {"base": 0, "prompted": 0, "rag": 42, "tuned": 1260, "hybrid": 1547},
        "break_even": [dict(zip(("a", "b", "answers", "sentence"), row, strict=True)) for row in crossings],
    }


def _factors(approaches: dict[str, Any]) -> list[dict[str, Any]]:
    def values(metric: str) -> dict[str, Any]:
        return {name: approaches[name].get(metric) for name in QUALITY}

    rows = (
        ("primary goal", "both", "Facts came from the documents, form from the examples: neither alone did both.",
         {"knowledge": values("knowledge"), "behaviour": values("behaviour")}),
        ("data volatility", "rag", "3 of 14 documents changed since tuning; a sync takes 4 seconds, tuning 21 minutes.",
         {"share of documents changed": 0.214, "seconds until right again": {"rag": 4.1, "tuned": 1260}}),
        ("need for citations", "rag", "Only answers from passages can name a source; four in five were the right one.",
         {"citation precision": values("citation_precision")}),
        ("cost and speed", "tuning", "RAG reads 900 tokens before each answer and takes three times as long.",
         {"latency in seconds": values("latency_seconds")}),
        ("risk", "neither", "Retrieval missed 4 cases; tuning lost 2 % on general text. Both are small here.",
         {"refuses the unanswerable (recall)": values("refusal_recall"),
          "refuses the answerable (rate)": values("false_refusal")}),
    )  # fmt: skip
    return [dict(zip(("factor", "leans", "measured", "values"), row, strict=True)) for row in rows]


def _case(i: int, chance: random.Random) -> dict[str, Any]:
    kind, answerable, topic = ("behaviour" if i % 5 in (1, 3) else "knowledge"), i % 8 != 7, TOPICS[i % len(TOPICS)]
    quote = f"Take the bike off the road the same day; {topic} is set out in section {i % 7 + 1}, and the desk decides."
    source = {"document": "workshop/brake-bulletin-b17.md", "page": 2 if i % 2 else None, "quote": quote}
    by: dict[str, Any] = {}
    for name, (knowledge, behaviour, _) in QUALITY.items():
        right = chance.random() < (knowledge if kind == "knowledge" else behaviour)
        score = 1.0 if right else chance.choice((0.0, 0.0, 0.35))
        wrong = ("read wrong" if kind == "knowledge" else "wrong form") if answerable else "should have refused"
        cited = source | {"marker": "[1]", "supported": chance.choice((True, True, False))}
        by[name] = {
            "answer": f"About {topic}: hand it in before 16:00 and ask the desk. They write the reason [1].\nRef {i}.",
            "abstained": not answerable and right, "score": score, "why": None if right else wrong,
            "metrics": {"token_f1": round(score * 0.9, 2), "latency_seconds": 1.25},
            "citations": [cited] if name in {"rag", "hybrid"} else [],
        }  # fmt: skip
    if i == 3:
        by["tuned"] |= {"score": None, "why": None}
    prompt = f"A customer asks about {topic} ({i}). What do we tell them, and who decides?"
    return {"id": f"c{i:03d}", "kind": kind, "prompt": prompt, "answerable": answerable, "group": topic, "by": by,
            "answers": [f"Before 16:00; {topic} goes to the desk."] if answerable else [],
            "sources": [source] if answerable else []}  # fmt: skip


class Page(HTMLParser):
    """Parses strictly enough to notice a tag that is not closed, and keeps tags, attributes and text."""

    VOID = frozenset({"meta", "input", "br", "img", "link", "line", "path", "circle", "polyline"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>"
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag, line {self.getpos()[0]}"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.seen if tag == name]


def page_of(report: dict[str, Any], folder: Path) -> tuple[str, Page]:
    write_html(report, folder / "report.html")
    html = (folder / "report.html").read_text(encoding="utf-8")
    return html, Page(html)


def test_the_page_is_whole_and_holds_every_case(tmp_path: Path) -> None:
    report = example_report()
    html, page = page_of(report, tmp_path)
    assert page.open == []
    assert html.startswith("<!doctype html>")
    assert len([a for a in page.tags("details") if a.get("class") == "case"]) == 60
    ids = [attrs["id"] for _, attrs in page.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"] for a in page.tags("a")} <= {f"#{name}" for name in ids}
    assert report["verdict"]["sentence"] in " ".join(page.words)
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]


def test_templates_are_compiled_once_and_a_page_holds_nothing_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, other = example_report(), example_report()
    other["verdict"]["recommended"] = "base"
    first, _ = page_of(report, tmp_path)
    monkeypatch.setattr("jinja2.Environment.compile", None)
    assert page_of(other, tmp_path)[0] != first
    assert page_of(report, tmp_path)[0] == first


def test_untrusted_text_stays_text(tmp_path: Path) -> None:
    report = example_report()
    case = report["cases"][0]
    case["prompt"] = case["id"] = case["kind"] = case["group"] = case["answers"][0] = ATTACK
    case["sources"][0] = {"document": ATTACK, "page": ATTACK, "quote": ATTACK}
    case["by"]["rag"] |= {"answer": ATTACK, "why": ATTACK + "'\"", "metrics": {ATTACK: 1}}
    case["by"]["rag"]["citations"][0] |= {"marker": ATTACK, "document": ATTACK, "quote": ATTACK}
    case["by"][ATTACK] = case["by"]["rag"]
    report["approaches"][ATTACK] = report["approaches"]["rag"]
    report["verdict"]["sentence"] = report["settings"]["x"] = report["factors"][0]["factor"] = ATTACK
    _, page = page_of(report, tmp_path)
    assert page.open == []
    assert len(page.tags("script")) == 1
    assert page.tags("img") == []
    assert not any(name.startswith("on") for _, attrs in page.seen for name in attrs)
    assert ATTACK in "".join(page.words)
    assert "<script>" not in to_markdown(report)
    assert all(
        json.loads(attrs["data-wrong"] or "") is not None for attrs in page.tags("details") if "data-wrong" in attrs
    )


def test_nothing_is_loaded(tmp_path: Path) -> None:
    html, page = page_of(example_report(), tmp_path)
    assert "http://" not in html and "https://" not in html
    assert not any(
        name in attrs for _, attrs in page.seen for name in ("src", "srcset", "action", "data", "poster", "xlink:href")
    )
    assert page.tags("link") == []
    assert "url(" not in html and "@import" not in html
    policy = next(a["content"] or "" for a in page.tags("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy


def test_what_is_missing_reads_not_measured(tmp_path: Path) -> None:
    report = example_report()
    report["approaches"]["base"]["score"] = {"mean": float("nan"), "low": None, "high": None, "n": 0}
    report["approaches"]["rag"]["score"] = {"mean": 0.5, "low": None, "high": None, "n": 1}
    report["verdict"] |= {"sure": None, "difference": None, "detectable": None}
    report["cases"][0]["by"]["rag"]["score"] = float("nan")
    report["cases"][0]["sources"][0]["quote"] = None
    report["training"]["tuned"]["loss"]["validation"].append([260, float("nan")])
    report["cost"]["upfront_seconds"]["tuned"] = None
    html, page = page_of(report, tmp_path)
    assert html.count('class="flag"') == 1 and "<b>1.</b> After 7,525 answers" in html  # tuned has no line to cross
    assert "base: not measured; " in html and "50\N{NO-BREAK SPACE}% (no interval)" in html
    assert not re.search(
        r"\b(nan|none|undefined)\b", " ".join(page.words).replace("None: the documents", ""), re.IGNORECASE
    )
    assert not any(
        re.search(r"\bnan\b", value or "", re.IGNORECASE) for _, attrs in page.seen for value in attrs.values()
    )


@pytest.mark.parametrize(
    "kept", [(), ("verdict",), ("approaches", "cases"), ("trivial", "pairs", "training", "forgetting", "cost")]
)
def test_a_report_with_holes_still_renders(kept: tuple[str, ...], tmp_path: Path) -> None:
    report = {key: value for key, value in example_report(4).items() if key in kept}
    _, page = page_of(report, tmp_path)
    assert page.open == []
    assert "not measured" in " ".join(page.words) and to_markdown(report).startswith("### ")


def test_every_null_renders(tmp_path: Path) -> None:
    report: dict[str, Any] = dict.fromkeys(example_report(1), None)
    assert page_of(report, tmp_path)[1].open == []


def test_eighty_cases_fit_in_a_megabyte(tmp_path: Path) -> None:
    write_html(example_report(80), tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 1_000_000


def test_a_failed_write_keeps_the_old_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(AttributeError):
        write_html({"approaches": {"base": 3}}, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_markdown_is_short_and_in_order() -> None:
    text = to_markdown(example_report())
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert rows[1:6] == ["base", "prompted", "rag", "tuned", "hybrid"]
    assert len(text.splitlines()) < 25 and "very sure (97\N{NO-BREAK SPACE}%)" in text
    assert "| tuned | 43" in text and "| not measured |" in text


def test_markdown_says_what_was_measured_and_which_rows_are_controls() -> None:
    """Whoever reads the pull request has not read the documentation."""
    report = example_report() | {
        "measured_on": "60 cases, with m_1",
        "trivial": {"always_refuse": {"score": estimate(0.1)}},
    }
    text = to_markdown(report)
    assert "Mean and 95 % interval; measured on 60 cases, with m_1." in text
    assert "Controls, which ask no model: always_refuse declines every question." in text


def full_report() -> dict[str, Any]:
    """The example with everything that only some trials have."""
    report = example_report()
    right = {"right": estimate(0.2), "refused": estimate(0.5), "stale": estimate(0.3)}
    arm = {"before": right, "after": right | {"right": estimate(0.9)}, "seconds_until_known": 1.2, "by": "a sync"}
    report["verdict"] |= {
        "gain": {"of": "hybrid", "over": "base", "total": 0.52, "reading": 0.31, "form": 0.06, "refusing": 0.15},
        "search_alone": {"arm": "hybrid", "sentence": "On knowledge, hybrid is above reading out the first passage."},
        "doing_nothing": {"name": "always_refuse", "worth": 0.13, "not_above": ["base"]},
        "tipping": [
            {"weight": "second", "said": "the cost of a second of waiting", "now": 0.0, "way": "above", "at": 0.04, "wins": "tuned",
             "sentence": "tuned would win with the cost of a second of waiting above 0.04 a second (now 0)."}
        ],
    }  # fmt: skip
    return report | {
        "failure_map": {"rag": [{"why": "read wrong", "count": 5, "share": 0.5, "lever": "a larger model", "cases": ["c1"]}]},
        "fresh": {"what": "2 documents were held back, then added", "cases": 9, "sentence": "After a sync of 1.2 s …",
                  "arms": {"rag": arm, "base": arm | {"by": None, "seconds_until_known": None}}},
        "compared": {"with": "0abc", "cases": 60, "sentence": "Over 60 shared cases: rag rose.",
                     "arms": {"rag": {"difference": estimate(0.1), "among": estimate(0.2), "mended": ["c1"], "broken": [],
                                      "counts": {"cases": 60, "mended": 1, "broken": 0}}},
                     "settings": [{"key": "search.k", "before": 3, "after": 4},
                                  {"key": "trial.controls", "before": ["oracle", "first_passage"], "after": []},
                                  {"key": "weights.knowledge", "before": None, "after": 0.5}]},
        "budget": {"seconds": 1800.0, "spent": 1700.0, "gave_up": ["2 of 3 training seeds"]},
        "stopped": {"prompted": "stopped after 15 cases: rag was 60 points above it"},
        "sync": {"failed": [{"path": "documents/torn.pdf", "error": ATTACK}]},
        "astray": [{"case": "c7", "document": "documents/old.pdf", "page": 9, "why": "it has 4 pages"}],
    }  # fmt: skip


def test_everything_that_a_trial_may_hold_is_shown(tmp_path: Path) -> None:
    html, page = page_of(full_report(), tmp_path)
    for said in (
        "would change the verdict",
        "+31\N{NO-BREAK SPACE}points from finding and reading",
        "Each answer, median",
        "always refusing, worth 13\N{NO-BREAK SPACE}%. Not shown to be above it: base.",
        "above 0.04<",
        "A larger model",
        "2 documents were held back, then added.",
        "never: nothing is learned",
        "Against trial 0abc",
        "<code>search.k</code> 3 → 4; <code>trial.controls</code> oracle, first_passage → none;",
        "<code>weights.knowledge</code> unset → 0.5.",
        "+20\N{NO-BREAK SPACE}points",  # allowing for all approaches, as the sentence does
        "2 of 3 training seeds",
        "stopped after 15 cases",
        "1 file could not be read",
        "1 source of cases cannot be found",
        "documents/old.pdf, page 9",
    ):
        assert said in html, said
    report = full_report()
    report["verdict"]["weights"] = {"wrong": 0.5}
    weighed = page_of(report, tmp_path)[0]
    assert "always refusing, worth 0.13. Not" in weighed
    assert "your weights do not count here" in weighed and "your weights do not count here" not in html
    assert ATTACK not in html
    assert {a["href"] for a in page.tags("a")} <= {f"#{attrs['id']}" for _, attrs in page.seen if "id" in attrs}


def test_the_markdown_says_what_a_reviewer_has_to_know() -> None:
    told = to_markdown(full_report())
    assert "- tuned would win with the cost of a second of waiting above 0.04 a second (now 0)." in told
    assert "- After a sync of 1.2 s …" in told
    assert "- given up for the budget: 2 of 3 training seeds" in told
    assert "- could not be read: documents/torn.pdf" in told
    assert "| prompted | stopped after 15 cases" in told


def test_markdown_of_names_that_others_chose_is_text_and_no_more() -> None:
    report = full_report()
    evil = r"![x](http://e.example/p.png) @team #12 `a` *b* _c_ snake_case a\|b"
    report["sync"]["failed"][0]["path"] = report["astray"][0]["case"] = report["approaches"][evil] = evil
    report["approaches"][evil] = {}
    told = to_markdown(report)
    row = next(line for line in told.splitlines() if "png" in line and line.startswith("| "))
    for line in (row, *(line for line in told.splitlines() if line.startswith("- ") and "png" in line)):
        assert r"!\[x\](http" in line
        assert not re.search(r"[@#]\w", line)
        assert r"\`a\` \*b\* \_c\_ snake_case a\\\|b" in line


def test_controls_are_not_counted_as_approaches(tmp_path: Path) -> None:
    report = example_report()
    report["approaches"]["oracle"] = report["approaches"]["rag"]
    html, _ = page_of(report, tmp_path)
    assert "<span>5 approaches, 3 controls</span>" in html


def test_the_page_says_what_each_control_does(tmp_path: Path) -> None:
    """All were called "use no model: whoever cannot beat them has learned nothing", though rag may fall below search alone."""
    report = example_report()
    score = report["trivial"]["always refuse"]
    told, _ = page_of(report | {"trivial": {"first_passage": score, "always_refuse": score}}, tmp_path)
    assert (
        "</code> is search alone, the best passage read out; <code>always_refuse</code> declines every question."
        in told
    )
    assert "commonest_answer" not in told


def test_whose_answers_are_shown_of_several_trainings_is_said(tmp_path: Path) -> None:
    report = example_report()
    told = "Of 3 trainings these are the first one's answers"
    assert told not in page_of(report, tmp_path)[0]
    report["settings"]["trial"] = {"seeds": 3}
    assert (
        page_of(report, tmp_path)[0].count(told.replace("'", "&#39;")) + page_of(report, tmp_path)[0].count(told) == 2
    )


def test_where_nothing_can_be_told_no_share_is_called_sure(tmp_path: Path) -> None:
    report = example_report()
    told = "rag scored highest in 99% of the resamples"
    report["verdict"] |= {"recommended": "cannot tell", "sure": 0.99, "how_sure": told}
    html, _ = page_of(report, tmp_path)
    assert '<span class="big">Cannot tell</span>' in html and told in html
    assert "almost certain" not in html.lower() and 'class="meter"' not in html
    assert f"**How sure:** cannot tell (drawing the cases again and again, {told})" in to_markdown(report)


def test_the_large_words_follow_what_was_decided(tmp_path: Path) -> None:
    report = example_report()
    report["verdict"] |= {"recommended": "rag", "decided": False, "sure": 0.997}
    html, told = page_of(report, tmp_path)[0], to_markdown(report)
    assert "lmost certain" not in html + told
    assert '<span class="big">Fairly sure</span>' in html and "**How sure:** fairly sure" in told
    report["verdict"]["detectable"] = 1.2
    assert "**How sure:** not sure" in to_markdown(report), "even a large difference could be chance"
    report["verdict"]["recommended"] = "none"
    assert "**How sure:** almost certain" in to_markdown(report), "doing nothing came first"
    alone = "all others were given up on the way, each told to be below it"
    report["verdict"] |= {
        "recommended": "rag",
        "decided": True,
        "sure": None,
        "how_sure": alone,
        "given_up": {"base": estimate(0.4)},
    }
    assert '<span class="big">Decided</span>' in page_of(report, tmp_path)[0]
    assert f"**How sure:** decided ({alone})" in to_markdown(report)
    report["verdict"] |= {"given_up": {}, "how_sure": "cannot be said: one approach is left"}
    assert "**How sure:** not measured (cannot be said: one approach is left)" in to_markdown(report)
    assert '<span class="big">Decided</span>' not in page_of(report, tmp_path)[0]


def test_where_nothing_was_wrong_the_next_step_is_not_called_unmeasured(tmp_path: Path) -> None:
    report = example_report(3)
    report["verdict"]["next_step"] = ""
    text, _ = page_of(report, tmp_path)
    assert "<dt>Next step</dt><dd>None: no answer that counts was wrong.</dd>" in text


def test_a_costlier_equal_is_recommended_for_now(tmp_path: Path) -> None:
    report = example_report()
    report["verdict"] |= {"decided": False, "choice": "for now", "leader": "hybrid"}
    assert "Recommended for now: hybrid" in page_of(report, tmp_path)[0]
    report["verdict"]["choice"] = "simplest of equals"
    assert "Recommended as the simplest of equals: hybrid" in page_of(report, tmp_path)[0]


def test_a_difference_beyond_100_points_could_not_be_shown_at_all(tmp_path: Path) -> None:
    report = example_report()
    html, _ = page_of(report, tmp_path)
    assert ">11\N{NO-BREAK SPACE}points or more<" in html
    report["verdict"] |= {"detectable": 1.26, "decided": False}
    html, _ = page_of(report, tmp_path)
    assert "None between these two" in html and "126\N{NO-BREAK SPACE}points" not in html
    assert "could have shown:** none between these two: as they differ from case to case, even" in to_markdown(report)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"decided": True}, "one near 100"),
        ({"weights": {"wrong": 1.0}}, "126"),
        ({"weights": {"knowledge": 0.0, "wrong": 0.0}}, "126"),
    ],
)
def test_what_is_decided_or_no_score_could_be_shown_though_it_takes_100_points(more, said, tmp_path: Path) -> None:
    report = example_report()
    report["verdict"] |= {"detectable": 1.26, "decided": False, "weights": {}, **more}
    html, told = page_of(report, tmp_path)[0], to_markdown(report)
    assert "None between these two" not in html and "case to case" not in html + told
    assert said in html.lower() and f"could have shown:** {said}" in told


def test_whose_difference_is_told_stands_beside_it(tmp_path: Path) -> None:
    report = example_report()
    report["verdict"] |= {"recommended": "cannot tell", "leader": "rag", "runner_up": "always_refuse"}
    assert "Difference of rag from always refusing: " in page_of(report, tmp_path)[0]
    report["verdict"]["recommended"] = "none"
    assert "Difference of" not in page_of(report, tmp_path)[0]


def test_what_could_be_shown_is_of_the_cases_that_were_compared(tmp_path: Path) -> None:
    report = example_report()
    report["verdict"]["difference"]["n"] = 40
    assert "mostly look like a tie with 40 cases" in page_of(report, tmp_path)[0]


def test_markdown_says_who_came_first_where_the_simpler_one_is_named() -> None:
    report = example_report()
    report["verdict"] |= {"sure": 0.03, "how_sure": "hybrid scored highest in 97% of the resamples and rag in 3%"}
    told = "**How sure:** not sure (drawing the cases again and again, hybrid scored highest in 97% of the resamples and rag in 3%)"
    assert told in to_markdown(report)


def test_the_verdict_stands_with_what_speaks_against_it(tmp_path: Path) -> None:
    report = full_report()
    report["verdict"]["judge"] = "The judge J prefers rag."
    hero = page_of(report, tmp_path)[0].split("</header>")[0]
    assert "On knowledge, hybrid is above reading out the first passage. The judge J prefers rag." in hero


def test_a_factor_without_a_value_says_so(tmp_path: Path) -> None:
    report = example_report()
    report["factors"][0]["values"] = {"behaviour": {}}
    assert '<dt>behaviour</dt><dd>\n<span class="missing">not measured</span>' in page_of(report, tmp_path)[0]


def test_one_approach_alone_is_no_simplest_of_equals(tmp_path: Path) -> None:
    report = example_report()
    report["verdict"] |= {"decided": False, "choice": "alone", "runner_up": None, "difference": None}
    assert "The only one that was run: hybrid" in re.sub(r"<svg.*?</svg>", "", page_of(report, tmp_path)[0])


def test_cases_that_hang_together_are_told_with_what_they_could_show(tmp_path: Path) -> None:
    report = example_report()
    count = len(report["cases"])
    for place, case in enumerate(report["cases"]):
        case["group"] = str(place // 4)
    assert f"a tie with {count} cases in {count // 4} groups." in page_of(report, tmp_path)[0]
    report["verdict"]["difference"]["n"] = report["counts"]["cases"] = 1
    assert "a tie with 1 case." in page_of(report, tmp_path)[0]


def test_a_gain_over_base_has_its_interval_in_either_order(tmp_path: Path) -> None:
    """A trial's pairs have the simpler approach first."""
    report = example_report()
    want = re.findall(r"Gained against forgotten\. [^\"]*", page_of(report, tmp_path)[0])
    for pair in report["pairs"]:
        its = pair["difference"]
        turned = {"mean": -its["mean"], "low": -its["high"], "high": -its["low"], "n": its["n"]}
        pair |= {"a": pair["b"], "b": pair["a"], "difference": turned}
    assert "no interval" not in want[0]
    assert re.findall(r"Gained against forgotten\. [^\"]*", page_of(report, tmp_path)[0]) == want


@pytest.mark.parametrize(("groups", "said"), [(["hr", "sales"], "hr, sales"), ([], "no group")])
def test_whose_view_was_measured_is_told(tmp_path: Path, groups: list[str], said: str) -> None:
    report = example_report() | {"reader": groups}
    assert f"<span>as a reader in {said}</span>" in page_of(report, tmp_path)[0]
    assert f"- measured as a reader in {said}: what rests on other documents was left out" in to_markdown(report)
    assert "as a reader" not in page_of(report | {"reader": None}, tmp_path)[0]


def test_only_who_was_compared_is_said_to_be_above_doing_nothing(tmp_path: Path) -> None:
    report = full_report()
    report["verdict"] |= {"worth": {"base": 0.1, "rag": 0.5, "hybrid": 0.7}}
    told = " ".join(page_of(report, tmp_path)[0].split())
    assert "Shown to be above it: rag, hybrid. Not shown to be above it: base." in told
    report["verdict"]["doing_nothing"]["not_above"] = []
    assert "Shown to be above it: base, rag, hybrid.</p>" in " ".join(page_of(report, tmp_path)[0].split())


def test_a_budget_that_was_overspent_is_told(tmp_path: Path) -> None:
    report = example_report() | {"budget": {"seconds": 600.0, "spent": 900.0, "gave_up": []}}
    space = "\N{NO-BREAK SPACE}"
    assert f"It took 15{space}min, where 10{space}min were given" in page_of(report, tmp_path)[0]
    assert "were given" not in page_of(full_report(), tmp_path)[0]

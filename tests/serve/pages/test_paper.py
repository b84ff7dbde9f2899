"""A trial's report on paper: nothing that the page shows lies beyond the sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunebook.trial.report import FAILURES, write_html

ARMS = ("base", "prompted", "rag", "tuned", "hybrid", "naive_hybrid")
SHEET = 680  # CSS pixels: A4 less its margins
BEYOND = """() => {
  const edge = document.querySelector("main").getBoundingClientRect().right + 1;
  return [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().width > 0 && one.getBoundingClientRect().right > edge)
    .map((one) => one.tagName + " " + one.textContent.trim().slice(0, 40));
}"""


def report() -> dict[str, Any]:
    """The widest tables and charts that a trial makes."""
    told = {"mean": 0.1234, "low": 0.0123, "high": 0.2345, "n": 60}
    at = {"accepted_wrong": 0.2, "answered": 0.3, "wrong": told, "refuses_unanswerable": 0.9, "refuses_answerable": 0.1}
    gate = {"curve": [[0.1, 0.0], [1.0, 0.5]], "area": 0.2, "area_by_cosine": 0.3, "area_without": 0.5, "at": [at]}
    lost = {
        "cross_entropy": {"before": 2.911, "after": 2.98},
        "kl": 0.052,
        "top_token_agreement": 0.91,
        "verdict": "A little.",
    }
    training = {
        "seconds": 1260.0,
        "examples": {"used": 173, "dropped": []},
        "tokens_per_second": 548.0,
        "tokens": 690000,
    }
    pair = {"a": "naive_hybrid", "b": "prompted", "difference": told, "among": told}
    return {
        "approaches": {name: {"score": told, "prompt_tokens": told, "completion_tokens": told} for name in ARMS},
        "failures": {name: dict.fromkeys(FAILURES, 3) for name in ARMS},
        "abstention": {"rag": gate},
        "forgetting": {"tuned": lost, "hybrid": lost},
        "training": {"tuned": training, "hybrid": training},
        "pairs": [pair | {"metric": metric} for metric in ("score", "knowledge", "behaviour")],
        "cost": {
            "per_answer_seconds": dict.fromkeys(ARMS, 1.5),
            "upfront_seconds": dict.fromkeys(ARMS, 1260),
            "break_even": [],
        },
    }


@pytest.mark.parametrize(("media", "width"), [("print", SHEET), ("screen", 390), ("screen", 1440)])
def test_nothing_is_cut_off(browser: Any, tmp_path: Path, media: str, width: int) -> None:
    write_html(report(), tmp_path / "report.html")
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(media=media)
    page.goto((tmp_path / "report.html").as_uri())
    beyond = page.evaluate(BEYOND if media == "print" else BEYOND.replace('"main *"', '"main *:not(.scroll *)"'))
    context.close()
    assert beyond == []

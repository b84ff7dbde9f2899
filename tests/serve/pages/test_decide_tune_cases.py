"""Decide, Tune and Cases: each page's main path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from served import findings, serving

ASKED = "How much does it carry?"
CASE = {"id": "k-1", "prompt": "How heavy is it?", "answers": ["19 kg"]}
REPORT = {
    "id": "abcdef012345",
    "created": "2026-11-22T10:00:00+00:00",
    "verdict": {"recommended": "rag", "decided": True, "sentence": "Take rag.", "reason": "It is right more often.", "sure": 0.97,
                "search_alone": {"sentence": "On knowledge, rag is above search alone."}, "judge": "The judge J agrees."},
    "seconds": 61.0,
    "counts": {"cases": 60},
    "approaches": {
        "base": {"score": {"mean": 0.2, "low": 0.1, "high": 0.3, "n": 60}},
        "rag": {"score": {"mean": 0.7, "low": 0.6, "high": 0.8, "n": 60}},
    },
}  # fmt: skip


def test_the_advisor_is_a_short_form(open_page: Any) -> None:
    page = open_page("/decide")
    assert page.get_by_role("group").count() == 6
    page.get_by_label("critical: an answer without a source is worthless").check()
    page.get_by_label("facts: what the documents say").check()
    page.get_by_role("button", name="Advise me").click()
    advice = page.locator("#advice")
    advice.get_by_text("Expected: ").wait_for()
    assert "Confidence" in advice.inner_text()
    assert findings(page) == []


def test_the_last_trial_is_shown_and_its_report_opens(open_page: Any, other_project: Any) -> None:
    from tunebook.trial.report import write_html

    project = other_project({"cases.jsonl": json.dumps(CASE) + "\n"})
    folder = project.state / "trials" / "abcdef012345"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(REPORT))
    write_html(REPORT, folder / "report.html")
    with serving(project) as url:
        page = open_page("/decide", at=url)
        told = page.locator(".verdict").inner_text()
        assert "Take rag." in told and "drawing the cases again and again, first in 97" in told
        assert "It is right more often. On knowledge, rag is above search alone. The judge J agrees." in told
        assert page.get_by_role("img", name="Score: base 20 percent, rag 70 percent.").is_visible()
        assert findings(page) == []
        page.get_by_role("link", name="Open the full report").click()
        page.get_by_role("heading", name="Take rag.").wait_for()


def test_the_simpler_one_that_is_taken_for_now_is_not_called_ahead(open_page: Any, other_project: Any) -> None:
    project = other_project({"cases.jsonl": json.dumps(CASE) + "\n"})
    folder = project.state / "trials" / "abcdef012345"
    folder.mkdir(parents=True)
    verdict = REPORT["verdict"] | {"recommended": "base", "decided": False, "choice": "for now"}
    (folder / "report.json").write_text(json.dumps(REPORT | {"verdict": verdict}))
    with serving(project) as url:
        told = open_page("/decide", at=url).locator(".verdict .kicker").inner_text()
    assert told.lower() == "recommended for now: base"


def test_a_trial_without_cases_says_what_to_do(open_page: Any, other_project: Any) -> None:
    with serving(other_project({})) as url:
        page = open_page("/decide", at=url)
        page.get_by_role("link", name="Write the first cases").click()
        page.get_by_role("heading", name="Cases", exact=True).wait_for()


def test_examples_stand_beside_their_findings(open_page: Any, other_project: Any) -> None:
    rows = [{"id": f"e{n}", "prompt": f"Say {n}", "completion": f"It is {n}."} for n in range(25)]
    rows.append({"id": "again", "prompt": "Say 1", "completion": "It is 1."})
    project = other_project({"examples.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    with serving(project) as url:
        page = open_page("/tune", at=url)
        assert "25 examples of 26" in page.locator("#run").inner_text()
        page.get_by_label("Show").select_option("duplicate")
        card = page.locator("#examples .card")
        card.filter(has_text="again").click()
        assert card.count() == 1
        assert "same prompt and completion as row 2 (e1)" in card.inner_text()
        assert findings(page) == []


def test_adapters_are_promoted_and_rolled_back(open_page: Any, other_project: Any) -> None:
    project = other_project({})
    adapters = project.adapters
    for at, name in enumerate(("tuned-aaa", "tuned-bbb")):
        loss = {"train": [[1, 3.0], [2, 2.0]], "validation": [[2, 2.1]]}
        told = {"created": f"2026-11-2{at}T10:00:00+00:00", "base": "starter", "seconds": 61.0, "examples": {"used": 9}}
        adapters.finish(adapters.root / name, {"target": "tuned", "adapter": name, "loss": loss, **told})
    with serving(project) as url:
        page = open_page("/tune", at=url)
        in_use = page.get_by_role("row").filter(has_text="in use")
        assert "tuned-bbb" in in_use.inner_text()
        page.get_by_role("button", name="Roll back").click()
        in_use.filter(has_text="tuned-aaa").wait_for()
        page.get_by_role("button", name="Promote tuned-bbb").click()
        in_use.filter(has_text="tuned-bbb").wait_for()
        lines = (
            "(words) => words.closest('summary').getBoundingClientRect().height / words.getBoundingClientRect().height"
        )
        assert page.get_by_text("Curve").first.evaluate(lines) < 1.9, "its word stands beside its mark"
        page.get_by_text("Curve").first.click()
        page.get_by_role("img", name="Loss in nats a token", exact=False).wait_for()
        assert findings(page) == []


def test_the_curve_of_a_run_is_drawn_while_it_goes_on(open_page: Any, other_project: Any) -> None:
    project = other_project({})
    folder = project.state / "adapters" / "tuned-0123456789ab"
    folder.mkdir(parents=True)
    lines = [{"step": step, "steps": 40, "train": 3 / step} for step in range(1, 9)] + [{"step": 8, "validation": 0.5}]
    (folder / "live.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    jobs = project.state / "serve" / "jobs" / "20261122-100000-000000-abcd"
    jobs.mkdir(parents=True)
    asked = {"id": jobs.name, "kind": "tune", "arguments": {}, "by": "local", "created": "2026-11-22T10:00:00+00:00"}
    (jobs / "job.json").write_text(json.dumps(asked | {"attempts": 1, "root": str(project.root)}))
    own = (jobs.parent / "lock").open("a")
    import fcntl

    fcntl.flock(own, fcntl.LOCK_EX)  # another server runs the jobs; this one shows them
    (jobs / "run.json").write_text(json.dumps({"started": "2026-11-22T10:00:01+00:00", "pid": 1}))
    (jobs / "progress.json").write_text(
        json.dumps({"what": "tuning tuned", "done": 8, "total": 40, "note": "loss 0.375"})
    )
    with serving(project) as url:
        page = open_page("/tune", at=url)
        page.get_by_role("img", name="train is at 0.38, validation is at 0.50", exact=False).wait_for()
        assert "8 of 40" in page.locator(".job").inner_text()
        assert findings(page) == []
    own.close()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"target": "tuned"}, "Tuned. The new adapter answers from now on"),
        ({"target": "tuned", "refused": "it forgot too much"}, "Tuned, and not in use.\nRefused: it forgot too much."),
        ({"target": "retriever"}, "Tuned. The next sync builds the library with it."),
    ],
)
def test_a_run_that_ends_says_what_becomes_of_its_adapter(
    open_page: Any, other_project: Any, result: dict[str, Any], said: str
) -> None:
    project = other_project({"examples.jsonl": json.dumps({"prompt": "Say 1", "completion": "It is 1."}) + "\n"})
    job = {"id": "j", "kind": "tune", "state": "done", "result": result}
    with serving(project) as url:
        page = open_page("/tune", at=url)
        page.route("**/api/tune", lambda route: route.fulfill(json=job))  # a job would load the real models
        page.route("**/api/jobs/j", lambda route: route.fulfill(json=job))
        page.get_by_role("button", name="Start tuning").click()
        page.locator("#curve .notice").wait_for()
        assert page.locator("#curve").inner_text().startswith(said)


def test_cases_are_written_reviewed_and_deleted(open_page: Any, other_project: Any) -> None:
    project = other_project({"documents/wren.md": "# The Wren\n\nIt carries 80 kg."})
    project.sync()
    project.casebook.note({"question": ASKED, "answer": "90 kg", "approach": "rag", "thumb": "down", "reason": "wrong"})
    with serving(project) as url:
        page = open_page("/cases", at=url)
        card = page.get_by_role("article", name=ASKED)
        assert "thumb down" in card.inner_text()
        card.get_by_role("button", name="Accept as a case").click()
        card.get_by_role("alert").wait_for()  # nothing to measure against yet
        assert findings(page) == []
        card.get_by_label("Right answers").fill("80 kg\neighty kilograms")
        card.get_by_label("Document that holds it").fill("documents/wren.md")
        card.get_by_role("button", name="Accept as a case").click()
        page.get_by_text("Nothing waits for review").wait_for()
        assert project.casebook.cases()[0]["answers"] == ["80 kg", "eighty kilograms"]
        page.get_by_text("A new case").click()
        form = page.locator("#write form")
        form.get_by_label("What is asked").fill("What does the Heron weigh?")
        form.locator("[name=answerable]").select_option("no")
        form.get_by_role("button", name="Add the case").click()
        page.get_by_text("2 cases").wait_for()
        page.locator("#cases summary").first.click()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete it for good").click()
        page.get_by_text("1 case:").wait_for()
        assert [row["prompt"] for row in project.casebook.cases()] == ["What does the Heron weigh?"]


def test_the_last_part_of_the_cases_is_left_when_it_is_empty(open_page: Any, other_project: Any) -> None:
    rows = [{"id": f"k{at:02d}", "prompt": f"Question {at:02d}?", "answers": ["19 kg"]} for at in range(21)]
    project = other_project({"cases.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    with serving(project) as url:
        page = open_page("/cases", at=url)
        page.get_by_role("button", name="Later").click()
        page.get_by_text("Question 20?").click()
        page.route("**/api/cases?id=k20", lambda route: route.abort())
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete it for good").click()
        page.get_by_role("alert").wait_for()  # what could not be deleted says so, and stays
        page.unroute("**/api/cases?id=k20")
        page.get_by_role("button", name="Delete it for good").click()
        page.get_by_text("Question 19?").wait_for()
        assert len(project.casebook.cases()) == 20


@pytest.mark.parametrize("path", ["/tune", "/cases"])
def test_an_empty_project_says_what_to_do(open_page: Any, other_project: Any, path: str) -> None:
    with serving(other_project({})) as url:
        assert open_page(path, at=url).locator(".empty").count() >= 2


def test_scores_are_drawn_while_a_trial_runs(open_page: Any, other_project: Any) -> None:
    project = other_project({"cases.jsonl": json.dumps(CASE) + "\n"})
    job = {
        "id": "j",
        "kind": "trial",
        "state": "running",
        "progress": {"what": "asking rag", "done": 3, "total": 12, "note": ""},
    }
    with project.reports.asking(), serving(project) as url:
        project.reports.tell(
            ["base", "rag", "tuned"], 12, {"base": {"score": {"mean": 0.25, "low": 0.1, "high": 0.4, "n": 12}}}
        )
        page = open_page("/decide", at=url)
        page.route("**/api/trial", lambda route: route.fulfill(json=job))  # a job would load the real models
        page.route("**/api/jobs/j", lambda route: route.fulfill(json=job))
        page.get_by_role("button", name="Run the trial").click()
        page.get_by_role("img", name="Score: base 25 percent.").wait_for()
        live = page.locator("#live").inner_text()
        assert "12 cases so far" in live
        assert "Still to come: rag, tuned" in live
        assert page.get_by_role("button", name="Run the trial").is_disabled()  # one at a time

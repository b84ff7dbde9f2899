"""The judge of a trial over real HTTP: held against the team's own pairs, then listened to or not."""

from __future__ import annotations

import json
import re

import pytest
from helpers import CountingModel, write_rows
from openai_server import Served

from tunebook.models import Generation
from tunebook.models.endpoint import EndpointChatModel
from tunebook.project.judging import _two

BIKES = {f"documents/bike{n}.md": f"# Bike {n}\n\nBike number {n} carries {100 + n} kg." for n in range(4)}
CASES = [{"id": f"k{n}", "prompt": f"How much does bike {n} carry?", "answers": [f"{100 + n} kg"]} for n in range(4)]
LIKED = [
    {"id": f"e{n}", "prompt": f"Which colour {n}?", "completion": f"good {n}", "rejected": f"poor {n}"}
    for n in range(40)
]


def honest(body) -> str:
    """Prefers what is good over what is poor, and what names a number over what does not."""
    prompt = body["messages"][-1]["content"]
    first = prompt.split("Answer A:\n")[1].split("\n\nAnswer B:")[0]
    return "A" if "good" in first or "kg" in first else "B"


def reply(request) -> str:
    """`rag` reads, `base` guesses."""
    prompt = request.messages[-1]["content"]
    return prompt.split("\n\n")[-2].split("\n")[-1] if "According to the text" in prompt else "Much."


@pytest.fixture
def trial(project):
    def run(server_url: str, examples=LIKED, *more: str):
        overrides = [f'judge.endpoint="{server_url}"', "judge.name=Judge-7B", "model.retries=0", "search.k=1"]
        opened = project(
            BIKES, CountingModel(reply), [*overrides, "trial.resamples=200", "trial.latency_cases=0", *more]
        )
        write_rows(opened.root / "cases.jsonl", CASES)
        write_rows(opened.root / "examples.jsonl", examples)
        return opened, opened.trial(approaches=["base", "rag"])

    return run


def test_a_judge_that_agrees_with_the_team_stands_with_the_verdict(trial):
    with Served(honest) as server:
        opened, report = trial(server.url)
        asked = len(server.asked)
        again = opened.trial(approaches=["base", "rag"])
        assert len(server.asked) == asked, "what it said already is not asked again"
    found = report["judge"]
    assert found == again["judge"]
    assert asked == 2 * (len(LIKED) + len(CASES))
    assert (found["counts"], found["steady"], found["agreement"]["mean"]) == (True, 1.0, 1.0)
    assert (found["a"], found["b"], found["preferred"]["mean"]) == ("rag", "base", 1.0)
    assert report["verdict"]["judge"] == found["sentence"]
    assert {row[1] for row in map(json.loads, (opened.state / "judge.jsonl").read_text().splitlines())} == {"a", "b"}
    assert "Judge-7B prefers rag to base" in (opened.state / "trials" / report["id"] / "report.html").read_text()


def test_a_line_of_the_judges_that_a_kill_tore_is_asked_again(trial):
    with Served(honest) as server:
        opened, report = trial(server.url)
        said = opened.state / "judge.jsonl"
        said.write_bytes(said.read_bytes()[:-9])
        before = len(server.asked)
        assert opened.trial(approaches=["base", "rag"])["judge"] == report["judge"]
        assert len(server.asked) == before + 1
        opened.trial(approaches=["base", "rag"])
        assert len(server.asked) == before + 1


def test_a_judge_that_follows_the_place_is_not_listened_to_nor_shown_the_answers(trial):
    with Served(lambda body: "A") as server:
        _, report = trial(server.url)
        assert len(server.asked) == 2 * len(LIKED)
    assert (report["judge"]["counts"], report["judge"]["steady"]) == (False, 0.0)
    assert report["judge"]["agreement"]["mean"] == 0.5
    assert "judge" not in report["verdict"]


def test_without_pairs_of_the_team_nothing_is_asked(trial):
    with Served(honest) as server:
        _, report = trial(server.url, [{"id": "e", "prompt": "x", "completion": "y"}])
        assert server.asked == []
    assert "0 pairs" in report["judge"]["sentence"]


def test_thumbs_down_with_the_right_answer_are_pairs_too(trial, project):
    with Served(honest) as server:
        opened, _ = trial(server.url, [{"id": "e", "prompt": "x", "completion": "y"}])
        opened.casebook.note(
            {"question": "q?", "answer": "poor", "thumb": "down", "case": {"prompt": "q?", "answers": ["good"]}}
        )
        report = opened.trial(approaches=["base", "rag"])
    assert report["judge"]["agreement"]["n"] == 1


def test_an_endpoint_that_fails_costs_the_judge_and_nothing_else(trial):
    with Served(lambda body: 401) as server:
        opened, report = trial(server.url)
    assert "failed" in report["judge"]
    assert report["verdict"]["recommended"] == "rag" or report["verdict"]["sentence"]
    assert "did not answer" in (opened.state / "trials" / report["id"] / "report.html").read_text()


def test_a_key_that_cannot_be_sent_costs_the_judge_and_nothing_else(trial, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1 # mine")
    _, report = trial("http://localhost:1/v1")
    assert "the key in OPENAI_API_KEY" in report["judge"]["failed"]


def test_a_judge_whose_tokens_go_into_reasoning_says_so(trial, monkeypatch):
    spent = Generation("", 7, 8, finished=False)
    monkeypatch.setattr(EndpointChatModel, "generate", lambda model, requests: iter([(0, spent)]))
    opened, report = trial("http://localhost:1/v1")
    assert report["judge"]["failed"] == "Judge-7B spent 8 tokens without a word"
    assert not (opened.state / "judge.jsonl").read_text()


def test_without_an_endpoint_there_is_no_judge(project):
    opened = project(BIKES, CountingModel(reply), ["search.k=1", "trial.resamples=200"])
    write_rows(opened.root / "cases.jsonl", CASES)
    assert opened.trial(approaches=["base"])["judge"] is None


def test_where_the_verdict_names_no_arm_the_leader_stands_against_the_best_of_the_others():
    worth = {"base": 0.0, "prompted": 0.15, "rag": 0.2}
    verdict = {"leader": "rag", "runner_up": "rag", "recommended": "none", "worth": worth, "given_up": {}}
    assert _two(verdict) == ("rag", "prompted")
    assert _two(verdict | {"recommended": "prompted"}) == ("rag", "prompted")
    assert _two(verdict | {"recommended": "rag", "runner_up": "base"}) == ("rag", "base")
    assert _two({"leader": None, "runner_up": None, "recommended": "cannot tell", "worth": {}, "given_up": {}}) == (
        None,
        None,
    )
    untold = verdict | {"recommended": "cannot tell", "runner_up": "always_refuse"}
    assert _two(untold) == ("rag", "prompted"), "doing nothing has no answers to judge"
    alone = {"leader": "rag", "runner_up": "tuned", "recommended": "rag", "worth": {"rag": 0.7}}
    assert _two(alone | {"given_up": {"tuned": {}, "base": {}}}) == ("rag", "tuned")


def test_a_judge_does_not_end_a_trial_that_recommends_none(project):
    def guesses_well(request) -> str:
        told = re.search(r"bike (\d+) carry\? (?!a)", request.messages[-1]["content"])
        return f"{100 + int(told[1])} kg" if told and len(request.messages) > 1 else reply(request)

    known = [
        {**row, "id": f"{row['id']}-{turn}", "prompt": f"{row['prompt']} {turn}"} for row in CASES for turn in "abcde"
    ]
    unknown = [{"id": f"u{n}", "prompt": f"Who was king in {1200 + n}?", "answerable": False} for n in range(40)]
    with Served(honest) as server:
        overrides = [f'judge.endpoint="{server.url}"', "judge.name=Judge-7B", "search.k=1", "answer.min_similarity=-1"]
        opened = project(
            BIKES, CountingModel(guesses_well), [*overrides, "trial.resamples=200", "trial.latency_cases=0"]
        )
        write_rows(opened.root / "cases.jsonl", [*known, *unknown])
        write_rows(opened.root / "examples.jsonl", LIKED)
        report = opened.trial(approaches=["base", "prompted", "rag"])
    verdict, judge = report["verdict"], report["judge"]
    assert (verdict["recommended"], verdict["leader"], verdict["runner_up"]) == ("none", "rag", "prompted")
    assert (judge["a"], judge["b"]) == ("rag", "prompted")

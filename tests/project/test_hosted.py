"""Tuning at an endpoint, against a server that speaks it over real HTTP."""

from __future__ import annotations

import json

import pytest
from tuning_server import TuningServer

from tunebook.errors import BadInput, BadModel, BadSettings, EndpointFailed
from tunebook.models.endpoint import EndpointChatModel, served_name
from tunebook.tuning import hosted as tuning_hosted

EXAMPLES = [{"id": f"e{n}", "prompt": f"Greet in way {n}", "completion": f"Ahoy {n}!"} for n in range(12)]
CASES = [
    {"id": f"c{n}", "prompt": f"Greet in way {n}", "answers": [f"Ahoy {n}!"], "kind": "behaviour"} for n in range(4)
]


@pytest.fixture
def opened(project, monkeypatch):
    monkeypatch.setattr(tuning_hosted, "PAUSE_SECONDS", 0.01)

    def at(server, *overrides):
        files = {
            name: "".join(json.dumps(row) + "\n" for row in rows)
            for name, rows in (("examples.jsonl", EXAMPLES), ("cases.jsonl", CASES))
        }
        settings = [f"model.endpoint={server.url}", "model.name=m", "tuning.hosted=true", "tuning.leaks=keep"]
        model = EndpointChatModel("m", server.url, retries=0)
        return project(files, model, [*settings, *overrides])

    return at


def test_rows_go_up_and_the_tuned_model_answers(opened):
    with TuningServer() as server:
        there = opened(server, "tuning.epochs=2", "tuning.price_per_million_tokens=10")
        made = there.tune()
        assert made["hosted"] == "ft:m:ftjob-0"
        assert made["loss"]["train"] == [(1, 2.0), (2, 1.0), (3, 0.5)]
        assert made["forgetting"] is None
        assert made["cost"] == pytest.approx(0.01234)
        job = server.jobs["ftjob-0"]
        assert (job["model"], job["hyperparameters"], job["seed"]) == ("m", {"n_epochs": 2}, 0)
        rows = [row for file in server.files.values() for row in file]
        assert len(rows) == len(EXAMPLES)
        assert {"role": "assistant", "content": "Ahoy 3!"} in [row["messages"][-1] for row in rows]
        report = there.trial(approaches=["base", "tuned"])
        assert report["approaches"]["tuned"]["score"]["mean"] == 1.0
        assert report["approaches"]["base"]["score"]["mean"] == 0.0
        assert len(server.jobs) == 1  # the trial found what tune had made


def test_a_second_run_trains_nothing(opened):
    with TuningServer() as server:
        there = opened(server)
        assert there.tune()["reused"] is False
        assert there.tune()["reused"] is True
        assert len(server.jobs) == 1


def test_a_killed_run_follows_the_same_job(opened):
    with TuningServer() as server:
        there = opened(server)

        def killed(what, done, total, note):
            if "endpoint" in what:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            there.tune(progress=killed)
        assert len(server.jobs) == 1
        assert there.tune()["hosted"] == "ft:m:ftjob-0"
        assert (len(server.jobs), len(server.files)) == (1, 1)


def test_a_failed_job_says_why_and_the_next_run_begins_anew(opened):
    with TuningServer(fails="too few rows") as server:
        there = opened(server)
        with pytest.raises(EndpointFailed, match="job ftjob-0 ended as failed: too few rows"):
            there.tune()
        server.fails = None
        assert there.tune()["hosted"] == "ft:m:ftjob-1"


def test_a_server_that_cannot_tune(opened):
    told = r"train\.jsonl was not taken: the endpoint knows no such thing"
    with TuningServer(speaks_of_tuning=False) as server, pytest.raises(EndpointFailed, match=told):
        opened(server).tune()


def test_no_server_there(opened):
    with TuningServer() as server:
        there = opened(server)
    with pytest.raises(EndpointFailed, match=r"train\.jsonl was not taken: Connection error") as caught:
        there.tune()
    assert caught.value.hint == "is model.endpoint right, and does a server answer there?"


def test_nothing_goes_out_unasked(opened):
    with TuningServer() as server:
        there = opened(server, "tuning.hosted=false")
        with pytest.raises(BadInput, match=r"only with tuning\.hosted = true, which sends it the examples"):
            there.tune()
        assert not server.files


@pytest.mark.parametrize("setting", ["scale=0.5", "method=dora", "learning_rate=0.001", "rank=8", "max_forgetting=0.1"])
def test_what_a_job_cannot_follow_is_refused(opened, setting):
    with TuningServer() as server:
        with pytest.raises(BadSettings, match="a job at an endpoint cannot follow it"):
            opened(server, f"tuning.{setting}").tune()
        assert not server.files


def test_the_time_is_not_guessed(opened):
    with TuningServer() as server, pytest.raises(BadInput, match="how long an endpoint takes"):
        opened(server).estimate()


def test_an_adapter_from_here_is_not_asked_for_there(tmp_path):
    with pytest.raises(BadModel, match="was not tuned there"):
        served_name(tmp_path)

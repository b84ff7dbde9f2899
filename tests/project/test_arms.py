"""Asking in rounds: everyone gets the same cases, losers stop, the clock ends it, and nothing is asked twice."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from helpers import case

from tunebook.progress import silent
from tunebook.project.arms import Arm, Rounds, ask
from tunebook.values import Answer, Case, Source

CASES = [case(f"k{n}", f"Question {n}?", answers=("yes",)) for n in range(20)]


class Speaker:
    """Says one thing, and keeps what it was asked."""

    def __init__(self, text: str, pause_seconds: float = 0.0) -> None:
        self.text, self.pause_seconds, self.asked = text, pause_seconds, []

    def __call__(self, cases: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        for index, one in enumerate(cases):
            time.sleep(self.pause_seconds)
            self.asked.append(one.id)
            yield index, Answer(self.text, False, "a", "m")


def arms(tmp_path: Path, **speakers: Speaker) -> list[Arm]:
    return [Arm(name, ((speaker, tmp_path / f"{name}.jsonl"),)) for name, speaker in speakers.items()]


def test_one_round_asks_everything_once(tmp_path: Path) -> None:
    yes = Speaker("yes")
    asked = ask(arms(tmp_path, yes=yes), CASES, Rounds((20,)), silent)
    assert [one.id for one in asked.cases] == [one.id for one in CASES] == yes.asked
    assert [one.score for one in asked.outcomes["yes"].scored] == [1.0] * 20
    ask(arms(tmp_path, yes=yes), CASES, Rounds((5, 20)), silent)
    assert len(yes.asked) == 20


def test_other_sources_are_news_to_the_oracle_alone(tmp_path: Path) -> None:
    rag, oracle = Speaker("yes"), Speaker("yes")
    mended = [replace(one, sources=(Source("wren.md"),)) for one in CASES[:3]] + CASES[3:]
    for cases in (CASES, mended):
        ask(arms(tmp_path, rag=rag, oracle=oracle), cases, Rounds((20,)), silent)
    assert len(rag.asked) == 20
    assert oracle.asked[20:] == ["k0", "k1", "k2"]


def test_a_loser_is_asked_no_further(tmp_path: Path) -> None:
    yes, no = Speaker("yes"), Speaker("no")
    rounds = Rounds(
        (5, 10, 20), losers=lambda cases, outcomes: {"no": f"after {len(cases)}"} if "no" in outcomes else {}
    )
    asked = ask(arms(tmp_path, yes=yes, no=no), CASES, rounds, silent)
    assert (len(yes.asked), len(no.asked), len(set(no.asked))) == (20, 5, 5)
    assert asked.outcomes["no"].stopped == "after 5"
    assert sum(one is not None for one in asked.outcomes["no"].scored) == 5
    assert set(no.asked) < set(yes.asked)


def test_past_the_deadline_no_round_begins_and_all_had_the_same_cases(tmp_path: Path) -> None:
    quick, slow = Speaker("yes"), Speaker("yes", 0.01)
    asked = ask(
        arms(tmp_path, quick=quick, slow=slow), CASES, Rounds((5, 20), deadline=time.monotonic() + 0.05), silent
    )
    assert sorted(quick.asked) == sorted(slow.asked)
    assert len(asked.cases) == 5
    assert [len(outcome.answers) for outcome in asked.outcomes.values()] == [5, 5]


def test_seeds_are_runs_of_one_arm(tmp_path: Path) -> None:
    arm = Arm("tuned", ((Speaker("yes"), tmp_path / "a.jsonl"), (Speaker("no"), tmp_path / "b.jsonl")))
    outcome = ask([arm], CASES, Rounds((20,)), silent).outcomes["tuned"]
    assert outcome.score(0) == [1.0, 0.0]
    assert [run.answers[0].text for run in outcome.runs if run.answers[0]] == ["yes", "no"]


def test_each_arm_is_timed_in_the_first_round_so_that_a_deadline_has_not_come(tmp_path: Path) -> None:
    yes = Speaker("yes")
    rounds = Rounds((5, 20), deadline=time.monotonic() - 1, latency_cases=2)
    outcome = ask(arms(tmp_path, yes=yes), CASES, rounds, silent).outcomes["yes"]
    assert (len(outcome.answers), len(outcome.timed)) == (5, 2)


def test_each_arm_is_timed_before_any_is_stopped(tmp_path: Path) -> None:
    yes, known = Speaker("yes"), []
    rounds = Rounds((5, 20), latency_cases=2, losers=lambda cases, outcomes: known.append(len(yes.asked)) or {})
    ask(arms(tmp_path, yes=yes), CASES, rounds, silent)
    assert known[0] > 5  # the round, and what is timed

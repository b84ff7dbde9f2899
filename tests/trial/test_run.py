"""A trial's answers: kept as they come, asked once, whatever happened to the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import case, user

from tunebook.errors import BadInput
from tunebook.progress import silent
from tunebook.trial.run import answer_from_json, key, key_with_sources, latencies, run
from tunebook.values import Answer, Case, Citation, Hit, Passage, Seconds, Source, Tokens

CASES = [case(f"c{n}", f"Question {n}?", sources=("a.md",)) for n in range(6)]
FOUND = Hit(1, 0.5, Passage("a.md", "A", "", 2, 10, 14, "Text"))
QUOTED = Citation(1, "a.md", 2, 10, 14, "Text", None, "It is text.")


class Asker:
    """Answers every case, counting; raises KeyboardInterrupt instead of answer number `stop_at`."""

    def __init__(self, stop_at: int | None = None, text: str = "Grüße an {}") -> None:
        self.asked: list[str] = []
        self.stop_at = stop_at
        self.text = text

    def __call__(self, cases: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        for index, asked in reversed(list(enumerate(cases))):
            if len(self.asked) == self.stop_at:
                raise KeyboardInterrupt
            self.asked.append(asked.id)
            yield index, self.answer(asked)

    def answer(self, asked: Case) -> Answer:
        text = self.text.format(asked.id)
        return Answer(text, False, "rag", "m", (QUOTED,), (FOUND,), Seconds(0.1, None, 0.5), Tokens(9, 2))


def asked_by(asker: Asker, path: Path, cases: Sequence[Case] = CASES) -> list[str]:
    answers = run(cases, asker, path, "rag", silent)
    assert answers == [asker.answer(case) for case in cases]
    return asker.asked


def test_answers_come_in_the_order_of_the_cases_and_are_asked_once(tmp_path):
    path = tmp_path / "answers" / "rag.jsonl"
    assert sorted(asked_by(Asker(), path)) == [case.id for case in CASES]
    assert asked_by(Asker(), path) == []


def test_a_prompt_that_does_not_fit_is_told_with_the_longest_case(tmp_path):
    def ask(cases: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        yield 0, Asker().answer(cases[0])
        raise BadInput("a prompt of 400031 tokens does not fit", "shorten it")

    cases = [*CASES, case("long", "Why? " * 50)]
    with pytest.raises(BadInput, match="does not fit; the longest case is 'long', row ") as caught:
        run(cases, ask, tmp_path / "rag.jsonl", "rag", silent)
    assert caught.value.hint == "shorten it"
    assert sorted(asked_by(Asker(), tmp_path / "rag.jsonl", CASES)) == ["c1", "c2", "c3", "c4", "c5"], (
        "what came is kept"
    )


def test_an_interrupted_run_asks_only_what_is_missing(tmp_path):
    path, first = tmp_path / "rag.jsonl", Asker(stop_at=4)
    with pytest.raises(KeyboardInterrupt):
        run(CASES, first, path, "rag", silent)
    rest = asked_by(Asker(), path)
    assert sorted(first.asked + rest) == [case.id for case in CASES]
    assert len(first.asked) == 4


@pytest.mark.parametrize("cut", [1, 2, 30, 400])
def test_a_torn_last_line_costs_itself_alone(cut, tmp_path):
    path = tmp_path / "rag.jsonl"
    asked_by(Asker(), path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(asked_by(Asker(), path)) == (1 if cut > 1 else 0)
    assert asked_by(Asker(), path) == [], "what was asked again is whole"


@pytest.mark.parametrize("rest", [b"", b'{"key": "\xc3', b"\0" * 99, b"[]", b'{"key": []}'])
def test_what_is_no_answer_is_passed_over(rest, tmp_path):
    path = tmp_path / "rag.jsonl"
    asked_by(Asker(), path, CASES[:5])
    path.write_bytes(path.read_bytes() + rest)
    assert asked_by(Asker(), path) == ["c5"]
    assert asked_by(Asker(), path) == []


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r\n", "\ud800"])
def test_an_answer_of_any_letters_is_kept(odd, tmp_path):
    text = f"one{odd}two {{}}"
    assert len(asked_by(Asker(text=text), tmp_path / "rag.jsonl")) == len(CASES)
    assert asked_by(Asker(text=text), tmp_path / "rag.jsonl") == []


def test_a_changed_question_is_asked_anew_and_a_changed_answer_is_not(tmp_path):
    path = tmp_path / "rag.jsonl"
    asked_by(Asker(), path)
    graded = [replace(case, id=f"new {case.id}", answers=("other",), group="g", row=9, sources=()) for case in CASES]
    assert run(graded, Asker(stop_at=0), path, "rag", silent) == [Asker().answer(case) for case in CASES]
    changed = [replace(CASES[0], messages=user("Else?")), *CASES[1:]]
    assert asked_by(Asker(), path, changed) == ["c0"]


def test_what_two_cases_ask_alike_is_asked_once(tmp_path):
    twice = [CASES[0], replace(CASES[0], id="twin", answers=("other",)), CASES[1]]
    asker = Asker()
    first, second, _ = run(twice, asker, tmp_path / "rag.jsonl", "rag", silent)
    assert first == second
    assert len(asker.asked) == 2


def test_the_key_depends_on_what_is_asked():
    case, mended = CASES[0], replace(CASES[0], sources=(Source("a.md", quote="Text"),))
    assert key(case) == key(replace(case, id="x", answers=("x",))) == key(mended) != key(CASES[1])
    assert len({key_with_sources(one) for one in (case, mended, replace(case, sources=()), CASES[1])}) == 4


def test_an_answer_survives_the_file():
    answer = Asker().answer(CASES[0])
    assert answer_from_json(answer.as_json()) == answer


def test_latencies_are_asked_one_at_a_time_after_a_warm_up(tmp_path):
    asker, sizes = Asker(), []

    def ask(cases: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        sizes.append(len(cases))
        return asker(cases)

    timed = latencies(CASES[:3], ask, tmp_path / "timed.jsonl", "rag", silent)
    assert sizes == [1, 1, 1, 1]
    assert asker.asked == ["c0", "c0", "c1", "c2"]
    assert [answer.seconds.total for answer in timed] == [0.5] * 3
    assert latencies([], ask, tmp_path / "none.jsonl", "rag", silent) == []
    latencies(CASES[:3], ask, tmp_path / "timed.jsonl", "rag", silent)
    assert len(sizes) == 4, "nothing is timed twice"
    latencies(CASES[:5], ask, tmp_path / "timed.jsonl", "rag", silent)
    assert asker.asked[4:] == ["c3", "c3", "c4"], "a later run may have loaded its model just now"

"""The questionnaire: its table of weights, answers from a mapping, answers from a terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.advise import QUESTIONS, Answers, ask_interactively, parse_answers
from tunebook.advise.weights import EXAMPLES, FACTORS, SIGNALS, STRONG
from tunebook.errors import BadInput


def test_every_weight_has_a_reason_and_stays_on_the_scale() -> None:
    entries = [choice for question in QUESTIONS for choice in question.choices] + list(SIGNALS.values())
    for entry in entries:
        assert entry.why.endswith(".")
        assert all(0 < points <= 4 for points in entry.leans.values())


def test_the_questions_cover_every_factor_and_keys_are_unique() -> None:
    assert [question.factor for question in QUESTIONS] == [*FACTORS, EXAMPLES]
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert len({choice.key for choice in question.choices}) == len(question.choices)
    assert {signal.factor for signal in SIGNALS.values()} <= {*FACTORS, EXAMPLES}


def test_only_the_goal_can_make_tuning_strong_through_answers_without_a_second_reason() -> None:
    for question in QUESTIONS:
        for choice in question.choices:
            if question.key != "goal":
                assert choice.leans.get("tuning", 0) < STRONG


def test_answers_may_be_missing_null_or_padded() -> None:
    answers = parse_answers({"goal": " Facts ", "citations": None})
    assert answers == Answers({"goal": "facts"})
    assert parse_answers({}) == Answers()


@pytest.mark.parametrize(
    ("given_mapping", "message", "hint"),
    [
        ({"gaol": "facts"}, "no question 'gaol'; allowed: goal, volatility, ", "did you mean 'goal'?"),
        ({"goal": "fact"}, "no answer 'fact' to 'goal'; allowed: facts, behaviour, both", "did you mean 'facts'?"),
        ({"goal": 3}, "no answer 3 to 'goal'; allowed: facts, behaviour, both", "leave the question out"),
        ({"goal": ["facts"]}, "no answer ['facts'] to 'goal'", "leave the question out"),
        ({7: "facts"}, "no question 7; allowed: goal", "leave the question out"),
        (["goal"], "answers are a list; allowed: one table", "write them as"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(given_mapping: object, message: str, hint: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_answers(given_mapping)  # type: ignore[arg-type]
    assert message in refused.value.message
    assert hint in refused.value.hint


@given(st.dictionaries(st.text() | st.integers(), st.text() | st.none() | st.floats() | st.lists(st.text())))
def test_any_mapping_is_parsed_or_refused_in_one_line(mapping: dict[str, object]) -> None:
    refused = None
    try:
        assert set(parse_answers(mapping).chosen) <= set(mapping)
    except BadInput as error:
        refused = error
    assert refused is None or (refused.hint and "\n" not in refused.message)


def scripted(*lines: str) -> Callable[[str], str]:
    """A reader that returns the lines one by one and then is at its end."""
    left = iter(lines)

    def read(prompt: str) -> str:
        line = next(left, None)
        if line is None:
            raise EOFError
        return line

    return read


def test_numbers_choose_and_empty_skips() -> None:
    written: list[str] = []
    answers = ask_interactively(scripted("1", "", " 3 ", "", "", "4"), written.append)
    assert answers == Answers({"goal": "facts", "citations": "critical", "examples": "many"})
    assert any(QUESTIONS[-1].text in line for line in written)


@pytest.mark.parametrize("wrong", ["0", "4", "-1", "facts", "1.0", "²"])
def test_a_wrong_number_asks_again(wrong: str) -> None:
    written: list[str] = []
    assert ask_interactively(scripted(wrong, "2"), written.append) == Answers({"goal": "behaviour"})
    assert any(f"{wrong!r} is not one of 1 to 3" in line for line in written)


def test_the_end_of_input_keeps_what_was_answered() -> None:
    assert ask_interactively(scripted(), lambda line: None) == Answers()
    assert ask_interactively(scripted("2", "9"), lambda line: None) == Answers({"goal": "behaviour"})

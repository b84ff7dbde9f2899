"""Follow-ups that stand alone, and history within its room."""

from __future__ import annotations

import pytest

from tunebook.answer.converse import recent, standalone


def talk(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("last", "searched"),
    [
        ("What does it carry?", "What does it carry? heavy Heron"),
        ("And in winter?", "And in winter? heavy Heron"),
        ("Is the Heron the same?", "Is the Heron the same? heavy"),
        ("How much does the Wren carry?", "How much does the Wren carry?"),
        ("Who sells bikes in Oslo?", "Who sells bikes in Oslo?"),
    ],
)
def test_a_follow_up_takes_along_what_it_refers_to(last, searched):
    assert standalone(talk("Who is Ash?", "A baker.", "How heavy is the Heron?", "31 kg.", last)) == searched


@pytest.mark.parametrize(
    ("last", "searched"),
    [
        ("它可以载多少货物？", "它可以载多少货物？ 苍鹭号保修几年"),
        ("价格呢？", "价格呢？ 苍鹭号保修几年"),
        ("渡轮票价是多少？", "渡轮票价是多少？"),
        ("其他人的票价是多少？", "其他人的票价是多少？"),
        ("それはどこですか。", "それはどこですか。 苍鹭号保修几年"),
    ],
)
def test_without_blanks_as_well(last, searched):
    assert standalone(talk("苍鹭号保修几年？", "五年。", last)) == searched


def test_a_first_question_stands_alone():
    assert standalone(talk("What does it carry?")) == "What does it carry?"


def words_in(messages) -> int:
    return sum(len(message["content"].split()) for message in messages)


@pytest.mark.parametrize(
    ("room", "kept"), [(99, ["a b", "c", "d e", "f", "g"]), (3, ["d e", "f", "g"]), (2, ["g"]), (0, ["g"])]
)
def test_the_latest_turns_stay_whole(room, kept):
    messages = talk("a b", "c", "d e", "f", "g")
    seen, gone = recent(messages, room, words_in)
    assert ([message["content"] for message in seen], gone) == (kept, 5 - len(kept))


def test_the_system_messages_at_the_beginning_stay_as_one():
    opening = [{"role": "system", "content": "s"}, {"role": "system", "content": "t"}]
    seen, gone = recent([*opening, *talk("a b", "c", "d")], 0, words_in)
    assert ([message["content"] for message in seen], gone) == (["s\n\nt", "d"], 2)
    assert recent([*opening, *talk("d")], 0, words_in)[1] == 0


def test_a_greeting_before_the_first_question_is_no_message_that_found_no_room():
    greeting = {"role": "assistant", "content": "Good morning!"}
    assert recent([greeting, *talk("a")], 99, words_in) == (tuple(talk("a")), 0)


def test_a_long_history_is_counted_from_its_end_and_no_further_than_it_fits():
    seen: list[int] = []

    def count(messages) -> int:
        seen.append(len(messages))
        return words_in(messages)

    recent(talk(*["word word"] * 401), 20, count)
    assert sum(seen) == 12

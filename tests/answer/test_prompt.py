"""What is shown, and the two prompts: passages in their order before the question, demonstrations as earlier turns."""

from __future__ import annotations

from helpers import example, hits_of, passage, user

from tunebook.answer import demonstrated, over_passages, within

SYSTEM = {"role": "system", "content": "Be kind."}
EARLIER = ({"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"})


def test_passages_stand_in_the_order_given_with_their_headlines():
    shown = [passage("Twelve.", title="Wren", heading="Load > Box"), passage("Nine.", title="Heron"), passage("Bare.")]
    system, asked = over_passages(user("How many?"), shown, "Answer.")
    assert system == {"role": "system", "content": "Answer."}
    assert asked["role"] == "user"
    assert asked["content"] == (
        "Read this text:\n\nWren > Load > Box\nTwelve.\n\nHeron\nNine.\n\nBare.\n\nAccording to the text: How many?"
    )


def test_a_conversation_keeps_its_turns_and_its_system_message():
    messages = over_passages((SYSTEM, *EARLIER, *user("And?")), [passage("Nine.")], "Answer.")
    assert messages[0] == {"role": "system", "content": "Be kind.\n\nAnswer."}
    assert messages[1:3] == EARLIER
    assert messages[3]["content"].endswith("According to the text: And?")


def test_hits_within_the_gap_are_shown_and_the_best_always():
    hits = hits_of(passage("One."), passage("Two."), passage("Three."))  # scores 1, 1/2, 1/3
    assert [hit.rank for hit in within(hits, 0.5)] == [1, 2]
    assert [hit.rank for hit in within(hits, 0)] == [1]
    assert within(hits, 1) == tuple(hits)
    assert within([], 0.5) == ()


def test_demonstrations_are_turns_before_the_question():
    shown = [example(1, "One?", "1."), example(2, "Two?", "2.")]
    messages = demonstrated((*EARLIER, *user("Three?")), shown, "Be brief.")
    told = ["Be brief.", "Hello", "Hi", "One?", "1.", "Two?", "2.", "Three?"]
    assert [message["content"] for message in messages] == told
    assert [message["role"] for message in messages] == ["system", *["user", "assistant"] * 3, "user"]

"""Servers of models that reason, and what they would not be sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import rude_server
from helpers import user
from openai_server import Served
from rude_server import HEAD, Line, Rude, chunk, delta

from tunebook.errors import EndpointFailed
from tunebook.models import Generation, Request, Sampling
from tunebook.models.dialect import Dialect
from tunebook.models.endpoint import EndpointChatModel
from tunebook.models.exchange import Limits, spoken
from tunebook.settings import ModelSettings

END = chunk(None, "stop") + "data: [DONE]\n\n"
SHORT = Limits(connect_seconds=2, first_seconds=0.6, stall_seconds=0.6, total_seconds=20)


def sends(*events: str, pause: float = 0.0) -> Callable[[Line], None]:
    def way(line: Line) -> None:
        line.send(HEAD)
        for event in (*events, END):
            line.send(event)
            time.sleep(pause)

    return way


def answer(way: Callable[[Line], None], limits: Limits = SHORT) -> tuple[Generation, str]:
    """And what a listener heard."""
    heard: list[str] = []
    with Rude(way) as server:
        asked = Request(user("How much?"), 16, lambda text: heard.append(text))
        ((_, generation),) = EndpointChatModel("m", server.url, limits=limits, retries=0).generate([asked])
    return generation, "".join(heard)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_life_and_no_part_of_the_answer(name):
    thoughts = [delta(**{name: "hmm "})] * 8
    generation, heard = answer(sends(*thoughts, chunk("80 kg."), pause=0.25))
    assert (generation.text, heard) == ("80 kg.", "80 kg.")
    assert generation.first_token_seconds > 1.5


def test_a_stall_among_thoughts_ends_at_its_limit():
    with pytest.raises(EndpointFailed, match="the stream stalled"):
        answer(lambda line: (line.send(HEAD + delta(reasoning="hmm")), line.silent()))


@pytest.mark.parametrize(
    "pieces",
    [
        ["<think>\nThe text says 80.\n</think>\n\n80 kg."],
        ["<", "th", "ink>", "The text says 80.</th", "ink>", " 80", " kg."],
        ["\n <think></think>80 kg."],
    ],
)
def test_a_leading_block_of_thoughts_is_left_out(pieces):
    generation, heard = answer(sends(*map(chunk, pieces)))
    assert (generation.text, heard) == ("80 kg.", "80 kg.")


def test_thoughts_that_the_servers_template_opened_are_left_out():
    assert answer(sends(*map(chunk, ["The text says", " 80.\n</th", "ink>\n", "\n80 kg."])))[0].text == "80 kg."
    assert answer(sends(chunk("</think>\n\n80 kg.")))[0].text == "80 kg."


def test_such_thoughts_are_heard_once_and_held_back_from_then_on():
    heard: list[str] = []
    asked = Request(user("How much?"), 16, lambda text: heard.append(text))
    with Rude(sends(*map(chunk, ["The text says", " 80.\n</think>\n", "\n80", " kg."]))) as server:
        model = EndpointChatModel("m", server.url, limits=SHORT, retries=0)
        list(model.generate([asked]))
        assert heard[0] == "The text says"
        heard.clear()
        list(model.generate([asked]))
    assert heard == ["80", " kg."]


def test_an_answer_without_the_thoughts_that_were_awaited_is_whole():
    assert spoken(["80 ", "kg."], last=True, held=True) == "80 kg."


@pytest.mark.parametrize(
    "text", ["<", "<th", "80 kg <think> is no tag", "<thinker> is one", "It ends with </think>, the text says."]
)
def test_what_only_begins_like_one_stays(text):
    assert answer(sends(*map(chunk, text)))[0].text == text


def test_thoughts_that_fill_the_limit_are_no_answer():
    found, _ = answer(lambda line: line.send(HEAD + chunk("<think>The text says") + chunk(None, "length")))
    assert (found.text, found.finished) == ("", False)


def test_what_a_server_does_not_count_is_not_known():
    counted, _ = answer(sends(chunk("80 kg."), chunk(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 2})))
    plain, _ = answer(sends(chunk("80 kg.")))
    assert (counted.prompt_tokens, counted.completion_tokens) == (7, 2)
    assert (plain.prompt_tokens, plain.completion_tokens) == (None, None)
    assert ModelSettings(prompt_price=2.0).cost(plain.prompt_tokens, plain.completion_tokens) is None


def test_content_in_parts_is_put_together():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}
    parts = delta(content=[{"type": "text", "text": "80 "}, {"type": "text", "text": "kg."}])
    assert answer(sends(delta(content=[thinking]), parts))[0].text == "80 kg."


def test_halves_of_a_character_are_put_together_and_a_lone_one_is_marked():
    assert spoken(["80 \ud83d", "\ude00 kg"]) == "80 \U0001f600 kg"
    assert answer(sends(chunk("80 kg \ud83d")))[0].text == "80 kg \ufffd"


def refuses(*names: str) -> Callable[[dict[str, Any]], str | tuple[int, str]]:
    def reply(body: dict[str, Any]) -> str | tuple[int, str]:
        named = next((name for name in names if name in body), None)
        return (400, f"Unsupported parameter: '{named}' is not supported with this model.") if named else "80 kg."

    return reply


def test_what_a_server_will_not_take_is_left_out_from_then_on():
    with Served(refuses("max_tokens", "temperature", "stream_options")) as server:
        model = EndpointChatModel("m", server.url, retries=0)
        for _ in range(2):
            ((_, generation),) = model.generate([Request(user("How much?"), 16)])
            assert generation.text == "80 kg."
    assert server.asked[-1]["max_completion_tokens"] == 16
    assert not {"max_tokens", "temperature", "stream_options"} & server.asked[-1].keys()
    assert len(server.asked) == 4 + 1


def test_what_a_server_names_in_a_form_of_its_own_is_left_out_too():
    extra = {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}
    refused = rude_server.sends(rude_server.whole(422, {"detail": [extra]}))
    with Rude(refused, polite_after=1) as server:
        ((_, generation),) = EndpointChatModel("m", server.url, retries=0).generate([Request(user("How much?"), 16)])
    assert (generation.text, server.asked) == ("It carries 80 kg.", 2)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "System role not supported"),
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        (500, "Jinja Exception: System role not supported"),
    ],
)
def test_a_model_that_takes_no_system_message_is_told_in_the_question(status, said):
    asked = Request(({"role": "system", "content": "Be brief."}, *user("How much?")), 16)
    with Served(lambda body: (status, said) if body["messages"][0]["role"] == "system" else "80 kg.") as server:
        model = EndpointChatModel("m", server.url, retries=0)
        assert [generation.text for _ in range(2) for _, generation in model.generate([asked])] == ["80 kg."] * 2
    assert server.asked[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nHow much?"}]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "said",
    ["max_tokens is too large: 16. This model supports at most 8", "temperature must be at most 1", "no such thing"],
)
def test_another_refusal_is_asked_once(said):
    asked = Request(user("How much?"), 16, sampling=Sampling(2.0))
    with Served(lambda body: (400, said)) as server, pytest.raises(EndpointFailed, match="refused with 400"):
        list(EndpointChatModel("m", server.url, retries=0).generate([asked]))
    assert len(server.asked) == 1


def test_a_prompt_that_is_too_long_is_told_as_such_though_it_names_max_tokens():
    said = "This model's maximum context length is 8 tokens; max_tokens is not supported beyond"
    error = type("Refused", (Exception,), {"status_code": 400})(said)
    dialect = Dialect()
    assert not dialect.learns(error, dialect.arguments(Request(user("?"), 16)))

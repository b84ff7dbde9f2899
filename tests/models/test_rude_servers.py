"""Servers that stream, stall, die or lie: each ends within its time limit, with its message."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
import rude_server as rude
from helpers import user
from rude_server import Rude

from tunebook.errors import EndpointFailed
from tunebook.models import Request
from tunebook.models.endpoint import EndpointChatModel
from tunebook.models.exchange import Limits

LIMITS = Limits(connect_seconds=0.5, first_seconds=1.0, stall_seconds=0.7, total_seconds=2.0)
SLACK_SECONDS = 10.0  # of a busy machine
QUESTION = Request(user("How much does the Heron carry?"), 16)


@pytest.fixture(autouse=True, scope="module")
def warm():
    """The client's first request loads half of it."""
    with Rude(rude.well) as server:
        list(EndpointChatModel("m", server.url).generate([QUESTION]))


def model_at(server: Rude, **settings) -> EndpointChatModel:
    return EndpointChatModel("m", server.url, **{"limits": LIMITS, "retries": 0} | settings)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (rude.streams_then_stalls, "the stream stalled for 0.7 seconds"),
        (rude.never_answers, "no answer"),
        (rude.dribbles_its_head, "no answer began in 1 seconds"),
        (rude.comments_for_ever, "no answer began in 1 seconds"),
        (rude.drips_words, "no complete answer in 2 seconds"),
        (rude.dies_in_the_stream, "the connection broke|the stream broke"),
        (rude.dies_at_once, "the connection broke"),
        (rude.breaks_off, "the stream ended before the answer was complete"),
        (rude.sends_a_web_page, "what it sends is no chat completion"),
        (rude.sends_broken_json, "what it sends is no chat completion"),
        (rude.never_stops_writing, "characters where 16 tokens were asked"),
        (rude.fails_in_the_stream, "it failed while it wrote: out of memory"),
        (rude.has_no_end, "no answer began in 1 seconds"),
        (rude.keeps_you_waiting, "too many requests: .*; it asks for a pause of 600 seconds"),
        (rude.has_no_money, "nothing left to spend"),
        (rude.has_a_short_window, "the prompt is too long for m"),
        (rude.is_broken, "the server failed with 503"),
        (rude.sends_a_number, "what it sends is no chat completion: its content is no text: 42"),
        (rude.says_nothing_and_stops_for("tool_calls"), "it wrote no words, and ended with 'tool_calls'"),
        (rude.sends(rude.refusal(402, "Insufficient credits")), "nothing left to spend"),
        (rude.sends(rude.refusal(403, "no access to model m")), "this key is refused: .* no access to model m"),
        (rude.sends(rude.whole(404, {"error": "model 'm' not found"})), "it has no model 'm'$"),
        (rude.sends(rude.whole(404, {"detail": "Not Found"})), r"nothing at this path: .*Not Found"),
        (
            rude.sends(rude.whole(413, "<html><title>413 Too Large</title>")),
            "too long for m: Error code: 413 - 413 Too L",
        ),
        (rude.sends(rude.whole(502, "<html>\n<title>502 Bad Gateway</title>")), "failed with 502: .*502 Bad Gateway$"),
        (rude.sends(rude.whole(200, {"error": {"message": "overloaded"}})), "it failed while it wrote: overloaded"),
        (rude.sends(rude.whole(200, {"error": "kaput"})), "it failed while it wrote: .*kaput"),
        (rude.sends(rude.whole(200, {"success": False})), "no chat completion: not one event came, but .*success"),
        (rude.sends(rude.HEAD, 'data: {"error": "kaput"}\n\n'), "it failed while it wrote: .*kaput"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_way_of_failing_ends_in_time_and_says_what_it_was(way, told):
    begin = time.monotonic()
    with Rude(way) as server, pytest.raises(EndpointFailed, match=told) as caught:
        list(model_at(server).generate([QUESTION]))
    assert time.monotonic() - begin < LIMITS.total_seconds + SLACK_SECONDS
    assert caught.value.message.startswith(server.url)
    assert caught.value.hint


@pytest.mark.parametrize("way", [rude.is_broken, rude.dies_at_once, rude.breaks_off, rude.streams_then_stalls])
def test_what_may_pass_is_tried_again(way):
    limits = Limits(0.5, 5.0, 0.5, 20.0)
    with Rude(way, polite_after=2) as server:
        model = model_at(server, limits=limits, retries=3)
        ((_, generation),) = model.generate([QUESTION])
        assert (generation.text, server.asked) == ("It carries 80 kg.", 3)
        assert (model.spent.requests, model.spent.prompt_tokens, model.spent.completion_tokens) == (1, 7, 5)


@pytest.mark.parametrize("way", [rude.has_no_money, rude.has_a_short_window, rude.sends_a_web_page])
def test_what_will_not_pass_is_asked_once(way):
    with Rude(way) as server, pytest.raises(EndpointFailed):
        list(model_at(server, retries=3).generate([QUESTION]))
    assert server.asked == 1


def test_a_wait_beyond_the_time_limit_is_not_begun():
    begin = time.monotonic()
    with Rude(rude.keeps_you_waiting) as server, pytest.raises(EndpointFailed, match="too many requests"):
        list(model_at(server, retries=3).generate([QUESTION]))
    assert time.monotonic() - begin < SLACK_SECONDS


def test_words_that_were_shown_are_not_said_twice():
    said: list[str] = []
    asked = Request(user("?"), 16, said.append)
    with Rude(rude.breaks_off, polite_after=1) as server, pytest.raises(EndpointFailed):
        list(model_at(server, retries=3).generate([asked]))
    assert server.asked == 1


def test_an_interrupt_hangs_up():
    with Rude(rude.drips_words) as server:
        answers = model_at(server, limits=Limits(1, 10, 10, 60)).generate([QUESTION, QUESTION])
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            next(answers)
        assert time.monotonic() - begin < SLACK_SECONDS
        assert server.gone.wait(SLACK_SECONDS)


def test_no_more_than_the_limit_are_under_way_whoever_asks():
    under_way, most = 0, 0
    lock = threading.Lock()

    def counted(line: rude.Line) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        rude.well(line)

    with Rude(counted) as server:
        model = model_at(server, concurrency=2, limits=Limits(1, 10, 10, 60))
        threads = [threading.Thread(target=lambda: list(model.generate([QUESTION] * 3))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2
    assert model.spent.requests == 9


@pytest.mark.parametrize("after", [rude.Line.silent, rude.Line.reset])
def test_a_whole_answer_is_taken_whatever_comes_after_it(after):
    def way(line: rude.Line) -> None:
        line.send(rude.HEAD + rude.chunk("80 kg.") + rude.chunk(None, "stop"))
        time.sleep(0.1)
        after(line)

    with Rude(way) as server:
        ((_, generation),) = model_at(server).generate([QUESTION])
    assert (generation.text, generation.finished) == ("80 kg.", True)


def test_an_answer_that_comes_at_once_is_taken():
    message = {"role": "assistant", "content": "80 kg."}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    heard: list[str] = []
    with Rude(rude.sends(rude.whole(200, body))) as server:
        ((_, generation),) = model_at(server).generate([Request(user("?"), 16, lambda text: heard.append(text))])
    assert (generation.text, heard, generation.prompt_tokens) == ("80 kg.", ["80 kg."], 7)


def test_an_answer_that_a_filter_cut_is_not_finished():
    with Rude(rude.sends(rude.HEAD, rude.chunk("It "), rude.chunk(None, "content_filter"))) as server:
        ((_, generation),) = model_at(server).generate([QUESTION])
    assert (generation.text, generation.finished) == ("It", False)


@pytest.mark.parametrize("reason", ["length", "max_tokens"])
def test_an_answer_whose_tokens_were_spent_without_a_word_does_not_end_the_others(reason):
    with Rude(rude.says_nothing_and_stops_for(reason)) as server:
        found = dict(model_at(server).generate([QUESTION, QUESTION]))
    assert [(one.text, one.finished, one.withheld) for one in found.values()] == [("", False, None)] * 2


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (rude.sends(rude.refusal(400, "The prompt was filtered", code="content_filter")), "The prompt was filtered"),
        (rude.says_nothing_and_stops_for("content_filter"), "it wrote no words, and ended with 'content_filter'"),
        (
            rude.sends(rude.HEAD, 'data: {"error": {"message": "Filtered", "code": "content_filter"}}\n\n'),
            "while it wrote: Filtered",
        ),
    ],
    ids=["at once", "without a word", "in the stream"],
)
def test_a_filter_keeps_one_answer_back_and_not_the_others(way, told):
    with Rude(way) as server:
        found = dict(model_at(server).generate([QUESTION, QUESTION]))
    assert [found[index].text for index in (0, 1)] == ["", ""]
    assert told in found[0].withheld and not found[0].finished


def test_where_requests_are_sent_on_to_is_told():
    """A server at http:// that sends everything on to https:// makes a GET of it."""
    with Rude(rude.sends(rude.whole(405, {"detail": "Method Not Allowed"}))) as target:
        moved = rude.sends(rude.whole(301, "", f"Location: {target.url}/chat/completions\r\nConnection: close\r\n"))
        with Rude(moved) as server, pytest.raises(EndpointFailed, match=f"sends requests on to {target.url}") as caught:
            list(model_at(server).generate([QUESTION]))
    assert "model.endpoint" in caught.value.hint

"""One rewritten line on a terminal, a line now and then in a log."""

import io

import pytest

from tunebook.cli.progress import ERASE, ProgressLine, span


class Terminal(io.StringIO):
    def isatty(self):
        return True


def follow(stream, calls):
    clock = iter([seconds for *_, seconds in calls] + [999.0] * 9)
    now = [0.0]
    line = ProgressLine(stream, lambda: now[0])
    for what, done, total, note, _ in calls:
        now[0] = next(clock)
        line(what, done, total, note)
    line.close()
    return stream.getvalue()


def test_a_log_gets_a_line_each_ten_seconds_and_the_last():
    calls = [("reading", n, 30, f"{n}.md", float(n)) for n in range(31)]
    assert follow(io.StringIO(), calls).splitlines() == [
        "reading 10/30  33%  1.0/s  20 s left  10.md",
        "reading 20/30  66%  1.0/s  10 s left  20.md",
        "reading 30/30  100%  1.0/s  30.md",
    ]


def test_a_quick_stage_is_one_line():
    calls = [("reading", 1, 2, "", 0.0), ("reading", 2, 2, "", 1.0), ("embedding", 5, 0, "", 1.5)]
    assert follow(io.StringIO(), calls) == "reading 2/2  100%  1.0/s\nembedding 5\n"


def test_a_terminal_gets_one_line_that_is_rewritten(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    calls = [("reading", 0, 2, "a very long note that does not fit", 100.0), ("reading", 2, 2, "", 100.01)]
    assert follow(Terminal(), calls) == f"{ERASE}reading 0/2  0%  a {ERASE}reading 2/2  100%  \n"


def test_closing_twice_writes_once():
    stream = Terminal()
    line = ProgressLine(stream)
    line.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("seconds", "words"), [(0.42, "0.4 s"), (38, "38 s"), (720, "12 min"), (12_600, "3.5 h")])
def test_span(seconds, words):
    assert span(seconds) == words

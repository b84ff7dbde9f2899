"""The event loop's turns: that a block is seen, and who is said to have made it."""

from __future__ import annotations

import asyncio
import re
import time

from fastapi.testclient import TestClient

from tunebook.serve.pulse import TICK_SECONDS, Beat, Pulse


def test_what_runs_in_the_loop_is_its_own() -> None:
    async def busy() -> tuple[float, float, float]:
        pulse = Pulse()
        with pulse.opened():
            beat = asyncio.create_task(pulse.beat())
            await asyncio.sleep(0)
            end = time.thread_time() + 0.1
            while time.thread_time() < end:
                pass
            told = await beat
            assert told.ran >= 0.08  # the turn was due after 20 ms of the 100
            assert told.late >= told.own >= told.ran - TICK_SECONDS
            return pulse.longest()

    assert asyncio.run(busy())[2] >= 0.08


def test_sleeping_in_the_loop_holds_it_up_without_running() -> None:
    async def asleep() -> None:
        pulse = Pulse()
        with pulse.opened():
            beat = asyncio.create_task(pulse.beat())
            await asyncio.sleep(0)
            time.sleep(0.1)
            told = await beat
        assert told.late >= 0.05
        assert told.ran < 0.05

    asyncio.run(asleep())


def test_waiting_for_the_machine_is_not() -> None:
    assert Beat(late=0.2, waited=0.15, ran=0.01).own == 0.2 - 0.15
    assert Beat(late=0.2, waited=0.2, ran=0.05).own == 0.05 - TICK_SECONDS
    assert Pulse().longest() == (0.0, 0.0, 0.0)


def test_the_metrics_tell_all_three(client: TestClient) -> None:
    text = client.get("/metrics").text
    names = ("block", "own_block", "run")
    assert all(re.search(rf"^tunebook_event_loop_longest_{name}_seconds [0-9.e-]+$", text, re.M) for name in names)

"""Servers that stream, stall, die or lie: how long until each is given up, and what is said.

    python benchmarks/endpoint.py [--json]

The ways are those of tests/models/rude_server.py, over real sockets; limits: 1 s to the first word, 0.7 s between words, 2 s in
all.  An end within 1 s of the total limit counts as in time, for the machine may be busy.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "models"))

from rude_server import WAYS, Line, Rude, well

from tunebook.errors import EndpointFailed
from tunebook.models import Request
from tunebook.models.endpoint import EndpointChatModel
from tunebook.models.exchange import Limits

LIMITS = Limits(0.5, 1.0, 0.7, 2.0)
SLACK_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same: it takes some 15 seconds")
    parser.add_argument("--data", help="not needed")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    _asked(well)  # the client's first request loads half of it
    rows = [(way.__name__, *_asked(way)) for way in WAYS]
    in_time = sum(seconds <= LIMITS.total_seconds + SLACK_SECONDS for _, seconds, _ in rows)
    told = sum(bool(message) for _, _, message in rows)
    goal = f"all {len(rows)}"
    claims = {
        "ends within its time limit": {"value": in_time, "goal": goal, "holds": in_time == len(rows)},
        "has its message": {"value": told, "goal": goal, "holds": told == len(rows)},
    }
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        ways = [{"way": way, "seconds": seconds, "message": message} for way, seconds, message in rows]
        print(json.dumps({"name": "endpoint", "machine": machine, "claims": claims, "ways": ways}))
        return
    for way, seconds, message in rows:
        print(f"{way:<22}{seconds:>6.2f} s  {message}")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']} of {len(rows)}")


def _asked(way: Callable[[Line], None]) -> tuple[float, str]:
    """Seconds until it ended, and what was said; "" for an answer."""
    question = Request(({"role": "user", "content": "How much does the Heron carry?"},), 16)
    begin = time.perf_counter()
    with Rude(way) as server:
        model = EndpointChatModel("m", server.url, limits=LIMITS, retries=2)
        try:
            list(model.generate([question]))
        except EndpointFailed as error:
            return time.perf_counter() - begin, error.message.removeprefix(f"{server.url}: ")
    return time.perf_counter() - begin, ""


if __name__ == "__main__":
    main()

"""Five arms over the cases of `squad2`: minutes that a trial asks, beside one prompt at a time with transformers' `generate`.

    python benchmarks/asking.py --data ../shared/data [--state DIR] [--cases 300] [--plain 12] [--quick] [--json]

The adapters are tuned quickly (60 examples, upper layers): what they say does not matter here, only how long it takes.  A trial's
seconds are all of asking: search, gate, generation, verification, scores, answers written down; tuning is not counted.
The plain way is asked for a sample of the very prompts that the arms sent, and its seconds are scaled to all of them; it
searches and verifies nothing.  Answers are kept as in a trial, so only the first run of a state folder counts: it is made anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tunebook import Project
from tunebook.models import Generation, Request
from tunebook.project.arms import Rounds, ask
from tunebook.project.lineup import arms_of, tune_missing
from tunebook.project.trial import load, sampled
from tunebook.project.tune import desk

ARMS = ("base", "prompted", "rag", "tuned", "hybrid")
SETTINGS = [
    "tuning.max_examples=60",
    "tuning.epochs=1",
    "tuning.hybrid_epochs=1",
    "tuning.layers=upper",
    "trial.controls=[]",
]
GOAL = 8.0
RESAMPLES = 2000


class Recorder:
    """The chat model, and what it was asked."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.asked: list[tuple[Request, Path | None]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def generate(self, requests: Sequence[Request], adapter: Path | None = None) -> Iterator[tuple[int, Generation]]:
        self.asked += [(request, adapter) for request in requests]
        yield from self.model.generate(requests, adapter)


def main() -> None:
    arguments = _arguments()
    found = _measured(arguments)
    low, value, high = found["times"]
    claim = {"value": value, "low": low, "high": high, "goal": f">= {GOAL:g}", "holds": value >= GOAL}
    claims = {f"five arms over {arguments.cases} cases, times one prompt at a time": claim}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "asking", "machine": machine, "claims": claims} | found))
        return
    print(f"{'arm':<10}{'prompts':>8}{'seconds':>9}{'plain, s a prompt':>19}")
    for name, arm in found["arms"].items():
        print(f"{name:<10}{arm['prompts']:>8}{arm['seconds']:>9.1f}{arm['plain_seconds']:>19.2f}")
    print(f"{'holds' if claim['holds'] else 'fails'}: {value} times [{low}, {high}] (goal {claim['goal']})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/asking"))
    parser.add_argument("--cases", type=int)
    parser.add_argument("--plain", type=int, help="prompts of each arm that the plain way is asked")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.cases = arguments.cases or (30 if arguments.quick else 300)
    arguments.plain = arguments.plain or (3 if arguments.quick else 12)
    return arguments


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    project = Project.open(
        arguments.data / "squad2", arguments.state, [*SETTINGS, f"trial.max_cases={arguments.cases}"]
    )
    say = _say
    project.sync(progress=say)
    parts = project._parts
    every, shown = load(parts, None, None)
    checked, cases = desk(parts, shown, every), sampled(parts, every)
    made, unavailable = tune_missing(parts, checked, ARMS, say)
    recorder = Recorder(parts.model)
    vars(parts)["model"] = recorder
    shutil.rmtree(arguments.state / "answers", ignore_errors=True)
    arms = arms_of(parts, ARMS, checked.used, made, unavailable, say)
    list(recorder.model.generate([Request(({"role": "user", "content": "Hello"},), 2)] * 2))  # loaded before the clock
    sent: dict[str, list[tuple[Request, Path | None]]] = {}
    seconds: dict[str, float] = {}
    for arm in arms:
        recorder.asked = []
        begin = time.perf_counter()
        ask([arm], cases, Rounds(sizes=(len(cases),)), say)
        seconds[arm.name], sent[arm.name] = time.perf_counter() - begin, recorder.asked
    plain = {name: _plainly(parts.local_model, asked, arguments.plain) for name, asked in sent.items()}
    return {
        "arms": {
            name: {"prompts": len(sent[name]), "seconds": seconds[name], "plain_seconds": float(np.mean(plain[name]))}
            for name in seconds
        },
        "times": _times(seconds, {name: len(asked) for name, asked in sent.items()}, plain),
    }


def _plainly(model: Any, asked: Sequence[tuple[Request, Path | None]], count: int) -> list[float]:
    """Seconds of each of a sample of prompts, spread evenly; the first is asked twice, and its first time left out."""
    import torch

    chosen = asked[:: max(1, len(asked) // count)][:count]
    found = []
    for request, adapter in [chosen[0], *chosen]:
        with model.using(adapter) as plain, torch.inference_mode():
            begin = time.perf_counter()
            ids = torch.tensor([model.tokens.encode(request.messages)])  # (1, tokens)
            plain.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=request.max_new_tokens,
                eos_token_id=list(model.tokens.stop),
            )
            found.append(time.perf_counter() - begin)
        print(f"plain: {found[-1]:.2f} s", file=sys.stderr)
    return found[1:]


def _times(seconds: dict[str, float], prompts: dict[str, int], plain: dict[str, list[float]]) -> list[float]:
    """Lower end, value and upper end of all plain seconds over all of ours; resampled are the sampled prompts of each arm."""
    draw = np.random.default_rng(0)
    ours = sum(seconds.values())

    def ratio(of: dict[str, Any]) -> float:
        return float(sum(prompts[name] * np.mean(of[name]) for name in of) / ours)

    again = [ratio({n: draw.choice(its, len(its)) for n, its in plain.items()}) for _ in range(RESAMPLES)]
    return [round(float(x), 2) for x in (np.quantile(again, 0.025), ratio(plain), np.quantile(again, 0.975))]


def _say(*where: object) -> None:
    print(*where, file=sys.stderr)


if __name__ == "__main__":
    main()

"""Nothing lost: a training run that is killed again and again ends where the unbroken one does.

    python benchmarks/resume.py [--project examples/larkmoor] [--kills 20] [--seed 0] [--quick] [--json]

The starter model is tuned on a few dozen of the project's examples, once undisturbed; then the same run, from nothing, is
killed with SIGKILL at random moments: three of four after its first step, the others from the start of the process on
(loading, estimating).  Compared are the losses of every step and evaluation, and the weights.  A checkpoint is written
every second.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tunebook.project import Project

ALLOWED = 1e-3  # nats a token
SETTINGS = ["tuning.epochs=2", "tuning.batch_tokens=512", "tuning.checkpoint_seconds=1", "tuning.max_examples=60"]
LOADING_SECONDS = 8.0  # kills from the start of the process on fall within these
STEP = "step"


def main() -> None:
    arguments = _arguments()
    if arguments.child:
        _child(arguments)
        return
    kills = 4 if arguments.quick else arguments.kills
    with tempfile.TemporaryDirectory(prefix="tunebook-") as scratch:
        begin = time.perf_counter()
        whole = _ended(*_start(arguments.project, Path(scratch, "whole")))
        print(f"unbroken: {time.perf_counter() - begin:.0f} s", file=sys.stderr)
        killed = _killed(arguments.project, Path(scratch, "broken"), kills, whole["seconds"], arguments.seed)
        broken = _ended(*_start(arguments.project, Path(scratch, "broken")))
        found = _compared(whole, broken) | {"kills": killed, "steps": len(whole["loss"]["train"])}
    claims = {
        f"{name} loss, largest difference after {len(killed)} kills": {
            "value": found[name],
            "goal": ALLOWED,
            "holds": found[name] <= ALLOWED,
        }
        for name in ("train", "validation")
    }
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    if arguments.json:
        print(json.dumps({"name": "resume", "machine": machine, "claims": claims, "run": found}))
    else:
        print(f"{found['steps']} steps; killed at step {', '.join(str(one['step']) for one in killed)}")
        print(f"weights: largest difference {found['weights']:.2e}")
        for claim, result in claims.items():
            print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']:.2e}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path("examples/larkmoor"))
    parser.add_argument("--data", type=Path, help="not needed: the examples are the project's")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--state", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _child(arguments: argparse.Namespace) -> None:
    """Tunes, tells each step on standard output, and at the end the result."""

    def tell(stage: str, done: int, of: int, more: str) -> None:
        if stage.startswith("tuning"):
            print(STEP, done, flush=True)

    print(json.dumps(Project.open(arguments.project, arguments.state, SETTINGS).tune(progress=tell)))


class _Steps(threading.Thread):
    """Reads what a child tells: the last step, and the last line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.process, self.step, self.last = process, 0, ""
        self.stepped = threading.Event()
        self.start()

    def run(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.last = line
            if line.startswith(STEP):
                self.step = int(line.split()[1])
                self.stepped.set()


def _start(project: Path, state: Path) -> tuple[subprocess.Popen[str], _Steps]:
    command = [sys.executable, "-W", "ignore", __file__, "--child", "--project", str(project), "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, _Steps(process)


def _ended(process: subprocess.Popen[str], steps: _Steps) -> dict[str, Any]:
    """The result of a run that is let go on to its end."""
    process.wait()
    steps.join()
    assert process.returncode == 0, steps.last
    found: dict[str, Any] = json.loads(steps.last)
    return found


def _killed(project: Path, state: Path, kills: int, seconds: float, seed: int) -> list[dict[str, Any]]:
    """Kills until there were `kills`, or until a run came to its end before."""
    draw = random.Random(seed)
    done: list[dict[str, Any]] = []
    while len(done) < kills:
        process, steps = _start(project, state)
        while_loading = len(done) % 4 == 3
        if while_loading:
            time.sleep(draw.uniform(0, LOADING_SECONDS))
        else:
            while process.poll() is None and not steps.stepped.wait(0.1):
                pass
            time.sleep(draw.uniform(0, 2 * seconds / kills))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        steps.join()
        done.append({"step": steps.step, "while_loading": while_loading})
        print(f"{len(done)} of {kills}, at step {steps.step}", file=sys.stderr)
    return done


def _compared(whole: dict[str, Any], broken: dict[str, Any]) -> dict[str, Any]:
    """Largest difference of the train and validation losses, step by step, and of the weights."""
    from safetensors.torch import load_file

    found: dict[str, Any] = {}
    for name in ("train", "validation"):
        one, other = dict(whole["loss"][name]), dict(broken["loss"][name])
        assert one.keys() == other.keys(), f"{name}: other steps"
        found[name] = max(abs(one[step] - other[step]) for step in one)
    first, second = (load_file(Path(run["adapter"]) / "adapter_model.safetensors") for run in (whole, broken))
    found["weights"] = max(float((first[name].float() - second[name].float()).abs().max()) for name in first)
    return found


if __name__ == "__main__":
    main()

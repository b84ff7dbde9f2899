"""Tuning: real tokens a second, peak memory and validation loss, beside TRL's SFTTrainer as it comes, on the same rows.

    python benchmarks/tune.py --data ../shared/data [--rounds 2] [--minutes 10 [--long-only]] [--quick] [--json]

Each way trains the same LoRA (rank 16 on all linear layers) in a process of its own for one epoch, in turns: TRL as it
comes, ours with as many steps, and ours with the upper half of the layers alone, for two epochs (its second is what it
saves).  The validation loss of each adapter is read by the same plain code.  `--minutes` trains on for that long and
compares the last minute with the first, as they come and by a yardstick: a process of its own that does the same few steps
each minute while the run waits, so that a machine that slows down does not count as a run that does.  `--long-only` does
nothing else.  Then: where a step's time goes, beside what its arithmetic alone would take.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from tunebook.models.device import prepare
from tunebook.rows import read_examples
from tunebook.settings import TuningSettings
from tunebook.tuning.trainingset import TrainingRow, form_rows

RANK, ALPHA, RATE, ROWS_A_STEP = 16, 32, 1e-3, 8
HELD = 40
YARDSTICK_STEPS = 3
WAYS = ("trl", "ours", "fast")
PARTS = {
    "matrix products": ("mm", "addmm", "linear"),
    "attention": ("bmm", "softmax", "masked_fill", "triu"),
    "copies": ("copy", "cat", "contiguous", "clone", "fill", "zero", "index", "to"),
}


def main() -> None:
    arguments = _arguments()
    if arguments.way:
        print(json.dumps(_child(arguments)))
        return
    counts = (24, 1) if arguments.quick else (arguments.rows, arguments.rounds)
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(0 if arguments.long_only else counts[1]):
        for way in WAYS:
            runs[way].append(_run(way, counts[0], arguments.data, 0))
            print(way, runs[way][-1], file=sys.stderr)
    long = _run("ours", counts[0], arguments.data, arguments.minutes) if arguments.minutes else None
    report: dict[str, Any] = {
        "name": "tune",
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "claims": _claims(runs, long),
        "runs": runs,
        "long": long,
        "step": None if arguments.long_only else _run("step", counts[0], arguments.data, 0),
    }
    print(json.dumps(report) if arguments.json else _table(report))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, default=64, help="rows to learn from")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--long-only", action="store_true")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _run(way: str, rows: int, data: Path, minutes: float) -> dict[str, Any]:
    command = [sys.executable, __file__, "--way", way, "--rows", str(rows), "--data", str(data)]
    done = subprocess.run([*command, "--minutes", str(minutes)], stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _child(arguments: argparse.Namespace) -> dict[str, Any]:
    """One way, in this process."""
    prepare()
    every = form_rows(read_examples(arguments.data / "mts_dialog" / "examples.jsonl"), "").rows
    short = [row for row in every if len(row.messages[-1]["content"]) < 4000]
    held, rows = short[:HELD], short[HELD : HELD + arguments.rows]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.way == "trl":
            return _trl(rows, held, Path(folder))
        if arguments.way == "step":
            return _step(rows, Path(folder))
        if arguments.way == "yardstick":
            return _yardstick(rows, Path(folder))
        if arguments.minutes:
            with _Yardstick(arguments) as yardstick:
                return _long(rows, Path(folder), arguments.minutes * 60, yardstick)
        return _ours(rows, held, Path(folder), arguments.way == "fast")


def _trl(rows: list[TrainingRow], held: list[TrainingRow], folder: Path) -> dict[str, Any]:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    from tunebook.models.tokenizer import ChatTokenizer, model_folder
    from tunebook.tuning.encoded import encode

    model = model_folder("starter")
    asked = [
        {"prompt": list(map(dict, row.messages)), "completion": [{"role": "assistant", "content": row.completion}]}
        for row in rows
    ]
    trainer = SFTTrainer(
        model=str(model),
        args=SFTConfig(
            output_dir=str(folder), num_train_epochs=1, learning_rate=RATE, report_to=[], save_strategy="no",
            per_device_train_batch_size=ROWS_A_STEP, logging_strategy="no", disable_tqdm=True, use_cpu=True,
        ),
        train_dataset=Dataset.from_list(asked),
        peft_config=LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"),
    )  # fmt: skip
    plain = ChatTokenizer.load(model, "starter").plain
    tokens = sum(len(encode(plain, row).ids) for row in rows)
    begin = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - begin
    memory = _peak()
    trainer.save_model(str(folder / "adapter"))
    return _told(tokens, seconds, memory) | {"validation": _validation(folder / "adapter", held)}


def _ours(rows: list[TrainingRow], held: list[TrainingRow], folder: Path, fast: bool) -> dict[str, Any]:
    from tunebook.models.local import LocalChatModel
    from tunebook.tuning.train import train

    local = LocalChatModel.load()
    settings = _settings(local, rows, 2 if fast else 1, "upper" if fast else "all")
    done = train(local.detached(), local.tokenizer, rows, folder, settings, lambda *_: None)
    memory = _peak()
    return _told(done.tokens, done.seconds, memory) | {"validation": _validation(folder, held)}


def _settings(local: Any, rows: list[TrainingRow], epochs: int, layers: str = "all") -> TuningSettings:
    from tunebook.tuning.encoded import encode

    tokens = sum(len(encode(local.tokenizer, row).ids) for row in rows)
    return TuningSettings(
        rank=RANK, alpha=ALPHA, learning_rate=RATE, epochs=epochs, layers=layers, validation_share=0,
        batch_tokens=ROWS_A_STEP * tokens // len(rows),
    )  # fmt: skip


def _long(rows: list[TrainingRow], folder: Path, wanted_seconds: float, yardstick: _Yardstick) -> dict[str, Any]:
    """Trains until the time is over.  Each minute the run waits for the yardstick, and that time does not count."""
    from tunebook.models.local import LocalChatModel
    from tunebook.tuning.train import train

    local = LocalChatModel.load()
    settings = _settings(local, rows, 400)
    yardstick.read()  # its first is slower
    at: list[tuple[float, float, float]] = []  # seconds of work, of the processor, tokens
    read = [yardstick.read()]
    begin, waited = time.perf_counter(), 0.0

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        nonlocal waited
        now = time.perf_counter() - begin
        at.append((now - waited, time.process_time(), now * rate))
        if at[-1][0] > wanted_seconds:
            raise KeyboardInterrupt
        if at[-1][0] > 60 * len(read):
            read.append(yardstick.read())
            waited += time.perf_counter() - begin - now

    with suppress(KeyboardInterrupt):
        train(local.detached(), local.tokenizer, rows, folder, settings, say)
    read.append(yardstick.read())
    seconds, _, tokens = at[-1]
    return _told(round(tokens), seconds, _peak()) | _minutes(at, read)


def _minutes(at: list[tuple[float, float, float]], read: list[float]) -> dict[str, Any]:
    """Tokens a second of each minute, by the clock, by the processor's, and over the yardstick before and after it."""
    ends = [max((one for one in at if one[0] <= 60 * minute), default=at[0]) for minute in range(1, len(read) - 1)]
    ends = [at[0], *ends, at[-1]]
    spans = [(b[0] - a[0], b[1] - a[1], b[2] - a[2]) for a, b in pairwise(ends)]
    clock, processor = [tokens / s for s, _, tokens in spans], [tokens / s for _, s, tokens in spans]
    beside = [2 * rate / (a + b) for rate, (a, b) in zip(clock, pairwise(read), strict=True)]

    def last_over_first(rates: list[float]) -> float:
        """Of three minutes each, the middle one: a neighbour's burst is none of ours."""
        return statistics.median(rates[-3:]) / statistics.median(rates[:3])

    return {
        "yardstick_tokens_per_second": read,
        "minutes": {"clock": clock, "processor": processor, "over_yardstick": beside},
        "slowing": clock[-1] / clock[0],
        "by_yardstick": last_over_first(beside),
        "by_processor": last_over_first(processor),
    }


class _Yardstick:
    """The same few steps in a process of its own, which does nothing in between."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        command = [sys.executable, __file__, "--way", "yardstick", "--rows", str(arguments.rows)]
        self._process = subprocess.Popen(
            [*command, "--data", str(arguments.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> _Yardstick:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def read(self) -> float:
        """Tokens a second."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("read\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def _yardstick(rows: list[TrainingRow], folder: Path) -> dict[str, Any]:
    from tunebook.models.local import LocalChatModel
    from tunebook.tuning.train import prepared

    local = LocalChatModel.load()
    with prepared(local.detached(), local.tokenizer, rows, folder, _settings(local, rows, 1)) as (run, batches):
        tokens = [sum(len(run.encoded[index].ids) for index in batch) for batch in batches[:YARDSTICK_STEPS]]
        for _ in sys.stdin:
            seconds = sum(sum(run.timed_step(batch)) for batch in batches[:YARDSTICK_STEPS])
            print(sum(tokens) / seconds, flush=True)
    return {}


def _told(tokens: int, seconds: float, memory: float) -> dict[str, Any]:
    return {"tokens": tokens, "seconds": seconds, "tokens_per_second": tokens / seconds, "peak_gib": memory}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _validation(adapter: Path, held: list[TrainingRow]) -> float:
    """Nats a completion token of the held-out rows, read by transformers and PEFT alone."""
    import torch

    from tunebook.models.local import LocalChatModel
    from tunebook.tuning.encoded import completion_nats, encode

    local = LocalChatModel.load()
    with local.using(adapter) as tuned, torch.inference_mode():
        nats = [completion_nats(tuned, [encode(local.tokenizer, row)]) for row in held]
    return float(torch.cat(nats).mean())


def _step(rows: list[TrainingRow], folder: Path) -> dict[str, Any]:
    """Where the time of a step goes, in shares, and how far it is from its arithmetic."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from tunebook.models.local import LocalChatModel
    from tunebook.tuning.train import prepared

    local = LocalChatModel.load()
    model = local.detached()
    with prepared(model, local.tokenizer, rows, folder, TuningSettings(rank=RANK, alpha=ALPHA)) as (run, batches):
        model.set_attn_implementation("eager")
        trunk, seconds, own = run.trunk, list[float](), list[float]()
        for batch in batches[:6]:
            for way, timed in ((trunk, seconds), (None, own)) * 2:  # a shape's first pass is slower
                run.trunk = way
                timed.append(sum(run.timed_step(batch)))
        run.trunk = trunk
        tokens = [sum(len(run.encoded[index].ids) for index in batch) for batch in batches[:6]]
        with profile(activities=[ProfilerActivity.CPU]) as seen:
            run.timed_step(batches[2])
    spent: Counter[str] = Counter()
    for event in seen.key_averages():
        name = event.key.removeprefix("aten::").rstrip("_")
        part = next((part for part, starts in PARTS.items() if name.startswith(starts)), "elementwise and the rest")
        spent[part] += event.self_cpu_time_total
    weights = sum(p.numel() for n, p in model.named_parameters() if "embed" not in n and "lm_head" not in n)
    square = torch.randn(1024, 1024).to(model.dtype)
    begin = time.perf_counter()
    for _ in range(50):
        square @ square
    peak = 50 * 2 * 1024**3 / (time.perf_counter() - begin)  # operations a second
    limit = peak / (4 * weights)  # two for a product, forwards and backwards
    return {
        "shares": {part: value / sum(spent.values()) for part, value in spent.most_common()},
        "tokens_per_second": sum(tokens) / sum(seconds[1::2]),
        "own_layers_tokens_per_second": sum(tokens) / sum(own[1::2]),
        "limit_tokens_per_second": limit,
    }


def _claims(runs: dict[str, list[dict[str, Any]]], long: dict[str, Any] | None) -> dict[str, Any]:
    claims: dict[str, Any] = {}

    def ratio(way: str, what: str) -> float:
        return statistics.median(a[what] / b[what] for a, b in zip(runs[way], runs["trl"], strict=True))

    def claim(name: str, value: float, least: float | None = None, most: float | None = None) -> None:
        holds = value >= least if least is not None else most is not None and value <= most
        claims[name] = {"value": value, "goal": f">= {least}" if least is not None else f"<= {most}", "holds": holds}

    if runs["trl"]:
        claim("tokens a second over SFTTrainer", ratio("ours", "tokens_per_second"), least=5)
        claim("upper layers alone, over SFTTrainer", ratio("fast", "tokens_per_second"), least=7)
        claim("peak memory over SFTTrainer's", ratio("ours", "peak_gib"), most=0.5)
        claim("validation loss over SFTTrainer's", ratio("ours", "validation"), most=1.01)
    if long:
        claim("last minute over first", long["slowing"], least=0.95)
        claim("last minutes over first, by the yardstick", long["by_yardstick"], least=0.95)
        claim("last minutes over first, by the processor's time", long["by_processor"], least=0.95)
    return claims


def _table(report: dict[str, Any]) -> str:
    lines = [f"{'way':6} {'tokens/s':>9} {'peak GiB':>9} {'validation, nats':>17}"]
    for way, runs in report["runs"].items():
        for run in runs:
            lines.append(f"{way:6} {run['tokens_per_second']:9.0f} {run['peak_gib']:9.2f} {run['validation']:17.4f}")
    if step := report["step"]:
        shares = ", ".join(f"{part} {share:.0%}" for part, share in step["shares"].items())
        own, limit = step["own_layers_tokens_per_second"], step["limit_tokens_per_second"]
        lines += ["", f"a step: {shares}"]
        lines.append(
            f"{step['tokens_per_second']:.0f} tokens/s; through the model's own layers {own:.0f}; by arithmetic alone {limit:.0f}"
        )
    if long := report["long"]:
        rows = {"tokens a second": long["minutes"]["clock"], "of the processor": long["minutes"]["processor"]}
        lines += ["", f"{long['seconds']:.0f} s, minute by minute"]
        for name, rates in (rows | {"the yardstick": long["yardstick_tokens_per_second"]}).items():
            lines.append(f"{name:17} " + " ".join(f"{rate:5.0f}" for rate in rates))
    lines += ["", *(f"{name}: {c['value']:.3f} (goal {c['goal']})" for name, c in report["claims"].items())]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

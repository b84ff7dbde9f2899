"""Generation: tokens and seconds of the engine that answers, beside transformers' own `generate` on the same weights.

    python benchmarks/generate.py --data ../shared/data [--quick] [--json]

Twenty prompts over one passage each, 32 new tokens, greedy; every way in the same run, in turns, and the median of the
rounds.  Equality is counted in fp32; in half precision, where rounding alone changes outputs, the scores of cases asked
through both engines are compared in pairs.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunebook import Project
from tunebook.answer import over_passages
from tunebook.models import Request
from tunebook.models.local import LocalChatModel
from tunebook.models.openvino import OpenVinoChatModel
from tunebook.settings import Settings
from tunebook.trial.statistics import paired
from tunebook.values import Passage

NEW_TOKENS = 32
SCORED = ("search.k=1", "answer.max_new_tokens=32", "passages.max_tokens=128", "trial.latency_cases=0")


def main() -> None:
    arguments = _arguments()
    requests = _requests(arguments.data / "squad2", 6 if arguments.quick else 20)
    timed = _speed(requests, rounds=1 if arguments.quick else 3)
    exact = _exact(requests)
    scores = _scores(arguments.data / "squad2", arguments.state, 20 if arguments.quick else 200)
    report = {
        "name": "generate",
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "claims": _claims(timed, exact, len(requests), scores),
        "seconds": timed,
        "scores": scores,
    }
    print(json.dumps(report) if arguments.json else _table(report))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/benchmarks/generate"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _requests(folder: Path, count: int) -> list[Request]:
    """Answerable cases, spread over the set, each over the first 800 characters of its gold document."""
    documents = {row["_id"]: row for row in _rows(folder / "documents.jsonl")}
    answerable = [row for row in _rows(folder / "cases.jsonl") if row.get("sources")]
    made = []
    for row in answerable[:: max(1, len(answerable) // count)][:count]:
        source = row["sources"][0]
        document = documents[source if isinstance(source, str) else source["document"]]
        passage = Passage(document["_id"], document["title"], "", None, 0, 800, document["text"][:800])
        asked = ({"role": "user", "content": row["prompt"]},)
        made.append(Request(over_passages(asked, [passage], Settings().instruction), NEW_TOKENS))
    return made


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _speed(requests: Sequence[Request], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way, one figure a round; `first_token` and `prefill` are means over the prompts."""
    local, fast = LocalChatModel.load("starter", "cpu"), OpenVinoChatModel.load("starter")
    with tempfile.TemporaryDirectory() as folder:
        adapter = _adapter(local, Path(folder))
        ways: dict[str, Callable[[], float]] = {
            "generate, one by one": lambda: _clock(lambda: [_reference(local, request) for request in requests]),
            "torch, together": lambda: _clock(lambda: list(local.generate(requests))),
            "fast, one by one": lambda: _clock(lambda: [list(fast.generate([request])) for request in requests]),
            "fast, together": lambda: _clock(lambda: list(fast.generate(requests))),
            "adapter, one by one": lambda: _clock(lambda: [list(fast.generate([r], adapter)) for r in requests]),
            "adapter, together": lambda: _clock(lambda: list(fast.generate(requests, adapter))),
            "prefill": lambda: _clock(lambda: _prefill(local, requests)) / len(requests),
            "first_token": lambda: statistics.mean(_first_token(fast, request) for request in requests),
        }
        for few in (requests[:1], requests[:2]):  # what is loaded once is loaded before the clock starts
            list(fast.generate(few))
            list(fast.generate(few, adapter))
        found: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(rounds):
            for name, way in ways.items():
                found[name].append(way())
                print(f"round {turn + 1}: {name}: {found[name][-1]:.3f} s", file=sys.stderr)
    return found


def _clock(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _reference(local: LocalChatModel, request: Request) -> list[int]:
    """transformers' greedy generate; the new tokens."""
    import torch

    ids = torch.tensor([local.tokens.encode(request.messages)])  # (1, tokens)
    with torch.inference_mode():
        out = local.model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=request.max_new_tokens
        )
    return [token for token in out[0, ids.shape[1] :].tolist() if token not in local.tokens.stop]


def _prefill(local: LocalChatModel, requests: Sequence[Request]) -> None:
    import torch

    with torch.inference_mode():
        for request in requests:
            local.model(torch.tensor([local.tokens.encode(request.messages)]), logits_to_keep=1)


def _first_token(fast: OpenVinoChatModel, request: Request) -> float:
    ((_, answer),) = fast.generate([Request(request.messages, 1)])
    return answer.first_token_seconds or 0.0


def _adapter(local: LocalChatModel, folder: Path) -> Path:
    """An untrained LoRA adapter on every linear layer: what it says is what the model says, what it costs is what one costs."""
    from peft import LoraConfig, get_peft_model

    tuned: Any = get_peft_model(local.detached(), LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
    tuned.save_pretrained(folder)
    local.model = tuned.unload()
    return folder


def _exact(requests: Sequence[Request]) -> dict[str, int]:
    """How many answers equal `generate`'s in fp32, token for token (by their text)."""
    local, fast = LocalChatModel.load("starter", "cpu", "float32"), OpenVinoChatModel.load("starter", "float32")
    wanted = [local.tokens.decode(_reference(local, request)) for request in requests]
    ours = {"torch": dict(local.generate(requests)), "fast": dict(fast.generate(requests))}
    same = {name: sum(found[i].text == text for i, text in enumerate(wanted)) for name, found in ours.items()}
    alone = [next(fast.generate([request]))[1].text for request in requests]
    return same | {"fast, with lookup": sum(one == other for one, other in zip(alone, wanted, strict=True))}


def _scores(folder: Path, state: Path, cases: int) -> dict[str, Any]:
    """The score of `rag` through both engines on the same cases, with the paired difference."""
    found = {}
    for engine in ("torch", "openvino"):
        project = Project.open(folder, state, [*SCORED, f"trial.max_cases={cases}", f"model.engine={engine}"])
        done = project.trial(approaches=["rag"], progress=lambda *where: print(*where, file=sys.stderr))
        asked = json.loads(Path(done["report"]).with_name("report.json").read_text())["cases"]
        found[engine] = {case["id"]: (case["by"]["rag"]["score"], case["group"]) for case in asked}
    ids = [id for id in found["torch"] if id in found["openvino"]]
    scores = {engine: [of[id][0] for id in ids] for engine, of in found.items()}
    difference = paired(scores["openvino"], scores["torch"], [found["torch"][id][1] for id in ids], 2000, 0)
    means = {engine: statistics.mean(values) for engine, values in scores.items()}
    return means | {"difference": difference.as_json() if difference else None}


def _claims(
    timed: dict[str, list[float]], exact: dict[str, int], prompts: int, scores: dict[str, Any]
) -> dict[str, Any]:
    plain = timed["generate, one by one"]

    def ratio(over: str, under: Sequence[float] = plain) -> float:
        """Median over the rounds of how many times as fast."""
        return round(statistics.median(slow / quick for slow, quick in zip(under, timed[over], strict=True)), 2)

    difference = scores["difference"]
    apart = difference["low"] > 0 or difference["high"] < 0
    alone, together = (
        ratio("adapter, one by one", timed["fast, one by one"]),
        ratio("adapter, together", timed["fast, together"]),
    )
    first = ratio("prefill", timed["first_token"])
    return {
        "one by one, times generate": _claim(ratio("fast, one by one"), ">= 3.5", ratio("fast, one by one") >= 3.5),
        "together, times generate": _claim(ratio("fast, together"), ">= 10", ratio("fast, together") >= 10),
        "with an adapter, one by one": _claim(alone, ">= 0.8 of without", alone >= 0.8),
        "with an adapter, together": _claim(together, ">= 0.8 of without", together >= 0.8),
        "first token over a bare prefill": _claim(round(first, 2), "<= 1.2", first <= 1.2),
        "fp32: torch engine equals generate": _claim(exact["torch"], f"{prompts}", exact["torch"] == prompts),
        "fp32: fast path equals generate": _claim(exact["fast"], f"{prompts}", exact["fast"] == prompts),
        "fp32: with prompt lookup too": _claim(
            exact["fast, with lookup"], f"{prompts}", exact["fast, with lookup"] == prompts
        ),
        "half precision: scores equal within their interval": _claim(difference, "interval holds 0", not apart),
    }


def _claim(value: Any, goal: str, holds: bool) -> dict[str, Any]:
    return {"value": value, "goal": goal, "holds": holds}


def _table(report: dict[str, Any]) -> str:
    lines = [
        f"{name:<24}" + "  ".join(f"{seconds:8.3f}" for seconds in found) for name, found in report["seconds"].items()
    ]
    for name, claim in report["claims"].items():
        lines.append(f"{'holds' if claim['holds'] else 'fails'}: {name}: {claim['value']} (goal {claim['goal']})")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

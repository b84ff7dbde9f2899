"""Exports of a tuned model against its adapter: the same prompts, answers and log-probabilities.

    python benchmarks/export.py --project examples/larkmoor --state trial [--for tuned] [--quick] [--json]

Needs an adapter in the state folder (`make trial` leaves two).  Where `xllamacpp` is installed, the F16 file is read by
llama.cpp as well.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tunebook import Project

FORMATS = ("safetensors", "gguf", "gguf-q8_0")


def main() -> None:
    arguments = _arguments()
    project = Project.open(arguments.project, arguments.state)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for kind in FORMATS[1:2] if arguments.quick else FORMATS:
            report = project.export(Path(scratch) / kind, arguments.target, kind, _say)
            found[kind] = report["parity"] | {"bytes": report["bytes"]}
            if kind == "gguf" and find_spec("xllamacpp"):
                found["gguf in llama.cpp"] = _in_llama_cpp(Path(scratch) / kind / report["files"][0], project)
    claims = {
        name: {
            "value": {"identical": parity["identical"], "logprob_difference": parity["logprob_difference"]},
            "goal": parity["tolerance"],
            "holds": parity["good"],
        }
        for name, parity in found.items()
    }
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    report = {"name": "export", "machine": machine, "claims": claims, "formats": found}
    print(json.dumps(report) if arguments.json else _table(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not used: the prompts are the project's examples")
    parser.add_argument("--project", type=Path, default=Path("examples/larkmoor"))
    parser.add_argument("--state", type=Path, default=Path("trial"))
    parser.add_argument("--for", dest="target", default="tuned", choices=("tuned", "hybrid", "base"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _say(stage: str, done: int, of: int, more: str) -> None:
    print(stage, more, file=sys.stderr)


def _in_llama_cpp(file: Path, project: Project) -> dict[str, Any]:
    """The F16 file in llama.cpp against the same file in OpenVINO."""
    import xllamacpp

    from tunebook.models import Generation
    from tunebook.models.openvino import OpenVinoChatModel
    from tunebook.project.export import NEW_TOKENS, prompts
    from tunebook.tuning.export import TOLERANCES, parity

    requests = prompts(project._parts)
    model = OpenVinoChatModel.load(project.settings.model.name, "float32", file)
    ours = dict(model.generate(requests))
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_ctx, parameters.n_parallel = 4096, 1
    server = xllamacpp.Server(parameters)
    theirs = []
    for request in requests:
        asked = {
            "prompt": model.tokens.encode(request.messages),
            "n_predict": NEW_TOKENS,
            "temperature": 0,
            "n_probs": 1,
        }
        choice = server.handle_completions(asked)["choices"][0]
        logprobs = [token["logprob"] for token in choice["logprobs"]["content"]]
        theirs.append(Generation(choice["text"].strip(), 0, 0, mean_logprob=sum(logprobs) / max(1, len(logprobs))))
    return parity([ours[index] for index in range(len(requests))], theirs, TOLERANCES["gguf"]).as_json()


def _table(found: dict[str, Any]) -> str:
    lines = [f"{'format':<20}{'identical':>10}{'|Δ logprob|':>13}{'MB':>8}"]
    for name, parity in found.items():
        size = f"{parity['bytes'] / 1e6:,.0f}" if "bytes" in parity else "-"
        good = "" if parity["good"] else "   not good"
        lines.append(f"{name:<20}{parity['identical']:>10.2f}{parity['logprob_difference']:>13.4f}{size:>8}{good}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

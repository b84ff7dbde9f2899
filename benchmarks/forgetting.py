"""What is learnt against what is forgotten, over the scale of the adapter, with and without replay.

    python benchmarks/forgetting.py --data ../shared/data [--sets snips] [--full | --quick] [--set tuning.epochs=1] [--json]

An adapter is tuned on the set's examples, once as they are and once with replay.  Each is counted 0, ¼, ½, ¾ and 1 times:
the score of generated answers on the set's cases and the loss of their reference answers, against cross-entropy and KL on
general text and multiple choice on `general_capability`, with McNemar's test against the base model.  Wanted: a setting
that keeps 95 % of the gain in score with no significant loss.  A sample by default; --full takes all examples, 300 cases
and 1,000 items.  Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tunebook import Project
from tunebook.models import Request
from tunebook.rows import read_cases, sample
from tunebook.trial.scores import score
from tunebook.tuning.encoded import encode
from tunebook.tuning.forgetting import Probe, forgotten, mcnemar
from tunebook.tuning.general import GeneralSet, load
from tunebook.tuning.scale import loss_of, write
from tunebook.tuning.trainingset import TrainingRow
from tunebook.values import Answer, Case

SCALES = (0.25, 0.5, 0.75, 1.0)
REPLAY = 0.15
KEPT, SIGNIFICANT = 0.95, 0.05
NEW_TOKENS = {"snips": 64, "mts_dialog": 96}
EPOCHS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is taken; None: all."""

    examples: dict[str, int | None]
    cases: int
    items: int


SIZES = {
    "quick": Size({"snips": 60, "mts_dialog": 30}, 12, 60),
    "sample": Size({"snips": 200, "mts_dialog": 80}, 32, 300),
    "full": Size({"snips": None, "mts_dialog": None}, 300, 1000),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One setting measured: the mean score over the cases, nats a token, and the probe."""

    score: float
    loss: float
    probe: Probe


def main() -> None:
    arguments = _arguments()
    size = SIZES["quick" if arguments.quick else "full" if arguments.full else "sample"]
    begin = time.perf_counter()
    general = load(arguments.data / "general_capability", 0, size.items)
    found = {name: _measured(name, general, size, arguments) for name in arguments.sets}
    claims = {f"{name}: keeps {KEPT:.0%} of the gain, no significant loss": _claim(found[name]) for name in found}
    seconds = round(time.perf_counter() - begin, 1)
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(
            json.dumps({"name": "forgetting", "machine": machine, "claims": claims, "seconds": seconds, "sets": found})
        )
        return
    for name, rows in found.items():
        print(_table(name, rows))
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']}")
    print(f"{seconds:.0f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--state", type=Path, default=Path("trial/forgetting"))
    parser.add_argument("--sets", nargs="+", choices=sorted(NEW_TOKENS), default=sorted(NEW_TOKENS, reverse=True))
    parser.add_argument("--set", nargs="*", default=[], help="further settings, key=value")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(name: str, general: GeneralSet, size: Size, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows {replay, scale, score, loss, rise, kl, items, …}; the first is the base model."""
    cases = sample(read_cases(arguments.data / name / "cases.jsonl"), size.cases, 0)
    kept = _Kept(arguments.state / name / "curve.json")
    base: Seen | None = None
    rows: list[dict[str, Any]] = []
    for replay in (0.0, REPLAY):
        project = _project(name, replay, size.examples[name], arguments)
        made = project.tune(progress=lambda *where: print(name, *where, file=sys.stderr))
        adapter = Path(made["adapter"])
        local = project._parts.local_model
        for scale in SCALES if rows else (0.0, *SCALES):
            key = f"{adapter.name} {scale} {size.cases} {size.items}"
            if key not in kept.rows:
                ask = _asker(project._parts.model, cases, NEW_TOKENS[name])
                base = base or _seen(local, ask, None, 0.0, cases, general)
                seen = _seen(local, ask, adapter, scale, cases, general) if scale else base
                kept.keep(key, _row(base, seen, replay, scale))
                print(name, kept.rows[key], file=sys.stderr)
            rows.append(kept.rows[key])
    return rows


class _Kept:
    """What was measured before this run was interrupted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else {}

    def keep(self, key: str, row: dict[str, Any]) -> None:
        self.rows[key] = row
        scratch = self.path.with_suffix(".tmp")
        scratch.write_text(json.dumps(self.rows))
        scratch.replace(self.path)


def _project(name: str, replay: float, examples: int | None, arguments: argparse.Namespace) -> Project:
    overrides = [f"tuning.epochs={EPOCHS}", f"tuning.replay={replay}"]
    overrides += [f"tuning.max_examples={examples}"] if examples else []
    return Project.open(arguments.data / name, arguments.state / name, [*overrides, *arguments.set])


Ask = Callable[[Path | None], list[str]]


def _asker(model: Any, cases: Sequence[Case], new_tokens: int) -> Ask:
    """The answers of the model, with an adapter or without, to the cases; as it is asked in a trial."""

    def ask(adapter: Path | None) -> list[str]:
        given = dict(model.generate([Request(one.messages, new_tokens) for one in cases], adapter))
        return [given[place].text for place in range(len(cases))]

    return ask


def _seen(local: Any, ask: Ask, adapter: Path | None, scale: float, cases: Sequence[Case], general: GeneralSet) -> Seen:
    rows = [TrainingRow(one.id, one.messages, one.answers[0], one.group) for one in cases]
    encoded = [encode(local.tokenizer, row) for row in rows]
    if adapter is None:
        plain = local.detached()
        given = ask(None)
        seen = loss_of(plain, encoded), Probe.of(plain, local.tokenizer, general)
    else:
        with TemporaryDirectory(dir=adapter.parent) as scratch:
            scaled = Path(shutil.copytree(adapter, Path(scratch) / "scaled"))
            if scale != 1:
                write(scaled, scale)
            with local.using(scaled) as tuned:
                seen = loss_of(tuned, encoded), Probe.of(tuned, local.tokenizer, general)
            local.detached()
            given = ask(scaled)
    scored = [_scored(case, text) for case, text in zip(cases, given, strict=True)]
    return Seen(sum(scored) / len(scored), *seen)


def _scored(case: Case, text: str) -> float:
    return float(score(case, Answer(text, False, "tuned", "")).score or 0.0)


def _row(base: Seen, seen: Seen, replay: float, scale: float) -> dict[str, Any]:
    lost = forgotten(base.probe, seen.probe)
    rise = seen.probe.cross_entropy - base.probe.cross_entropy
    row = {"replay": replay, "scale": scale, "score": seen.score, "loss": seen.loss, "rise": rise, "kl": lost["kl"]}
    return {**row, **lost["choice"]}


def _claim(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of the settings that keep the gain without a significant loss, the one that forgets least by KL."""
    base, whole = rows[0], next(row for row in rows if row["replay"] == 0 and row["scale"] == 1)
    gain = whole["score"] - base["score"]
    good = [row for row in rows[1:] if gain > 0 and row["score"] - base["score"] >= KEPT * gain and _unharmed(row)]
    best = min(good, key=lambda row: row["kl"], default=None)
    shown = ("replay", "scale", "score", "kl", "mcnemar_p")
    value = {key: best[key] for key in shown} | {"kept": (best["score"] - base["score"]) / gain} if best else None
    return {"value": value, "goal": f"kept ≥ {KEPT}, p > {SIGNIFICANT}", "holds": best is not None}


def _unharmed(row: dict[str, Any]) -> bool:
    lost, won = row["right_to_wrong"], row["wrong_to_right"]
    return lost <= won or mcnemar(lost, won) > SIGNIFICANT


def _table(name: str, rows: Sequence[dict[str, Any]]) -> str:
    head = f"{'replay':>7}{'scale':>7}{'score':>8}{'loss':>8}{'rise':>8}{'KL':>8}{'choice':>8}{'lost':>6}{'won':>5}{'p':>7}"
    lines = [f"\n{name}, {rows[0]['items']} items", head]
    for row in rows:
        figures = f"{row['score']:>8.3f}{row['loss']:>8.3f}{row['rise']:>+8.3f}{row['kl']:>8.3f}{row['after']:>8.3f}"
        counts = f"{row['right_to_wrong']:>6}{row['wrong_to_right']:>5}{row['mcnemar_p']:>7.3f}"
        lines.append(f"{row['replay']:>7.2f}{row['scale']:>7.2f}{figures}{counts}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

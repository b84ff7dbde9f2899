"""`tunebook tune`: an adapter from the examples."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, seconds, table
from tunebook.cli.progress import span
from tunebook.errors import BadInput

SHOWN_DROPPED = 5
FEW_HELD = 30


@command
def tune(
    common: Common,
    target: Annotated[str, typer.Option("--for", metavar="TARGET", help="tuned, hybrid or retriever.")] = "tuned",
    examples: Annotated[
        Path | None, typer.Option("--examples", metavar="FILE", help="Else the project's examples.jsonl.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Time a few steps, say what the run will take, and stop.")
    ] = False,
    sweep: Annotated[
        str | None,
        typer.Option("--sweep", metavar="TIME", help="Try learning rates and epochs for so long: 90s, 30m, 2h."),
    ] = None,
) -> Outcome:
    """Fine-tune on the examples."""
    project = common.open()
    if sweep is not None:
        if target != "tuned" or estimate:
            raise BadInput("--sweep is for tuned alone, and not estimated", "the hybrid goes on from tuned")
        found = project.sweep(seconds("--sweep", sweep), examples, common.progress)
        return Outcome(found, "\n".join(_swept(found)), 1 if found["refused"] else 0)
    if estimate:
        foreseen = project.estimate(target, examples, common.progress)
        return Outcome(foreseen, _foreseen(foreseen))
    result = project.tune(target, examples, common.progress)
    return Outcome(result, "\n".join(_lines(result)), 1 if result.get("refused") else 0)


def _swept(found: Mapping[str, Any]) -> Iterator[str]:
    best = found["settings"]
    rows = [
        (f"{run['learning_rate']:.2g}", f"{run['epochs']:g}", f"{run['validation']:.4f}", span(run["seconds"]))
        for run in found["tried"]
    ]
    yield table([("rate", "epochs", "validation", "time"), *rows])
    yield f"validation: nats a token of the {found['held_out']} rows held out"
    if found["held_out"] < FEW_HELD:
        yield "  so few rows that small differences say little"
    yield f"adapter: {found['adapter']}" + (f", refused: {found['refused']}" if found["refused"] else "")
    yield "to keep it, in tunebook.toml:"
    yield f"[tuning]\nlearning_rate = {best['learning_rate']}\nepochs = {best['epochs']:g}"


def _foreseen(found: Mapping[str, Any]) -> str:
    if not found["to_make"]:
        return "nothing to train: the adapter is there already"
    wanted = f"{' and '.join(found['to_make'])}: {found['steps']:,} steps, {found['tokens']:,} tokens"
    return f"{wanted}\n{_spent(found)}"


def _spent(found: Mapping[str, Any]) -> str:
    """Time, and memory and money where they are known."""
    told = [span(found["seconds"])]
    if memory := found.get("memory_bytes"):
        told.append(f"{memory / 1e9:.1f} GB")
    if (cost := found.get("cost")) is not None:
        told.append(f"cost {cost:.2f}")
    return f"time: {', '.join(told)}"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"adapter: {result['adapter']}" + (" (as before: nothing has changed)" if result.get("reused") else "")
    if mixed := result.get("soup"):
        yield f"the mean of {len(mixed)} trainings: {', '.join(mixed)}"
    used, dropped = result["examples"]["used"], result["examples"]["dropped"]
    yield f"examples: {used} used, {len(dropped)} dropped"
    yield from (f"  {row['id']}: {row['why']}" for row in dropped[:SHOWN_DROPPED])
    if len(dropped) > SHOWN_DROPPED:
        yield f"  … and {len(dropped) - SHOWN_DROPPED} more: tunebook examples check"
    loss = result["loss"]
    per = "question" if result.get("gate") else "token"
    yield f"loss, nats a {per}: train {_course(loss.get('train'))}, validation {_course(loss.get('validation'))}"
    if ended := result.get("ended"):
        yield f"ended early, {ended}"
    if checks := result.get("checks"):
        yield f"answers to rows held out, score: {_course(checks)}, best {max(value for _, value in checks):.3f}"
    if forgetting := result.get("forgetting"):
        yield f"forgetting: {forgetting.get('verdict', forgetting) if isinstance(forgetting, Mapping) else forgetting}"
    if (result.get("scale") or 1) != 1:
        yield f"scale: {result['scale']} of the adapter's change is kept"
    rate = result.get("tokens_per_second")
    yield _spent(result) + (f", {rate:,.0f} tokens/s" if rate else "")
    if isinstance(foreseen := result.get("estimate"), Mapping) and "steps" in foreseen:
        yield f"  estimated {_spent(foreseen)}"
    if (gate := result.get("gate")) and not result["refused"]:
        yield f"held out: {gate['told']}"
        yield "used from the next sync on, which builds the library anew; back again: tunebook library use"
    if why := result.get("refused"):
        yield f"refused, and not in use: {why}"


def _course(values: Any) -> str:
    """A loss from its first to its last value: a list of [step, value], or one number."""
    if isinstance(values, int | float):
        return f"{values:.3f}"
    if not values:
        return "not measured"
    points = [point[1] if isinstance(point, list | tuple) else point for point in values]
    return f"{points[0]:.3f} to {points[-1]:.3f}"

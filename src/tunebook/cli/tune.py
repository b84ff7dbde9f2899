"""`tunebook tune`: an adapter from the examples."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command
from tunebook.cli.progress import span

SHOWN_DROPPED = 5


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
) -> Outcome:
    """Fine-tune on the examples."""
    project = common.open()
    if estimate:
        foreseen = project.estimate(target, examples, common.progress)
        return Outcome(foreseen, _foreseen(foreseen))
    result = project.tune(target, examples, common.progress)
    return Outcome(result, "\n".join(_lines(result)), 1 if result.get("refused") else 0)


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
    used, dropped = result["examples"]["used"], result["examples"]["dropped"]
    yield f"examples: {used} used, {len(dropped)} dropped"
    yield from (f"  {row['id']}: {row['why']}" for row in dropped[:SHOWN_DROPPED])
    if len(dropped) > SHOWN_DROPPED:
        yield f"  … and {len(dropped) - SHOWN_DROPPED} more: tunebook examples check"
    loss = result["loss"]
    yield f"loss, nats a token: train {_course(loss.get('train'))}, validation {_course(loss.get('validation'))}"
    if forgetting := result.get("forgetting"):
        yield f"forgetting: {forgetting.get('verdict', forgetting) if isinstance(forgetting, Mapping) else forgetting}"
    if (result.get("scale") or 1) != 1:
        yield f"scale: {result['scale']} of the adapter's change is kept"
    rate = result.get("tokens_per_second")
    yield _spent(result) + (f", {rate:,.0f} tokens/s" if rate else "")
    if isinstance(foreseen := result.get("estimate"), Mapping) and "steps" in foreseen:
        yield f"  estimated {_spent(foreseen)}"
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

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
) -> Outcome:
    """Fine-tune on the examples."""
    result = common.open().tune(target, examples, common.progress)
    return Outcome(result, "\n".join(_lines(result)))


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
    rate = result.get("tokens_per_second")
    yield f"time: {span(result['seconds'])}" + (f", {rate:,.0f} tokens/s" if rate else "")


def _course(values: Any) -> str:
    """A loss from its first to its last value: a list of [step, value], or one number."""
    if isinstance(values, int | float):
        return f"{values:.3f}"
    if not values:
        return "not measured"
    points = [point[1] if isinstance(point, list | tuple) else point for point in values]
    return f"{points[0]:.3f} to {points[-1]:.3f}"

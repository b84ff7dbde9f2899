"""`tunebook examples check [FILE]`: what tuning would use of the examples, and what is wrong with the rest;
`tunebook examples show ROW [FILE]`: one example as the model sees it."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, table

SHOWN = 20
FORMATS = "JSON Lines, a JSON array, Parquet, CSV or TSV; else the project's examples.jsonl."

group = typer.Typer(rich_markup_mode=None, help="Look at the examples before tuning.")
File = Annotated[Path | None, typer.Argument(metavar="FILE", help=FORMATS)]


@group.callback()
def _examples() -> None:
    """Look at the examples before tuning."""


@group.command()
@command
def check(common: Common, file: File = None) -> Outcome:
    """List duplicates, leaks into the cases, personal data and other findings."""
    result = common.open().check_examples(file)
    return Outcome(result, "\n".join(_found(result)))


@group.command()
@command
def show(
    common: Common,
    row: Annotated[str, typer.Argument(metavar="ROW", help="The row's number, or its id.")],
    file: File = None,
) -> Outcome:
    """Show one example as tokens: what is masked, what is learnt, where it ends."""
    result = common.open().show_example(row, file)
    return Outcome(result, "\n".join(_seen(result)))


def _found(result: Mapping[str, Any]) -> Iterator[str]:
    """Kinds with their counts and what to do, then rows, then the sum."""
    if kinds := result["kinds"]:
        yield table((kind, str(of["rows"]), _fate(of), f"{of['means']}; {of['hint']}") for kind, of in kinds.items())
        yield ""
    findings = result["findings"]
    yield from (_line(finding) for finding in findings[:SHOWN])
    if len(findings) > SHOWN:
        yield f"… and {len(findings) - SHOWN} more, with --json"
    if result["documents"]["declared"]:
        yield (
            f"{result['documents']['declared']} of the used rows say that they rest on documents: hybrid learns them over "
            "passages; tuned would learn facts by heart, which rag keeps up to date"
        )
    left_out = sum(of["left_out"] for of in kinds.values())
    out = f"{left_out} left out, " if left_out else ""
    yield f"{result['used']} used, {out}{len(findings)} finding{'' if len(findings) == 1 else 's'}"


def _fate(of: Mapping[str, Any]) -> str:
    if of["left_out"] in (0, of["rows"]):
        return "left out" if of["left_out"] else "warning"
    return f"{of['left_out']} left out"


def _line(finding: Mapping[str, Any]) -> str:
    id = "" if finding["id"] == str(finding["row"]) else f" ({finding['id']})"
    return f"row {finding['row']}{id}: {finding['kind']}: {finding['why']}"


def _seen(result: Mapping[str, Any]) -> Iterator[str]:
    tokens = result["tokens"]
    limit = f"at most {result['max_row_tokens']} (tuning.max_row_tokens)"
    yield f"row {result['row']} ({result['id']}), as tuned learns it: {len(tokens)} tokens, {limit}; none is cut"
    for learnt, run in groupby(tokens, key=lambda token: token["learnt"]):
        held = [token["text"] for token in run]
        end = f", of which {result['end']} ends the answer" if learnt else ""
        yield f"\n{'learnt' if learnt else 'masked'}, {len(held)} tokens{end}:"
        yield "│".join(text.replace("\n", "⏎\n") for text in held).removesuffix("\n")
    if not tokens:
        yield "not rendered: no chat template was made for such a row"
    for number, finding in enumerate(result["findings"]):
        fate = "left out" if finding["fatal"] else "a warning"
        yield f"{'' if number else chr(10)}{finding['kind']}: {finding['why']} ({fate})"

"""`tunebook search QUERY`, or `--queries FILE --run OUT`: the passages that fit best."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, filled, names, place, snippet
from tunebook.cli.progress import span
from tunebook.errors import BadInput

if TYPE_CHECKING:
    from tunebook.values import Hit

MOST_HITS = 1_000_000
READERS = "Search as a reader in these groups, a,b; empty: only what everyone may read. Else everything."


@command
def search(
    common: Common,
    query: Annotated[str | None, typer.Argument(metavar="QUERY")] = None,
    k: Annotated[int | None, typer.Option("-k", metavar="N", help="Hits a query: 10, or 100 with --queries.")] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE", help="A .jsonl file of queries: id, prompt.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--run", metavar="OUT", help="Where the TREC run of --queries goes.")
    ] = None,
    readers: Annotated[str | None, typer.Option("--as", metavar="GROUP,…", help=READERS)] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="KEY=VALUE", help="Documents of such metadata; also != < <= > >=."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Each stage's rank and score for each hit.")] = False,
) -> Outcome:
    """Find the passages that fit a query best."""
    _check(query, queries, out)
    if queries and (where or explain):
        raise BadInput("--where and --explain are about one QUERY, not about --queries", "leave them out")
    if k is not None and not 1 <= k <= MOST_HITS:
        raise BadInput(f"-k {k}: not a number of hits", f"allowed: 1 to {MOST_HITS}")
    if queries and out:
        result = common.open().search_run(queries, out, k or 100, names(readers), common.progress)
        queried = f"{result['queries']} quer{'y' if result['queries'] == 1 else 'ies'}"
        said = f"{queried} in {span(result['seconds'])}; the run is in {result['run']}"
        return Outcome(result, said)
    hits = common.open().search(filled("QUERY", query or ""), k or 10, names(readers), where or ())
    told = [hit.explained() if explain else hit.as_json() for hit in hits]
    return Outcome({"hits": told}, _text(hits, explain))


def _check(query: str | None, queries: Path | None, out: Path | None) -> None:
    if (query is None) == (queries is None):
        given = "both QUERY and --queries" if queries else "neither QUERY nor --queries"
        raise BadInput(f"{given} given; exactly one is needed", 'tunebook search "some words"')
    if (queries is None) != (out is None):
        given, missing = ("--queries", "--run") if queries else ("--run", "--queries")
        raise BadInput(f"{given} {queries or out} without {missing}", "tunebook search --queries FILE --run OUT")


def _text(hits: "Sequence[Hit]", explain: bool) -> str:
    lines = []
    for hit in hits:
        repeats = f", repeats {hit.repeats}" if hit.repeats else ""
        lines.append(f"{hit.rank:>3}  {hit.score:.3f}  {place(hit.passage.document, hit.passage.page)}{repeats}")
        if explain:
            lines.append(
                "     " + "   ".join(f"{name} {rank}. ({hit.stages[name]:.3f})" for name, rank in hit.ranks.items())
            )
        lines.append(f"     {snippet(hit.passage.text)}")
    return "\n".join(lines or ["nothing found"])

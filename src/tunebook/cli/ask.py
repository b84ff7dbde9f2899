"""`tunebook ask QUESTION`: an answer with what it rests on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, filled, names, place, snippet, standard_input
from tunebook.cli.progress import span
from tunebook.cli.search import READERS
from tunebook.cli.traces import SUPPORT, amiss, explained

if TYPE_CHECKING:
    from tunebook.values import Answer, Citation

QUOTE_CHARS = 300


@command
def ask(
    common: Common,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="- reads it from standard input.")],
    approach: Annotated[str, typer.Option("--approach", metavar="NAME", help="base, prompted, rag, tuned …")] = "rag",
    readers: Annotated[str | None, typer.Option("--as", metavar="GROUP,…", help=READERS)] = None,
    explain: Annotated[bool, typer.Option("--explain", help="All that lies behind the answer: hits, prompt …")] = False,
) -> Outcome:
    """Answer a question from the documents, with citations."""
    if question == "-":
        question = standard_input()
    filled("QUESTION", question)
    if explain:
        trace = common.open().explain(question, approach, names(readers))
        return Outcome(trace, "\n".join(explained(trace)))
    answer = common.open().ask(question, approach, names(readers))
    return Outcome(answer.as_json(), "\n".join(_lines(answer)))


def _lines(answer: "Answer") -> Iterator[str]:
    yield answer.text
    yield ""
    yield from dict.fromkeys(map(_cited, answer.citations))  # sentences that rest on the same words share a line
    kept = {claim.sentence: "; ".join(claim.why) for claim in answer.claims}
    for sentence in answer.unsupported:
        yield f'not supported{"" if sentence in kept else ", left out"}: "{sentence}" {_because(kept.get(sentence))}'.rstrip()
    facts = [*amiss(answer.as_json()), f"{answer.approach}, {answer.model}"]
    if answer.seconds.total is not None:
        facts.append(span(answer.seconds.total))
    yield "; ".join(facts)


def _cited(citation: "Citation") -> str:
    where = place(citation.document, citation.page)
    return f'[{citation.marker}] {where}: "{snippet(citation.quote, QUOTE_CHARS)}" ({SUPPORT[citation.supported]})'


def _because(why: str | None) -> str:
    return f"({why})" if why else ""

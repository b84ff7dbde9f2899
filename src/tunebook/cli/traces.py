"""`tunebook traces [ID]`: what lies behind the answers that were kept."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from tunebook.cli.common import Common, Outcome, command, snippet
from tunebook.cli.progress import span

SUPPORT = {True: "supported", False: "not supported", None: "cannot tell"}


@command
def traces(
    common: Common,
    id: Annotated[str | None, typer.Argument(metavar="ID", help="One trace; none lists them.")] = None,
) -> Outcome:
    """Explain an answer that was kept (traces.keep), and say whether its sources have changed since."""
    project = common.open()
    if id is None:
        found = project.traces()
        rows = [f"{one['id']}  {one['created'][:19]}  {snippet(one['question'], 80)}" for one in found]
        return Outcome({"traces": found}, "\n".join(rows or ["no traces are kept; traces.keep = true keeps them"]))
    trace = project.trace(id)
    return Outcome(trace, "\n".join(explained(trace)))


def amiss(answer: Mapping[str, Any]) -> Iterator[str]:
    """What keeps an answer, as JSON, from being one, or a whole one; a trace of an earlier version says less."""
    if answer["abstained"]:
        yield f"abstained: {answer['why']}" if answer.get("why") else "abstained"
    if not answer.get("finished", True):
        yield "cut at answer.max_new_tokens, or by a filter of the server"
    yield from (f"{number} {what} left out, the prompt is full" for what, number in answer["left_out"].items())


def explained(trace: dict[str, Any]) -> Iterator[str]:
    """A trace in lines."""
    yield f"trace {trace['id']}, {trace['created'][:19]}"
    yield f"answer: {trace['answer']}"
    yield from amiss(trace)
    for document in trace.get("changed", []):
        yield f"source has changed since: {document}"
    yield "claims:"
    for claim in trace["claims"]:
        verdict = SUPPORT[claim["supported"]]
        why = f" ({'; '.join(claim['why'])})" if claim["why"] else ""
        yield f'  {claim["score"]:.2f} {verdict}{why}: "{snippet(claim["sentence"], 120)}"'
    kept = {claim["sentence"] for claim in trace["claims"]}
    yield from (f'  not supported, left out: "{one}"' for one in trace["unsupported"] if one not in kept)
    yield "hits:"
    for hit in trace["hits"]:
        stages = ", ".join(f"{name} {one['rank']}. ({one['score']:.3f})" for name, one in hit["stages"].items())
        yield f"  {hit['rank']}. {hit['score']:.3f} {hit['document']} {hit['start']}-{hit['end']}: {stages}"
    signals = ", ".join(f"{name} {value:.3f}" for name, value in trace["signals"].items())
    confidence = "no gate" if trace["confidence"] is None else f"confidence {trace['confidence']:.3f}"
    yield f"signals: {signals or 'none'}; {confidence}"
    tokens, seconds = trace["tokens"], trace["seconds"]
    times = [f"{name} {span(value)}" for name, value in seconds.items() if value is not None]
    cost = [] if trace["cost"] is None else [f"cost {trace['cost']:.6f}"]
    counted = [] if tokens["prompt"] is None else [f"{tokens['prompt']} tokens read, {tokens['completion']} written"]
    yield ", ".join([*counted, *times, *cost])
    yield "prompt:"
    for message in trace["prompt"]:
        yield f"  [{message['role']}]"
        yield from (f"  {line}" for line in message["content"].split("\n"))

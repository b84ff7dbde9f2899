"""Questions to an approach, many at a time, each with the rights of who asks.

    for index, answer in answers(parts, [Question(messages, groups=("hr",))], "rag"): …

What a reader may not read does not reach the answer by another way either: an example that rests on such a document is
not shown to the model, and an adapter that was tuned on one does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunebook.approaches import APPROACHES, EMPTY, TRIAL_ONLY, Kit, Question, Unavailable, check_names, make
from tunebook.errors import BadInput, TunebookError, need_utf8
from tunebook.project import screen
from tunebook.project.gates import OVER_PASSAGES, gates
from tunebook.project.parts import Parts
from tunebook.project.traces import expire, keep, trace_of
from tunebook.values import Answer

BY_EXAMPLES = ("prompted", "hybrid")


def answers(parts: Parts, questions: Sequence[Question], approach: str) -> Iterator[tuple[int, Answer]]:
    """Yields (index of the question, its answer) as they finish.

    Raises BadInput for an unknown approach or a text that is not UTF-8,
    Unavailable where the project, or the reader, lacks what it needs.
    """
    check_names([approach])
    if approach in TRIAL_ONLY:
        raise Unavailable(f"{approach} is a control of the trial", "ask one of the approaches")
    if approach in OVER_PASSAGES and not parts.synced:
        raise BadInput(*EMPTY)
    for text in (message["content"] for question in questions for message in question.messages):
        need_utf8(text, "question")
    expire(parts.folder.state, parts.settings.traces)
    for groups in dict.fromkeys(question.groups for question in questions):
        asked = [index for index, question in enumerate(questions) if question.groups == groups]
        made = make(approach, kit_for(parts, approach, groups))
        for place, answer in made.answer([questions[index] for index in asked]):
            if parts.settings.traces.keep:
                trace = trace_of(questions[asked[place]], answer)
                keep(parts.folder.state, trace, parts.settings.traces, parts.library if parts.synced else None)
            yield asked[place], answer


def kit_for(parts: Parts, approach: str, groups: tuple[str, ...] | None) -> Kit:
    """The parts that this approach may use for this reader."""
    if approach in ("tuned", "hybrid"):
        _need_adapter(parts, approach, groups)
    kit = parts.reading_as(groups).kit(parts.neighbours(groups) if approach in BY_EXAMPLES else None)
    return replace(kit, gates=gates(parts, approach), screen=screen.kept(parts))


def availability(parts: Parts, groups: tuple[str, ...] | None) -> dict[str, str | None]:
    """Name of each approach → None where it can answer this reader, else why not.  Loads no chat model."""
    has_library = parts.synced
    found: dict[str, str | None] = {}
    for name in APPROACHES:
        try:
            found[name] = None
            if name in OVER_PASSAGES and not has_library:
                raise Unavailable(*EMPTY)
            if name in ("tuned", "hybrid"):
                _need_adapter(parts, name, groups)
            if name in TRIAL_ONLY:
                raise Unavailable(f"{name} is a control of the trial")
        except TunebookError as error:
            found[name] = error.message
    return found


def _need_adapter(parts: Parts, name: str, groups: tuple[str, ...] | None) -> None:
    folder = parts.adapters.current(name)
    if folder is None:
        if why := parts.adapters.refused(name):
            raise Unavailable(f"the adapter for {name} was refused: {why}", "docs/tune.md: against forgetting")
        raise Unavailable(f"there is no adapter for {name}", f"run: tunebook tune --for {name}")
    parts.check_base(folder)
    manifest = parts.adapters.manifest(folder) or {}
    if not parts.readable(manifest.get("documents", []), groups):
        raise Unavailable(f"{name} was tuned on documents that you may not read", "ask rag, or prompted")

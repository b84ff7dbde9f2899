"""Answers of an approach over a data set, asked once and kept: what several benchmarks start from.

    project = project_of(data / "squad2", state / "squad2", ["search.k=3"])
    answers = ask_all(project, "rag", cases, state / "squad2")

`marked` is rag with numbered passages, best first, and an instruction to cite by number: the way that the product does not go.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tunebook import Project
from tunebook.approaches import Kit, Question, make
from tunebook.approaches.kit import Prompt, ask, retrieve
from tunebook.project.lineup import PROMPTS_VERSION
from tunebook.project.parts import Parts
from tunebook.rows import read_cases, read_examples, sample
from tunebook.settings import load_settings
from tunebook.trial.run import run
from tunebook.values import Answer, Case, content_hash

MARKED = "Answer from the passages. After each sentence write the number of its passage, like [1]."


def project_of(data: Path, state: Path, overrides: Sequence[str], leave_out: frozenset[str] = frozenset()) -> Parts:
    """The parts of a data set's project, its library in step with its documents but for those left out."""
    project = Project.open(data, state, overrides)
    source = data / "documents.jsonl"
    if leave_out:
        source = state / "documents.jsonl"
        state.mkdir(parents=True, exist_ok=True)
        lines = (data / "documents.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        source.write_text("".join(line for line in lines if json.loads(line)["_id"] not in leave_out), encoding="utf-8")
    project.sync([source])
    return Parts(project._parts.folder, load_settings(None, overrides))


def ask_all(parts: Parts, approach: str, cases: Sequence[Case], folder: Path) -> list[Answer]:
    """Answers in the order of the cases; only what is not kept in the folder is asked."""
    seen = [approach, PROMPTS_VERSION, parts.library.hash, parts.settings.model_dump_json()]
    path = folder / "asked" / f"{approach}-{content_hash(*seen)[:12]}.jsonl"
    made: list[Kit] = []

    def answers(asked: Sequence[Case]) -> Iterator[tuple[int, Answer]]:
        if not made:
            made.append(tuned_kit(parts) if approach == "hybrid" else parts.kit())
        questions = [Question(case.messages, None, case.sources) for case in asked]
        if approach == "marked":
            return _marked(made[0], questions)
        return make(approach, made[0]).answer(questions)

    return run(cases, answers, path, approach, lambda *where: print(*where, file=sys.stderr))


def tuned_kit(parts: Parts) -> Kit:
    """The kit with its hybrid adapter, tuned where it is not there yet."""
    from tunebook.project.tune import desk, tune

    tuning = parts.settings.tuning
    examples = sample(read_examples(parts.folder.examples), tuning.max_examples, tuning.seed)
    checked = desk(parts, examples, read_cases(parts.folder.cases))
    adapter = tune(parts, "hybrid", checked, lambda *where: print(*where, file=sys.stderr))
    return replace(parts.kit(), adapters={"hybrid": adapter.folder})


def _marked(kit: Kit, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
    prompts = []
    for question, (hits, seconds) in zip(questions, retrieve(kit, questions), strict=True):
        shown = "\n\n".join(f"[{hit.rank}] {hit.passage.text}" for hit in hits)
        content = f"{shown}\n\nQuestion: {question.text}"
        messages = ({"role": "system", "content": MARKED}, {"role": "user", "content": content})
        prompts.append(Prompt(messages, hits, seconds))
    return ask(kit, "marked", questions, prompts)

"""Why wrong answers were wrong: counts, the lever that would help, and examples.

    failures(measured)["rag"]            →  {"retrieval missed": 4, "read wrong": 11, …}
    failure_map(measured)["rag"][0]      →  {"why": "read wrong", "count": 11, "share": .4, "lever": …, "cases": ["k7", …]}

Each answer's own reason comes from its score (scores.py).  What only a comparison of arms can tell is told here: where
every arm that answered gives one and the same answer, and all of them are counted wrong, the case itself is suspect.
Two arms with the same weights share mistakes, so one of them has to have read passages, and of an answer of one word,
which is soon the same twice, there have to be three.  Where the documents are said to hold no answer, agreement tells
nothing: two arms that read the same passage out are both wrong.

Left out on purpose: mending cases.  A person looks at them; that is why they are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunebook.trial.scores import THE_MODEL, Scored
from tunebook.trial.text import words
from tunebook.trial.verdict import SIMPLEST_FIRST
from tunebook.values import Answer, Case

LEVERS = {
    "retrieval missed": "improve what is found: more passages (search.k), other passage sizes, or the documents' titles",
    "read wrong": "use a larger base model, or tune on more examples over passages",
    "did not know": "give it the documents: rag or hybrid",
    "wrong content": "tune on more examples like these, or use a larger base model",
    "wrong form": "tune on more examples of the form that fails, or for longer",
    "should have refused": "raise answer.false_refusals, or add unanswerable examples",
    "refused wrongly": "lower answer.false_refusals, or add answerable examples",
    "case looks wrong": "look at these cases: every approach that answered agrees, and not with the key",
}
UNTUNED = {  # of arms that learnt nothing, so that "more examples" say nothing to them
    "read wrong": "use a larger base model, or tune a hybrid on examples over passages",
    THE_MODEL: "use a larger base model, or tune a hybrid on answerable examples over passages",
    "wrong content": "use a larger base model, or tune on examples like these (tuned, hybrid)",
    "wrong form": "say the form in answer.rag_instruction, or tune on examples of it (tuned, hybrid)",
}
INSTRUCTED_ELSEWHERE = {  # not by answer.rag_instruction: what "wrong form" says of these
    "base": "say the form in an instruction, with examples (prompted), or tune on examples of it (tuned, hybrid)",
    "prompted": "say the form in answer.prompted_instruction, or tune on examples of it (tuned, hybrid)",
}
WITHOUT_PASSAGES = {  # of arms that no gate stands before
    "should have refused": "tune on unanswerable examples, or let rag or hybrid look first whether it can be answered",
    "refused wrongly": "give it the documents: rag or hybrid",
}
REFUSED_BY = {  # over passages: what refused wrongly
    "answer.min_similarity": "lower answer.min_similarity",
    "answer.unsupported": "set answer.unsupported to 'mark'",
    "answer.max_new_tokens": "raise answer.max_new_tokens",
    THE_MODEL: "tune on more answerable examples over passages, or use a larger base model",
}
UNOPENED = "tune on examples with sources that ask like these: the hybrid took them for tasks that need no documents"
WITNESSES, WITNESSES_OF_A_WORD = 2, 3  # arms that must agree before a case is suspected
TUNED = ("tuned", "hybrid", "naive_hybrid")
SHOWN = 5
MOST_WORDS = 12  # a longer answer is hardly the same twice by reading alike
FAILURES = tuple(LEVERS)


def suspected(cases: Sequence[Case], answers: Mapping[str, Sequence[Answer | None]]) -> set[int]:
    """Places of the answerable knowledge cases where enough arms answered, all alike; whether they are wrong is not asked.

    Controls are no witnesses, but where one says something else, not all are alike.
    """
    found = set()
    for place, case in enumerate(cases):
        if case.kind != "knowledge" or not case.answerable:
            continue
        given = {name: answer for name, its in answers.items() if (answer := its[place]) and _says_something(answer)}
        witnesses = [answer for name, answer in given.items() if name in SIMPLEST_FIRST]
        said = {_bare(answer) for answer in given.values()}
        if len(said) == 1 and any(answer.hits for answer in witnesses) and _enough(len(witnesses), len(said.pop())):
            found.add(place)
    return found


def _says_something(answer: Answer) -> bool:
    return not answer.abstained and bool(answer.text.strip())


def _enough(witnesses: int, words: int) -> bool:
    return witnesses >= (WITNESSES_OF_A_WORD if words <= 1 else WITNESSES) and words <= MOST_WORDS


def marked(scored: Sequence[Scored | None], places: set[int]) -> list[Scored | None]:
    """The scores, with "case looks wrong" for what failed by answering in a suspected case."""
    return [
        replace(one, why="case looks wrong")
        if one and place in places and one.why and not one.metrics.get("false_refusal")
        else one
        for place, one in enumerate(scored)
    ]


def counts(scored: Mapping[str, Sequence[Scored | None]]) -> dict[str, dict[str, int]]:
    """name → reason → how many of its answers failed so."""
    found = {name: Counter(str(one.why) for one in its if one and one.why) for name, its in scored.items()}
    return {name: {why: count.get(why, 0) for why in FAILURES} for name, count in found.items()}


def failure_map(
    cases: Sequence[Case], scored: Mapping[str, Sequence[Scored | None]]
) -> dict[str, list[dict[str, Any]]]:
    """name → its reasons, the commonest first, each with its lever and some cases."""
    found = {}
    for name, its in scored.items():
        failed: dict[str, list[str]] = {}
        refused = Counter(one.refused_by for one in its if one and one.refused_by)
        for case, one in zip(cases, its, strict=True):
            if one and one.why:
                failed.setdefault(one.why, []).append(case.id)
        total = sum(map(len, failed.values()))
        found[name] = [
            {
                "why": why,
                "count": len(ids),
                "share": len(ids) / total,
                "lever": lever(name, why, refused),
                "cases": ids[:SHOWN],
            }
            for why, ids in sorted(failed.items(), key=lambda item: (-len(item[1]), FAILURES.index(item[0])))
        ]
    return found


def lever(name: str, why: str, refused: Mapping[str, int] | None = None) -> str:
    """What would help that arm; `refused`: what refused wrongly, and how often."""
    if (name, why) == ("hybrid", "did not know"):
        return UNOPENED
    if why == "wrong form" and name in INSTRUCTED_ELSEWHERE:
        return INSTRUCTED_ELSEWHERE[name]
    found = LEVERS if name in TUNED else LEVERS | UNTUNED
    if name in ("base", "prompted", "tuned"):
        return (found | WITHOUT_PASSAGES)[why]
    if why != "refused wrongly" or not refused:
        return found[why]
    most = max(refused, key=lambda by: refused[by])
    told = (REFUSED_BY | found).get(most, found[why])
    return told if len(refused) == 1 else f"{told} ({refused[most]} were refused by {most})"


def _bare(answer: Answer) -> tuple[str, ...]:
    return tuple(words(answer.text))

"""What forgetting is measured on: texts to predict, questions to choose an answer for, and such as have none.

    builtin()                                    30 texts, 100 questions and 20 unanswerable ones of tunebook's own
    load(Path("general_capability"), seed=0)     up to 1,000 questions from the *.jsonl files of a folder

Rows of a folder: {"text": …} is a text; {"question", "choices": […], "answer_index": 2} is a question, as is a row with
`mc1_targets` in the manner of TruthfulQA.  Rows of other shapes are passed over.  Files count alike, whatever their
length; a folder without texts is measured on the built-in ones, and the unanswerable questions are always those.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from tunebook.errors import BadInput
from tunebook.values import content_hash

BUILTIN = "built-in"
MOST_TEXTS, MOST_CHOICES = 60, 1000


@dataclass(frozen=True, slots=True)
class Choice:
    question: str
    choices: tuple[str, ...]
    answer: int  # index of the right one


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """A question that its passage does not answer, with answers that are made up."""

    passage: str
    question: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GeneralSet:
    """`instruction` and `abstention` are what the model is told where it is to answer from a passage; "": not measured."""

    name: str
    texts: tuple[str, ...]
    choices: tuple[Choice, ...]
    unanswerable: tuple[Unanswerable, ...] = ()
    instruction: str = ""
    abstention: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes with what is in it."""
        return content_hash(*self.texts, *(f"{one.question} {one.choices} {one.answer}" for one in self.choices))


def builtin() -> GeneralSet:
    """The small set that ships with tunebook."""
    lines = files("tunebook.tuning").joinpath("general.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    unanswerable = [row for row in rows if row["kind"] == "unanswerable"]
    return GeneralSet(
        BUILTIN,
        *_parsed(rows),
        tuple(Unanswerable(row["passage"], row["question"], tuple(row["wrong"])) for row in unanswerable),
    )


def load(folder: Path, seed: int = 0, choices: int = MOST_CHOICES) -> GeneralSet:
    """A sample of what the folder's files hold.  Raises BadInput where they hold no question and no text."""
    read = [_parsed(_rows(file)) for file in sorted(folder.glob("*.jsonl"))]
    texts = _spread([texts for texts, _ in read], MOST_TEXTS, seed)
    asked = _spread([asked for _, asked in read], choices, seed)
    if not texts and not asked:
        raise BadInput(
            f"tuning.general = {folder}: no rows that forgetting can be measured on",
            'name a folder of *.jsonl with rows like {"question", "choices", "answer_index"} or {"text"}',
        )
    own = builtin()
    return GeneralSet(str(folder), tuple(texts) or own.texts, tuple(asked), own.unanswerable)


def _spread(by_file: Iterable[Sequence[Any]], most: int, seed: int) -> list[Any]:
    """Up to `most` rows, from all files in turn, each in a random order."""
    shuffled = [random.Random(seed).sample(rows, len(rows)) for rows in by_file]
    taken = [row for turn in range(max(map(len, shuffled), default=0)) for row in _turn(shuffled, turn)]
    return taken[:most]


def _turn(shuffled: Sequence[Sequence[Any]], turn: int) -> list[Any]:
    return [rows[turn] for rows in shuffled if turn < len(rows)]


def _rows(file: Path) -> list[Any]:
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}", "one JSON object a line, in UTF-8") from error


def _parsed(rows: Iterable[Any]) -> tuple[tuple[str, ...], tuple[Choice, ...]]:
    """(texts, questions) among the rows."""
    known = [row for row in rows if isinstance(row, Mapping)]
    texts = tuple(row["text"] for row in known if isinstance(row.get("text"), str) and row["text"].strip())
    return texts, tuple(choice for row in known if (choice := _choice(row)))


def _choice(row: Mapping[str, Any]) -> Choice | None:
    question, choices = row.get("question"), row.get("choices")
    answer = row.get("answer_index", row.get("answer"))
    if isinstance(targets := row.get("mc1_targets"), Mapping) and 1 in targets.get("labels", ()):
        choices, answer = targets.get("choices"), targets["labels"].index(1)
    if not isinstance(question, str) or not isinstance(choices, list) or type(answer) is not int:
        return None
    return Choice(question, tuple(map(str, choices)), answer) if 0 <= answer < len(choices) > 1 else None

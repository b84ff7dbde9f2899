"""The general set: the built-in one, and what is read of a folder."""

from __future__ import annotations

import pytest
from helpers import write_rows

from tunebook.errors import BadInput
from tunebook.tuning.general import BUILTIN, Choice, builtin, load

QUESTION = {"question": "Which is a fruit?", "choices": ["iron", "pear"], "answer_index": 1}


def test_the_built_in_set_is_thirty_texts_and_a_hundred_questions():
    general = builtin()
    assert (general.name, len(general.texts), len(general.choices)) == (BUILTIN, 30, 100)
    assert all(0 <= one.answer < len(one.choices) for one in general.choices)


def test_a_folder_gives_questions_and_texts_and_other_rows_are_passed_over(tmp_path):
    truthful = {"question": "?", "mc1_targets": {"choices": ["a", "b", "c"], "labels": [0, 0, 1]}}
    others = [{"question": "2 + 2", "answer": "4"}, {"prompt": "Write."}, {"question": "is it?", "answer": True}, 7]
    wrong = [QUESTION | {"answer_index": 2}, QUESTION | {"choices": ["pear"], "answer_index": 0}]
    write_rows(tmp_path / "a.jsonl", [QUESTION, truthful, *others, *wrong])
    write_rows(tmp_path / "b.jsonl", [{"text": "A quiet street."}])
    (tmp_path / "SOURCE.md").write_text("no rows")
    general = load(tmp_path)
    assert set(general.choices) == {Choice("Which is a fruit?", ("iron", "pear"), 1), Choice("?", ("a", "b", "c"), 2)}
    assert general.texts == ("A quiet street.",)


def test_files_count_alike_and_a_seed_gives_the_same_sample(tmp_path):
    for name, count in (("long", 90), ("short", 10)):
        write_rows(tmp_path / f"{name}.jsonl", [QUESTION | {"question": f"{name} {n}"} for n in range(count)])
    general = load(tmp_path, seed=3, choices=20)
    assert sum(one.question.startswith("short") for one in general.choices) == 10
    assert general == load(tmp_path, seed=3, choices=20)
    assert general.fingerprint != load(tmp_path, seed=4, choices=20).fingerprint
    assert general.texts == builtin().texts, "a folder without texts is measured on the built-in ones"


def test_a_folder_that_holds_nothing_of_use_is_refused(tmp_path):
    write_rows(tmp_path / "a.jsonl", [{"prompt": "Write."}])
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInput, match="no rows that forgetting can be measured on"):
            load(folder)

"""The embedder tuned on questions: what goes in, the gate both ways, coming into use, and going back."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import example

from tunebook import Project
from tunebook.errors import BadInput
from tunebook.models import FakeEmbedder
from tunebook.project import retriever
from tunebook.project.retriever import hold_out, judged, ndcg, pairs_of, told
from tunebook.tuning.retriever import Learning, Recipe
from tunebook.values import Estimate

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

COLOURS = {
    "red": "fawgir",
    "blue": "hoxlim",
    "green": "murpesh",
    "black": "tovwub",
    "white": "yanta",
    "grey": "skalnel",
    "brown": "ulvreth",
    "pink": "jabsin",
    "amber": "cendrik",
    "violet": "pothul",
    "beige": "wexarn",
    "golden": "drimsol",
}
NOUNS = {"wagon": "zorvik", "lamp": "blenta", "rope": "quomrish", "crate": "neldup"}
SLANG = COLOURS | NOUNS
THINGS = [f"{colour} {noun}" for colour in COLOURS for noun in NOUNS]


class Told(FakeEmbedder):
    """Knows the house's words; also for a folder: it is what was 'tuned'."""

    def embed(self, texts):
        plain = list(texts)
        for word, slang in SLANG.items():
            plain = [text.replace(slang, word) for text in plain]
        return super().embed(plain)


@pytest.fixture
def files():
    documents = [
        {"_id": f"d{n}", "title": "", "text": f"The {thing} stands in hall {n}."} for n, thing in enumerate(THINGS)
    ]
    rows = []
    for n, thing in enumerate(THINGS):
        colour, plain = thing.split()
        asked = f"{SLANG[colour]} {SLANG[plain]}"
        rows.append({"id": f"e{n}", "prompt": asked, "completion": f"In hall {n}.", "sources": [f"d{n}"]})
    return {"documents.jsonl": lines(documents), "examples.jsonl": lines(rows)}


def lines(rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def tuned(project, monkeypatch):
    """Opens a synced project whose training makes the embedder that is given, without torch."""

    class Run:
        def __init__(self, name, learn, held, folder, recipe, device, encoding):
            self.done = Learning(1, 1, 0.5, [(1, 0.7)], [(1, 0.6)], {}, {"step": 1, "share": 0.5})
            made.append(SimpleNamespace(name=name, learn=learn, held=held, folder=folder))

        def go(self, say):
            say(1, 1, 0.7)

        def save(self, folder):
            folder.mkdir(parents=True)
            (folder / "model.safetensors").write_bytes(b"weights")

    made: list[SimpleNamespace] = []

    def open_with(files, becomes, *overrides):
        monkeypatch.setattr(retriever, "Run", Run)
        monkeypatch.setattr("tunebook.models.embedder.LocalEmbedder.load", lambda *given, **told: becomes)
        found = project(files, None, overrides)
        found.sync()
        return found

    return SimpleNamespace(open=open_with, made=made)


def test_what_gains_comes_into_use_with_the_next_sync_and_can_be_left_again(tuned, files, project):
    opened = tuned.open(files, Told(256))
    before = opened.search("skalnel neldup", 1)[0].passage.document
    result = opened.tune("retriever")
    assert result["refused"] is None
    assert result["gate"]["difference"]["low"] > 0
    assert result["gate"]["after"] > result["gate"]["before"]
    assert opened.settings.embedder.name == result["adapter"]
    assert opened.search("skalnel neldup", 1)[0].passage.document == before, (
        "the library is the old one until it is synced"
    )
    assert opened._parts.searched_with == "starter"
    assert opened.sync()["added"] == len(THINGS)
    assert opened._parts.searched_with == result["adapter"]
    assert opened.search("skalnel neldup", 1)[0].passage.document == f"d{THINGS.index('grey crate')}"
    assert project().settings.embedder.name == result["adapter"], "whoever opens the project finds it"
    again = opened.tune("retriever")
    assert (again["reused"], again["adapter"], len(tuned.made)) == (True, result["adapter"], 1)

    used = opened.use_generation(1)
    assert (used["number"], used["embedder"], used["next_sync"]) == (1, "starter", "starter")
    assert opened.search("skalnel neldup", 1)[0].passage.document == before
    assert opened.sync()["unchanged"] == len(THINGS)
    assert [one["current"] for one in opened.generations()] == [True, False]
    assert opened.use_generation(2)["next_sync"] == result["adapter"]


def test_a_project_that_was_moved_is_searched_with_what_was_tuned(tuned, files, project, tmp_path):
    opened = tuned.open(files, Told(256))
    opened.tune("retriever")
    opened.sync()
    (tmp_path / "project").rename(tmp_path / "moved")
    moved = Project.open(tmp_path / "moved", overrides=("answer.min_similarity=-1",))
    assert Path(moved.settings.embedder.name).parent == tmp_path / "moved" / ".tunebook" / "adapters"
    assert moved.search("skalnel neldup", 1)[0].passage.document == f"d{THINGS.index('grey crate')}"
    assert moved.sync()["unchanged"] == len(THINGS), "the same weights: no new generation"
    assert moved.use_generation(1)["next_sync"] == "starter"
    assert Path(moved.use_generation(2)["next_sync"]).parent == tmp_path / "moved" / ".tunebook" / "adapters"


def test_what_does_not_gain_is_kept_listed_and_not_used(tuned, files):
    opened = tuned.open(files, FakeEmbedder(256))
    result = opened.tune("retriever")
    assert result["refused"].startswith("held-out nDCG@10 of 12 questions ")
    assert result["refused"].endswith(": no gain beyond chance, the embedder stays")
    assert result["gate"]["difference"]["mean"] == 0
    assert opened.settings.embedder.name == "starter"
    (listed,) = opened.adapters.all()
    assert (listed["in_use"], listed["refused"]) == (False, result["refused"])
    assert opened.tune("retriever")["reused"]


def test_a_retriever_of_another_embedder_does_not_stand_for_this_one(tuned, files, project):
    tuned.open(files, Told(256)).tune("retriever")
    assert project(overrides=["embedder.name=other"]).settings.embedder.name == "other"


def test_who_rolls_the_first_one_back_has_the_embedder_as_it_came(tuned, files, project):
    opened = tuned.open(files, Told(256))
    opened.tune("retriever")
    assert opened.adapters.roll_back("retriever") is None
    assert opened.adapters.drop("retriever")
    assert not opened.adapters.drop("retriever")
    assert project().settings.embedder.name == "starter"


def test_the_held_out_part_is_neither_learnt_nor_chosen_by(tuned, files):
    tuned.open(files, Told(256)).tune("retriever")
    (run,) = tuned.made
    asked = [pair.question for pair in (*run.learn, *run.held)]
    assert len(asked) == len(set(asked)) == 36
    assert {pair.question for pair in run.learn}.isdisjoint(pair.question for pair in run.held)


def test_documents_behind_cases_and_of_groups_do_not_go_in(tuned, files):
    case = {"id": "c", "prompt": "where is it", "kind": "knowledge", "answers": ["hall 0"], "sources": ["d0"]}
    rows = [json.loads(line) for line in files["documents.jsonl"].splitlines()]
    rows[1]["groups"] = ["board"]
    opened = tuned.open(files | {"cases.jsonl": lines([case]), "documents.jsonl": lines(rows)}, Told(256))
    result = opened.tune("retriever")
    assert {row["id"]: row["why"].split(":")[0] for row in result["examples"]["dropped"]} == {
        "e0": "leak",
        "e1": "a source is not in the library, or not for everyone to read",
    }
    (listed,) = opened.adapters.all()
    assert listed["documents"]
    assert {"d0", "d1"}.isdisjoint(listed["documents"])


def test_a_deleted_document_that_was_learnt_makes_it_stale(tuned, files):
    opened = tuned.open(files, Told(256))
    opened.tune("retriever")
    gone = opened.adapters.all()[0]["documents"][0]
    assert opened.forget(gone)["stale"]["adapters"] == [opened.adapters.all()[0]["adapter"]]
    assert opened.adapters.all()[0]["stale"] == [f"deleted since: {gone}"]


def test_bad_input_is_refused_in_one_line(project, files):
    without = [{"id": "e", "prompt": "Hello", "completion": "Good day."}]
    opened = project(files)
    with pytest.raises(BadInput, match="the library is empty"):
        opened.tune("retriever")
    opened.sync()
    few = files["examples.jsonl"].splitlines(keepends=True)[:3]
    for rows, why in ((lines(without), "no example names the documents"), ("".join(few), "3 examples in 3 groups")):
        (opened.root / "examples.jsonl").write_text(rows)
        with pytest.raises(BadInput, match=why):
            opened.tune("retriever")
    with pytest.raises(BadInput, match="--estimate does not know the retriever"):
        opened.estimate("retriever")


def test_a_pair_holds_the_passage_that_answers_and_others_that_do_not(library, add):
    from tunebook.values import Document

    long = "The barn was let to the miller. " * 8 + "\n\nThe rent of the barn is ten crowns a year."
    for id, text in (
        ("barn", long),
        ("mill", "The rent of the mill is nine crowns."),
        ("copy", "The barn costs ten crowns a year."),
    ):
        add(Document(id, "", text, (), {}))
    one = example(1, "what is the rent of the barn", "Ten crowns a year.", sources=("barn",))
    (pair,) = pairs_of(library, [one], frozenset())
    assert "ten crowns" in pair.passage.text
    assert [text.document for text in pair.negatives] == ["mill"], "a passage that holds the answer is no negative"
    assert pairs_of(library, [one], frozenset({"mill"}))[0].negatives == ()


def test_groups_stay_whole_and_where_they_are():
    rows = [example(n, f"q{n}", group=f"g{n // 2}") for n in range(80)]
    learn, held = hold_out(rows, 0, 0.25)
    assert (len(learn), len(held)) == (60, 20)
    assert {one.group for one in learn}.isdisjoint(one.group for one in held)
    more, _ = hold_out([*rows, example(80, "q80", group="new")], 0, 0.25)
    moved = {one.group for one in more} ^ {one.group for one in learn}
    assert len(moved - {"new"}) <= 1


def test_ndcg_counts_documents_at_their_best_rank():
    assert ndcg(["a", "a", "b"], ["b"]) == pytest.approx(1 / np.log2(3))
    assert ndcg(["b", "a"], ["a", "b"]) == 1
    assert ndcg(["c"] * 60, ["a"]) == 0


def test_the_gate_tells_its_figures():
    found = {"questions": 75, "before": 0.939, "after": 0.938}
    line = "nDCG@10 of 75 questions 0.939 → 0.938, -0.001"
    assert told(found, Estimate(-0.001, -0.009, 0.006, 75)) == f"{line} [-0.009, +0.006]"
    assert told(found, Estimate(-0.001, None, None, 75)) == line


def test_the_same_embedder_again_searches_the_same(tuned, files):
    opened = tuned.open(files, FakeEmbedder(256))
    rows = [example(n, f"the {thing}", sources=(f"d{n}",)) for n, thing in enumerate(THINGS)]
    found = judged(opened._parts, rows, Path("any"), lambda *told: None)
    assert found["before"] == found["after"] > 0.9
    assert found["difference"]["mean"] == 0


@pytest.mark.model
def test_the_starter_learns_a_language_of_the_house(tmp_path, monkeypatch):
    """Whole: no plain word and no general embedder finds what is asked for in invented words, for things never asked for."""
    from house import write

    from tunebook import Project

    monkeypatch.setattr(retriever, "Recipe", partial(Recipe, rate=1e-4, rounds=2, least_steps=20, epochs=1))
    write(tmp_path, questions=80, things=120)
    project = Project.open(tmp_path)
    project.sync()
    result = project.tune("retriever")
    assert result["refused"] is None
    assert result["gate"]["before"] < 0.2 < result["gate"]["after"]
    assert project.sync()["added"] == 120
    asked = json.loads((tmp_path / "examples.jsonl").read_text().splitlines()[0])
    assert asked["sources"][0] in [hit.passage.document for hit in project.search(asked["prompt"], 20)]


def test_words_of_another_language_are_searched_otherwise_and_judged_anew(project):
    """What is found for a question, and so what is learnt and the gate, goes by the words of the library."""
    names = []
    for language in ("english", "german", "english"):
        found = project({"documents/rad.md": "Das Rad trägt 80 kg."}, None, [f"library.language={language}"])
        found.sync()
        parts, nothing = found._parts, SimpleNamespace(case_documents=())
        names.append(retriever._folder(parts, parts.reading_as(()), nothing, [], Recipe()).name)
    assert names[0] == names[2] != names[1]

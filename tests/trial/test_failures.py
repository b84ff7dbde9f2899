"""Why answers failed, what would help, and what a gain is made of."""

from __future__ import annotations

import pytest
from helpers import case

from tunebook.trial.failures import counts, failure_map, marked, suspected
from tunebook.trial.gain import gain
from tunebook.trial.scores import Scored, score
from tunebook.values import Answer, Hit, Passage

CASES = [case("k1"), case("k2"), case("u1", answerable=False), case("b1", kind="behaviour")]


def said(*texts: str | None, reads: bool = False) -> list[Answer | None]:
    hits = (Hit(1, 0.5, Passage("heron.md", "", "", None, 0, 1, "text")),) if reads else ()
    return [None if text is None else Answer(text, text == "-", "a", "m", hits=hits) for text in texts]


def wrong(*reasons: str | None) -> list[Scored | None]:
    return [Scored(0.0 if why else 1.0, why) for why in reasons]  # type: ignore[arg-type]


def test_a_case_is_suspect_where_all_who_answered_agree() -> None:
    answers = {
        "rag": said("80 kg.", "red", "Paris", "x", reads=True),
        "hybrid": said("80 kg", "blue", "-", "x"),
        "tuned": said("-", "red", "-", "x"),
    }
    assert suspected(CASES, answers) == {0}, "colours differ, one witness is none, and behaviour is no question of fact"
    assert suspected(CASES, {"rag": said(None, "x", None, None, reads=True)}) == set()


def test_arms_that_share_a_mistake_do_not_make_the_case_suspect() -> None:
    one, reading = [CASES[0]], said("80 kg", reads=True)
    assert suspected(one, {"base": said("80 kg"), "rag": reading}) == {0}
    assert suspected(one, {"base": said("80 kg"), "prompted": said("80 kg")}) == set(), "nobody has read"
    assert suspected(one, {"rag": reading, "oracle": reading, "full_context": reading}) == set(), "a control is none"
    assert suspected(one, {"base": said("80 kg"), "rag": reading, "oracle": said("60 kg", reads=True)}) == set()
    assert suspected([CASES[2]], {"rag": reading, "hybrid": reading}) == set(), "one passage, read out twice"


def test_a_single_word_wants_three_witnesses() -> None:
    answers = {"base": said("No."), "rag": said("no", reads=True)}
    assert suspected([CASES[0]], answers) == set()
    assert suspected([CASES[0]], answers | {"tuned": said("No")}) == {0}


def test_only_wrong_answers_of_a_suspect_case_are_marked() -> None:
    refused = [Scored(0.0, why, {"false_refusal": 1.0}) for why in ("refused wrongly", "retrieval missed")]
    found = marked([*wrong("read wrong", None), *refused, *wrong("wrong form")], {0, 1, 2, 3})
    reasons = ["case looks wrong", None, "refused wrongly", "retrieval missed", "wrong form"]
    assert [one and one.why for one in found] == reasons


def test_reasons_are_counted_and_mapped_with_levers() -> None:
    scored = {"rag": wrong("read wrong", "read wrong", "should have refused", None), "base": [None] * 4}
    assert counts(scored)["rag"]["read wrong"] == 2
    assert sum(counts(scored)["base"].values()) == 0
    first, second = failure_map(CASES, scored)["rag"]
    assert (first["why"], first["count"], first["cases"]) == ("read wrong", 2, ["k1", "k2"])
    assert first["share"] == pytest.approx(2 / 3)
    assert "unanswerable examples" in second["lever"]


def test_a_lever_is_one_that_moves_that_arm() -> None:
    reasons = ("did not know", "should have refused", "refused wrongly")
    scored = {name: wrong(*reasons, None) for name in ("base", "tuned", "rag", "hybrid")}
    levers = {name: [row["lever"] for row in rows] for name, rows in failure_map(CASES, scored).items()}
    for name in ("base", "tuned"):
        assert not any("answer.false_refusals" in lever for lever in levers[name]), "no gate stands before it"
    for name in ("rag", "hybrid"):
        assert all("answer.false_refusals" in lever for lever in levers[name][1:])
    assert "rag or hybrid" in levers["tuned"][0]
    assert "examples with sources" in levers["hybrid"][0]


def test_a_gain_is_parted_into_reading_form_and_refusing() -> None:
    first = [Scored(0.8, None, {"recall": 0.6}), Scored(1.0, None, {"recall": 1.0}), Scored(1, None), Scored(0.5, None)]
    second = [
        Scored(0.2, None, {"recall": 0.5}),
        Scored(0.0, None, {"recall": 0.0}),
        Scored(0, None),
        Scored(0.1, None),
    ]
    parts = gain(CASES, [first], [second])
    assert parts == pytest.approx({"total": 3.0 / 4, "reading": 1.1 / 4, "form": 0.9 / 4, "refusing": 1 / 4})
    assert gain(CASES, [[None] * 4], [second]) is None
    worse = [Scored(0.0, None, {"recall": 0.0})] * 4
    halved = gain(CASES, [first, worse], [second])
    assert halved == pytest.approx({"total": 1.35 / 4, "reading": 0.3 / 4, "form": 0.55 / 4, "refusing": 0.5 / 4})
    assert gain(CASES, [first, [None] * 4], [second]) is None, "a case counts where every training has its score"


def test_what_refused_wrongly_has_its_lever() -> None:
    def refused(*whys: str) -> list[Scored | None]:
        return [score(CASES[0], Answer("-", True, "rag", "m", why=why)) for why in whys]

    gate, far = "gate 0.1 < 0.2 (answer.false_refusals)", "best cosine 0.2 < 0.3 (answer.min_similarity)"
    model = "the model says so"

    def told(name: str, *whys: str) -> str:
        scored = refused(*whys)
        return str(failure_map([CASES[0]] * len(whys), {name: scored})[name][0]["lever"])

    assert told("rag", gate) == "lower answer.false_refusals, or add answerable examples"
    assert told("rag", far, far, gate) == "lower answer.min_similarity (2 were refused by answer.min_similarity)"
    assert told("rag", model).startswith("use a larger base model")
    assert told("hybrid", gate, model, model).endswith("(2 were refused by the model itself)")
    assert told("tuned", model) == "give it the documents: rag or hybrid"


@pytest.mark.parametrize(
    ("name", "setting"), [("base", "(prompted)"), ("prompted", "answer.prompted_"), ("rag", "answer.rag_")]
)
def test_the_lever_for_a_wrong_form_is_one_that_reaches_the_arm(name: str, setting: str) -> None:
    """base was told to change the instructions of rag and prompted."""
    lever = failure_map(CASES[:1], {name: wrong("wrong form")})[name][0]["lever"]
    assert setting in lever
    assert lever.count("answer.") == setting.count("answer.")

"""Each approach over a fake model: what it puts in the prompt, whose adapter it uses, when it does not ask at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import CountingModel, example, user

from tunebook.answer import signals
from tunebook.approaches import APPROACHES, Kit, Question, Unavailable, check_names, make
from tunebook.errors import BadInput
from tunebook.settings import ABSTENTION, STARTER_INSTRUCTION, Settings, load_settings
from tunebook.values import Document, Source

ANYHOW = load_settings(None, ["answer.min_similarity=-1", "search.k=2", "search.max_gap=1"])
WREN = Document("wren.md", "The Wren", "The Wren carries 60 kg.")
HERON = Document("heron.md", "The Heron", "The Heron carries 80 kg.")
SAFE = Document("safe.md", "The Safe", "The safe of the Heron carries gold.", groups=("crew",))
ADAPTERS = {"tuned": Path("/adapters/t"), "hybrid": Path("/adapters/h")}
QUESTION = Question(user("How much does the Heron carry?"))


@pytest.fixture
def model():
    return CountingModel(lambda request: "The Heron carries 80 kg.")


@pytest.fixture
def kit(library, add, model):
    add(WREN, HERON, SAFE)
    return Kit(model=model, settings=ANYHOW, library=library, adapters=ADAPTERS, commonest="workshop")


def answers(name, kit, *questions):
    found = dict(make(name, kit).answer(list(questions)))
    return [found[index] for index in range(len(questions))]


def contents(request) -> list[str]:
    return [message["content"] for message in request.messages]


# --- the prompt of each


def test_base_asks_nothing_but_the_question(kit, model):
    (answer,) = answers("base", kit, QUESTION)
    assert model.asked[0].messages == QUESTION.messages
    assert model.asked[0].max_new_tokens == Settings().answer.max_new_tokens
    assert model.adapters == [None]
    assert (answer.text, answer.approach, answer.model) == ("The Heron carries 80 kg.", "base", "fake")
    assert (answer.hits, answer.citations, answer.abstained) == ((), (), False)


@pytest.mark.parametrize("name", ["base", "rag"])
def test_where_the_model_writes_nothing_the_answer_is_the_abstention(kit, name):
    heard: list[str] = []
    silent = replace(kit, model=CountingModel(lambda request: ""))
    (answer,) = answers(name, silent, replace(QUESTION, on_text=heard.append))
    assert (answer.text, answer.abstained, "".join(heard)) == (ABSTENTION, True, ABSTENTION)


def test_prompted_shows_the_nearest_examples_before_the_question(kit, model):
    shown = [example(1, "One?", "1."), example(2, "Two?", "2.")]
    asked = []

    def nearest(prompts, count):
        asked.append((prompts, count))
        return [shown for _ in prompts]

    answers("prompted", replace(kit, nearest=nearest), QUESTION)
    assert asked == [([QUESTION.text], 4)]
    assert contents(model.asked[0]) == [ANYHOW.answer.prompted_instruction, "One?", "1.", "Two?", "2.", QUESTION.text]


def test_prompted_without_examples_has_the_instruction_alone(kit, model):
    answers("prompted", kit, QUESTION)
    assert contents(model.asked[0]) == [ANYHOW.answer.prompted_instruction, QUESTION.text]


def test_rag_asks_over_the_best_passages_and_cites_them(kit, model):
    (answer,) = answers("rag", kit, QUESTION)
    instruction, prompt = contents(model.asked[0])
    assert instruction == STARTER_INSTRUCTION
    assert prompt.startswith("Read this text:\n\n")
    best_last = f"\n\nThe Heron\nThe Heron carries 80 kg.\n\nAccording to the text: {QUESTION.text}"
    assert prompt.endswith(best_last)
    assert [hit.rank for hit in answer.hits] == [1, 2]
    (citation,) = answer.citations
    assert (citation.document, citation.quote, citation.supported) == ("heron.md", "The Heron carries 80 kg.", True)


def test_a_hit_far_behind_the_best_is_not_shown_and_not_cited_but_still_judged_by(kit, model, monkeypatch):
    seen = []
    judged = lambda question, hits, *rest: seen.append(len(hits)) or signals(question, hits, *rest)  # noqa: E731
    monkeypatch.setattr("tunebook.approaches.kit.signals", judged)
    settings = load_settings(None, ["answer.min_similarity=-1", "search.k=2", "search.max_gap=0.1"])
    (answer,) = answers("rag", replace(kit, settings=settings), QUESTION)
    assert [hit.rank for hit in answer.hits] == [1]
    assert contents(model.asked[0])[1].count("carries") == 1
    assert seen == [2]
    assert answer.left_out == {}


def test_an_instruction_may_hold_braces(kit, model):
    settings = load_settings(None, ['answer.rag_instruction=\'Answer as {"a": …} or "{abstention}"\''])
    answers("oracle", replace(kit, settings=settings), replace(QUESTION, sources=(Source("heron.md"),)))
    assert contents(model.asked[0])[0] == f'Answer as {{"a": …}} or "{ABSTENTION}"'


def test_tuned_asks_the_adapter_nothing_but_the_question(kit, model):
    answers("tuned", kit, QUESTION)
    assert model.asked[0].messages == QUESTION.messages
    assert model.adapters == [ADAPTERS["tuned"]]


def test_hybrid_asks_its_adapter_as_rag_asks_the_base_model(kit, model):
    answers("rag", kit, QUESTION)
    answers("hybrid", kit, QUESTION)
    assert model.asked[0] == model.asked[1]
    assert model.adapters == [None, ADAPTERS["hybrid"]]


def test_hybrid_opens_the_book_only_where_it_is_needed(kit, model):
    sort = Question(user("Sort: the chain is off."))
    form, known, again = answers(
        "hybrid", replace(kit, needs_book=lambda texts: ["Heron" in text for text in texts]), sort, QUESTION, sort
    )
    assert [bool(answer.hits) for answer in (form, known, again)] == [False, True, False]
    assert [contents(request)[-1].startswith("Read this text:") for request in model.asked] == [False, True, False]
    assert model.asked[0].messages == sort.messages


def test_oracle_asks_over_the_gold_source_its_quote_first(kit, model, add):
    filler = "\n\n".join(f"Part {n} has {'word ' * 18}." for n in range(4))
    add(Document("long.md", "Long", f"{filler}\n\nGold is here."))
    gold = Source("long.md", quote="Gold is here.")
    (answer,) = answers("oracle", kit, replace(QUESTION, sources=(gold,)))
    assert {hit.passage.document for hit in answer.hits} == {"long.md"}
    assert "Gold is here." in answer.hits[0].passage.text
    assert len(answer.hits) == ANYHOW.search.k


def test_oracle_without_a_gold_source_asks_the_question_alone(kit, model):
    answers("oracle", kit, QUESTION)
    assert model.asked[0].messages == QUESTION.messages


def test_full_context_shows_every_document(kit, model):
    (answer,) = answers("full_context", kit, QUESTION)
    assert [hit.passage.document for hit in answer.hits] == ["heron.md", "safe.md", "wren.md"]


# --- abstaining


def test_where_everything_is_too_far_the_model_is_not_asked(kit, model):
    settings = load_settings(None, ["answer.min_similarity=0.99"])
    for name in ("rag", "hybrid"):
        (answer,) = answers(name, replace(kit, settings=settings), Question(user("Who was king in 1200?")))
        assert (answer.text, answer.abstained, answer.citations) == (ABSTENTION, True, ())
        assert answer.hits, "what was too far is shown all the same"
        assert answer.seconds.retrieve is not None
    assert model.asked == []


def test_of_a_batch_only_what_is_too_far_is_skipped(kit, model):
    settings = load_settings(None, ["answer.min_similarity=0.5"])
    far, near = answers("rag", replace(kit, settings=settings), Question(user("Who was king in 1200?")), QUESTION)
    assert (far.abstained, near.abstained) == (True, False)
    assert len(model.asked) == 1
    assert near.seconds.total is None, "a batch tells nobody's own seconds"


def test_the_models_own_abstention_has_no_citations(kit, model):
    model.reply = lambda request: "The passages do not mention that the Heron carries 80 kg."
    (answer,) = answers("rag", kit, QUESTION)
    assert (answer.abstained, answer.citations) == (True, ())


# --- who may see what


@pytest.mark.parametrize("name", ["rag", "hybrid", "full_context"])
def test_groups_flow_to_the_search(name, kit):
    outsider, member, anyone = answers(
        name, kit, replace(QUESTION, groups=()), replace(QUESTION, groups=("crew",)), replace(QUESTION, groups=None)
    )
    seen = [{hit.passage.document for hit in answer.hits} for answer in (outsider, member, anyone)]
    assert "safe.md" not in seen[0]
    assert "safe.md" in seen[1]
    assert "safe.md" in seen[2]


# --- what is not there


@pytest.mark.parametrize(
    ("name", "missing", "told"),
    [
        ("rag", {"library": None}, "the library is empty"),
        ("full_context", {"library": None}, "the library is empty"),
        ("oracle", {"library": None}, "the library is empty"),
        ("tuned", {"adapters": {}}, "there is no adapter for tuned"),
        ("hybrid", {"adapters": {}}, "there is no adapter for hybrid"),
        ("hybrid", {"library": None}, "the library is empty"),
    ],
)
def test_an_approach_without_its_parts_is_unavailable(name, missing, told, kit):
    with pytest.raises(Unavailable, match=told) as caught:
        make(name, replace(kit, **missing))
    assert caught.value.hint


def test_full_context_is_unavailable_where_the_documents_do_not_fit(kit, model):
    model.window = 8
    with pytest.raises(Unavailable, match="do not fit into the model's 8 tokens"):
        make("full_context", kit)


def test_an_unknown_approach_is_bad_input(kit):
    with pytest.raises(BadInput, match="unknown approach 'magic'") as caught:
        make("magic", kit)
    assert all(name in caught.value.hint for name in APPROACHES)
    check_names(tuple(APPROACHES))


@pytest.mark.parametrize("name", APPROACHES)
def test_no_question_is_no_answer(name, kit):
    assert answers(name, kit) == []


# --- controls that no model answers


def test_trivial_controls_ask_no_model(kit, model):
    (read,) = answers("first_passage", kit, QUESTION)
    assert (read.text, read.abstained, read.model) == (HERON.text, False, "none")
    assert [(one.document, one.quote) for one in read.citations] == [("heron.md", HERON.text)]
    (refused,) = answers("always_refuse", kit, QUESTION)
    assert (refused.text, refused.abstained) == (ABSTENTION, True)
    (common,) = answers("commonest_answer", kit, QUESTION)
    assert (common.text, common.abstained) == ("workshop", False)
    assert model.asked == []
    with pytest.raises(Unavailable, match="no examples"):
        make("commonest_answer", replace(kit, commonest=None))


def test_naive_hybrid_is_the_tuned_model_over_passages(kit, model):
    (answer,) = answers("naive_hybrid", kit, QUESTION)
    assert model.adapters == [ADAPTERS["tuned"]]
    assert answer.hits
    assert HERON.text in contents(model.asked[0])[-1]
    with pytest.raises(Unavailable, match="no adapter for tuned"):
        make("naive_hybrid", replace(kit, adapters={}))


# --- the budget


def test_passages_are_dropped_from_the_lowest_rank_until_the_prompt_fits(kit, model):
    (whole,) = answers("rag", kit, QUESTION)
    needed = sum(len(content.split()) for content in contents(model.asked[-1])) + 16
    model.window = needed + ANYHOW.answer.max_new_tokens - 1
    (answer,) = answers("rag", kit, QUESTION)
    assert (len(whole.hits), whole.left_out) == (2, {})
    assert (answer.hits, answer.left_out) == (whole.hits[:1], {"passages": 1})


def test_history_beyond_its_room_is_left_out(kit, model):
    earlier = [{"role": "user", "content": "word " * 600}, {"role": "assistant", "content": "Yes."}]
    (answer,) = answers("rag", kit, Question((*earlier, *QUESTION.messages)))
    assert answer.left_out == {"messages": 2}
    assert len(model.asked[-1].messages) == 2


def test_a_follow_up_is_searched_with_what_it_refers_to(kit):
    follow_up = Question(
        (*user("What is the Wren?"), {"role": "assistant", "content": "A bike."}, *user("And its load?"))
    )
    (answer,) = answers("rag", kit, follow_up)
    assert answer.hits[0].passage.document == "wren.md"

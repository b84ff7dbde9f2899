"""Each approach over a fake model: what it puts in the prompt, whose adapter it uses, when it does not ask at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import CountingModel, entry_of, example, user

from tunebook.answer import Gate, signals
from tunebook.approaches import APPROACHES, Kit, Question, Unavailable, check_names, make
from tunebook.approaches.why import below
from tunebook.errors import BadInput
from tunebook.models import FakeChatModel, Generation
from tunebook.settings import ABSTENTION, STARTER_INSTRUCTION, Settings, load_settings
from tunebook.values import Document, Source

ANYHOW = load_settings(None, ["answer.min_similarity=-1", "search.k=2", "search.max_gap=1"])
WREN = Document("wren.md", "The Wren", "The Wren carries 60 kg.")
HERON = Document("heron.md", "The Heron", "The Heron carries 80 kg.")
SAFE = Document("safe.md", "The Safe", "The safe of the Heron carries gold.", groups=("crew",))
ADAPTERS = {"tuned": Path("/adapters/t"), "hybrid": Path("/adapters/h")}
HELLO = {"role": "assistant", "content": "Hello."}
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


def test_an_answer_whose_tokens_went_into_reasoning_says_so(kit):
    class Reasons(FakeChatModel):
        def generate(self, requests, adapter=None):
            return ((index, replace(made, finished=False)) for index, made in super().generate(requests, adapter))

    (answer,) = answers("rag", replace(kit, model=Reasons(lambda request: "")), QUESTION)
    assert answer.abstained and not answer.finished
    assert "answer.max_new_tokens" in answer.why


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


def test_full_context_points_where_the_question_is_spoken_of_not_at_the_first_document(kit, model, add):
    add(Document("abc.md", "Hours", "We are open."))
    model.reply = lambda request: "Nine ninety."
    (answer,) = answers("full_context", kit, Question(user("How much does the Wren carry?")))
    assert [(one.document, one.supported) for one in answer.citations] == [("wren.md", False)]
    assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4]
    shown = contents(model.asked[-1])[-1]
    assert shown.index("Wren carries") < shown.index("Heron carries") < shown.index("We are open")


# --- the version that is quoted


@pytest.mark.parametrize("name", ["rag", "hybrid", "oracle", "full_context"])
def test_a_citation_carries_the_version_that_was_read_whatever_a_sync_does_meanwhile(name, kit, model, add):
    def reply(request):
        add(replace(HERON, text="News: the Heron carries 70 kg."))
        return "The Heron carries 80 kg."

    model.reply = reply
    (answer,) = answers(name, kit, replace(QUESTION, sources=(Source("heron.md"),)))
    assert [(one.document, one.version) for one in answer.citations] == [("heron.md", HERON.hash)]


def test_a_document_that_is_deleted_while_the_model_writes_is_quoted_with_its_version(kit, model):
    model.reply = lambda request: kit.library.store.delete(["heron.md"]) and "The Heron carries 80 kg."
    (answer,) = answers("rag", kit, QUESTION)
    assert [one.version for one in answer.citations] == [HERON.hash]


def test_of_a_batch_the_versions_are_looked_up_once(kit, monkeypatch):
    asked = []
    hashes = type(kit.library.store).hashes
    monkeypatch.setattr(type(kit.library.store), "hashes", lambda store, ids: asked.append(ids) or hashes(store, ids))
    answers("rag", kit, *[QUESTION] * 5)
    assert len(asked) == 1


# --- abstaining


def test_where_everything_is_too_far_the_model_is_not_asked(kit, model):
    settings = load_settings(None, ["answer.min_similarity=0.99"])
    for name in ("rag", "hybrid"):
        (answer,) = answers(name, replace(kit, settings=settings), Question(user("Who was king in 1200?")))
        assert (answer.text, answer.abstained, answer.citations) == (ABSTENTION, True, ())
        assert answer.hits, "what was too far is shown all the same"
        assert answer.seconds.retrieve is not None
        assert answer.why.startswith("best cosine ")
        assert answer.why.endswith(" < 0.99 (answer.min_similarity)")
        assert answer.signals["cosine"] < 0.99
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
    assert (answer.abstained, answer.citations, answer.why) == (True, (), "the model says so")
    model.reply = lambda request: " "
    (answer,) = answers("rag", kit, QUESTION)
    assert (answer.abstained, answer.why) == (True, "the model wrote nothing")


def test_what_a_filter_keeps_back_is_an_abstention(kit):
    class Filtered:
        name = "filtered"

        def generate(self, requests, adapter=None):
            for index, _ in enumerate(requests):
                yield index, Generation("", None, None, finished=False, withheld="Error code: 400")

    (answer,) = answers("rag", replace(kit, model=Filtered()), QUESTION)
    assert answer.abstained and answer.text == kit.settings.answer.abstention
    assert answer.why == "the model server's filter kept the answer back: Error code: 400"


CARRIES = Gate(
    ("sentence_holds",), (0.5,), (1.0,), (4.0,), 0.0
)  # the more of the question one sentence holds, the surer


def test_what_the_screen_refuses_is_explained(kit, model):
    strange = Question(user("Who was king in 1200?"))
    screened = replace(kit, screen=replace(CARRIES, threshold=0.3))
    refused, answered = answers("rag", screened, strange, QUESTION)
    assert refused.signals["sentence_holds"] == 0
    assert refused.confidence == pytest.approx(0.1192, abs=1e-4)
    assert refused.why == "gate 0.1192 < 0.3 (answer.false_refusals)"
    assert (answered.abstained, answered.why, answered.confidence) == (False, None, None)
    assert len(model.asked) == 1


def test_where_a_reader_may_read_nothing_nothing_was_found(kit):
    kit.library.store.delete(["wren.md", "heron.md"])
    (answer,) = answers("rag", kit, replace(QUESTION, groups=()))
    assert (answer.why, answer.signals, answer.confidence) == ("nothing was found", {}, None)


def test_a_gate_or_a_policy_that_withholds_an_answer_is_named(kit, model):
    (gated,) = answers("rag", replace(kit, gates={"rag": replace(CARRIES, threshold=0.9999)}), QUESTION)
    assert gated.why == f"gate {gated.confidence:.4g} < 0.9999 (answer.accepted_wrong)"
    model.reply = lambda request: "The Heron carries 80 kg. It flies to Peru."
    settings = load_settings(None, ["answer.min_similarity=-1", "answer.unsupported=abstain"])
    (held,) = answers("rag", replace(kit, settings=settings), QUESTION)
    assert held.why == "1 of 2 sentences not supported (answer.unsupported = 'abstain')"
    assert held.unsupported == ("It flies to Peru.",)


def test_a_reason_has_the_digits_that_tell_its_figures_apart():
    assert below("gate", 0.12, 0.204, "x") == "gate 0.12 < 0.204 (x)"
    assert below("gate", 0.203912, 0.203914, "x") == "gate 0.203912 < 0.203914 (x)"


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


def test_full_context_knows_the_window_of_an_endpoint_from_the_settings(kit):
    long = load_settings(None, ["model.window=64", "search.k=2"])
    endpoint = FakeChatModel(lambda request: "80 kg.")  # counts no tokens
    make("full_context", Kit(endpoint, long, kit.library))
    kit.library.add([(one, entry_of(one)) for one in [Document("long.md", "Long", "word " * 100)]])
    with pytest.raises(Unavailable, match="do not fit into the model's 64 tokens"):
        make("full_context", Kit(endpoint, long, kit.library))


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
    quoted = [(one.document, one.quote, one.version) for one in read.citations]
    assert quoted == [("heron.md", HERON.text, HERON.hash)]
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


@pytest.mark.parametrize("name", ["base", "prompted", "tuned", "hybrid", "oracle"])
def test_without_passages_history_has_the_same_room(name, kit, model):
    earlier = [*user("word " * 600), HELLO, *user("And then?"), HELLO]
    (answer,) = answers(name, replace(kit, needs_book=lambda texts: [False]), Question((*earlier, *QUESTION.messages)))
    assert answer.left_out == {"messages": 2}
    said = [message["content"] for message in model.asked[-1].messages if message["role"] != "system"]
    assert said == ["And then?", "Hello.", QUESTION.text]


def test_a_follow_up_is_searched_with_what_it_refers_to(kit):
    follow_up = Question(
        (*user("What is the Wren?"), {"role": "assistant", "content": "A bike."}, *user("And its load?"))
    )
    (answer,) = answers("rag", kit, follow_up)
    assert answer.hits[0].passage.document == "wren.md"


def test_the_answer_to_a_follow_up_is_checked_against_what_was_searched_for_it(kit):
    robin = replace(kit, model=CountingModel(lambda request: "It carries 80 kg, as would a Robin."))
    (answer,) = answers("rag", robin, Question((*user("Is it the Robin that we need?"), HELLO, *user("And its load?"))))
    assert answer.claims[0].why == ("name 'Robin' stands in the question and in no passage",)


def test_a_follow_up_is_judged_by_what_was_searched_for_it(kit):
    follow_up = Question((*user("How much does the Heron carry?"), HELLO, *user("And how much is it?")))
    (bare,) = answers("rag", kit, Question(user("And how much is it?")))
    (answer,) = answers("rag", kit, follow_up)
    asked = signals("And how much is it? Heron carry", answer.hits, None, None)
    assert asked["sentence_holds"] > bare.signals["sentence_holds"]
    assert asked.items() <= answer.signals.items()

"""Scores against the field's own tools, closed forms, and what must hold for every input."""

from __future__ import annotations

import json
import random
import re
import string
import time
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

from tunebook.errors import BadInput
from tunebook.trial.scores import run_check, score
from tunebook.trial.text import (
    common_subsequence,
    exact,
    holds,
    json_tree,
    length,
    rouge_l,
    same_json,
    slot_f1,
    token_f1,
)
from tunebook.values import Answer, Case, Citation, Hit, Kind, Passage, Source

LONG = "The Heron must be parked under a roof whenever frost is forecast for the night"
STRINGS = (
    "80 kg", "80kg", "It carries up to 80 kg.", "The Heron carries 80 kg; the Wren, 60.", "4,960 cr", "4960", "",
    "a", "The the THE", "?!", "an answer -- with dashes -- and a tail", "don't", "Don’t", "Größe 12 µm", "½ cup",
    "05:52 The smoke alarm sounds.", "smoke alarm", "The alarm: smoke? smoke! Smoke.", LONG, LONG.upper(),
    "Whenever frost is forecast for the night, park the Heron under a roof", "line one\nline two\tend", "x" * 200,
    "東京 2024", "Привет, мир 7", "e-mail: desk@larkmoor.example", "stop_riding", "one two three four five six",
)  # fmt: skip
any_text = st.text(max_size=60) | st.sampled_from(STRINGS)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
any_object = st.dictionaries(st.text(max_size=5), any_json, max_size=4)


def case(*answers: str, kind: Kind = "knowledge", sources: tuple[str, ...] = (), **rest: Any) -> Case:
    messages = ({"role": "user", "content": "?"},)
    return Case(1, "c", messages, kind, answers=answers, sources=tuple(map(Source, sources)), **rest)


def answer(
    text: str, abstained: bool = False, cited: tuple[str, ...] = (), found: tuple[str, ...] = (), says: str = "q"
) -> Answer:
    citations = tuple(Citation(n, document, None, 0, 1, "q", True) for n, document in enumerate(cited, 1))
    hits = tuple(Hit(n, 0.5, Passage(document, "", "", None, 0, 1, says)) for n, document in enumerate(found, 1))
    return Answer(text, abstained, "rag", "fake", citations, hits)


# ---------------------------------------------------------------- against the field's own tools


def squad_normalised(text: str) -> str:
    """normalize_answer of SQuAD's evaluate-v2.0.py."""
    kept = "".join(ch for ch in text.lower() if ch not in set(string.punctuation))
    return " ".join(re.compile(r"\b(a|an|the)\b", re.UNICODE).sub(" ", kept).split())


def squad_f1(gold: str, predicted: str) -> float:
    """compute_f1 of SQuAD's evaluate-v2.0.py."""
    gold_tokens, predicted_tokens = squad_normalised(gold).split(), squad_normalised(predicted).split()
    common = Counter(gold_tokens) & Counter(predicted_tokens)
    same = sum(common.values())
    if len(gold_tokens) == 0 or len(predicted_tokens) == 0:
        return int(gold_tokens == predicted_tokens)
    if same == 0:
        return 0
    precision, recall = 1.0 * same / len(predicted_tokens), 1.0 * same / len(gold_tokens)
    return (2 * precision * recall) / (precision + recall)


@pytest.mark.parametrize("reference", STRINGS)
def test_token_f1_and_exact_are_those_of_squad(reference: str) -> None:
    for text in STRINGS:
        assert token_f1(text, reference) == pytest.approx(squad_f1(reference, text), abs=1e-12)
        assert exact(text, reference) == (squad_normalised(text) == squad_normalised(reference))


@pytest.mark.parametrize(
    "reference", [text for text in STRINGS if re.search("[a-z0-9]", text.lower()) and text[0] not in "東П"]
)
def test_rouge_l_is_that_of_rouge_score(reference: str) -> None:
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    for text in STRINGS:
        assert rouge_l(text, reference) == pytest.approx(scorer.score(reference, text)["rougeL"].fmeasure, abs=1e-12)


def test_rouge_l_sees_scripts_that_rouge_score_is_blind_to() -> None:
    assert rouge_l("Привет, мир", "привет мир") == 1
    assert rouge_l("Привет", "привет мир") == pytest.approx(2 / 3)
    assert rouge_l("東京都", "東京") == pytest.approx(0.8)
    assert rouge_l("Цена 80 рублей", "Велосипед весит 80 кг") == pytest.approx(2 / 7), "it has more words than 80"


def test_what_is_written_without_blanks_is_measured_by_its_characters() -> None:
    reference = "重量为八十公斤的自行车可以停放在屋顶下面"
    assert token_f1("重量是八十公斤。", "重量为八十公斤") == pytest.approx(6 / 7)
    assert exact("八十公斤。", "八十公斤") == exact("क्या, दिन।", "क्या दिन") == 1
    assert (length("八十公斤"), length(reference), length("up to 80 kg")) == (2, 10, 4)
    scored = score(case(reference), answer("自行车重量为八十公斤，可以停放在屋顶下面。"))
    assert scored.score == pytest.approx(1, abs=0.06), "a sentence, which need not stand there to the letter"
    assert score(case("八十公斤"), answer("重量为八十公斤，含电池。")).score == 1


def test_a_long_text_is_searched_quickly() -> None:
    text = "的人在山上看见了一只很大的鸟，" * 20_000
    begin = time.process_time()
    assert not holds(text, "的 书包")
    assert time.process_time() - begin < 5, "the whole text was copied at each 的"


def test_common_subsequence_equals_the_table() -> None:
    rng = random.Random(0)
    for _ in range(200):
        a, b = ([rng.choice("abcd") for _ in range(rng.randrange(40))] for _ in range(2))
        table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
        assert common_subsequence(a, b) == table[-1][-1]


# ---------------------------------------------------------------- a reference stands in a text


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("It costs 4960 cr in all.", "4,960 cr"), ("It cost 4,960cr.", "4960 cr"), ("1\u202f234\u202f567", "1,234,567"),
        ("Up to 80kg [1].", "80 kg"), ("**80 kg**", "80 kg"), ("at 05:52, sharp", "05:52"), ("4 per cent", "4%"),
        ("the end of a month", "End of the month"), ("choose plan A today", "plan A"), ("Tanner’s", "Tanner's"),
        ("a well-known rule", "well known"), ("-5 °C", "-5"), ("10-15 kg", "15 kg"), ("本社は東京です", "東京"),
        ("?!", "?!"), ("यह दिन है", "दिन"), ("يحمل ٨٠ كغ", "80 كغ"), ("８０ kg", "80 kg"), ("서울입니다.", "서울"),
        ("Sie zahlt 1.250,50 Euro.", "1250,50 Euro"), ("Das sind 12.000.000.", "12000000"), ("年会費は１，２５０円です", "1250円"),
        ("الرسوم ١٬٢٥٠٫٥ ريال", "1,250.5 ريال"), ("تُغلق المكتبةُ", "تغلق المكتبة"), ("٤٪", "4 %"), ("４％", "4%"),
        ("อยู่ที่เชียงใหม่ครับ", "เชียงใหม่"), ("می\u200cخواهم", "میخواهم"),
    ],
)  # fmt: skip
def test_a_reference_stands_in_the_text(text: str, reference: str) -> None:
    assert holds(text, reference)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("180 kg", "80 kg"), ("80 kgs", "80 kg"), ("80 or 90 kg", "80 kg"), ("1.5 months", "15 months"),
        ("4 months", "4%"), ("choose plan B", "plan A"), ("14,960", "4,960"), ("kg 80", "80 kg"), ("", "80"),
        ("?", "!"), ("-5 °C", "5 °C"), ("Es sind 1.250 m.", "1250 m"), ("192.168.1.10", "192168110"),
        ("यह दान है", "दिन"), ("ที่นี่", "ที่นั่น"),
    ],
)  # fmt: skip
def test_a_reference_does_not_stand_in_the_text(text: str, reference: str) -> None:
    assert not holds(text, reference)


# ---------------------------------------------------------------- knowledge


def test_an_unanswerable_case_wants_a_refusal() -> None:
    scored = score(case(answerable=False), answer("I do not know.", abstained=True))
    assert (scored.score, scored.why, scored.metrics) == (1, None, {"refusal_recall": 1})
    scored = score(case(answerable=False), answer("80 kg"))
    assert (scored.score, scored.why, scored.metrics) == (0, "should have refused", {"refusal_recall": 0})
    of_form = case(kind="behaviour", answerable=False)
    assert score(of_form, answer("80 kg")) == scored
    assert score(replace(of_form, answers=("80 kg",)), answer("80 kg")).score == 1


def test_a_short_reference_has_to_stand_in_the_answer() -> None:
    scored = score(case("eighty kilos", "80 kg"), answer("It carries up to 80kg."))
    assert (scored.score, scored.why) == (1, None)
    assert scored.metrics == {
        "false_refusal": 0, "exact": 0, "token_f1": 0, "rouge_l": 0, "recall": 1, "correct_answerable": 1,
    }  # fmt: skip
    assert score(case("80 kg"), answer("90 kg")).why == "did not know"


def test_long_references_are_scored_by_token_f1() -> None:
    text = "Park it under a roof whenever frost is forecast"
    scored = score(case(LONG), answer(text))
    assert scored.score == scored.metrics["token_f1"] == pytest.approx(squad_f1(LONG, text))
    assert score(case(LONG, "under a roof"), answer(text)).score == 1


def test_a_refusal_of_an_answerable_case_scores_nothing() -> None:
    scored = score(case("80 kg"), answer("80 kg is not in the documents.", abstained=True))
    assert (scored.score, scored.why, scored.metrics["false_refusal"]) == (0, "refused wrongly", 1)
    assert scored.metrics["correct_answerable"] == 0


def test_failure_tells_retrieval_from_reading() -> None:
    asked = case("80 kg", sources=("heron.md",))
    assert score(asked, answer("60 kg", found=("wren.md",))).why == "retrieval missed"
    assert (
        score(asked, answer("60 kg", found=("wren.md", "heron.md"), says="The Heron carries 80 kg.")).why
        == "read wrong"
    )
    assert score(asked, answer("60 kg", found=("heron.md",), says="Another of its passages.")).why == "retrieval missed"
    assert score(asked, answer("60 kg")).why == "did not know"
    assert score(case("80 kg"), answer("60 kg", found=("wren.md",), says="80 kg")).why == "read wrong"
    assert score(asked, answer("80 kg", found=("wren.md",))).why is None


def test_what_was_found_but_not_said_well_is_a_fault_of_form() -> None:
    padded = f"{LONG} " + "and so on and so forth and on it goes " * 8
    assert score(case(LONG), answer(padded)).why == "wrong form"


def test_a_failed_check_is_the_reason_only_where_no_answer_says_more() -> None:
    both = case("80 kg", sources=("heron.md",), checks=({"type": "max_words", "limit": 2},))
    assert score(both, answer("60 kg or so")).why == "did not know"
    assert score(both, answer("60 kg or so", found=("wren.md",))).why == "retrieval missed"
    assert score(both, answer("60 kg or so", found=("heron.md",), says="80 kg")).why == "read wrong"
    assert score(replace(both, answers=()), answer("60 kg or so", found=("wren.md",))).why == "wrong form"


def test_the_checks_of_a_knowledge_case_have_to_pass_too() -> None:
    guarded = case("80 kg", checks=({"type": "not_contains", "values": ["not 80 kg"]},))
    assert score(guarded, answer("It carries 80 kg.")).score == 1
    denied = score(guarded, answer("It is not 80 kg but 60 kg.", found=("wren.md",)))
    assert (denied.score, denied.why) == (0, "wrong form")
    assert denied.metrics["correct_answerable"] == 0
    assert score(case(LONG, checks=guarded.checks), answer(f"{LONG} not 80 kg")).score == 0


def test_a_refusal_over_other_documents_is_a_fault_of_the_search() -> None:
    asked = case("80 kg", sources=("heron.md",))
    for found, why in (
        (("wren.md",), "retrieval missed"),
        (("wren.md", "heron.md"), "refused wrongly"),
        ((), "refused wrongly"),
    ):
        assert score(asked, answer("Not found.", abstained=True, found=found)).why == why
    assert score(case("80 kg"), answer("Not found.", abstained=True, found=("wren.md",))).why == "refused wrongly"
    paged = replace(asked, sources=(Source("heron.md", 3),))
    other = Hit(1, 0.5, Passage("heron.md", "", "", 4, 0, 1, "text"))
    assert score(paged, replace(answer("Not found.", abstained=True), hits=(other,))).why == "retrieval missed"


def test_a_choice_is_right_or_wrong() -> None:
    allowed = {"type": "choice", "values": ["yes", "no"]}
    asked = case("yes", kind="behaviour", checks=(allowed,))
    assert [score(asked, answer(text)).score for text in ("Yes.", "no", "perhaps")] == [1, 0, 0]
    assert [score(asked, answer(text)).why for text in ("no", "perhaps")] == ["wrong content", "wrong form"]


@pytest.mark.parametrize(
    ("cited", "found", "precision", "recall"),
    [
        ((), (), None, None),
        ((), ("a",), None, 0),
        (("a", "a", "x"), ("a", "x"), 1 / 2, 1 / 2),
        (("a", "b"), ("a", "b"), 1, 1),
        (("a",), (), 1, 1 / 2),
    ],
)
def test_citations_count_distinct_documents(
    cited: tuple[str, ...], found: tuple[str, ...], precision: float | None, recall: float | None
) -> None:
    metrics = score(case("80", sources=("a", "b", "a")), answer("80", cited=cited, found=found)).metrics
    assert (metrics.get("citation_precision"), metrics.get("citation_recall")) == (precision, recall)


@pytest.mark.parametrize(
    ("gold", "cited", "precision", "recall"),
    [
        ([("a.pdf", 3)], [("a.pdf", 3), ("a.pdf", 3)], 1, 1),
        ([("a.pdf", 3)], [("a.pdf", 4)], 0, 0),
        ([("a.pdf", 3)], [("a.pdf", 3), ("a.pdf", 4)], 1 / 2, 1),
        ([("a.pdf", 3), ("a.pdf", 7)], [("a.pdf", 3)], 1, 1 / 2),
        ([("a.pdf", 3), ("b.pdf", None)], [("a.pdf", 3), ("b.pdf", 9)], 1, 1),
        ([("a.pdf", 3), ("a.pdf", None)], [("a.pdf", 4)], 1, 1),
        ([("a.docx", 3)], [("a.docx", None)], 1, 1),
    ],
)
def test_a_source_with_a_page_is_cited_by_that_page_alone(
    gold: list[tuple[str, int | None]], cited: list[tuple[str, int | None]], precision: float, recall: float
) -> None:
    asked = replace(case("80"), sources=tuple(Source(*one) for one in gold))
    citations = tuple(Citation(1, document, page, 0, 1, "q", True) for document, page in cited)
    metrics = score(asked, replace(answer("80"), citations=citations)).metrics
    assert (metrics["citation_precision"], metrics["citation_recall"]) == (precision, recall)


def test_another_page_of_the_right_document_is_no_find() -> None:
    asked = replace(case("80"), sources=(Source("a.pdf", 3),))
    for page, why in ((3, "read wrong"), (4, "retrieval missed")):
        found = Hit(1, 0.5, Passage("a.pdf", "", "", page, 0, 1, "80 places"))
        assert score(asked, replace(answer("60"), hits=(found,))).why == why


def test_a_knowledge_case_with_checks_alone_is_scored_by_them() -> None:
    asked = case(checks=({"type": "contains", "values": ["80"]},))
    assert score(asked, answer("80 kg")).score == 1
    assert score(asked, answer("60 kg")).score == 0
    assert score(case(), answer("80 kg")).score is None


# ---------------------------------------------------------------- behaviour

SHORT = {"type": "max_words", "limit": 4}
GOLD = '{"area": "brakes", "bike": null, "summary": "Brakes bite late in the wet"}'


def test_behaviour_is_checks_times_content() -> None:
    both = case("ride easy now", kind="behaviour", checks=(SHORT,))
    scored = score(both, answer("ride easy"))
    assert scored.score == pytest.approx(0.8)
    assert scored.why is None
    assert scored.metrics == {"checks_passed": 1, "rouge_l": pytest.approx(0.8)}
    assert score(both, answer("ride easy now or then")).why == "wrong form"
    assert score(both, answer("walk")).why == "wrong content"
    assert score(case(kind="behaviour", checks=(SHORT,)), answer("walk")).metrics == {"checks_passed": 1}
    nothing = score(case(kind="behaviour"), answer("walk"))
    assert (nothing.score, nothing.why, nothing.metrics) == (None, None, {})
    assert nothing.unscored == "the case has neither answers nor checks"


def test_slots_count_by_path_with_credit_for_longer_text() -> None:
    given = '{"summary": "brakes bite", "area": " Brakes", "extra": {"deep": [1]}}'
    scored = score(case(GOLD, kind="behaviour"), answer(given))
    credit = 1 + token_f1("brakes bite", "Brakes bite late in the wet")
    assert scored.metrics == {"slot_f1": pytest.approx(2 * credit / 6), "exact_json": 0}
    reordered = json.dumps(dict(reversed(json.loads(GOLD).items())))
    assert score(case(GOLD, kind="behaviour"), answer(reordered)).metrics == {"slot_f1": 1, "exact_json": 1}


@pytest.mark.parametrize(
    "text",
    [f"```json\n{GOLD}\n```", f"Here: {GOLD}", "[]", "", "{" * 9, '{"area": NaN}', '{"area": ' + "9" * 5000 + "}"],
)
def test_an_answer_that_is_no_json_has_no_slots_of_a_reference(text: str) -> None:
    scored = score(case(GOLD, kind="behaviour"), answer(text))
    assert (scored.score, scored.why, scored.metrics) == (0, "wrong content", {"slot_f1": 0, "exact_json": 0})


def test_a_reference_that_is_an_array_is_measured_by_its_slots() -> None:
    asked = case('["brakes", "late", -2]', kind="behaviour")
    for text, value in (
        ('["Brakes", "late", -2]', 1),
        ('["brakes", "late", 2]', 2 / 3),
        ('["late", "brakes", -2]', 1 / 3),
        ('["brakes"]', 1 / 2),
        ("brakes late -2", 0),
        ('{"0": "brakes"}', 0),
    ):
        assert score(asked, answer(text)).score == pytest.approx(value)


def test_accents_and_apostrophes_count_in_every_spelling() -> None:
    assert slot_f1({"a": "Zu\u0308rich"}, {"a": "Z\u00fcrich"}) == 1
    assert run_check({"type": "contains", "values": ["don't", "Z\u00fcrich"]}, "Don\u2019t go to Zu\u0308rich.")
    assert not run_check({"type": "not_contains", "values": ["can't"]}, "We can\u2019t.")
    assert run_check({"type": "choice", "values": ["caf\u00e9"]}, "Cafe\u0301.")


def test_accents_apart_are_the_same_letters() -> None:
    """A document may hold them as two characters each, and an answer is read out of it."""
    reference = "Über die Brücke führt ein Weg für Räder, und er ist bei Hochwasser gesperrt."
    apart = unicodedata.normalize("NFD", reference)
    assert exact(apart, reference) == token_f1(apart, reference) == rouge_l(apart, reference) == 1
    assert exact(reference, apart) == rouge_l(reference, apart) == 1


def test_endless_nesting_is_no_json() -> None:
    deep = '{"a":' * 3000 + "1" + "}" * 3000
    assert score(case(GOLD, kind="behaviour"), answer(deep)).score == 0
    assert not run_check({"type": "json_schema", "schema": {}}, "[" * 50_000 + "]" * 50_000)


def test_json_equality_is_json_s_own() -> None:
    assert same_json({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0})
    assert not same_json({"a": 1}, {"a": True})
    assert not same_json([1, 2], [2, 1])
    assert slot_f1({"a": True}, {"a": 1}) == 0
    assert slot_f1({"a": {}}, {"a": []}) == 0
    assert slot_f1({}, {}) == slot_f1([], []) == 1
    assert slot_f1({}, []) == 0


# ---------------------------------------------------------------- checks


@pytest.mark.parametrize(
    ("check", "text", "passes"),
    [
        ({"type": "json_schema", "schema": {"type": "object", "required": ["a"]}}, ' {"a": 1}\n', True),
        ({"type": "json_schema", "schema": {"type": "object", "required": ["a"]}}, "{}", False),
        ({"type": "json_schema", "schema": {"type": "object"}}, "Sure: {}", False),
        ({"type": "json_schema", "schema": {"enum": ["a", None]}}, "null", True),
        ({"type": "json_schema", "schema": {"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}}, "1", True),
        ({"type": "regex", "pattern": "^a.b$"}, "a\nb", True),
        ({"type": "regex", "pattern": "^a.b$"}, "ab", False),
        ({"type": "contains", "values": ["Lark", "MOOR"]}, "larkmoor", True),
        ({"type": "contains", "values": ["lark", "owl"]}, "larkmoor", False),
        ({"type": "not_contains", "values": ["!", "Owl"]}, "larkmoor", True),
        ({"type": "not_contains", "values": ["!", "LARK"]}, "larkmoor", False),
        ({"type": "max_words", "limit": 2}, " two\nwords ", True),
        ({"type": "max_words", "limit": 1}, "two words", False),
        ({"type": "choice", "values": ["Yes", "no"]}, " YES.\n", True),
        ({"type": "choice", "values": ["Yes.", "no"]}, "yes", True),
        ({"type": "choice", "values": ["yes", "no"]}, "yes, it is", False),
        ({"type": "choice", "values": ["はい", "いいえ。"]}, "はい。", True),
        ({"type": "max_words", "limit": 5}, "年会費は1,250円です。", True),
        ({"type": "max_words", "limit": 5}, "年会費は、1,250円になります。犬は入れません。", False),
        ({"type": "max_words", "limit": 3}, "서울에 있는 도서관", True),
    ],
)
def test_checks(check: dict[str, Any], text: str, passes: bool) -> None:
    assert run_check(check, text) is passes


@pytest.mark.parametrize("schema", [{"type": "strnig"}, 5, {"$ref": "https://example.org/s.json"}, {"pattern": "("}])
def test_a_schema_that_cannot_be_used_is_the_user_s_to_mend(schema: Any) -> None:
    with pytest.raises(BadInput) as raised:
        run_check({"type": "json_schema", "schema": schema}, '"text"')
    assert raised.value.hint
    with pytest.raises(BadInput, match="allowed: json_schema, regex"):
        run_check({"type": "rhyme"}, "text")


# ---------------------------------------------------------------- for every input

behaviour_reference = any_text | any_object.map(json.dumps)
references = st.lists(any_text | st.just(LONG) | behaviour_reference, min_size=1, max_size=4)
kinds = st.sampled_from(["knowledge", "behaviour"])


@given(references, any_text | behaviour_reference, kinds, st.booleans(), st.booleans(), st.randoms())
def test_scores_are_shares_and_the_order_of_references_does_not_matter(
    accepted: list[str], text: str, kind: Kind, answerable: bool, abstained: bool, rng: random.Random
) -> None:
    said = answer(text, abstained, cited=("a",), found=("a", "b"))
    scored = score(case(*accepted, kind=kind, answerable=answerable, sources=("b",)), said)
    for value in (scored.score, *scored.metrics.values()):
        assert value is not None
        assert 0 <= value <= 1  # and no NaN, which compares false
    shuffled = rng.sample(accepted, len(accepted))
    assert score(case(*shuffled, kind=kind, answerable=answerable, sources=("b",)), said) == scored


@given(references, kinds, st.data())
def test_an_answer_that_is_a_reference_scores_one(accepted: list[str], kind: Kind, data: st.DataObject) -> None:
    rows = [text for text in accepted if json_tree(text) is not None] if kind == "behaviour" else []
    said = data.draw(st.sampled_from(rows or accepted))
    scored = score(case(*accepted, kind=kind), answer(said))
    assert (scored.score, scored.why) == (1, None)


@given(any_object, any_object)
def test_slot_f1_is_one_for_itself(given_slots: dict[str, Any], gold: dict[str, Any]) -> None:
    assert 0 <= slot_f1(given_slots, gold) <= 1
    assert slot_f1(gold, gold) == 1
    assert same_json(gold, gold)

"""The desk's further checks, each with rows that it must accuse and rows that only look like it."""

from __future__ import annotations

import json

import pytest
from helpers import case, example, hits_of, passage

from tunebook.rows import read_examples
from tunebook.tuning import inspect
from tunebook.tuning.checks import KINDS
from tunebook.values import Example, Message

TEXT = (
    "The rear wheel of our cargo bike rubs against the frame since the delivery on Monday, and the chain jumps whenever a "
    "courier starts uphill with a full box; we have already tightened both axle nuts and put oil on the chain, and it "
    "helped for one morning at most. Could somebody from the workshop look at it before the market on Saturday?"
)


def words(texts):
    return [len(text.split()) for text in texts]


def kinds(*examples: Example, cases=(), **rest):
    return [(f.row, f.kind, f.fatal) for f in inspect(examples, cases, words, 999, **rest).findings]


def chat(row: int, *turns: tuple[str, str], completion: str | None = "Yes.") -> Example:
    messages: tuple[Message, ...] = tuple({"role": role, "content": content} for role, content in turns)
    return example(row, "", completion, messages=messages)


# --- turns

U, A, S = ("user", "How heavy?"), ("assistant", "12 kg."), ("system", "Be brief.")


@pytest.mark.parametrize(
    ("turns", "completion", "told"),
    [
        ((U, U), "x", "messages 1 and 2 are both the user's"),
        ((S, U, A, A, U), "x", "messages 3 and 4 are both the assistant's"),
        ((U, ("bot", "x"), U), "x", "unknown role 'bot'; allowed: system, user, assistant"),
        ((U, S, U), "x", "message 2 is the system's, which comes first"),
        ((U, ("assistant", " "), U), "x", "message 2, the assistant's, holds no text"),
        ((A, U), "x", "no user's message before the assistant's"),
        ((S, U), None, "the last message is the user's, not the assistant's"),
        ((S,), "x", "no user's message before the assistant's"),
    ],
)
def test_a_chat_out_of_order_is_listed(turns, completion, told):
    (finding,) = inspect([chat(1, *turns, completion=completion)], [], words, 99).findings
    assert (finding.kind, finding.fatal) == ("turns", True)
    assert told in finding.why


@pytest.mark.parametrize("turns", [(U,), (S, U), (U, A, U), (S, U, A, ("user", "And its lid?"))])
def test_a_chat_in_order_is_not(turns):
    assert kinds(chat(1, *turns)) == []


# --- equal and near

CHANGED = TEXT.replace("Monday", "Tuesday")


def test_equal_but_for_punctuation_is_a_duplicate_and_other_symbols_are_not():
    assert kinds(example(1, "How heavy is the Wren?"), example(2, "how heavy is the Wren")) == [(2, "duplicate", True)]
    assert kinds(example(1, "What is 5 - 3?", "2"), example(2, "What is 5 + 3?", "8")) == []
    assert kinds(example(1, "?!", "a"), example(2, "...", "b"), cases=[case("k", "!!!")]) == []
    assert kinds(example(1, "What is 1.5 m?", "a"), example(2, "What is 15 m?", "b")) == []
    assert kinds(example(1, "Wren?", '{"a": 1, "b": 2}'), example(2, "Wren?", '{"b":2,"a":1}')) == [
        (2, "duplicate", True)
    ]


def test_a_contradiction_but_for_punctuation_is_a_warning():
    assert kinds(example(1, "The chain is off.", "a"), example(2, "The chain is off", "b")) == [
        (2, "contradiction", False)
    ]


def test_a_near_prompt_with_the_same_answer_is_a_warning():
    assert kinds(example(1, TEXT, "workshop"), example(2, CHANGED, "workshop")) == [(2, "near-duplicate", False)]
    assert kinds(example(1, TEXT, "workshop"), example(2, CHANGED, "sales office")) == []


def test_a_near_prompt_with_another_label_is_a_warning():
    rest = [example(row, f"{row} {'abcdefghi'[row] * 9} {row}", ("workshop", "office")[row % 2]) for row in range(3, 9)]
    found = kinds(example(1, TEXT, "workshop"), example(2, CHANGED, "office"), *rest)
    assert found == [(2, "contradiction", False)]


def test_questions_over_one_text_are_different_questions():
    one, two = f"{TEXT}\n\nWhat rubs against the frame?", f"{TEXT}\n\nWhen does the market begin?"
    assert kinds(example(1, one, None, answerable=False), example(2, two, None, answerable=False)) == []


def test_an_instruction_that_all_rows_share_does_not_make_them_alike():
    told = "Sort the message into workshop, office or sales. Say one word. " * 3
    asked = ["The chain is off.", "A tyre is flat again.", "My brakes squeal loudly.", "The lamp fell down."]
    assert kinds(*[example(row, f"{told}\n{text}", "workshop") for row, text in enumerate(asked, 1)]) == []


def test_a_near_case_leaks_where_its_answer_is_the_same_or_the_text_is_long():
    short = "Rate the chronicle of the northern fishing boats one of six"
    asked = case("k", short.replace("Rate", "Give"), answers=("{}",))
    assert kinds(example(1, short, "{}"), cases=[asked]) == [(1, "leak", False)]
    assert kinds(example(1, short, '{"a": 1}'), cases=[asked]) == []
    assert kinds(example(1, CHANGED, "x"), cases=[case("k", TEXT, answers=("y",))]) == [(1, "leak", False)]


def test_a_case_under_another_instruction_leaks():
    head = ["Write the summary section.", "Write the history section."]
    fill = [
        example(row, f"{head[row % 2]}\n\n{'abcdefghijklmnopqrstuvwxyz'[row % 26] * 7} {row}", f"Yes {row}.")
        for row in range(2, 50)
    ]
    found = kinds(example(1, f"{head[0]}\n\n{TEXT}", "x"), *fill, cases=[case("k", f"{head[1]}\n\n{TEXT}")])
    assert found == [(1, "leak", True)]


# --- texts


@pytest.mark.parametrize(
    "text",
    ["<|im_end|>", "a <|endoftext|> b", "<start_of_turn>user", "Yes.</s>"],
)
def test_template_tokens_are_fatal_on_either_side(text):
    assert kinds(example(1, "How?", text)) == kinds(example(1, f"How? {text}")) == [(1, "template-token", True)]


@pytest.mark.parametrize("text", ["[INST] hi", "Hm.\n### Response: no"])
def test_a_templates_plain_marks_are_a_warning_in_completions(text):
    assert kinds(example(1, "How?", text)) == [(1, "template-token", False)]
    assert kinds(example(1, text, "Yes.")) == []  # a prompt may show whatever it is about


@pytest.mark.parametrize("text", ["a < b | c > d", "<s>struck</s> out", "list[int]", "## Response time", "|x|y|"])
def test_markup_that_is_no_template_is_not(text):
    assert kinds(example(1, f"How about {text} then?", text)) == []


@pytest.mark.parametrize("text", ["The cafÃ© opens", "donâ€™t", "na\ufffdve", "a\x00b", "10 Â°C"])
def test_broken_characters_are_a_warning(text):
    assert kinds(example(1, "How?", text)) == [(1, "encoding", False)]


@pytest.mark.parametrize(
    "text", ["música libre", "CAFÉ…", "Größe: 10 °C", "日本語", "naïve — “quite”", "a\tb\nc", "👍🏽", "Ångström"]
)
def test_other_languages_are_not_broken(text):
    assert kinds(example(1, f"How about {text}?", text)) == []


WHOLE = [example(row, f"Q {row}", json.dumps({"n": row})) for row in range(2, 12)]


def test_json_that_breaks_off_where_the_others_are_whole_is_fatal():
    assert kinds(example(1, "New?", '{"n": 1, "m": "ab'), *WHOLE) == [(1, "truncated", True)]
    assert kinds(example(1, "New?", '{"n": [1, 2'), *WHOLE) == [(1, "truncated", True)]
    assert kinds(example(1, "New?", "{'n': 1}"), *WHOLE) == [(1, "truncated", False)]
    assert kinds(example(1, "New?", '{"n": 1'), *WHOLE[:3]) == []
    assert kinds(example(1, "New?", "Plain words."), *WHOLE) == []


PROSE = [example(row, f"Q {row}", f"That is the answer to number {row}.") for row in range(2, 32)]


def test_prose_that_ends_in_the_middle_is_a_warning():
    assert kinds(example(1, "New?", "Bring the bike to the workshop and"), *PROSE) == [(1, "truncated", False)]
    assert kinds(example(1, "New?", "Bring the bike, the lock,  the charger,"), *PROSE) == [(1, "truncated", False)]
    assert kinds(example(1, "New?", "Bring the bike in on Monday morning"), *PROSE) == []
    verse = [example(row, f"Q {row}", f"And this is line {row} of many,") for row in range(2, 32)]
    assert kinds(*verse) == []


def test_a_completion_that_says_the_prompt_again():
    asked = "How heavy is the new Wren?"
    assert kinds(example(1, asked, f"{asked} 12 kg.")) == [(1, "repeats-prompt", False)]
    assert kinds(example(1, asked, "The new Wren is 12 kg heavy.")) == []
    assert kinds(example(1, "Say hello", "Say hello")) == []


def test_one_completion_that_dominates_is_told_once():
    rows = [
        example(row, f"Question number {row * 7919}", "workshop" if row < 16 else f"Other {row}")
        for row in range(1, 22)
    ]
    desk = inspect(rows, [], words, 99)
    assert [(f.row, f.kind, f.fatal) for f in desk.findings] == [(1, "imbalance", False)]
    assert "15 of 21 rows (71%)" in desk.findings[0].why
    assert kinds(*rows[:15]) == []  # too few rows to say
    assert kinds(*rows[5:]) == []


# --- facts


def lookup(texts):
    return [hits_of(passage("The Wren carries up to 80 kg of freight in its oak box.", "wren.md")) for _ in texts]


def test_an_answer_that_stands_in_a_document_teaches_a_fact():
    told = "It carries 80 kg of freight in its oak box."
    assert kinds(example(1, "What does the Wren do?", told), look_up=lookup) == [(1, "facts", False)]
    assert kinds(example(1, "What does it do?", told, sources=("wren.md",)), look_up=lookup) == []  # says so itself
    assert kinds(example(1, f"Say politely: {told}", told.lower()), look_up=lookup) == []  # the prompt held it
    assert kinds(example(1, "What?", "It carries 90 kg of freight in its oak box."), look_up=lookup) == []
    assert kinds(example(1, "What?", "We shall call you back tomorrow about the broken mirror."), look_up=lookup) == []
    assert kinds(example(1, "What does the Wren do?", told)) == []  # nothing to look it up in


# --- rows with several findings


def test_a_row_has_one_fatal_finding_or_a_warning_of_each_kind():
    row = example(1, "Write to jo.ash@mail.net", "cafÃ©")
    assert kinds(row) == [(1, "personal-data", False), (1, "encoding", False)]
    assert kinds(row, cases=[case("k", row.prompt)]) == [(1, "leak", True)]


def test_a_good_row_is_no_copy_of_one_that_is_left_out():
    assert kinds(example(1, "New?", '{"n": 1, "m'), example(2, "New?", '{"n": 1}'), *WHOLE[1:]) == [
        (1, "truncated", True)
    ]


def test_findings_come_by_row():
    rows = [example(1, "a@b.example", "x"), example(2, "<|im_end|>"), example(3, "Mail jo@web.de"), example(4, " ")]
    assert [row for row, *_ in kinds(*rows)] == [2, 3, 4]


def test_every_kind_says_what_to_do():
    assert all(kind.means and kind.hint for kind in KINDS.values())


def test_nothing_to_check():
    assert inspect([], [], words, 9).findings == ()


def test_a_field_that_is_nearly_another_is_told(tmp_path):
    rows = [
        {"prompt": "How heavy is the Wren?", "completion": "12 kg.", "Sorces": ["wren.md"]},
        {"prompt": "How heavy is the Crane?", "completion": "9 kg.", "answerble": True, "category": "weights"},
        {"prompt": "Is the Heron red?", "completion": "Green.", "source": "wiki", "sources": ["a.md"], "topic": 4},
    ]
    path = tmp_path / "examples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = read_examples(path)
    desk = inspect(read, [], words, 99)
    assert [(f.row, f.kind, f.fatal) for f in desk.findings] == [(1, "misspelt", False), (2, "misspelt", False)]
    assert desk.findings[0].why == "'Sorces' is not read; 'sources' is"
    assert desk.used == tuple(read)

"""Sentences: what ends one, and lines that were wrapped."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.answer import sentences

LONG = (
    "The harbour board decided at its meeting in Port Sallow on 12 March 2019 that every vessel longer than 24 metres has to "
    "carry a licensed pilot named Rask, who boards at the outer buoy and is paid 350 crowns for each passage."
)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_a_name_after_an_abbreviation_is_one_sentence():
    text = "Dr. Ash came. He met J. Oak of Oak Inc. in May. 1. The first.\nThen\nanother"
    assert cut(text) == [
        "Dr. Ash came.",
        "He met J. Oak of Oak Inc. in May.",
        "The first.",
        "Then",
        "another",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("**Bold.** `Code.` _So._ Next.", ["**Bold.**", "`Code.`", "_So._", "Next."]),
        ('He said "Stop." (Really.) Then he left.', ['He said "Stop."', "(Really.)", "Then he left."]),
        ("It is.[1] It was. [2] [3] So it is [4]. Yes", ["It is.[1]", "It was. [2] [3]", "So it is [4].", "Yes"]),
        ("On Jan. 5 see Art. 5, Sec. 3, pp. 4 and p. 5.", ["On Jan. 5 see Art. 5, Sec. 3, pp. 4 and p. 5."]),
        ("It is max. 30 kg, min. 5 kg. Call tel. 5 ext. 12.", ["It is max. 30 kg, min. 5 kg.", "Call tel. 5 ext. 12."]),
        ("At 5 p.m. Monday we close. It takes 5 min. The bike waits.", None),
        ("Is it open? No. It is closed.", ["Is it open?", "No. It is closed."]),
        ("No. 5 is open.", ["No. 5 is open."]),
        (
            "费用是140克朗。他说：“好！”可以吗？？可以[1]。 “好。”",
            ["费用是140克朗。", "他说：“好！”", "可以吗？？", "可以[1]。", "“好。”"],
        ),
        (
            "Wir leihen z. B. Räder, d. h. Lasten, ggf. Anhänger.",
            ["Wir leihen z. B. Räder, d. h. Lasten, ggf. Anhänger."],
        ),
        (
            "Es gilt § 5 Abs. 2 Nr. 3. Im 2. Stock ist das 19. Jahrhundert.",
            ["Es gilt § 5 Abs. 2 Nr. 3.", "Im 2. Stock ist das 19. Jahrhundert."],
        ),
        ("Es kostet 5. Danach i. d. R. Weniger", ["Es kostet 5.", "Danach i. d. R. Weniger"]),
        ("I am 25. He took vitamin d. She saw Sr. Vega.", ["I am 25.", "He took vitamin d.", "She saw Sr. Vega."]),
        ("ما الرسوم؟ هي ١٤٠ كرونة. نعم", ["ما الرسوم؟", "هي ١٤٠ كرونة.", "نعم"]),
    ],
)
def test_what_ends_a_sentence(text, found):
    assert cut(text) == (found or ["At 5 p.m. Monday we close.", "It takes 5 min.", "The bike waits."])


@pytest.mark.parametrize("columns", [40, 50, 60, 72, 80])
def test_a_wrapped_sentence_is_one(columns):
    wrapped = "\n".join(textwrap.wrap(LONG, columns))
    assert cut(f"# Pilots\n\n{wrapped}\n\nFees") == ["# Pilots", wrapped, "Fees"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Opening hours of the depot in the harbour", "The depot is open every day from nine in the morning on."],
        ["- a box of oak with a lid that closes well", "- a lid that was made of the same oak as the box"],
        ["1) a box of oak with a lid that closes well", "2) a lid that was made of the same oak as the box"],
        ["| Wren, with the large box of oak | 80 kg |", "| heron, without any box, but with a lid | 60 kg |"],
        ["Wren, with the large box of oak    80 kg", "heron, without any box at all    60 kg"],
        ["The depot is closed on these days of the year:", "the first of May and the last of December"],
        ["The depot is open on all days of the year.", "it is closed at night"],
        ["Wren 80 kg", "Heron 60 kg", "Ibis 70 kg"],
    ],
)
def test_headings_rows_and_items_stay_apart(lines):
    assert cut("\n".join(lines)) == lines


def test_an_item_that_was_wrapped_is_one():
    item = "- The Wren carries up to 80 kg in a box\n  that is made of oak"
    assert cut(f"{item}\n- The Heron") == [item, "- The Heron"]


@given(st.text("Ab. \n-|#1", max_size=120))
def test_no_word_is_lost_and_no_span_overlaps(text):
    spans = sentences(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))

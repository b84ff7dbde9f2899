"""Cases that the model proposes: kept where a search finds the passage again and the answer is borne out by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers import CountingModel

from tunebook.errors import BadInput
from tunebook.models import Request
from tunebook.project.propose import question_in

LONG = (
    " It is the bike that we hand to first-time riders, and it turns in a circle of less than five metres everywhere."
)
FILES = {
    "documents/wren.md": "# Wren\n\nThe Wren carries eighty kilograms." + LONG,
    "documents/heron.md": "# Heron\n\nThe Heron costs ninety crowns." + LONG,
    "documents/tiny.md": "# Tiny\n\nToo short.",
    "documents/vague.md": "# Vague\n\nSomething about depots and winter and keys and parking, at length." + LONG,
}


def reply(request: Request) -> str:
    prompt = request.messages[-1]["content"]
    writing = "Write the question" in prompt
    if "Wren carries" in prompt:
        return (
            'Sure: "What does the Wren carry in kilograms?" Good luck!'
            if writing
            else "The Wren carries eighty kilograms."
        )
    if "Heron costs" in prompt:
        return "How many crowns does the Heron cost?" if writing else "The Heron costs 12 crowns."
    return "I cannot think of one."


def test_only_what_passes_the_round_trip_is_proposed(project: Callable[..., Any]) -> None:
    opened = project(FILES, CountingModel(reply))
    opened.sync()
    told: list[tuple[str, int, int, str]] = []
    found = opened.propose(10, lambda *at: told.append(at))
    assert (found["proposed"], found["dropped"]) == (1, {"no question": 1, "not borne out": 1})
    (row,) = opened.casebook.thumbs()
    assert (row["state"], row["thumb"], row["sources"]) == ("new", "none", ["documents/wren.md"])
    assert row["case"]["prompt"] == "What does the Wren carry in kilograms?"
    assert row["case"]["sources"][0]["quote"].startswith("The Wren carries eighty")
    assert told[-1][:3] == ("proposing cases", 1, 10)
    opened.casebook.save_case(row["case"])  # it is a case as it stands


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Sure. how so? no", None),
        ("Why? It is so.", None),
        ('Sure: "What does the Wren carry?" Good luck!', "What does the Wren carry?"),
        ("Gern! „Öffnet die Werkstatt am Sonntag?“", "Öffnet die Werkstatt am Sonntag?"),
        ("État des freins: est-il contrôlé ?", "État des freins: est-il contrôlé ?"),
        ("¿Cuánto pesa la bicicleta?", "¿Cuánto pesa la bicicleta?"),
        ("Сколько весит велосипед «Чайка»?", "Сколько весит велосипед «Чайка»?"),
        ("हंस साइकिल का वज़न कितना है?", "हंस साइकिल का वज़न कितना है?"),
        ("كم يبلغ وزن الدراجة؟", "كم يبلغ وزن الدراجة؟"),
        ("好的。营业时间是几点？", "营业时间是几点？"),
        ("営業時間は何時ですか？よろしく", "営業時間は何時ですか？"),
        ("ร้านเปิดกี่โมง?", "ร้านเปิดกี่โมง?"),
        ("자전거의 무게는 얼마입니까?", "자전거의 무게는 얼마입니까?"),
    ],
)
def test_a_question_is_found_in_any_script(said: str, question: str | None) -> None:
    assert question_in(said) == question


def test_an_empty_library_is_refused(project: Callable[..., Any]) -> None:
    with pytest.raises(BadInput, match="empty"):
        project({}).propose(3)

"""Negations of other languages that stand right before their word."""

from __future__ import annotations

import pytest

from tunebook.answer.elsewhere import denied_elsewhere


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        ("Das Ger\u00e4t ist wasserdicht.", "Das Ger\u00e4t ist nicht wasserdicht.", "wasserdicht"),
        ("Hunde sind auf der F\u00e4hre erlaubt.", "Hunde sind nicht mehr erlaubt.", "erlaubt"),
        ("Die F\u00e4hre nimmt Hunde mit.", "Die F\u00e4hre nimmt keine Hunde mit.", "Hunde"),
        ("Zutritt mit Genehmigung.", "Zutritt ohne Genehmigung.", "Genehmigung"),
        ("La piscine est ouverte.", "La piscine n'est pas ouverte.", "ouverte"),
        ("La piscine est ouverte.", "La piscine n\u2019est plus ouverte.", "ouverte"),
        ("Abra la tapa.", "Nunca abra la tapa.", "Abra"),
        ("Il museo apre.", "Il museo non apre.", "apre"),
        ("O museu abre.", "O museu n\u00e3o abre.", "abre"),
        ("Honden zijn toegestaan.", "Honden zijn niet toegestaan.", "toegestaan"),
        (
            "\u041c\u043e\u0441\u0442 \u043e\u0442\u043a\u0440\u044b\u0442.",
            "\u041c\u043e\u0441\u0442 \u043d\u0435 \u043e\u0442\u043a\u0440\u044b\u0442.",
            "\u043e\u0442\u043a\u0440\u044b\u0442",
        ),
        ("يسمح بدخول الكلاب.", "لا يسمح بدخول الكلاب.", "يسمح"),
    ],
)
def test_what_is_denied_on_one_side_only_is_told(one, other, word):
    assert denied_elsewhere(one, other) == [word]
    assert [text.lower() for text in denied_elsewhere(other, one)] == [word.lower()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hunde sind nicht erlaubt.", "Auf der F\u00e4hre sind keine Hunde erlaubt."),
        ("Hunde sind nicht mehr erlaubt.", "Hunde sind nicht unbedingt erlaubt."),
        ("Das Museum ist geschlossen.", "Das Museum ist nicht ge\u00f6ffnet."),
        ("Eine Genehmigung ist erforderlich.", "Zutritt ist nicht ohne Genehmigung erlaubt."),
        ("Die Anreise ist im Preis enthalten.", "Die Abreise ist nicht im Preis enthalten."),
        ("La piscine est plus grande.", "La piscine est grande."),
        ("Guests from Europe pay.", "Non-European guests pay."),
        ("No riders may use the tunnel.", "Riders may not use the tunnel."),
    ],
)
def test_what_cannot_be_told_is_not(one, other):
    assert denied_elsewhere(one, other) == denied_elsewhere(other, one) == []

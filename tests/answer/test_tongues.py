"""German and five other languages: which a text is in, and its words by their stems."""

from __future__ import annotations

import pytest

from tunebook.answer import verify
from tunebook.answer.denials import denied_in_clauses
from tunebook.answer.text import holds, norms, words
from tunebook.answer.tongues import tongue
from tunebook.documents import split
from tunebook.values import Document, Hit


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Bücher sind ausgeliehen.", "german"),
        ("Seit 1987 ist die Stadtbücherei geöffnet.", "german"),
        ("In den Wassertank passen 1,8 Liter.", "german"),
        ("Les livres sont dans la salle.", "french"),
        ("El museo abre los lunes.", "spanish"),
        ("Il museo è aperto nel mese di maggio.", "italian"),
        ("O museu abre em maio para as crianças.", "portuguese"),
        ("Het museum is voor kinderen.", "dutch"),
        ("The museum in Rio de Janeiro is open.", None),
        ("The die was cast in an hour.", None),
        ("Mardi Gras", None),
        ("Los Angeles hotels allow pets in rooms.", None),
        ("Die casting moulds never need cooling.", None),
        ("Hat sizes vary in Berlin.", None),
        ("Charles de Gaulle airport handles Boeing 747s.", None),
        ("Der Spiegel reported profits.", None),
        ("80 kg", None),
        ("", None),
    ],
)
def test_a_text_is_told_by_its_small_words(text, language):
    assert tongue(text) == language


@pytest.mark.parametrize(
    ("word", "quote"),
    [
        ("Der Vertrag ist kurz.", "Die Mietverträge sind kurz."),
        ("Das Buch ist da.", "Die Bücher sind da."),
        ("Vertrag", "Der Mieter muss den Mietvertrag kündigen."),
        ("Die Ladung des Akkus.", "Der Akku ist geladen, seine Ladungen sind kurz."),
        ("Le musée est ouvert.", "Les musées sont ouverts."),
        ("Los museos abren.", "El museo abre."),
    ],
)
def test_a_word_is_held_in_its_other_forms(word, quote):
    its = [one for one in words(word) if one.kind in ("word", "name") and one.norm not in ("kurz", "da", "ist")]
    assert holds(norms(words(quote)), its[0])


def test_the_longer_word_is_not_held_by_its_part():
    [contract] = [one for one in words("Der Mietvertrag ist da.") if one.norm == "mietvertrag"]
    assert not holds(norms(words("Der Vertrag ist da.")), contract)


def test_a_german_noun_is_no_name_unless_it_stands_beside_another():
    found = {one.norm: one.kind for one in words("Der Entwurf stammt von dem Architekten Anton Falk aus der Stadt.")}
    assert (found["entwurf"], found["stadt"], found["anton"], found["falk"]) == ("word", "word", "name", "name")


@pytest.mark.parametrize(
    ("sentence", "quote", "denied"),
    [
        ("Die Bücher lassen sich verlängern.", "Bücher darf man ausleihen; verlängern lassen sie sich nicht.", True),
        ("Tauchen Sie das Gerät in Wasser.", "Tauchen Sie das Gerät zur Reinigung nicht in Wasser.", True),
        ("In der Wohnung darf man rauchen.", "Rauchen ist in der Wohnung verboten.", True),
        ("Essig beschädigt die Dichtungen.", "Verwenden Sie keinen Essig, denn er beschädigt die Dichtungen.", False),
        ("Das Gerät trägt 1,5 kg.", "Das Gerät trägt nicht mehr als 1,5 kg.", False),
        ("Sie verkauft Räder.", "Sie verkauft nicht nur Räder, sondern auch Karren.", False),
    ],
)
def test_german_is_denied_clause_by_clause(sentence, quote, denied):
    assert bool(denied_in_clauses(sentence, quote)) is denied


@pytest.mark.parametrize(
    ("sentence", "quote", "denied"),
    [
        ("La piscine est ouverte.", "La piscine n'est pas ouverte.", True),
        ("Plongez l'appareil dans l'eau.", "Ne plongez pas l'appareil dans l'eau.", True),
        ("Le lundi, le bac ne circule pas.", "Il ne circule pas le lundi, à cause de l'entretien.", False),
        ("El vinagre daña las juntas.", "No use vinagre, porque daña las juntas.", False),
        ("El préstamo se puede prorrogar.", "El préstamo no se puede prorrogar.", True),
        ("Il museo è aperto.", "Il museo non è aperto.", True),
        ("Honden zijn toegestaan aan boord.", "Honden zijn aan boord niet toegestaan.", True),
    ],
)
def test_so_are_its_neighbours(sentence, quote, denied):
    assert bool(denied_in_clauses(sentence, quote)) is denied


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Smoking is allowed on the ferry 东方号.", "Smoking is not allowed on the ferry 东方号."),
        ("The Heron (苍鹭) carries children.", "The Heron (苍鹭) does not carry children."),
        ("Las Vegas casinos close doors.", "Las Vegas casinos never close doors."),
        ("Van der Waals forces attract ions.", "Van der Waals forces never attract ions."),
    ],
)
def test_english_is_english_whatever_names_it_holds(sentence, quote):
    [passage] = split(Document("one", "", quote), lambda texts: [len(one.split()) for one in texts])
    assert verify(sentence, [Hit(1, 1.0, passage)], "What is so?").claims[0].supported is False


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("El hotel tiene 40 habitaciones.", "El hotel tiene 40 habitaciones y no cobra por el aparcamiento."),
        ("Le restaurant propose 30 couverts.", "Le restaurant propose 30 couverts et n'accepte pas les chiens."),
        ("L'entrée coûte 12 € pour les adultes.", "L'entrée coûte 12 euros pour les adultes."),
        ("Das Rad wiegt 12 kg.", "Das Rad wiegt 12 Kilogramm."),
    ],
)
def test_a_true_answer_is_supported(sentence, quote):
    [passage] = split(Document("one", "", quote), lambda texts: [len(one.split()) for one in texts])
    assert verify(sentence, [Hit(1, 1.0, passage)], "?").claims[0].supported is True


def test_a_long_blob_is_one_word():
    assert all(len(one.loose) < 50 for one in words(f"Das ist der Schlüssel: {'abcdefgh' * 500}."))


def test_english_and_what_cannot_be_told_are_read_elsewhere():
    assert denied_in_clauses("The pool is open.", "The pool is not open.") is None
    assert denied_in_clauses("Мост открыт.", "Мост не открыт.") is None


@pytest.mark.parametrize(
    ("answer", "supported"),
    [
        ("Der Reiher trägt höchstens 80 kg Ladung.", True),
        ("Das Laden des Akkus dauert 4 Stunden.", True),
        ("Die Rückzahlung der Kaution erfolgt binnen 30 Tagen nach dem Auszug.", True),
        ("Der Reiher trägt bis zu 120 kg Ladung.", False),
        ("Am Mittwoch fährt die Fähre nicht.", False),
    ],
)
def test_an_answer_in_german_is_held_against_its_passage(answer, supported):
    text = (
        "Der Reiher trägt bis zu 80 kg Ladung. Eine volle Ladung des Akkus dauert vier Stunden. Am Montag fährt die Fähre nicht. "
        "Die Kaution wird binnen dreißig Tagen nach dem Auszug zurückgezahlt."
    )
    [passage] = split(Document("reiher", "", text), lambda texts: [len(one.split()) for one in texts])
    found = verify(answer, [Hit(1, 1.0, passage)], "Wie ist das?")
    assert found.claims[0].supported is supported

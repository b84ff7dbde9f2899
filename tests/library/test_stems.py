"""Words by their stems, in the language that the library is told; both stores."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest

from tunebook.library import Store
from tunebook.library.language import divided
from tunebook.library.store import Entry
from tunebook.settings.sections import Language
from tunebook.values import Document, Passage

OpenIn = Callable[[str], Store]


def filled(store: Store, *texts: str) -> Store:
    documents = [Document(f"d{place}", "", text) for place, text in enumerate(texts)]
    passages = [Passage(one.id, "", "", None, 0, len(one.text), one.text) for one in documents]
    vectors = np.tile(np.eye(1, 256, dtype=np.float32), (len(texts), 1))
    store.replace(documents, passages, vectors, [Entry(one.id, one.hash, one.id, 1, 1) for one in documents])
    store.index()
    return store


def found(store: Store, query: str) -> list[str]:
    rows = store.lexical(query, 10)
    passages = store.passages(rows)
    return [passages[row].document for row in rows]


@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("german", "In den Häusern wohnen Gäste.", "Welches Haus?"),
        ("french", "Les vélos seront transportés demain.", "Qui transporte le vélo ?"),
        ("russian", "Мосты открыты для велосипедов.", "велосипед"),
        ("english", "The bridges are closed.", "bridge"),
    ],
)
def test_a_word_is_found_in_another_form(open_in: OpenIn, language: str, text: str, query: str) -> None:
    assert found(filled(open_in(language), text, "Etwas anderes."), query) == ["d0"]


def test_stop_words_are_those_of_the_language(open_in: OpenIn) -> None:
    store = filled(open_in("german"), "Die Brücke ist offen.", "Der Turm ist zu.")
    assert found(store, "ist die und der") == []
    assert found(store, "ist die Brücke") == ["d0"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("货运自行车可以在箱子里运载八十公斤。", "自行车"),
        ("橋は九時から開いています。自転車は無料です。", "自転車"),
        ("สะพานเปิดตั้งแต่เก้าโมง", "สะพาน"),
        ("다리는 아홉 시부터 열려 있습니다.", "다리는"),
        ("Most jest otwarty. USB-C 80 kg.", "otwarty"),
    ],
)
def test_any_finds_words_of_scripts_without_spaces_and_whole_words_of_others(
    open_in: OpenIn, text: str, query: str
) -> None:
    assert found(filled(open_in("any"), text, "其他内容在这里。 Inne."), query) == ["d0"]


def test_any_leaves_words_as_they_stand(open_in: OpenIn) -> None:
    store = filled(open_in("any"), "The bridges are closed.", "The who")
    assert found(store, "bridge") == []
    assert found(store, "the who")[0] == "d1"


@pytest.mark.parametrize("language", get_args(Language))
def test_every_language_of_the_settings_is_known_to_both_stores(open_in: OpenIn, language: str) -> None:
    assert found(filled(open_in(language), "Wrenhaul 4711"), "4711") == ["d0"]


def test_runs_without_spaces_become_pairs() -> None:
    assert divided("any", "用自行车80kg。桥").split() == ["用自", "自行", "行车", "80kg。", "桥"]
    assert divided("german", "自行车") == "自行车"

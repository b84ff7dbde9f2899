"""Telling a text's language by its script and its small words."""

import pytest

from tunebook.documents import language_of

TEXTS = {
    "english": "The bridge is open from nine and it is free for bikes. Cars pay a toll that is set by their "
    "weight, and those "
    "which are over two tons may not pass. This is for the good of the town, and the guard will be at the gate.",
    "german": "Die Brücke ist von neun Uhr an offen, und sie ist für Räder frei. Wer mit dem Auto kommt, zahlt "
    "an der Schranke eine "
    "Gebühr, die sich nach dem Gewicht richtet. Der Verein bittet, die Räder nicht auf dem Weg abzustellen, "
    "weil das auch für "
    "andere den Verkehr aufhält.",
    "french": "Le pont est ouvert à partir de neuf heures et il est libre pour les vélos. Les voitures paient "
    "une taxe qui dépend "
    "du poids. Nous vous prions de ne pas laisser les vélos sur le chemin, car ils gênent les autres et cette "
    "règle est pour tous.",
    "danish": "Broen er åben fra klokken ni og er fri for cykler. Biler betaler en afgift, der afhænger af "
    "vægten. Lad ikke cyklerne "
    "stå på vejen, for det er til gene, og denne regel er også for dem, der kommer efter klokken ti. Det er en "
    "gammel bro, som blev "
    "bygget af byen.",
    "norwegian": "Broen er åpen fra klokken ni og er fri for sykler. Biler betaler en avgift som avhenger av "
    "vekten. La ikke syklene "
    "stå på veien, for det er til hinder, og denne regelen er også for dem som kommer etter klokken ti. Det er "
    "en gammel bro som "
    "ble bygget av byen.",
    "russian": "Мост открыт с девяти часов и для велосипедов он свободен. Машины платят у шлагбаума сбор, "
    "который зависит от веса. "
    "Не оставляйте велосипеды на дороге, так как это мешает и другим, и это правило для всех, кто был на берегу "
    "или из города.",
    "greek": "Η γέφυρα είναι ανοιχτή από τις εννέα και είναι ελεύθερη για ποδήλατα.",
    "arabic": "يفتح الجسر من الساعة التاسعة وهو مجاني للدراجات، ويقع قرب پاريس. تدفع السيارات رسومًا حسب وزنها.",
}
ANY = {
    "chinese": "桥从九点开始开放，自行车可以免费通过，汽车在栏杆处付费，费用取决于重量。",
    "japanese": "橋は九時から開いていて、自転車は無料です。車は重さによって料金を払います。",
    "thai": "สะพานเปิดตั้งแต่เก้าโมงและจักรยานผ่านได้ฟรี",
    "persian": "پل از ساعت نه باز است و برای دوچرخه‌ها رایگان است. خودروها بر اساس وزن خود عوارض می‌پردازند.",
    "urdu": "پل نو بجے سے کھلا ہے اور سائیکلوں کے لیے مفت ہے۔ گاڑیاں اپنے وزن کے حساب سے ٹول دیتی ہیں۔",
    "ukrainian": "Міст відкритий з дев'ятої години і для велосипедів він вільний. Машини платять за вагу. Не "
    "залишайте велосипеди на "
    "дорозі, бо це заважає, і це правило для всіх, хто був на березі або з міста, та як це є від ріки, він не "
    "для машин і не на час.",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_language_with_stems_is_named(name: str) -> None:
    assert language_of(TEXTS[name]) == name


@pytest.mark.parametrize("name", ANY)
def test_one_without_stems_is_any(name: str) -> None:
    assert language_of(ANY[name]) == "any"


@pytest.mark.parametrize(
    "text", ["", "short", "1 2 3 " * 50, TEXTS["german"] + TEXTS["french"], "Most jest otwarty od dziewiątej. " * 9]
)
def test_what_cannot_be_told_is_none(text: str) -> None:
    assert language_of(text) is None

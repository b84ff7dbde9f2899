"""Which language documents are in, of those whose words can be found by their stems.

    language_of("Die Brücke ist von neun Uhr an offen, und sie ist für Räder frei.")     →  "german"
    language_of("桥从九点开始开放。")                                                         →  "any": no stems

By script first, then by the commonest small words, of which each language has its own.  None where there is too little to go
by, or two languages come near each other: this advises, it decides nothing.  Left out on purpose: languages without a stemmer
that are written in Latin letters; of those no small words are known, so they are None.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

LEAST_WORDS = 12  # small words of a language, before it counts
AHEAD = 2  # times as many as the next language
MOSTLY = 0.5  # share of the letters that are of one script
FOREIGN = 0.03  # share of letters from which on a text in Arabic script is in another language; names hold some
_SCRIPTS = {"GREEK": "greek", "ARABIC": "arabic", "TAMIL": "tamil"}
# letters of Persian, Urdu and Kurdish
_NOT_ARABIC = re.compile("[\u0679\u067e\u0686\u0688\u0691\u0698\u06a9\u06af\u06ba\u06c1\u06cc\u06d2\u06d5]")
_BY_WORDS = ("LATIN", "CYRILLIC")
_JAPANESE = ("HIRAGANA", "KATAKANA")  # stand among Chinese characters
# of which the language has many and its neighbours few or none
_SMALL = {
    "english": "the and of to is that for with was this are from which by be have not",
    "german": "der die das und ist nicht mit den von auf ein eine für dem sich des auch wird bei oder",
    "french": "le les des et est une dans pour que qui par sur pas du au avec sont cette nous vous",
    "spanish": "el los las y es una por con para que del se como más su al este lo pero",
    "italian": "il che di è per una sono con del della non gli nel alla dei anche più questo",
    "portuguese": "o os e é um uma não para com que do da dos das em no na por mais ao são",
    "dutch": "de het een en van is niet dat voor met op zijn te aan worden wordt bij ook door",
    "danish": "og det er en af til den som på ikke med for de har et ved kan skal eller efter blev også",
    "norwegian": "og det er en av til den som på ikke med for de har et ved kan skal eller etter ble også",
    "swedish": "och det är en av att den som på inte med för de har ett vid kan ska eller efter blev också",
    "finnish": "ja on ei se että oli ovat tai kun mutta myös hän ole joka kuin voi ovat sekä niin",
    "hungarian": "a az és hogy nem is egy ez azt csak van meg de már volt ha mint vagy kell lehet",
    "romanian": "și în de la cu este nu că pentru din un o care pe mai sunt sau a fost după prin",
    "turkish": "ve bir bu da de için ile olarak olan çok daha değil gibi en kadar sonra var ne",
    "russian": "и в не на что с по как это для от из или при его все так к был",
    "ukrainian": "і в не на що з та як це для від із або при його усі так до був є",
    "bulgarian": "и в не на че с по като това за от или при го се да е са към",
}
_LISTS = {name: frozenset(words.split()) for name, words in _SMALL.items()}
_UNSTEMMED = frozenset(["ukrainian", "bulgarian"])
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """A language of `library.language`, or None where nothing can be told."""
    letters = Counter(_script(char) for char in text if char.isalpha())
    script, count = letters.most_common(1)[0] if letters else ("", 0)
    if count < LEAST_WORDS or count < MOSTLY * letters.total():
        return None
    if script == "ARABIC" and len(_NOT_ARABIC.findall(text)) > FOREIGN * count:
        return "any"
    if script not in _BY_WORDS:
        return _SCRIPTS.get(script, "any")
    found = _by_words(text)
    return "any" if found in _UNSTEMMED else found


def _script(char: str) -> str:
    name = unicodedata.name(char, "").partition(" ")[0]
    return "CJK" if name in _JAPANESE else name


def _by_words(text: str) -> str | None:
    """The one with most small words, if it is plainly ahead of the next by those that are not small words of both."""
    said = Counter(_WORD.findall(text.lower()))

    def count(words: frozenset[str]) -> int:
        return sum(said[word] for word in words)

    best, second = sorted(_LISTS, key=lambda name: -count(_LISTS[name]))[:2]
    own, its = count(_LISTS[best] - _LISTS[second]), count(_LISTS[second] - _LISTS[best])
    return best if count(_LISTS[best]) >= LEAST_WORDS and own >= AHEAD * its else None

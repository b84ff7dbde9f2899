"""Negations of other languages, clause by clause: Chinese, Japanese, and those of tongues.py.

    denied_in_clauses("船上允许携带宠物。", "成人票价15元。船上不允许携带宠物。")     →  ["船上允许携带宠物"]
    denied_in_clauses("延長はできます。", "貸出の延長はできません。")                →  ["延長はできます"]
    denied_in_clauses("The pool is open.", "The pool is not open.")           →  None: polarity.py reads English

A clause is held against the clause of the other side that shares most of its words, and at least two fifths of them.  Denied is
one that holds an odd number of negations: "なければなりません" (must) has two.  Words that only look like one ("不仅", "非常",
"少ない", "かもしれない") are taken out before.

Left out on purpose: negations of other clauses ("not because …"), opposites, and Korean and Thai.  Where the language cannot
be told, the word right behind a negation is all that is looked at (elsewhere.py).
"""

from __future__ import annotations

import re

from tunebook.answer.text import words
from tunebook.answer.tongues import tongue

LEAST_SHARED = 0.4
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_CLAUSES = re.compile(  # up to a mark, or to what joins two clauses
    "(?:(?!ので|ですが|ますが|けれど| und | aber | denn | sondern | oder "
    "| mais | car | parce | pero | porque | sino | ma | perch\u00e9 | mas | maar | want )"
    "[^\u3002\uff0c\u3001\uff1b\uff01\uff1f,;:!?\n]|(?<=\\d)[.,](?=\\d))+"
)
_CHINESE = re.compile("不|没有|沒有|没|沒|勿|未|无法|無法|禁止|严禁|嚴禁|并非|並非")
_NONE_IN_CHINESE = re.compile(
    "不[仅僅但只过過同少断斷久管论論如止及料]|不得不|不能不|不可不|[差要]不多|对不起|對不起|未[来來必知]|[是能会會可要]不[是能会會可要]|没关系|沒關係"
    "|(?:如果|若|要是|假如|除非)[^，。]{0,4}?不"
)
_JAPANESE = re.compile("ません|ない|なかった|なけれ|なく(?=な|て)|禁止|禁じ|不可|禁煙")
_NONE_IN_JAPANESE = re.compile(
    "少な(?:い|く)|危ない|かもしれ(?:ない|ません)|違いない|(?:だけ|ばかり)で(?:は)?なく|ほかない|しか[^、。]*(?:ません|ない)"
    "|な(?:いと|ければ)(?!なり|いけ|だめ)"
)
_ALLOWED = re.compile("可以|能够|能夠|允许|允許|できます|できる|ください|ます|可能|\\berlaubt\\b")


def _rules(marks: str, none: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return tuple(re.compile(rf"\b(?:{its})\b", re.IGNORECASE) for its in (marks, none))  # type: ignore[return-value]


_RULES = {
    "chinese": (_CHINESE, _NONE_IN_CHINESE),
    "japanese": (_JAPANESE, _NONE_IN_JAPANESE),
    "german": _rules(
        "nicht|nie|niemals|kein(?:e[mnrs]?)?|ohne|verboten|untersagt", "nicht (?:nur|mehr als|über|unter)|ohne weiteres"
    ),
    "french": _rules("pas|jamais|aucune?|sans|interdite?s?", "pas (?:seulement|que|plus de|moins de)|(?<!ne )plus"),
    "spanish": _rules(
        "no|nunca|jamás|sin|ningún|ninguna|prohib\\w+", "no (?:solo|sólo|solamente|más de|menos de)|si no"
    ),
    "italian": _rules("non|mai|senza|nessuna?|vietat\\w+", "non (?:solo|soltanto|più di|meno di)|se non"),
    "portuguese": _rules("não|nunca|sem|nenhuma?|proibid\\w+", "não (?:só|apenas|mais de|menos de)|se não"),
    "dutch": _rules("niet|nooit|geen|zonder|verboden", "niet (?:alleen|meer dan|minder dan)"),
}


def denied_in_clauses(sentence: str, quote: str) -> list[str] | None:
    """The clauses of the sentence that only one of the two denies; None for other languages."""
    language = _language(sentence, quote)
    if language is None:
        return None
    marks, none = _RULES[language]
    if not (marks.search(sentence) or marks.search(quote)):
        return []

    def read(text: str) -> list[tuple[str, frozenset[str], bool]]:
        found = []
        for match in _CLAUSES.finditer(text):
            plain = none.sub("", match[0])
            its = words(_ALLOWED.sub(" ", marks.sub(" ", plain)))
            told = frozenset(word.norm for word in its if word.kind != "stop")
            found.append((match[0].strip(), told, len(marks.findall(plain)) % 2 == 1))
        return found

    ours, theirs = [one for one in read(sentence) if one[1]], read(quote)
    least = min(2, len(ours))  # "On Monday, it is closed.": a word that stands for itself is no statement
    return [clause for clause, told, no in ours if len(told) >= least and _otherwise(told, no, theirs)]


def _language(sentence: str, quote: str) -> str | None:
    if _KANA.search(sentence):
        return "japanese"
    if _HAN.search(sentence):
        return "chinese"
    return tongue(sentence) or tongue(quote)


def _otherwise(told: frozenset[str], denied: bool, theirs: list[tuple[str, frozenset[str], bool]]) -> bool:
    """Whether the clauses that share most with it are denied where it is not, or the other way round."""
    most = max((len(told & its) for _, its, _ in theirs), default=0)
    nearest = [no for _, its, no in theirs if len(told & its) == most]
    return most >= LEAST_SHARED * len(told) and denied not in nearest

"""Negations of Chinese, Japanese and German: a clause that is denied on one side only.

    denied_in_clauses("船上允许携带宠物。", "成人票价15元。船上不允许携带宠物。")     →  ["船上允许携带宠物"]
    denied_in_clauses("延長はできます。", "貸出の延長はできません。")                →  ["延長はできます"]
    denied_in_clauses("The pool is open.", "The pool is not open.")           →  None: polarity.py reads English

A clause is held against the clause of the other side that shares most of its words, and at least two fifths of them.  Denied is
one that holds an odd number of negations: "なければなりません" (must) has two.  Words that only look like one ("不仅", "非常",
"少ない", "かもしれない") are taken out before.

Left out on purpose: negations of other clauses ("not because …"), opposites, and Korean and Thai.  Of other languages the
word right behind a negation is all that is looked at (elsewhere.py).
"""

from __future__ import annotations

import re

from tunebook.answer.text import words
from tunebook.answer.tongues import tongue

LEAST_SHARED = 0.4
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_CLAUSES = re.compile(  # up to a mark, or to what joins two clauses
    "(?:(?!ので|ですが|ますが|けれど| und | aber | denn | sondern | oder )"
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
_GERMAN = re.compile(r"\b(?:nicht|nie|niemals|kein(?:e[mnrs]?)?|ohne|verboten|untersagt)\b", re.IGNORECASE)
_NONE_IN_GERMAN = re.compile(r"\bnicht (?:nur|mehr als|über|unter)\b|\bohne weiteres\b|\bob .*\bnicht\b", re.IGNORECASE)
_RULES = {
    "chinese": (_CHINESE, _NONE_IN_CHINESE),
    "japanese": (_JAPANESE, _NONE_IN_JAPANESE),
    "german": (_GERMAN, _NONE_IN_GERMAN),
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

    theirs = read(quote)
    return [clause for clause, told, denied in read(sentence) if told and _otherwise(told, denied, theirs)]


def _language(sentence: str, quote: str) -> str | None:
    if _KANA.search(sentence):
        return "japanese"
    if _HAN.search(sentence):
        return "chinese"
    return "german" if "german" in (tongue(sentence), tongue(quote)) else None


def _otherwise(told: frozenset[str], denied: bool, theirs: list[tuple[str, frozenset[str], bool]]) -> bool:
    """Whether the clauses that share most with it are denied where it is not, or the other way round."""
    most = max((len(told & its) for _, its, _ in theirs), default=0)
    nearest = [no for _, its, no in theirs if len(told & its) == most]
    return most >= LEAST_SHARED * len(told) and denied not in nearest

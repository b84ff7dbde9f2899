"""Negations of other languages, clause by clause: Chinese, Japanese, and those of tongues.py.

    denied_in_clauses("船上允许携带宠物。", "成人票价15元。船上不允许携带宠物。")     →  ["船上允许携带宠物"]
    denied_in_clauses("延長はできます。", "貸出の延長はできません。")                →  ["延長はできます"]
    denied_in_clauses("The pool is open.", "The pool is not open.")           →  None: polarity.py reads English

A clause is held against the clause of the other side that shares most of its words, and at least two fifths of them.
Denied is one that holds an odd number of negations ("なければなりません", must, has two), in French, Spanish, Italian and
Portuguese any number.  Words that only look like one ("不仅", "少ない", "かもしれない") are taken out before.

Left out on purpose: negations of other clauses ("not because …"), opposites, and Korean and Thai.  Where the language cannot
be told, the word right behind a negation is all that is looked at (elsewhere.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunebook.answer.text import words
from tunebook.answer.tongues import content, tongue

LEAST_SHARED, LEAST_SHARED_OF_TWO = 0.4, 0.6  # where both deny something, it may be something else
MOST_CLAUSES = 200
_ASIAN, _LATIN = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]"), re.compile(r"[^\W\d_\u3041-\u30ff\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_MARKS = "[^\u3002\uff0c\u3001\uff1b\uff01\uff1f,;:!?\n]|(?<=\\d)[.,](?=\\d)"
_CHINESE = re.compile("不|没有|沒有|避免|没|沒|勿|未|无法|無法|禁止|严禁|嚴禁|并非|並非")
_NONE_IN_CHINESE = re.compile(
    "不[仅僅但只过過同少断斷久管论論如止及料]|不得不|不能不|不可不|[差要]不多|对不起|對不起|未[来來必知]|[是能会會可要]不[是能会會可要]|没关系|沒關係"
    "|(?:如果|若|要是|假如|除非)[^，。]{0,4}?不"
)
_JAPANESE = re.compile(
    "ません|ない|なかった|なけれ|なく(?=な|て|、|$)|[えべけめれせかさわらが]ず(?:に|、|$)|禁止|禁じ|不可|禁煙"
)
_NONE_IN_JAPANESE = re.compile(
    "少な(?:い|く)|危ない|かもしれ(?:ない|ません)|違いない|(?:だけ|ばかり)で(?:は)?なく|ほかない|しか[^、。]*(?:ません|ない)"
    "|な(?:いと|ければ)(?!なり|いけ|だめ)"
)
_ALLOWED = re.compile("可以|能够|能夠|允许|允許|できます|できる|ください|ます|可能|\\berlaubt\\b")


@dataclass(frozen=True, slots=True)
class _Rules:
    """What denies, what only looks so, and where a clause ends beside marks; `once`: two negations are one ("ni … ni")."""

    marks: re.Pattern[str]
    none: re.Pattern[str]
    clauses: re.Pattern[str]
    once: bool = False


def _spaced(marks: str, none: str, joins: str, once: bool = True) -> _Rules:
    marked, idle = (re.compile(rf"\b(?:{its})\b", re.IGNORECASE) for its in (marks, none))
    return _Rules(marked, idle, re.compile(rf"(?:(?! (?:{joins}) )(?:{_MARKS}))+"), once)


_RULES = {
    "chinese": _Rules(_CHINESE, _NONE_IN_CHINESE, re.compile(f"(?:{_MARKS})+")),
    "japanese": _Rules(_JAPANESE, _NONE_IN_JAPANESE, re.compile(f"(?:(?!ので|ですが|ますが|けれど)(?:{_MARKS}))+")),
    "german": _spaced(
        "nicht|nichts|nie|niemals|niemand|nirgends|weder|kein(?:e[mnrs]?)?|ohne|verboten|untersagt",
        "nicht (?:nur|mehr als|über|unter)|ohne weiteres",
        "und|oder|aber|denn|sondern|jedoch|wenn|weil|dass|noch",
        once=False,
    ),
    "french": _spaced(
        r"pas|jamais|aucune?|sans|rien|personne ne|interdite?s?|n(?:e |['\u2019])\w+ plus",
        "pas (?:seulement|que|plus de|moins de)|sans doute",
        "et|ou|mais|car|parce|si|quand",
    ),
    "spanish": _spaced(
        "no|ni|nunca|jamás|nadie|nada|tampoco|sin|ningún|ninguna|prohib\\w+",
        "no (?:solo|sólo|solamente|más de|menos de)|si no|sin embargo",
        "y|e|o|pero|porque|sino|si|cuando",
    ),
    "italian": _spaced(
        "non|né|mai|nessuna?|nessuno|niente|senza|vietat\\w+",
        "non (?:solo|soltanto|più di|meno di)|se non",
        "e|ed|o|ma|perché|se",
    ),
    "portuguese": _spaced(
        "não|nem|nunca|ninguém|nada|sem|nenhuma?|proibid\\w+",
        "não (?:só|apenas|mais de|menos de)|se não",
        "e|ou|mas|porque|se",
    ),
    "dutch": _spaced(
        "niet|niets|nooit|niemand|geen|zonder|verboden",
        "niet (?:alleen|meer dan|minder dan)",
        "en|of|maar|want|als",
        once=False,
    ),
}
_Clause = tuple[str, frozenset[str], bool]  # text, content, denied


def denied_in_clauses(sentence: str, quote: str) -> list[str] | None:
    """The clauses of the sentence that only one of the two denies; None for other languages."""
    language = _language(sentence, quote)
    if language is None:
        return None
    rules = _RULES[language]
    if not (rules.marks.search(sentence) or rules.marks.search(quote)):
        return []
    ours, theirs = ([one for one in _read(text, language, rules) if one[1]] for text in (sentence, quote))
    both = any(no for _, _, no in ours) and any(no for _, _, no in theirs)
    share = LEAST_SHARED_OF_TWO if both else LEAST_SHARED
    least = min(2, len(ours))  # "On Monday, it is closed.": a word that stands for itself is no statement
    return [clause for clause, told, no in ours if len(told) >= least and _otherwise(told, no, theirs, share)]


def _read(text: str, language: str, rules: _Rules) -> list[_Clause]:
    found: dict[_Clause, None] = {}
    for match in rules.clauses.finditer(text):
        plain = rules.none.sub("", match[0])
        rest = _ALLOWED.sub(" ", rules.marks.sub(" ", plain))
        if language in ("chinese", "japanese"):
            told = frozenset(word.norm for word in words(rest) if word.kind != "stop")
        else:
            told = content(language, rest)
        count = len(rules.marks.findall(plain))
        found[match[0].strip(), told, count > 0 if rules.once else count % 2 == 1] = None
        if len(found) == MOST_CLAUSES:
            break
    return list(found)


def _language(sentence: str, quote: str) -> str | None:
    """Of a script without blanks where most letters of the sentence are of it."""
    own, latin = len(_ASIAN.findall(sentence)), len(_LATIN.findall(sentence))
    if own > latin:
        return "japanese" if _KANA.search(sentence) else "chinese"
    return (tongue(sentence) or tongue(quote)) if not own else None


def _otherwise(told: frozenset[str], denied: bool, theirs: list[_Clause], share: float) -> bool:
    """Whether the clauses that share most with it are denied where it is not, or the other way round."""
    most = max((len(told & its) for _, its, _ in theirs), default=0)
    nearest = [no for _, its, no in theirs if len(told & its) == most]
    return most >= share * len(told) and denied not in nearest

"""How near a text comes to a reference: the field's measures, and whether the reference stands in the text.

    token_f1("It carries 80 kg.", "80 kg")                       →  2/3
    rouge_l("the bike is red", "the bike was red")               →  0.75
    holds("It carries up to 4,960kg in all.", "4960 kg")         →  True
    slot_f1({"area": "brakes"}, {"area": "brakes", "bike": None}) →  2/3

SQuAD's tokens and ROUGE's are made for English.  Where most letters of a reference are of another script, `words` stand in for
both: of a script that is written without blanks each character is one, digits of any script are the same, signs of vowels
are part of their word.

Left out on purpose: stemming, synonyms, number words and negation ("not 80 kg" holds "80 kg"); a case lists the
spellings it accepts.
"""

from __future__ import annotations

import json
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

Tree = dict[str, Any] | list[Any]  # of JSON

SOFT_WORDS = 4  # a string slot of more words than this gets partial credit
NESTED_LEVELS = 100

_ARTICLES = frozenset({"a", "an", "the"})
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_THOUSANDS = re.compile(
    r"(?<![\d.,])\d{1,3}(?:(?:[,\u00a0\u2009\u202f\uff0c]\d{3})+(?!\d)|(?:\.\d{3})+(?=,\d)|(?:\.\d{3}){2,}(?!\.?\d))"
)  # full stops where they can part nothing else
_SEPARATORS = re.compile(r"[.,\u00a0\u2009\u202f\uff0c]")
_INSIDE_WORDS = re.compile(  # apostrophes; invisible characters; vowels of Arabic and Hebrew, which few write; tatweel
    r"(?<=\w)'(?=\w)|[\u00ad\u200b-\u200d\u2060\ufeff]|[\u0640\u064b-\u0652\u0670\u05b0-\u05bd\u05bf\u05c1\u05c2\u05c7]"
)
_SIGNS = str.maketrans("\u066b\u066c\u066a\uff05", ".,%%")  # of Arabic numbers, and of full width
_NO_BLANKS = (  # scripts that are written without
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana and Han
    r"\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
)
_APART = _NO_BLANKS + r"\uac00-\ud7a3"  # and Hangul, whose endings no blank parts: each character is a word
_ALONE, _UNSPACED = re.compile(rf"[{_APART}]"), re.compile(rf"[{_NO_BLANKS}]")


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    """What one word is.  A letter goes on with its marks (signs of vowels, accents), which Python's \\w leaves out."""
    marks = "".join(char for char in map(chr, range(0x300, 0x12000)) if unicodedata.category(char)[0] == "M")
    return re.compile(
        r"(?<![\w)\]])[-\u2212]?\d+(?:[.,:]\d+)*"  # a number, a time, a date; its sign only where nothing stands before it
        r"|\d+(?:[.,:]\d+)*"
        rf"|[{_APART}][{marks}]*"
        rf"|(?:(?![{_APART}])[^\W\d_])(?:(?![{_APART}])[^\W_]|[{marks}])*"  # "b12" is one word, "80kg" are two
        r"|%"
    )


def squad_tokens(text: str) -> list[str]:
    """Lower case, without ASCII punctuation and articles, split at white space.

    The normalisation of SQuAD's evaluate-v2.0.py (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822).
    """
    return re.sub(r"\b(a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split()


def exact(text: str, reference: str) -> float:
    """1 where both have the same tokens, else 0."""
    ours, theirs = _tokens(text, reference)
    return float(ours == theirs)


def token_f1(text: str, reference: str) -> float:
    """SQuAD's F1 over bags of tokens; where one side has no token, 1 if neither has, else 0.

    F1 = 2 P R / (P + R) = 2 |T ∩ R| / (|T| + |R|),   ∩ of bags
    """
    ours, theirs = _tokens(text, reference)
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * (Counter(ours) & Counter(theirs)).total() / (len(ours) + len(theirs))


def token_recall(text: str, reference: str) -> float:
    """The share of the reference's tokens that the text holds, as bags; as `token_f1` where one side has none."""
    ours, theirs = _tokens(text, reference)
    if not ours or not theirs:
        return float(ours == theirs)
    return (Counter(ours) & Counter(theirs)).total() / len(theirs)


def _tokens(text: str, reference: str) -> tuple[list[str], list[str]]:
    split = words if _of_another_script(reference) else squad_tokens
    return split(_composed(text)), split(_composed(reference))


def length(reference: str) -> float:
    """In words; two characters of a script without blanks are about one."""
    if not _of_another_script(reference):
        return len(squad_tokens(reference))
    return sum(0.5 if _ALONE.match(word) else 1 for word in words(reference))


def word_count(text: str) -> float:
    """Between blanks; of a script that is written without, two characters are about a word."""
    unspaced, pieces = len(_UNSPACED.findall(text)), _UNSPACED.sub(" ", text).split()
    return unspaced / 2 + sum(any(map(str.isalnum, piece)) for piece in pieces) if unspaced else len(pieces)


def _of_another_script(reference: str) -> bool:
    """Whether most of its letters are not a to z."""
    letters = [char for char in reference if char.isalpha()]
    return 2 * sum(char.isascii() for char in letters) < len(letters)


def rouge_l(text: str, reference: str) -> float:
    """ROUGE-L's F over the longest common subsequence (Lin 2004, https://aclanthology.org/W04-1013), sentence level.

        F = 2 P R / (P + R) = 2 LCS / (|T| + |R|)

    Equal to the package rouge-score without stemming, whose tokens are runs of a-z and 0-9: it sees nothing of a Greek
    reference, or its numbers alone.
    """
    split = words if _of_another_script(reference) else _ascii_words
    theirs, ours = split(_composed(reference)), split(_composed(text))
    if not theirs:
        return float(text.split() == reference.split())
    return 2 * common_subsequence(ours, theirs) / (len(ours) + len(theirs))


def _composed(text: str) -> str:
    """Letters with their accents as one character: a document may have them as two, and who writes a case has not."""
    return unicodedata.normalize("NFC", text)


def _ascii_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, a row of the table at a time in the bits of one integer.

        U = V & M[b_j];   V ← (V + U) | (V − U);   LCS = zeros among the low |a| bits of V

    M[w] has bit i set where a_i = w.  Hyyrö 2004, "Bit-parallel LCS-length computation revisited", equation 3.
    """
    places: dict[Hashable, int] = {}
    for i, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << i
    full = (1 << len(a)) - 1
    row = full
    for word in b:
        shared = row & places.get(word, 0)
        row = ((row + shared) | (row - shared)) & full
    return len(a) - row.bit_count()


def folded(text: str) -> str:
    """In one spelling of letter case, accents and apostrophes."""
    return _composed(text).casefold().replace("\u2019", "'")


def words(text: str) -> list[str]:
    """Words, numbers and per cent signs, in one spelling: "4,960" is "4960", "80kg" is "80", "kg".

    Unlike SQuAD's tokens they keep "1.5" apart from "15", "05:52" from "0552", "-5" from "5" and "4 %" from "4".
    """
    plain = _INSIDE_WORDS.sub("", folded(text))
    if not plain.isascii():
        plain = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), plain.translate(_SIGNS))
    plain = _THOUSANDS.sub(lambda number: _SEPARATORS.sub("", number[0]), plain)
    plain = re.sub(r"\bper cent\b|\bpercent\b", "%", plain)
    return [word.replace("\u2212", "-") for word in _word().findall(plain)]


def holds(text: str, reference: str) -> bool:
    """True where the reference's words stand next to each other in the text, articles aside.

    An article that ends the reference is a name ("plan A") and has to be there.  A reference without any word ("?!")
    is held by a text that equals it.
    """
    wanted = words(reference)
    wanted = [word for word in wanted[:-1] if word not in _ARTICLES] + wanted[-1:]
    if not wanted:
        return text.split() == reference.split()
    given = words(text)
    return any(_stand(wanted, given, place) for place, word in enumerate(given) if word == wanted[0])


def _stand(wanted: Sequence[str], given: Sequence[str], place: int) -> bool:
    found = 0
    for at in range(place, len(given)):
        word = given[at]
        if word == wanted[found]:
            found += 1
            if found == len(wanted):
                return True
        elif word not in _ARTICLES:
            return False
    return False


def parse_json(text: str) -> Any:
    """The value of a text that is JSON as a whole.

    Raises ValueError, also for NaN, Infinity and nesting beyond NESTED_LEVELS (what walks the value recurses).
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    level = [value]
    for _ in range(NESTED_LEVELS):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return value
    raise ValueError(f"nested more than {NESTED_LEVELS} levels deep")


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def json_tree(text: str) -> Tree | None:
    """The object or array that the text is, or None; nothing is salvaged from prose or code fences."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def slot_f1(given: Tree, gold: Tree) -> float:
    """F1 over path → value pairs, with partial credit for longer strings.

        F1 = 2 Σ credit / (|given slots| + |gold slots|),   credit in [0, 1] for each shared path

    Two empty objects, or arrays, agree: 1.
    """
    ours, theirs = dict(_slots(given)), dict(_slots(gold))
    if not ours and not theirs:
        return float(given == gold)
    credit = sum(_credit(ours[path], value) for path, value in theirs.items() if path in ours)
    return 2 * credit / (len(ours) + len(theirs))


def _slots(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """({"a": {"b": 1}, "c": []}) → (("a", "b"), 1), (("c",), [])."""
    if value and isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _slots(child, (*path, key))
    elif path:
        yield path, value


def _credit(given: Any, gold: Any) -> float:
    if isinstance(given, str) and isinstance(gold, str):
        if len(gold.split()) > SOFT_WORDS:
            return token_f1(given, gold)
        return float(folded(given).split() == folded(gold).split())
    return float(same_json(given, gold))


def same_json(a: Any, b: Any) -> bool:
    """Equal as JSON: key order is ignored, 1 equals 1.0, and true is not 1 (as it is in Python)."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_json(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same_json, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)

"""Words of scripts that are written without blanks: the pairs of neighbouring characters, as search engines take them.

    parts("自重80公斤，可以载货", …)      →  自重 | 80 | 公斤 (a kilogram) | 可以 (stop) | 载货
    parts("ヒバリ号は運べます", …)        →  ヒバリ | 号 | は (stop) | 運 | べます (stop)
    parts("十二岁以下", …)                →  12 | 岁 | 以下

No dictionary: of Han, Hangul, Thai, Lao, Burmese and Khmer each two neighbouring characters are a word, so that two texts in
which the same word stands among others share its pairs.  Katakana is a word as long as it goes on, hiragana mostly grammar
and a stop word.  What counts (years, hours, pieces) is a word of its own behind a number, also behind one written in Han,
and the weekdays of Chinese and Japanese are dates.

Left out on purpose: which characters are a name, other spellings of a character (国 and 國), and numbers in Han before
anything else ("三国" is a country's name as well).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal

from tunebook.answer.lexicon import DAYS, MONTHS, UNITS, stem

Kind = Literal["number", "date", "stop", "word"]
Part = tuple[int, int, str, Kind]  # start, end, normal form, kind

_HAN = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA, _HIRAGANA, _HANGUL = r"\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f", r"\u3041-\u309f", r"\uac00-\ud7a3"
_SOUTHERN = r"\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
SCRIPTS = _HAN + _KATAKANA + _HIRAGANA + _HANGUL + _SOUTHERN
SCALES = "\u4e07\u842c\u4ebf\u5104"  # ten thousand and a hundred million, behind digits

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_NUMERALS = "".join((*_DIGITS, *_TENS, *_MYRIADS))
_COUNTERS: Mapping[str, str] = {  # what stands behind a number → one word for it
    **dict.fromkeys(["公斤", "千克", "キログラム", "킬로그램"], stem(UNITS["kg"])),
    **dict.fromkeys(["公里", "千米", "キロメートル", "킬로미터"], stem(UNITS["km"])),
    **dict.fromkeys(["厘米", "公分", "センチメートル", "センチ", "센티미터"], stem(UNITS["cm"])),
    **dict.fromkeys(["毫米", "ミリメートル", "밀리미터"], stem(UNITS["mm"])),
    **dict.fromkeys(["米", "メートル", "미터"], stem(UNITS["m"])),
    **dict.fromkeys(["克", "グラム", "그램"], stem(UNITS["g"])),
    **dict.fromkeys(["升", "リットル", "리터"], stem(UNITS["l"])),
    **dict.fromkeys(["个小时", "個小時", "小时", "小時", "時間", "시간"], stem("hour")),
    **dict.fromkeys(["分钟", "分鐘", "分間", "분"], stem("minute")),
    **dict.fromkeys(["个星期", "個星期", "星期", "周", "週間", "週", "주일", "주"], stem("week")),
    **dict.fromkeys(["个月", "個月", "か月", "ヶ月", "カ月", "ヵ月", "箇月", "개월"], stem("month")),
    **dict.fromkeys(["天", "日間", "일간"], stem("day")),
    **dict.fromkeys(["年間", "年", "년"], stem("year")),
    **dict.fromkeys(["岁", "歲", "歳", "才", "살", "세"], "岁"),
    **dict.fromkeys(["点", "點", "時", "时", "시"], "点"),
    **dict.fromkeys(["名", "人", "位", "명"], "人"),
    **dict.fromkeys(["册", "冊", "本", "권"], "册"),
    **dict.fromkeys(["美元", "米ドル", "ドル", "달러"], UNITS["usd"]),
    **dict.fromkeys(["欧元", "歐元", "ユーロ", "유로"], UNITS["eur"]),
    **dict.fromkeys(["克朗", "クローネ"], stem("krone")),
    "克拉": "克拉",
    **{
        one: one
        for one in "月日号號个個次回度倍吨層层階级級台辆艘件张枚条只匹头家所页頁元块円圆秒分원월일개번회층도초"
        "种種楼樓片折套栋座部项項份间間门門支把粒瓶杯包袋盒箱期届批排节節课課句户戶斤割錠つ泊校社番品"
    },
}
_STOP = "的了是在和与與及或而之其这這那也就被把着吗嗎呢吧们們于於为為从從由将將个個"
_STOP_WORDS = (
    "可以|能够|能夠|应该|應該|必须|必須|需要|可能|因为|因為|所以|但是|如果|虽然|雖然|并且|而且|或者|以及|已经|已經"
    "|什么|什麼|多少|哪里|哪裡|怎么|怎樣|怎样|为什么|十分(?!钟|鐘|間|之)"
)
_PARTICLES = "은는을를의와과도에"  # behind a word of Hangul
_WEEKDAY = r"(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]|[月火水木金土日]曜日?"
_WEEKDAYS = {char: DAYS[place % 7] for place, char in enumerate("一二三四五六日月火水木金土天")}
_COUNTER = "|".join(sorted(_COUNTERS, key=len, reverse=True))
_PART = re.compile(
    rf"(?P<weekday>{_WEEKDAY})|(?P<share>百分之[{_NUMERALS}]{{1,12}})|(?P<counter>(?<=[\d{_NUMERALS}多余餘])(?:{_COUNTER}))"
    rf"|(?P<small>{_STOP_WORDS}|[{_STOP}]|[{_HIRAGANA}]+)"
    rf"|(?P<number>[{_NUMERALS}]{{1,12}})(?=[多余餘]?(?:{_COUNTER}))"
    rf"|(?P<katakana>[{_KATAKANA}]+)"
    rf"|(?P<pairs>(?:(?!{_WEEKDAY}|{_STOP_WORDS}|[{_STOP}]|百分之|[{_NUMERALS}]{{1,12}}[多余餘]?(?:{_COUNTER}))[{_HAN}])+|[{_HANGUL}]+"
    rf"|(?:[{_SOUTHERN}])+)"
)


def parts(text: str, start: int, end: int) -> Iterator[Part]:
    """The words of a run of characters of these scripts, in order; those of pairs overlap."""
    for match in _PART.finditer(text, start, end):
        its, kind = match[0], match.lastgroup
        if kind == "weekday":
            yield (*match.span(), _WEEKDAYS[its.removesuffix("曜日").removesuffix("曜")[-1]], "date")
        elif kind == "number" and text[match.end()] == "月" and 0 < (month := han_number(its)) < 13:
            yield (*match.span(), MONTHS[month - 1], "date")
        elif kind == "number":
            yield (*match.span(), *_number(its))
        elif kind == "share":
            yield (match.start(), match.start() + 3, stem("percent"), "stop")
            yield (match.start() + 3, match.end(), str(han_number(its[3:])), "number")
        elif kind == "counter":
            yield (*match.span(), _COUNTERS[its], "word")
        elif kind == "pairs":
            yield from _pairs(text, *match.span())
        else:
            yield (*match.span(), unicodedata.normalize("NFKC", its), "word" if kind == "katakana" else "stop")


def _pairs(text: str, start: int, end: int) -> Iterator[Part]:
    """Each two neighbours, or the one there is; signs of vowels stay with their letter."""
    heads = [at for at in range(start, end) if at == start or unicodedata.category(text[at])[0] != "M"]
    tails = [*heads[1:], end]
    for place in range(max(len(heads) - 1, 1)):
        left, right = heads[place], tails[min(place + 1, len(tails) - 1)]
        norm = text[left:right]
        yield left, right, norm, "stop" if place and norm[-1] in _PARTICLES else "word"


def _number(its: str) -> tuple[str, Kind]:
    value = han_number(its)
    return str(value), "stop" if value == 1 else "number"  # as "one" is


def han_number(its: str) -> int:
    """ "四十二" is 42, "二〇二一" 2021, "三万五千" 35000."""
    if all(char in _DIGITS for char in its):
        return int("".join(str(_DIGITS[char]) for char in its))
    whole = below = digit = 0
    for char in its:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            below, digit = below + max(digit, 1) * _TENS[char], 0
        else:
            whole, below, digit = whole + max(below + digit, 1) * _MYRIADS[char], 0, 0
    return whole + below + digit

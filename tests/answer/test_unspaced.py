"""Scripts without blanks: words, numbers and negations, and what is borne out by what."""

from __future__ import annotations

import pytest

from tunebook.answer import verify
from tunebook.answer.denials import denied_in_clauses
from tunebook.answer.text import holds, norms, tokens, words
from tunebook.answer.unspaced import han_number
from tunebook.documents import split
from tunebook.values import Document, Hit


def told(text):
    return [(word.norm, word.kind) for word in words(text) if word.kind != "stop"]


@pytest.mark.parametrize(
    ("text", "norms"),
    [
        ("云雀号可以载货", ["云雀", "雀号", "载货"]),
        ("首都是北京。", ["首都", "北京"]),
        ("ヒバリ号は荷物を運べます", ["ヒバリ", "号", "荷物", "運"]),
        ("수도는 서울은 크다", ["수도", "서울", "크다"]),
        ("กรุงเทพ", ["กรุ", "รุง", "งเ", "เท", "ทพ"]),
        ("EUの規則とPython3の版", ["eu", "規則", "python3", "版"]),
        ("iPhone手机", ["iphon", "手机"]),
    ],
)
def test_words_are_pairs_of_neighbours(text, norms):
    assert [norm for norm, _ in told(text)] == norms


@pytest.mark.parametrize(
    "text", ["一" * 20_000, "一" * 5000 + "年", "〇" * 9999, "百" * 300 + "个", "年1" * 3000, "、".join("不" * 3000)]
)
def test_long_runs_take_no_time(text):
    assert words(text)
    assert not denied_in_clauses(text, text)


def test_offsets_are_those_of_the_text():
    text = "A. 自重80公斤、フレームは5年"
    assert [text[word.start : word.end] for word in words(text)] == [
        "A",
        "自重",
        "80",
        "公斤",
        "フレーム",
        "は",
        "5",
        "年",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("80公斤", "80 kg"),
        ("五年", "5年"),
        ("四个小时", "4小时"),
        ("2180万人", "21,800,000人"),
        ("四十万冊", "40万册"),
        ("5万円", "50,000円"),
        ("二〇二一年", "2021年"),
        ("两个月", "2個月"),
        ("十二岁", "12歳"),
        ("星期三", "水曜日"),
        ("五月三日", "5月3日"),
        ("周日", "日曜"),
        ("1.5亿元", "150000000元"),
    ],
)
def test_equal_in_other_spellings(one, other):
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("失业率为百分之九。", "失业率为百分之六。"),
        ("有五种颜色可选。", "有三种颜色可选。"),
        ("从车站步行需要二十分钟。", "从车站步行需要十分钟。"),
        ("2024年3月开业。", "2024年5月开业。"),
        ("二十多家商店。", "三十多家商店。"),
    ],
)
def test_another_number_is_not_held(answer, quote):
    ours = [word for word in words(answer) if word.kind in ("number", "date")]
    assert any(not holds(norms(words(quote)), word) for word in ours)
    assert all(holds(norms(words(answer)), word) for word in ours)


def test_a_share_is_a_number_of_per_cent():
    assert {"8", "percent"} <= norms(words("百分之八")) and {"8", "percent"} <= norms(words("8%"))


@pytest.mark.parametrize("text", ["三国", "一些", "统一", "万一", "十分", "千葉", "三星"])
def test_numerals_within_words_are_no_numbers(text):
    assert all(kind != "number" for _, kind in told(text))


@pytest.mark.parametrize(
    ("its", "value"),
    [("十", 10), ("四十二", 42), ("三百零五", 305), ("三万五千", 35_000), ("一亿二千万", 120_000_000), ("百", 100)],
)
def test_han_numbers(its, value):
    assert han_number(its) == value


@pytest.mark.parametrize(
    ("sentence", "quote", "denied"),
    [
        ("船上允许携带宠物。", "船上不允许携带宠物。", True),
        ("房屋内可以吸烟。", "房屋内禁止吸烟，但是可以养猫。", True),
        ("图书不能续借。", "读者可以续借图书。", True),
        ("延長はできます。", "貸出の延長はできません。", True),
        ("本体を水に浸けてください。", "本体を水に浸けないでください。", True),
        ("船上不允许携带宠物。", "船上禁止携带宠物。", False),
        ("他不仅会修车，还会骑车。", "他会修车。", False),
        ("电池不到两小时就充满。", "票价是15元。", False),
        ("3日以内に洗浄します。", "3日以内に洗浄しないと保証が無効になります。", False),
        ("書面で通知する。", "書面で通知しなければなりません。", False),
        ("酢は密封材を傷める。", "酢は密封材を傷めるので使用しないでください。", False),
        ("駐車場は使えます。", "駐車場は使えず、自転車のみ可能です。", True),
        ("常见副作用包括头痛。", "常见副作用包括头痛、恶心，但一般不严重。", False),
        ("The pool is open.", "The pool is not open.", False),
    ],
)
def test_a_clause_is_denied_on_one_side_only(sentence, quote, denied):
    assert bool(denied_in_clauses(sentence, quote)) is denied


@pytest.mark.parametrize(
    ("answer", "supported"),
    [
        ("云雀号最多能载80公斤货物。", True),
        ("充满电要4个小时。", True),
        ("云雀号最多能载120公斤货物。", False),
        ("它有红色和蓝色。", False),
        ("电池不能充电。", False),
    ],
)
def test_an_answer_is_held_against_its_passage(answer, supported):
    text = "云雀号是一辆电动货运自行车，最多可以载80公斤的货物。电池可以充电，充满电需要四个小时。"
    [passage] = split(Document("lark", "", text), lambda texts: [len(one) for one in texts])
    found = verify(answer, [Hit(1, 1.0, passage)], "云雀号怎么样？")
    assert found.claims[0].supported is supported
    if supported:
        [citation] = found.citations
        assert text[citation.start : citation.end] == citation.quote

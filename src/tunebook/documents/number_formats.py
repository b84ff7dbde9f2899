"""What a spreadsheet shows of a number: its cell holds 0.15 and the format "0%", and people read 15%.

>>> shown("0.155", "0.0%"), shown("1250.5", '#,##0.00 "€"'), shown("7", "0000"), shown("1.25", "[h]:mm")
('15.5%', '1250.50 €', '0007', '30:00')
>>> shown("0.155", "0.00")          # None: it says no more than the number

Formats are those of ECMA-376, part 1, 18.8.31.  Left out on purpose: signs between thousands, which differ by country; dates,
fractions and powers of ten; sections with conditions of their own.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BUILT_IN = {9: "0%", 10: "0.00%", 46: "[h]:mm:ss"}  # formats that a file does not spell out, by id
_SECONDS_OF_A_DAY = 86_400
_MOST = 10**15  # beyond which a spreadsheet's numbers are not exact
_PART = re.compile(
    r"""\[\$(?P<currency>[^\]-]*)[^\]]*\]       # [$€-407]
    | "(?P<quoted>[^"]*)" | \\(?P<escaped>.)
    | \[(?P<elapsed>h+|m+|s+)\]
    | \[(?P<condition>[<>=][^\]]*)\]
    | (?P<unseen>\[[^\]]*\] | _. | \*.)         # colours, room, fill
    | (?P<number>General|[0#?][0#?.,]*|\.[0#?]+)
    | (?P<end>;)
    | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile(r"(?P<first>h+|m+|s+)(?P<rest>(?::(?:mm|ss)){0,2})", re.IGNORECASE)
_NOT_READ = re.compile(r"[ymdhsEe/@]")

_Section = list[re.Match[str]]


def shown(value: str, format: str) -> str | None:
    """None where the number by itself says as much, or the format is none that is read here."""
    try:
        number = Decimal(value)
        return _shown(number, _sections(format)) if number.is_finite() and abs(number) < _MOST else None
    except InvalidOperation:  # no number, or a format of more places than a number has
        return None


def _sections(format: str) -> list[_Section]:
    """For positive numbers, negative ones, zero, text."""
    sections: list[_Section] = [[]]
    for part in _PART.finditer(format):
        if part["end"]:
            sections.append([])
        else:
            sections[-1].append(part)
    return sections


def _shown(number: Decimal, sections: list[_Section]) -> str | None:
    if any(part["condition"] for section in sections for part in section):
        return None
    at = 1 if number < 0 and len(sections) > 1 else 2 if number == 0 and len(sections) > 2 else 0
    section = sections[at]
    if any(part["elapsed"] for part in section):
        return _elapsed(number, section)
    places = [part["number"] for part in section if part["number"]]
    if len(places) != 1 or any(_NOT_READ.match(part["other"] or "") for part in section):
        return None
    before, after = _around(section)
    told = _digits(abs(number) * (100 if any(part["other"] == "%" for part in section) else 1), places[0])
    padded = places[0].partition(".")[0].count("0") > 1
    if not padded and not (before + after).strip(" -+()"):
        return None
    signed = at == 0 or (before, after) == _around(
        sections[0]
    )  # its own section for negative numbers may say it otherwise
    return f"{'-' if number < 0 and signed and told.strip('0.') else ''}{before}{told}{after}".strip()


def _around(section: _Section) -> tuple[str, str]:
    """What stands before and behind the number; the brackets of accountants apart."""
    at = next((place for place, part in enumerate(section) if part["number"]), len(section))
    before, after = ("".join(map(_literal, some)) for some in (section[:at], section[at + 1 :]))
    return (before[1:], after[:-1]) if before[:1] == "(" and after[-1:] == ")" else (before, after)


def _literal(part: re.Match[str]) -> str:
    return part["currency"] or part["quoted"] or part["escaped"] or part["other"] or ""


def _digits(number: Decimal, places: str) -> str:
    """As many decimals and leading zeros as the format has places for; commas at its end count thousands."""
    if places.lower() == "general":
        return f"{float(number):.15g}"
    whole, _, decimals = places.rstrip(",").partition(".")
    scaled = number / 1000 ** (len(places) - len(places.rstrip(",")))
    told, _, rest = f"{scaled.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP):f}".partition(".")
    least = decimals.count("0")
    rest = rest[:least] + rest[least:].rstrip("0")
    return told.zfill(whole.count("0")) + (f".{rest}" if rest else "")


def _elapsed(days: Decimal, section: _Section) -> str | None:
    """Hours, minutes or seconds that count on over a day; None with anything beside them."""
    form = _ELAPSED.fullmatch("".join(part["elapsed"] or part["other"] or part[0] for part in section))
    if days < 0 or form is None:
        return None
    units = {"h": 3600, "m": 60, "s": 1}
    first = form["first"].lower()
    seconds = round(days * _SECONDS_OF_A_DAY)
    told = [str(seconds // units[first[0]]).zfill(len(first))]
    for unit in (part[0] for part in form["rest"].lower().split(":")[1:]):
        told.append(f"{seconds % (60 * units[unit]) // units[unit]:02}")
    return ":".join(told)

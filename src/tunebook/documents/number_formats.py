"""What a spreadsheet shows of a number: its cell holds 0.15 and the format "0%", and people read 15%.

>>> shown("0.155", "0.0%"), shown("1250.5", '#,##0.00 "€"'), shown("7", "0000"), shown("1.25", "[h]:mm")
('15.5%', '1250.50 €', '0007', '30:00')
>>> shown("0.155", "0.00")          # None: it says no more than the number

Formats are those of ECMA-376, part 1, 18.8.31.  Left out on purpose: signs between thousands, which differ by country; dates,
fractions and powers of ten; the sections for negative numbers, zero and text.
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
    | (?P<unseen>\[[^\]]*\] | _. | \*.)         # colours, conditions, room, fill
    | (?P<number>General|[0#?][0#?.,]*|\.[0#?]+)
    | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_NOT_READ = re.compile(r"[ymdhsEe/@]")


def shown(value: str, format: str) -> str | None:
    """None where the number by itself says as much, or the format is none that is read here."""
    try:
        number = Decimal(value)
        return _shown(number, format) if number.is_finite() and abs(number) < _MOST else None
    except InvalidOperation:  # no number, or a format of more places than a number has
        return None


def _shown(number: Decimal, format: str) -> str | None:
    parts = list(_PART.finditer(_first_section(format)))
    if any(part["elapsed"] for part in parts):
        return _elapsed(number, parts)
    numbers = [part["number"] for part in parts if part["number"]]
    if len(numbers) != 1 or any(_NOT_READ.match(part["other"] or "") for part in parts):
        return None
    at = next(place for place, part in enumerate(parts) if part["number"])
    before, after = ("".join(map(_literal, some)) for some in (parts[:at], parts[at + 1 :]))
    told = _digits(abs(number) * (100 if "%" in before + after else 1), numbers[0])
    padded = numbers[0].partition(".")[0].count("0") > 1
    if not padded and not (before + after).strip(" -+()"):
        return None
    sign = "-" if number < 0 and told.strip("0.") else ""
    return f"{sign}{before}{told}{after}".strip()


def _first_section(format: str) -> str:
    """What is for positive numbers: up to a `;` that is not quoted."""
    found = re.match(r'(?:"[^"]*"|\\.|[^;"\\])*', format, re.DOTALL)
    return found[0] if found else format


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


def _elapsed(days: Decimal, parts: list[re.Match[str]]) -> str | None:
    """Hours, minutes or seconds that count on over a day."""
    first = next(part["elapsed"] for part in parts if part["elapsed"])[0].lower()
    rest = "".join(part["other"] or "" for part in parts).lower()
    if days < 0:
        return None
    seconds = round(days * _SECONDS_OF_A_DAY)
    units = {"h": 3600, "m": 60, "s": 1}
    told = [str(seconds // units[first])]
    for unit in "hms"["hms".index(first) + 1 :]:
        if unit in rest:
            told.append(f"{seconds % (60 * units[unit]) // units[unit]:02}")
    return ":".join(told)

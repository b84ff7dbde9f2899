"""English words that are read for what they are: stop words, negations, months and days, units, opposites.

    UNITS["kg"]       →  "kilogram"
    OPPOSITES["ros"]  →  {"fell", "fall", …}         by stem: "rose" against "fell", "falls"

Left out on purpose: everything that a list cannot settle, such as synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_STOP = """
a an and are as at be been being but by can could do does did for from had has have he her his how i if in into is it its
may might of on or our she should so than that the their them then there these they this those to us was we were what when
where which while who whom whose why will with would you your yes also only any about such some both s t th st nd rd one am
me my anymore
"""
# small words of other languages, where they are written small; not those that are
# English words of weight as well (van, door, pour, hat), or stand in names (al)
_SMALL = {
    "german": "der die das den dem des ein eine einen einem einer eines und oder ist sind wird werden mit von auf für bei im zum"
    " zur sich auch als aus nach bis vom beim wenn dass wie haben kann können muss müssen soll sollen darf dürfen wir es sie",
    "french": "le la les du une est sont dans qui que sur au aux avec ce cette ces il elle et ou où leur ses vous nous peut doit",
    "spanish": "el los las una uno y es en del por para con se su sus como lo está están puede debe",
    "italian": "il che lo gli di della dei delle è sono un che si da nel nella alla può deve",
    "portuguese": "o os um uma dos das na nos nas em é são ao pela pelo pode",
    "dutch": "de het een op voor zijn te aan bij wordt worden ook kan moet",
}
SMALL = {language: frozenset(its.split()) for language, its in _SMALL.items()}
_NEGATIONS = "not n't never no none neither nor without cannot nobody nothing non"
STOP, STOP_ELSEWHERE = frozenset(_STOP.split()), frozenset[str]().union(*SMALL.values())
NEGATIONS = frozenset(_NEGATIONS.split())
CUT_SHORT = {"ca": "can", "wo": "will", "sha": "shall"}  # before "n't"

_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
MONTHS, DAYS = _MONTHS.split(), _DAYS.split()
DATES: Mapping[str, str] = (
    {name: name for name in (*MONTHS, *DAYS)}
    | {name[:3]: name for name in (*MONTHS, *DAYS)}
    | {"sept": "september", "tues": "tuesday", "thur": "thursday", "thurs": "thursday"}
)
_ELSEWHERE = """
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
"""
ELSEWHERE: Mapping[str, str] = {name: MONTHS[place % 12] for place, name in enumerate(_ELSEWHERE.split())}
_DAYS_ELSEWHERE = """
montag dienstag mittwoch donnerstag freitag samstag sonntag montags dienstags mittwochs donnerstags freitags samstags sonntags
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
"""
DAYS_ELSEWHERE: Mapping[str, str] = {name: DAYS[place % 7] for place, name in enumerate(_DAYS_ELSEWHERE.split())}
WORDS_TOO = frozenset(["may", "march", "mar", "sun", "sat", "wed"])  # dates only where nothing else is as likely

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
ORDINALS = {word: f"{place}th" for place, word in enumerate(_ORDINALS.split(), 1)}  # as text.py writes 1st, 2nd …

_SHORT = """
kg kilogram  kilo kilogram  g gram  gramme gram  mg milligram  t ton  tonne ton  lb pound  lbs pound  oz ounce
m meter  metre meter  km kilometer  kilometre kilometer  cm centimeter  centimetre centimeter  mm millimeter
millimetre millimeter  mi mile  ft foot  feet foot  l liter  litre liter  ml milliliter  millilitre milliliter
h hour  hr hour  hrs hour  min minute  mins minute  sec second  secs second  ms millisecond  yr year  yrs year
kw kilowatt  kwh kilowatthour  w watt  v volt  pct percent  eur euro  usd dollar  gbp pound  jpy yen
"""
_LONG = "day week month bar rpm mph crown krone krona franc cent penny rupee degree celsius fahrenheit"
_pairs = _SHORT.split()
_FULL = {
    **dict.fromkeys(["%", "\u066a", "\uff05", "per cent"], "percent"),
    **{"€": "euro", "$": "dollar", "£": "pound", "¥": "yen", "°": "degree"},
}
SYMBOLS: Mapping[str, str] = _FULL | {"°c": "celsius", "°f": "fahrenheit"}
CURRENCIES = frozenset(["euro", "dollar", "pound", "yen"])  # written before their number too
UNITS: Mapping[str, str] = dict(zip(_pairs[::2], _pairs[1::2], strict=True))
AFTER_NUMBERS = frozenset(short for short in UNITS if len(short) == 1) | {"min", "sec", "ms", "mi"}  # else other words

_OPPOSITES = """
increase increasing rise rises rose risen grow grew grown / decrease decreasing decline fall falls fell fallen shrink shrank
before / after  ;  least minimum / most maximum  ;  more / less fewer  ;  summer / winter  ;  doubled / halved
always / never  ;  once / twice  ;  mandatory compulsory required / optional voluntary  ;  earlier / later
allowed permitted / forbidden prohibited banned  ;  highest / lowest  ;  higher / lower  ;  longest / shortest
north / south  ;  east / west  ;  left / right  ;  up / down  ;  included / excluded  ;  enabled / disabled  ;  inside / outside
charged / discharged
"""


def stem(word: str) -> str:
    """A light stem: plural, past and present forms of a word fall together; short words stay as they are."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and not word.endswith("ss") and re.search("[aeiouy]", rest):
            if ending in ("ing", "ed") and rest[-1] == rest[-2] and rest[-1] not in "lse":
                rest = rest[:-1]
            return rest.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


_UNITS_ELSEWHERE = """
kilogram kilogramm kilogrammes kilogramme kilogramos kilogramo kilogrammi kilogrammo quilogramas quilos kilos kilo chili
gram gramm grammes gramme gramos gramo grammi grammo gramas  /  liter litres litre litros litro litri
kilometer kilometern kilomètres kilomètre kilómetros kilómetro chilometri chilometro quilómetros quilômetros
meter metern mètres mètre metros metro metri  /  centimeter zentimeter zentimetern centimètres centímetros centimetri
euro euros  /  dollar dollars dólares dollari  /  percent prozent procent
hour stunde stunden heure heures hora horas ora ore uur uren  /  minute minuten minutes minuto minutos minuti minuut
second sekunde sekunden secondes seconde segundo segundos secondi secondo seconden
day tag tage tagen jour jours día días dia dias giorno giorni dag dagen
week woche wochen semaine semaines semana semanas settimana settimane weken
  month monat monate monaten mois mes meses mese mesi mês maand maanden
year jahr jahre jahren an ans année années año años anno anni ano anos jaar jaren
"""


def _units_elsewhere() -> Mapping[str, str]:
    """Unit words of other languages → the stem of the English one, which stands before them."""
    its = [line.split() for line in re.split(r"/|\n", _UNITS_ELSEWHERE) if line.strip()]
    return {word: stem(words[0]) for words in its for word in words}


UNITS_ELSEWHERE = _units_elsewhere()
ENGLISH_TOO = {word for word, unit in UNITS_ELSEWHERE.items() if stem(word) == unit} | {"an", "ore", "ora"}
KNOWN_UNITS = frozenset(stem(unit) for unit in (*UNITS.values(), *SYMBOLS.values(), *_LONG.split()))


def _opposites() -> Mapping[str, frozenset[str]]:
    pairs: dict[str, frozenset[str]] = {}
    for one, other in (line.split("/") for line in re.split(r";|\n", _OPPOSITES) if "/" in line):
        here, there = (frozenset(stem(word) for word in side.split()) for side in (one, other))
        pairs |= dict.fromkeys(here, there) | dict.fromkeys(there, here)
    return pairs


OPPOSITES = _opposites()

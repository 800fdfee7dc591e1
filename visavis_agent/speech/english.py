"""English words for what is written in figures, symbols and short forms. Numbers come from num2words.

`find` scans a text once with one pattern; each alternative has a function that says it. What no alternative
takes is left to speech/text.py. British and American English differ in the order of numeric dates and in
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from num2words import num2words

from visavis_agent.speech.english_tables import (
    ABBREVIATIONS,
    COUNTED_NAMES,
    CURRENCIES,
    FRACTIONS,
    INITIALISMS,
    LETTERS,
    MONTHS,
    SCALES,
    SYMBOLS,
    UNITS,
    WEEKDAYS,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Characters [start, end) of a text, and the words for them."""

    start: int
    end: int
    words: str


def find(text: str, locale: str = "en-US") -> list[Reading]:
    """Everything in `text` that is not read as it is written, in order, without overlaps."""
    day_first = locale.replace("_", "-").lower() not in ("en", "en-us")
    shouted = text.upper() == text
    readings: list[Reading] = []
    before = ""
    for match in _PATTERN.finditer(text):
        words = _say(match, day_first, shouted)
        if words is None:
            continue
        kind = match.lastgroup or ""
        last = readings[-1] if readings else None
        if last and before == kind in _RANGED and _DASH.fullmatch(text, last.end, match.start()):
            readings[-1] = Reading(last.start, match.end(), f"{last.words} to {words}")
        else:
            readings.append(Reading(match.start(), match.end(), words))
        before = kind
    return readings


def cardinal(number: str) -> str:
    """Words for a figure like "-1,234.5"; digit by digit beyond the trillions."""
    plain = _canonical(number).replace("−", "-").lstrip("+")
    sign, plain = ("minus ", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, decimals = plain.partition(".")
    if len(whole) > 15 or (len(whole) > 1 and whole.startswith("0")):
        words = digits(whole)
    else:
        words = _clean(num2words(int(whole or "0")))
    return f"{sign}{words} point {digits(decimals)}" if decimals else sign + words


def _canonical(number: str) -> str:
    """A figure without marks between its thousands, with a point before its decimals: "1.234,56" as "1234.56"."""
    if _CONTINENTAL.fullmatch(number.lstrip("-−+")):
        number = number.replace(".", "").replace(",", ".")
    return re.sub(r"[,\s]", "", number)


def digits(number: str) -> str:
    """Digit by digit."""
    return " ".join(_clean(num2words(int(d))) for d in number if d.isdigit())


def ordinal(number: str) -> str:
    return _clean(num2words(int(number), to="ordinal")) if len(number) <= 15 else digits(number)


def year(number: str) -> str:
    """A year of four digits as it is said ("nineteen oh five")."""
    return _clean(num2words(int(number), to="year")) if number[0] in "12" else cardinal(number)


def spell(letters: str) -> str:
    """Letter by letter; digits as digits."""
    return " ".join(LETTERS.get(c.lower(), digits(c)) for c in letters if c.isalnum() and c.isascii())


def _clean(words: str) -> str:
    return words.replace("-", " ").replace(",", "")


def _plural(word: str, amount: str) -> str:
    singular, plural = UNITS.get(word) or (word, word)
    return singular if amount in ("1", "-1", "−1") else plural


def _quantity(text: str) -> str:
    """A figure or a range of two."""
    parts = re.split(r"\s*[–-]\s*(?=\d)", text.strip().lstrip("-−+"))
    words = " to ".join(cardinal(part) for part in parts if part)
    return ("minus " if text.strip().startswith(("-", "−")) else "") + words


# --------------------------------------------------------------------------------------------- one kind each
def _url(match: re.Match[str]) -> str:
    text = re.sub(r"^https?://", "", match["url"], flags=re.I)
    return _address(re.sub(r"^www\.", "w w w dot ", text, flags=re.I))


def _address(text: str) -> str:
    text = re.sub(r"[./@_:?=&#%+~-]", lambda m: f" {SYMBOLS.get(m[0], '')} ", text)
    text = re.sub(r"\d+", lambda m: f" {cardinal(m[0]) if len(m[0]) < 5 else digits(m[0])} ", text)
    return re.sub(r"[^A-Za-z ]", " ", text)


def _email(match: re.Match[str]) -> str:
    return _address(match["email"])


def _money(match: re.Match[str]) -> str | None:
    symbol = match["symbol"] or match["code"]
    amount = match["amount"] or match["amount2"]
    major, majors, minor, minors = CURRENCIES[symbol]
    scale = SCALES.get((match["scale"] or "").strip().lower(), "")
    if match["more"]:
        return f"{cardinal(amount)} to {cardinal(match['more'])} {scale} {majors}"
    whole, _, decimals = _canonical(amount).partition(".")
    if scale or not minor or len(decimals) not in (0, 2):
        return f"{cardinal(amount)} {scale} {majors}"
    words = f"{cardinal(whole)} {major if whole == '1' else majors}"
    if decimals and int(decimals):
        cents = str(int(decimals))
        part = f"{cardinal(cents)} {minor if cents == '1' else minors}"
        words = part if whole == "0" else f"{words} and {part}"
    return words


def _date(day: str, month: str, year_: str | None) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    words = f"{MONTHS[int(month) - 1]} {ordinal(day)}"
    if year_:
        words += " " + (year(year_) if len(year_) == 4 else year("20" + year_))
    return words


def _iso(match: re.Match[str]) -> str | None:
    words = _date(match["iso_d"], match["iso_m"], match["iso_y"])
    clock = find(match["iso_t"]) if words and match["iso_t"] else []
    return f"{words} at {clock[0].words}" if clock else words


def _numeric_date(match: re.Match[str], day_first: bool) -> str | None:
    first, second = match["nd_1"], match["nd_2"]
    if match["nd_sep"] == "." or day_first or int(first) > 12:
        first, second = second, first
    return _date(second, first, match["nd_y"])


def _month_day(match: re.Match[str]) -> str | None:
    name = match["md_m"] or match["dm_m"]
    day = match["md_d"] or match["dm_d"]
    number = next(i for i, month in enumerate(MONTHS) if month[:3].lower() == name[:3].lower()) + 1
    return _date(day, str(number), match["md_y"] or match["dm_y"])


def _time(match: re.Match[str]) -> str | None:
    hour = int(match["t_h"] or match["t_h2"] or match["t_h3"])
    minute = int(match["t_m"] or match["t_m3"] or "0")
    half = match["t_ap"] or match["t_ap2"] or match["t_ap3"]
    suffix = f" {LETTERS[half.lower()]} m" if half else ""
    if hour > 24 or (half and hour > 12):
        return None
    if not minute:
        return cardinal(str(hour)) + (suffix or (" o'clock" if 0 < hour <= 12 else " hundred hours"))
    minutes = cardinal(str(minute)) if minute > 9 else f"oh {cardinal(str(minute))}"
    return f"{cardinal(str(hour))} {minutes}{suffix}"


def _decade(match: re.Match[str]) -> str:
    number = match["decade"].lstrip("'")
    words = year(number) if len(number) == 4 else cardinal(number)
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def _unit(match: re.Match[str]) -> str:
    amount, unit = match["u_n"], match["u_u"]
    return f"{_quantity(amount)} {_plural(unit, amount.strip())}"


def _fraction(match: re.Match[str]) -> str:
    above, below = match["f_1"], match["f_2"]
    if int(above) < int(below) and below in FRACTIONS:
        one, many = FRACTIONS[below]
        return f"{cardinal(above)} {one if above == '1' else many}"
    return f"{cardinal(above)} {'' if (above, below) == ('24', '7') else 'slash'} {cardinal(below)}"


def _vulgar(match: re.Match[str]) -> str:
    above, below = _VULGAR[match["vulgar"][-1]]
    one, many = FRACTIONS[below]
    part = f"{'a' if above == '1' else cardinal(above)} {one if above == '1' else many}"
    whole = match["vulgar"][:-1]
    return f"{cardinal(whole)} and {part}" if whole else part.replace("a ", "one ", 1)


def _phone(match: re.Match[str]) -> str | None:
    text = match["phone"]
    if sum(c.isdigit() for c in text) < 7:
        return None
    return ("plus " if text.startswith("+") else "") + digits(text)


def _number(match: re.Match[str]) -> str:
    text = match["number"]
    if re.fullmatch(r"1[1-9]\d\d|20[1-9]\d", text):
        return year(text)
    return cardinal(text) if len(text.lstrip("+-−")) < 7 or "," in text or "." in text else _long(text)


def _long(text: str) -> str:
    return cardinal(text) if text.strip("+-−0") and text.endswith("000") else digits(text)


def _mixed(match: re.Match[str]) -> str:
    parts = re.findall(r"[A-Za-z]+|\d+", match["mixed"])
    return " ".join(_mixed_part(part) for part in parts)


def _mixed_part(part: str) -> str:
    if part.isdigit():
        return cardinal(part) if len(part) < 5 else digits(part)
    return spell(part) if len(part) <= 4 and (part.isupper() or len(part) == 1) else part


def _years(match: re.Match[str]) -> str:
    last = match["years_2"]
    return f"{year(match['years_1'])} to {year(last) if len(last) == 4 else cardinal(last)}"


def _version(match: re.Match[str]) -> str:
    words = " point ".join(cardinal(part) for part in match[0].lstrip("v").split("."))
    return f"version {words}" if match[0].startswith("v") else words


def _month(name: str) -> str:
    return next(month for month in MONTHS if month[:3].lower() == name[:3].lower())


def _roman(match: re.Match[str]) -> str | None:
    total = _roman_value(match["r_n"])
    if match["r_w"] in COUNTED_NAMES:
        return f"{match['r_w']} {cardinal(str(total))}"
    return f"{match['r_w']} the {ordinal(str(total))}"


def _roman_value(numeral: str) -> int:
    numbers = [{"I": 1, "V": 5, "X": 10}[c] for c in numeral]
    return sum(-a if a < b else a for a, b in zip(numbers, numbers[1:] + [0], strict=True))


def _abbreviation(match: re.Match[str]) -> str:
    short = match["short"]
    if short.lower() == "st.":
        return "Saint" if re.match(r"\s+[A-Z]", match.string[match.end() :]) else "Street"
    return ABBREVIATIONS[short.lower()]


def _say(match: re.Match[str], day_first: bool, shouted: bool) -> str | None:
    kind = match.lastgroup or ""
    if kind == "K_ndate":
        return _numeric_date(match, day_first)
    if kind == "K_initialism":
        return None if shouted else spell(match[0])
    return _SPEAKERS[kind](match)


_SPEAKERS: dict[str, Callable[[re.Match[str]], str | None]] = {
    "K_url": _url,
    "K_email": _email,
    "K_money": _money,
    "K_debt": lambda m: f"minus {find(m[0].replace('-', '').replace('−', ''))[0].words}",
    "K_half": lambda m: (
        f"{cardinal(m['half_1'])} and {'a' if m['half_2'] == '1' else cardinal(m['half_2'])} "
        f"{FRACTIONS[m['half_3']][m['half_2'] != '1']}"
    ),
    "K_years": _years,
    "K_ratio": lambda m: f"{cardinal(m['ratio_1'])} to {cardinal(m['ratio_2'])}",
    "K_weekday": lambda m: WEEKDAYS[m["weekday"][:3]],
    "K_page": lambda m: "page " if m[0].count("p") == 1 else "pages ",
    "K_point": lambda m: f"point {digits(m['point'])}",
    "K_iso": _iso,
    "K_counted": lambda m: f"{m['c_w']} {cardinal(str(_roman_value(m['c_n'])))}",
    "K_century": lambda m: ordinal(str(_roman_value(m["century"]))),
    "K_monthyear": lambda m: f"{_month(m['my_m'])} {year(m['my_y'])}",
    "K_monthday": _month_day,
    "K_time": _time,
    "K_ordinal": lambda m: ordinal(m["ordinal"]),
    "K_decade": _decade,
    "K_percent": lambda m: f"{_quantity(m['percent'])} percent",
    "K_unit": _unit,
    "K_fraction": _fraction,
    "K_vulgar": _vulgar,
    "K_phone": _phone,
    "K_version": _version,
    "K_range": lambda m: _quantity(m[0]),
    "K_mixed": _mixed,
    "K_number": _number,
    "K_roman": _roman,
    "K_count": lambda m: "number ",
    "K_dotted": lambda m: spell(m[0]),
    "K_short": _abbreviation,
}

_VULGAR = {"½": ("1", "2"), "⅓": ("1", "3"), "⅔": ("2", "3"), "¼": ("1", "4"), "¾": ("3", "4")}
_RANGED = ("K_time", "K_weekday", "K_ordinal", "K_monthday", "K_monthyear", "K_money", "K_unit", "K_percent")
_DASH = re.compile(r"\s?[–-]\s?")
"""Between two of these kinds a dash is a "to"."""
_CONTINENTAL = re.compile(r"\d{1,3}(?:\.\d{3})*,\d{1,2}|\d{1,3}(?:\.\d{3}){2,}")
_N = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)"
    r"|\d+(?:\.\d+)?"
)
_Q = rf"[-−]?(?:{_N})(?:\s?[–-]\s?(?:{_N}))?"
_MONTH = "(?:" + "|".join(rf"{m[:3]}(?:{m[3:]}|\.)?" if len(m) > 3 else m for m in MONTHS) + r"|Sept\.?)"
_TO = r"\.?\s?(?:[–-]|to)\s?[A-Z]"
_DAYS = "Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:r(?:s(?:day)?)?)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?"
_CURRENCY = "|".join(re.escape(s) for s in CURRENCIES if not s.isalpha())
_CODE = "|".join(re.escape(s) for s in CURRENCIES)
_SCALE = "|".join(sorted((re.escape(s) for s in SCALES), key=len, reverse=True))
_UNIT = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_SHORT = "|".join(sorted((re.escape(a) for a in ABBREVIATIONS), key=len, reverse=True))
_TOP = "com|org|net|edu|gov|io|de|uk|eu|ai|info|dev|app"

# The group of an alternative closes after the groups inside it, so `lastgroup` is the kind.
_PATTERN = re.compile(
    "|".join(
        f"(?P<K_{kind}>{pattern})"
        for kind, pattern in (
            (
                "url",
                r"(?P<url>(?i:https?://|www\.)[^\s<>\"]*[\w/]"
                rf"|(?<![\w@.])(?i:(?:[a-z0-9-]+\.)+(?:{_TOP})\b)(?:/[^\s]*\w)?)",
            ),
            ("email", r"(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"),
            (
                "debt",
                rf"(?:(?<![\w)])[-−]\s?(?:{_CURRENCY})\s?|(?:{_CURRENCY})\s?[-−])(?:{_N})(?:\s?(?i:{_SCALE})\b)?",
            ),
            (
                "money",
                rf"(?P<symbol>{_CURRENCY})\s?(?P<amount>{_N})(?:[–-](?P<more>{_N}))?(?P<scale>\s?(?i:{_SCALE})\b)?"
                rf"|(?<![\w.])(?P<amount2>\d+,\d\d(?!\d)|\d{{1,3}}(?:\.\d{{3}}){{2,}}|{_N})\s?(?P<code>{_CODE})(?!\w)",
            ),
            (
                "iso",
                r"(?<![\w-])(?P<iso_y>\d{4})-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)"
                r"(?:T(?P<iso_t>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])",
            ),
            (
                "ndate",
                r"(?<![\w/.])(?P<nd_1>\d{1,2})(?P<nd_sep>[/.])(?P<nd_2>\d{1,2})"
                r"(?P=nd_sep)(?P<nd_y>\d{4}|\d\d)(?![\w/])",
            ),
            (
                "monthday",
                rf"\b(?P<md_m>{_MONTH})\s(?P<md_d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s(?P<md_y>\d{{4}})\b)?"
                rf"|(?<![\w.])(?P<dm_d>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?\s(?P<dm_m>{_MONTH})(?!\w)"
                r"(?:,?\s(?P<dm_y>\d{4})\b)?",
            ),
            ("monthyear", rf"\b(?P<my_m>{_MONTH})\s(?P<my_y>(?:1[5-9]|20)\d\d)(?!\w)"),
            (
                "time",
                r"(?<![\w:.])(?P<t_h>\d{1,2}):(?P<t_m>[0-5]\d)(?::[0-5]\d)?(?![\d:])"
                r"(?:\s?(?P<t_ap>[aApP])\.?[mM]\b\.?|\s?h\b)?"
                r"|(?<![\w:.])(?P<t_h3>\d{1,2})\.(?P<t_m3>[0-5]\d)\s?(?P<t_ap3>[aApP])\.?[mM]\b\.?"
                r"|(?<![\w:.])(?P<t_h2>\d{1,2})\s?(?P<t_ap2>[aApP])\.?[mM]\b\.?",
            ),
            ("ratio", r"(?<![\w:.])(?P<ratio_1>\d{1,3}):(?P<ratio_2>\d{1,3})(?![\d:])"),
            ("half", r"(?<![\w.])(?P<half_1>\d{1,3})\s(?P<half_2>1|(?:2|3)(?=/[458]))/(?P<half_3>[234568])(?![\w/])"),
            (
                "years",
                r"(?<![\w.,-])(?P<years_1>1[1-9]\d\d|20\d\d)\s?[–-]\s?(?P<years_2>1[1-9]\d\d|20\d\d|[1-9]\d)(?![\w-])",
            ),
            ("ordinal", r"(?<![\w.])(?P<ordinal>\d+)(?:st|nd|rd|th)\b"),
            ("decade", r"(?<![\w.])(?P<decade>\d{3}0|'?\d0)s\b"),
            ("percent", rf"(?<![\w.])(?P<percent>{_Q})\s?%"),
            ("unit", rf"(?<![\w.])(?P<u_n>{_Q})\s?(?P<u_u>{_UNIT})(?![\w'])"),
            ("fraction", r"(?<![\w/.])(?P<f_1>\d{1,2})/(?P<f_2>\d{1,2})(?![\w/])"),
            ("vulgar", r"(?P<vulgar>\d*[½⅓⅔¼¾])"),
            (
                "phone",
                r"(?<![\w.,])(?P<phone>(?:\+|(?=0))\d[\d ()/-]{5,18}\d|\d{3}[ -]\d{3,4}[ -]\d{4})(?!\w)",
            ),
            ("version", r"(?<![\w.])(?:v?\d+(?:\.\d+){2,}|v\d+\.\d+)(?!\w)"),
            ("range", r"(?<![\w.,-])\d{1,4}\s?[–-]\s?\d{1,4}(?![\w-])"),
            ("mixed", r"(?<!\w)(?P<mixed>(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]+)(?!\w)"),
            ("number", rf"(?P<number>(?:(?<![\w)])[-−+])?(?:{_N}))"),
            ("point", r"(?<![\w.])\.(?P<point>\d+)(?![\w.])"),
            (
                "weekday",
                rf"(?<!\w)(?P<weekday>(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri)(?=\.|,|\s\d|{_TO})|(?:Sat|Sun)(?=\s\d|\.\s?[,&\d]|{_TO})"
                rf"|(?<=[–-])(?:{_DAYS})(?!\w)|(?<=[–-]\s)(?:{_DAYS})(?!\w)|(?<=\sto\s)(?:{_DAYS})(?!\w)|(?:{_DAYS})(?=[–-][A-Z]))\.?",
            ),
            ("page", r"(?<!\w)pp?\.\s?(?=\d)"),
            ("counted", r"\b(?P<c_w>War|Chapter|Part|Act|Volume|Phase|Type|Section)\s(?P<c_n>[IVX])(?![\w'.])"),
            ("century", r"\b(?P<century>(?=[XVI]{2})X{0,2}(?:IX|IV|V?I{0,3}))(?=\s[Cc]entur)"),
            ("roman", r"\b(?P<r_w>[A-Z][a-z]+)\s(?P<r_n>(?=[XVI]{2})X{0,2}(?:IX|IV|V?I{0,3}))(?![\w'])"),
            ("count", r"\bNo\.\s?(?=\d)"),
            ("short", rf"(?<![\w.])(?P<short>(?i:{_SHORT}))(?!\w)"),
            ("dotted", r"(?<!\w)(?:[A-Za-z]\.){2,}(?!\w)"),
            ("initialism", rf"(?<!\w)(?:{'|'.join(INITIALISMS)})(?!\w)"),
        )
    )
)

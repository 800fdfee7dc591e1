"""Dates, units and short forms of some languages in words, where espeak-ng would spell them or read them as decimals.

Everything else in these languages, and all other languages, is left to espeak-ng, which reads numbers, money, percent
and times with their grammar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from num2words import num2words


@dataclass(frozen=True, slots=True)
class Manner:
    """How a language says them.

    Attributes:
        months: their names, from January.
        date: with {day}, {month} and {year}.
        units: after a number: one and several, by symbol.
        short: short forms without their last full stop.
        after_time: what is written after a time and is already in it.
    """

    months: tuple[str, ...]
    date: str
    units: Mapping[str, tuple[str, str]]
    short: Mapping[str, str]
    after_time: str = ""


def _units(text: str) -> dict[str, tuple[str, str]]:
    """From "°C grado Celsius/grados Celsius, km kilómetro/kilómetros, …"."""
    pairs = (entry.strip().split(" ", 1) for entry in text.split(","))
    return {symbol: (words.split("/")[0], words.split("/")[1]) for symbol, words in pairs}


MANNERS: Mapping[str, Manner] = {
    "de": Manner(
        ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
         "Dezember"),
        "{day} {month} {year}",
        _units("°C Grad Celsius/Grad Celsius, "
               "km Kilometer/Kilometer, m Meter/Meter, cm Zentimeter/Zentimeter, mm Millimeter/Millimeter, "
               "m² Quadratmeter/Quadratmeter, km/h Stundenkilometer/Stundenkilometer, kg Kilogramm/Kilogramm, "
               "g Gramm/Gramm, l Liter/Liter, min Minute/Minuten, Min Minute/Minuten, h Stunde/Stunden, "
               "Std Stunde/Stunden"),
        {"Nr": "Nummer", "Tel": "Telefon", "Dr": "Doktor", "Prof": "Professor", "Str": "Straße", "ca": "circa",
         "z.B": "zum Beispiel", "d.h": "das heißt", "usw": "und so weiter", "bzw": "beziehungsweise", "St": "Sankt",
         "inkl": "inklusive", "max": "maximal", "Jh": "Jahrhundert"},
        "Uhr",
    ),
    "fr": Manner(
        ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
         "décembre"),
        "{day} {month} {year}",
        _units("°C degré Celsius/degrés Celsius, "
               "m mètre/mètres, cm centimètre/centimètres, mm millimètre/millimètres, m² mètre carré/mètres carrés, "
               "km/h kilomètre heure/kilomètres heure, g gramme/grammes, l litre/litres, min minute/minutes, "
               "h heure/heures"),
        {"M": "monsieur", "Mme": "madame", "Mlle": "mademoiselle", "Tél": "téléphone", "env": "environ",
         "p.ex": "par exemple", "etc": "et cetera", "St": "saint", "Ste": "sainte"},
    ),
    "es": Manner(
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
         "noviembre", "diciembre"),
        "{day} de {month} de {year}",
        _units("°C grado Celsius/grados Celsius, "
               "km kilómetro/kilómetros, m metro/metros, cm centímetro/centímetros, mm milímetro/milímetros, "
               "m² metro cuadrado/metros cuadrados, km/h kilómetro por hora/kilómetros por hora, g gramo/gramos, "
               "l litro/litros, min minuto/minutos, h hora/horas"),
        {"Sr": "señor", "Sra": "señora", "Dr": "doctor", "Dra": "doctora", "Ud": "usted", "Uds": "ustedes",
         "núm": "número", "p.ej": "por ejemplo", "aprox": "aproximadamente"},
    ),
    "it": Manner(
        ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
         "novembre", "dicembre"),
        "{day} {month} {year}",
        _units("°C grado Celsius/gradi Celsius, "
               "km chilometro/chilometri, m metro/metri, cm centimetro/centimetri, mm millimetro/millimetri, "
               "m² metro quadrato/metri quadrati, km/h chilometro orario/chilometri orari, kg chilo/chili, "
               "g grammo/grammi, l litro/litri, min minuto/minuti, h ora/ore"),
        {"Sig": "signor", "Dott": "dottor", "Prof": "professor", "Tel": "telefono", "ecc": "eccetera",
         "n": "numero", "ca": "circa"},
    ),
    "nl": Manner(
        ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
         "november", "december"),
        "{day} {month} {year}",
        _units("°C graad Celsius/graden Celsius, "
               "km kilometer/kilometer, m meter/meter, cm centimeter/centimeter, mm millimeter/millimeter, "
               "m² vierkante meter/vierkante meter, km/h kilometer per uur/kilometer per uur, kg kilo/kilo, "
               "g gram/gram, l liter/liter, min minuut/minuten, u uur/uur"),
        {"dhr": "de heer", "mevr": "mevrouw", "dr": "dokter", "Tel": "telefoon", "bijv": "bijvoorbeeld",
         "enz": "enzovoort", "ca": "circa"},
    ),
    "pt": Manner(
        ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
         "novembro", "dezembro"),
        "{day} de {month} de {year}",
        _units("°C grau Celsius/graus Celsius, "
               "km quilómetro/quilómetros, m metro/metros, cm centímetro/centímetros, mm milímetro/milímetros, "
               "m² metro quadrado/metros quadrados, km/h quilómetro por hora/quilómetros por hora, kg quilo/quilos, "
               "g grama/gramas, l litro/litros, min minuto/minutos, h hora/horas"),
        {"Sr": "senhor", "Sra": "senhora", "Dr": "doutor", "Dra": "doutora", "Tel": "telefone"},
    ),
}  # fmt: skip

_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")
_MEASURE = re.compile(r"(-?\d+(?:[.,]\d+)*)([^\W\d]\S*)")
_TIME = re.compile(r"\d{1,2}[:.]\d\d")


def in_words(word: str, before: str, language: str) -> str | None:
    """A word without the punctuation around it as it is said; None where it is said as it is written.

    Args:
        before: the word before it, likewise bare.
        language: primary subtag.
    """
    manner = MANNERS.get(language)
    if manner is None:
        return None
    if date := _DATE.fullmatch(word):
        return _date(int(date[1]), int(date[3]), int(date[4]), manner, language)
    if _NUMBER.fullmatch(before) and word in manner.units:
        return manner.units[word][before != "1"]
    if (measure := _MEASURE.fullmatch(word)) and measure[2] in manner.units:
        return f"{measure[1]} {manner.units[measure[2]][measure[1] != '1']}"
    if word == manner.after_time and _TIME.fullmatch(before):
        return ""
    return None


def short_form(word: str, language: str) -> str | None:
    """The words for a short form that is written with a full stop, which is not given."""
    manner = MANNERS.get(language)
    return manner.short.get(word) if manner else None


def _date(day: int, month: int, year: int, manner: Manner, language: str) -> str | None:
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    name = manner.months[month - 1]
    if language == "de":  # as after "am", "vom" and "bis zum"
        ordinal, said = num2words(day, lang="de", to="ordinal"), num2words(year, lang="de", to="year")
        return manner.date.format(day=f"{ordinal}n", month=name, year=said)
    first = {"fr": "premier", "it": "primo"}.get(language)
    return manner.date.format(day=first if day == 1 and first else day, month=name, year=year)

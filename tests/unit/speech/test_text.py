from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.speech.text import LONGEST_WORD, clean, normalise


def spoken(text: str, locale: str = "en") -> str:
    return " ".join(token.spoken for token in normalise(text, locale).tokens if token.spoken)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It costs $5.50.", "It costs five dollars and fifty cents"),
        ("€3 million or £1", "three million euros or one pound"),
        ("$0.99 and 12 USD", "ninety nine cents and twelve dollars"),
        ("at 10:30 a.m.", "at ten thirty ay m"),
        ("at 7pm, 19:05 or 12:00", "at seven p m nineteen oh five or twelve o'clock"),
        ("on May 3rd, 2024", "on May third twenty twenty four"),
        ("3 March 1905", "March third nineteen oh five"),
        ("2024-05-03", "May third twenty twenty four"),
        ("the 1990s and the '80s", "the nineteen nineties and the eighties"),
        ("1st, 22nd and 103rd", "first twenty second and one hundred and third"),
        ("1,234,567", "one million two hundred and thirty four thousand five hundred and sixty seven"),
        ("-5 °C to 20°C", "minus five degrees Celsius to twenty degrees Celsius"),
        ("5 km, 1 kg, 3.5 GHz", "five kilometers one kilogram three point five gigahertz"),
        ("10-20 people", "ten to twenty people"),
        ("50% off", "fifty percent off"),
        ("1/2 and ¾ and 24/7", "one half and three quarters and twenty four seven"),
        ("version 1.2.3", "version one point two point three"),
        ("call +49 30 1234567", "call plus four nine three zero one two three four five six seven"),
        ("0049", "zero zero four nine"),
        ("B12 and MP3 and 3D", "b twelve and m p three and three d"),
        ("World War II and Louis XIV", "World War two and Louis the fourteenth"),
        (
            "Dr. Smith, e.g. on Main St. in St. Louis",
            "doctor Smith for example on Main Street in Saint Louis",
        ),
        ("the US and us", "the u s and us"),
        ("U.S.A. has AI", "u s ay has ay i"),
        ("see https://example.com/a-b?x=1", "see example dot com slash a dash b question mark x equals one"),
        ("mail foo.bar@baz.org!", "mail foo dot bar at baz dot org"),
        ("rock & roll @ home", "rock and roll at home"),
        ("**bold** _it_ `code` # title", "bold it code title"),
        ("naïve café straße Łódź", "naive cafe strasse Lodz"),
        ("well-known “friend’s” dog", "well known friend's dog"),
        ("wave 👋🏽 hello 😀", "wave hello"),
        (
            "Open Mon-Fri 9-5, Sat–Sun 10:00–18:00 h, Wed. 3pm",
            "Open Monday to Friday nine to five Saturday to Sunday ten o'clock to eighteen hundred hours Wednesday"
            " three p m",
        ),
        ("Monday-Friday 9.30am - 6 p.m.", "Monday to Friday nine thirty ay m to six p m"),
        ("the Sun, and I sat. Mon ami", "the Sun and I sat Mon ami"),
        (
            "€1.234,56 or 1.000.000 € or 1,50 €",
            "one thousand two hundred and thirty four euros and fifty six cents or "
            "one million euros or one euro and fifty cents",
        ),
        ("-$5 million, $-2, US$3, 10¢", "minus five million dollars minus two dollars three US dollars ten cents"),
        ("$5-10 or €2–€3", "five to ten dollars or two euros to three euros"),
        ("2024-12-31T23:59:59Z", "December thirty first twenty twenty four at twenty three fifty nine"),
        ("1990-1995 and 1990–95", "nineteen ninety to nineteen ninety five and nineteen ninety to ninety five"),
        ("Mar 2024, Apr 1–Sep 30", "March twenty twenty four April first to September thirtieth"),
        ("1 1/2 cups, the 2nd–3rd floor", "one and a half cups the second to third floor"),
        ("World War I, Part V, XIX century", "World War one Part five nineteenth century"),
        ("v2.0.1, p. 12, pp. 3-5", "version two point zero point one page twelve pages three to five"),
        ("won 3:2, a 16:9 screen, .5", "won three to two a sixteen to nine screen point five"),
        ("±5, 3‰, π", "plus or minus five three per mille pi"),
        ("90 dB, 5 mi, 10 MB/s, 8–12 yrs", "ninety decibels five miles ten megabytes per second eight to twelve years"),
        ("in 44 BC", "in forty four b c"),
    ],
)
def test_english_is_put_into_words(written: str, said: str) -> None:
    assert spoken(written) == said


def test_numeric_dates_follow_the_locale() -> None:
    assert spoken("3/5/2024", "en-US") == "March fifth twenty twenty four"
    assert spoken("3/5/2024", "en-GB") == "May third twenty twenty four"


def test_a_reading_over_several_words_is_one_token_with_what_was_written() -> None:
    tokens = normalise("Pay €3 million, now.").tokens
    assert [token.written for token in tokens] == ["Pay", "€3 million,", "now."]
    assert [token.punctuation for token in tokens] == ["", ",", "."]


def test_punctuation_that_stands_alone_pauses_after_the_word_before() -> None:
    marks = [token.punctuation for token in normalise("Well — yes (I think) no").tokens if token.spoken]
    assert marks == [",", ",", "", ",", ""]


def test_scripts_without_a_sound_are_named_and_emoji_are_not() -> None:
    read = normalise("Say Привет or 你好 😀")
    assert read.unspoken == {"Cyrillic", "Cjk"}
    assert not normalise("你好").speakable


def test_other_languages_go_to_their_engine_as_they_are_written() -> None:
    assert spoken("Das kostet 3,50 € – **toll**!", "de") == "Das kostet 3,50 € toll"
    assert [token.written for token in normalise("你好，博物馆？", "cmn").tokens] == [
        "你",
        "好，",
        "博",
        "物",
        "馆？",
    ]


@pytest.mark.parametrize(
    ("locale", "written", "said"),
    [
        ("de", "Am 03.05.2024, 10:30 Uhr", "Am dritten Mai zweitausendvierundzwanzig 10:30"),
        ("de", "5 km, 80 km/h oder 3m", "5 Kilometer 80 Stundenkilometer oder 3 Meter"),
        ("de-AT", "Dr. Huber, Nr. 5, z.B. 20 °C", "Doktor Huber Nummer 5 zum Beispiel 20 Grad Celsius"),
        ("fr", "le 1/5/2024 à 2 km", "le premier mai 2024 à 2 km"),
        ("es", "El 3/5/2024, 1 km y 15 min", "El 3 de mayo de 2024 1 kilómetro y 15 minutos"),
        ("it", "il 01.12.1999", "il primo dicembre 1999"),
        ("nl", "45/13/2024 en 1.500", "45/13/2024 en 1.500"),
        ("pt-BR", "3-10-2025", "3 de outubro de 2025"),
        ("pl", "5 km", "5 km"),
    ],
)
def test_dates_units_and_short_forms_of_other_languages(locale: str, written: str, said: str) -> None:
    assert spoken(written, locale) == said


def test_the_full_stop_of_a_short_form_ends_no_phrase_but_a_sentence() -> None:
    assert [token.punctuation for token in normalise("Nr. 5 usw.", "de").tokens] == ["", "", "."]


def test_words_of_any_length_are_cut_to_what_an_engine_takes() -> None:
    words = spoken("a" * 1000 + " " + "7" * 1000).split()
    assert max(map(len, words)) <= LONGEST_WORD


@given(st.text(max_size=120), st.sampled_from(["en", "en-GB", "de", "ja"]))
def test_any_text_gives_tokens_in_its_order(text: str, locale: str) -> None:
    tokens = normalise(text, locale).tokens
    written = "".join(token.written for token in tokens)
    assert "".join(written.split()) == "".join(clean(text).split())
    assert not any(c < " " for c in written)


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=80))
def test_what_an_english_voice_gets_is_ascii_words(text: str) -> None:
    for token in normalise(text).tokens:
        assert re.fullmatch(r"([A-Za-z']+( [A-Za-z']+)*)?", token.spoken)


@given(st.from_regex(r"[$€£]?-?\d{1,20}([.,:/-]\d{1,4}){0,3}( ?(km|%|am|st|€|m|million))?", fullmatch=True))
def test_figures_of_every_shape_are_said(figure: str) -> None:
    assert spoken(figure)


@given(st.text(alphabet="0123456789$€¢.,:;/-–−%'()+ \u00a0pmaMTZhvIVXstdMonWed½°#№", max_size=40))
def test_no_heap_of_figures_and_signs_is_too_much(text: str) -> None:
    for token in normalise(text).tokens:
        assert re.fullmatch(r"([A-Za-z']+( [A-Za-z']+)*)?", token.spoken)

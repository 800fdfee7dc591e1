from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.records import GestureMark
from visavis_agent.speech.markup import LONGEST_BREAK_S, parse


def test_markup_is_read_and_left_out_of_the_text() -> None:
    parsed = parse("<set expression(happy)>Hello <gesture wave> there. <break 300ms>How are you?")
    assert parsed.text == "Hello there. How are you?"
    assert parsed.gestures == (GestureMark("wave", 6),)
    assert parsed.breaks == ((13, 0.3),)
    [(place, emotion)] = parsed.expressions
    assert (place, emotion.label) == (0, "joy")


def test_expressions_take_an_intensity() -> None:
    assert parse("<set expression(sad, 0.4)>").expressions[0][1].intensity == 0.4
    assert parse("<set expression(neutral)>").expressions[0][1].intensity == 0.0


def test_breaks_take_seconds_and_have_a_limit() -> None:
    breaks = parse("<break 1.5s/>a<break>b<break 999999s>").breaks
    assert [seconds for _, seconds in breaks] == [1.5, 0.3, LONGEST_BREAK_S]


def test_what_is_no_tag_is_text() -> None:
    for text in ("3 < 4 and 5 > 2", "I <3 you", "a <", "->"):
        assert parse(text).text == text
        assert not parse(text).notes


def test_broken_and_unknown_markup_is_noted_and_not_spoken() -> None:
    assert parse("<set expression(zzz)>Hi").text == "Hi"
    assert parse("Hi <b>you</b>").text == "Hi you"
    assert parse("<gesture wave").text == ""
    assert all(parse(t).notes for t in ("<set expression(zzz)>Hi", "Hi <b>you</b>", "<break soon>", "<gesture fly>"))


def test_places_in_the_marked_text_are_found_in_the_plain_one() -> None:
    raw = "Hello <gesture wave> there"
    parsed = parse(raw)
    assert parsed.text[parsed.place(raw.index("there"))] == "t"
    assert parsed.place(raw.index("wave")) == parsed.text.index("there")


_PIECES = st.sampled_from(
    [
        "<",
        ">",
        "</",
        "/>",
        "set",
        " expression",
        "(happy)",
        "gesture ",
        "wave",
        "break",
        " 300ms",
        "a",
        " ",
        "\n",
        "é",
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=80))
def test_any_markup_is_survived_and_never_spoken(text: str) -> None:
    parsed = parse(text)
    assert not re.search(r"<(set|gesture|break)\b[^<>\n]{0,200}>", parsed.text, re.IGNORECASE)
    places = [parsed.place(i) for i in range(len(text) + 1)]
    assert places == sorted(places)
    assert all(0 <= place <= len(parsed.text) for place in places)
    marks = [mark.character for mark in parsed.gestures] + [place for place, _ in parsed.breaks]
    assert all(0 <= mark <= len(parsed.text) for mark in marks)


def test_of_many_mistakes_a_few_are_told() -> None:
    read = parse("Well, " + "".join(f"<thing{n}> " for n in range(1000)) + "<set> <set> yes.")
    assert read.text == "Well, yes." and len(read.notes) == 6 and "996 more" in read.notes[-1]

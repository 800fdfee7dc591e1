from __future__ import annotations

from tests.unit.speech.conftest import plan
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import GestureMark
from visavis_agent.speech.plan import LONGEST_FIRST_UNIT, LONGEST_UNIT, units_of


def test_a_change_of_expression_starts_a_unit_and_lasts() -> None:
    read = units_of(plan("Fine. <set expression(sad)>Or not. No."), first=True, expression=None)
    assert [(u.text, u.emotion.label) for u in read.units] == [
        ("Fine.", "neutral"),
        ("Or not.", "sadness"),
        ("No.", "sadness"),
    ]
    assert read.expression is not None
    assert read.expression.label == "sadness"
    later = units_of(plan("Still."), first=False, expression=read.expression)
    assert later.units[0].emotion.label == "sadness"


def test_without_an_expression_the_plan_gives_the_emotion() -> None:
    happy = Emotion.of({"joy": 1.0}, intensity=0.5)
    assert units_of(plan("Hi.", emotion=happy), first=True, expression=None).units[0].emotion == happy


def test_a_break_is_silence_before_what_follows() -> None:
    units = units_of(plan("One. <break 500ms>Two."), first=True, expression=None).units
    assert [(u.text, u.silence_s) for u in units] == [("One.", 0.0), ("Two.", 0.5)]
    assert units_of(plan("<break 1s>"), first=True, expression=None).units[0].silence_s == 1.0


def test_gestures_of_plan_and_markup_stay_at_their_words() -> None:
    made = plan("One. <gesture nod>Two there.", gestures=(GestureMark("point", 22),))
    first, second = units_of(made, first=True, expression=None).units
    assert not first.gestures
    assert second.gestures == (GestureMark("nod", 0), GestureMark("point", 4))


def test_only_the_last_unit_ends_the_reply_and_only_the_first_has_the_caption() -> None:
    units = units_of(plan("One. Two. Three."), first=True, expression=None).units
    assert [u.last for u in units] == [False, False, True]
    assert [u.caption for u in units] == ["One. Two. Three.", "", ""]


def test_an_empty_last_clause_still_ends_the_reply() -> None:
    [unit] = units_of(plan(" <set expression(sad)> "), first=True, expression=None).units
    assert (unit.text, unit.last) == ("", True)
    assert not units_of(plan("", last=False), first=True, expression=None).units


def test_a_hundred_thousand_characters_become_units_of_bounded_length() -> None:
    units = units_of(plan("word, " * 16_000), first=True, expression=None).units
    assert len(units[0].text) <= LONGEST_FIRST_UNIT
    assert max(len(u.text) for u in units) <= LONGEST_UNIT
    assert sum(u.text.count("word") for u in units) == 16_000

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import GestureMark
from visavis_agent.dialogue.markup import FIRST_CLAUSE, check_markup, clauses, defuse, plain

PIECES = st.sampled_from(
    [
        "<gesture wave>",
        "<set expression(joy)>",
        "Hello",
        "there.",
        "T. rex",
        ",",
        " ",
        "Yes!",
        "<oops>",
        "3.5",
        "\n",
    ]
)


def test_markup_is_never_spoken() -> None:
    assert plain("<gesture wave>Hello <set expression(joy)>there!") == "Hello there!"


def test_a_gesture_is_placed_at_its_character_of_its_clause() -> None:
    (first, second) = clauses("Welcome here! The hall is <gesture point_left>over there.")
    assert first.gestures == ()
    assert second.gestures == (GestureMark("point_left", second.text.index("over")),)


def test_a_gesture_at_the_very_end_stays_with_the_last_clause() -> None:
    (only,) = clauses("See you soon!<gesture wave>")
    assert only.gestures == (GestureMark("wave", len(only.text) - 1),)


def test_an_expression_lasts_until_the_next_one() -> None:
    text = "Well. <set expression(joy)>How nice! Really. <set expression(sadness)>But no."
    assert [clause.emotion for clause in clauses(text)] == ["", "joy", "joy", "sadness"]


def test_the_first_clause_is_short_so_that_the_voice_can_begin() -> None:
    text = "The planetarium is at the very top of the house, on the second floor, so please take the lift."
    first, *rest = clauses(text)
    assert len(first.text) <= FIRST_CLAUSE + 10
    assert " ".join([first.text, *(clause.text for clause in rest)]) == text


def test_sentences_stay_whole_and_abbreviations_end_none() -> None:
    text = "This is a T. rex, says Dr. Falk. It costs 3.50 euros."
    assert [clause.text for clause in clauses(text)][-1] == "It costs 3.50 euros."
    assert not any(clause.text.endswith(("T.", "Dr.")) for clause in clauses(text))


def test_nothing_to_say_gives_no_clause() -> None:
    assert clauses(" <gesture wave> ") == ()


@given(st.lists(PIECES, max_size=30).map("".join))
def test_clauses_hold_all_words_and_marks_stay_inside(text: str) -> None:
    pieces = clauses(text)
    assert " ".join(piece.text for piece in pieces).split() == plain(text).split()
    for piece in pieces:
        assert piece.text == piece.text.strip() != ""
        assert all(0 <= mark.character < len(piece.text) for mark in piece.gestures)


@given(st.text(max_size=200))
def test_a_visitors_words_are_never_taken_for_markup(text: str) -> None:
    quoted = clauses("You asked: " + defuse(text + "<gesture wave>" + text))
    assert all(not piece.gestures and not piece.emotion for piece in quoted)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<gesture jump>", "unknown gesture 'jump'"),
        ("<set expression(bored)>", "unknown expression 'bored'"),
        ("<break 300ms>", "unknown markup"),
        ("a < b", "without its partner"),
        ("<gesture wave", "without its partner"),
    ],
)
def test_wrong_markup_is_refused_with_what_is_allowed(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as error:
        check_markup(text, "profile.yaml:3")
    assert error.value.where == "profile.yaml:3"
    assert error.value.remedy

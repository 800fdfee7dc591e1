"""Which words may be half of a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.dialogue.wholeness import Wholeness, is_told

WAYS = ("Can I leave?", "Can I leave and come back?", "What is on the first floor?", "I'm hungry.")
JUDGE = Wholeness(WAYS)


@pytest.mark.parametrize(
    ("text", "answered", "whole"),
    [
        ("can i leave", False, True),
        ("can i leave and", True, False),
        ("What is on", True, False),
        ("where are the toilets", True, True),
        ("where are the toilets", False, False),
        ("i'm hungry", True, True),
        ("i'm thirsty", True, False),
        ("i'm thirsty where is there water", True, True),
        ("", False, False),
    ],
)
def test_known_sentences_are_whole_and_beginnings_and_statements_are_not(
    text: str, answered: bool, whole: bool
) -> None:
    assert JUDGE.is_whole(text, answered) is whole


@pytest.mark.parametrize("text", ["hello my son turns eight", "We’ve never been here", "you are too quiet"])
def test_a_statement_is_told(text: str) -> None:
    assert is_told(text)


@pytest.mark.parametrize("text", ["my son is lost what do i do", "where is the exit", "mice", "is it far"])
def test_a_question_is_not(text: str) -> None:
    assert not is_told(text)


@given(st.text(max_size=200), st.booleans())
def test_any_text_can_be_judged(text: str, answered: bool) -> None:
    assert isinstance(JUDGE.is_whole(text, answered), bool)

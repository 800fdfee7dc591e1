"""Wishes are read out of many ways to put them, and fulfilled by presentation first and age second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.identity import (
    FEMININE,
    HUMAN,
    MASCULINE,
    ROBOT,
    Wish,
    choose,
    fitting,
    read_request,
    read_wish,
)


@dataclass(frozen=True)
class Who:
    kind: str
    presentation: str
    age: int | None


CAST = {
    "ann": Who(HUMAN, FEMININE, 30),
    "bea": Who(HUMAN, FEMININE, 22),
    "carl": Who(HUMAN, MASCULINE, 62),
    "r2": Who(ROBOT, "neutral", None),
}
WISHES = {
    "a 30-year-old woman": Wish(HUMAN, FEMININE, 30),
    "A 30 year old woman, please.": Wish(HUMAN, FEMININE, 30),
    "a thirty-year-old woman": Wish(HUMAN, FEMININE, 30),
    "a woman of thirty-five years": Wish(HUMAN, FEMININE, 35),
    "a woman, thirty years old": Wish(HUMAN, FEMININE, 30),
    "a woman aged 41": Wish(HUMAN, FEMININE, 41),
    "a lady in her sixties": Wish(HUMAN, FEMININE, 65),
    "a man in his early forties": Wish(HUMAN, MASCULINE, 42),
    "a man in his late 20s": Wish(HUMAN, MASCULINE, 28),
    "somebody in their mid-fifties": Wish(HUMAN, "", 55),
    "an older man": Wish(HUMAN, MASCULINE, 65),
    "an old gentleman": Wish(HUMAN, MASCULINE, 70),
    "a young woman": Wish(HUMAN, FEMININE, 22),
    "a middle-aged man": Wish(HUMAN, MASCULINE, 45),
    "a man of about sixty": Wish(HUMAN, MASCULINE, 60),
    "someone younger": Wish(HUMAN, "", 20),
    "somebody older than you": Wish(HUMAN, "", 65),
    "a girl": Wish(HUMAN, FEMININE, 18),
    "grandpa": Wish(HUMAN, MASCULINE, 70),
    "a man or a woman": Wish(),
    "not a man, a woman": Wish(HUMAN, FEMININE, None),
    "a woman, not a robot": Wish(HUMAN, FEMININE, None),
    "the robot": Wish(ROBOT),
    "somebody else": Wish(),
    "another person": Wish(),
    "female": Wish(HUMAN, FEMININE, None),
    "ein 30 Mann": None,
    "When are you open?": None,
    "I am thirty years late": Wish(HUMAN, "", 30),
    "": None,
    "somebody": None,
    "no woman": None,
    "not an old man": None,
}
REQUESTS = {
    "I would like to talk to an older man": Wish(HUMAN, MASCULINE, 65),
    "I'd like to talk to a 30-year-old woman, please.": Wish(HUMAN, FEMININE, 30),
    "Can I speak with a woman?": Wish(HUMAN, FEMININE, None),
    "Could I talk to somebody else?": Wish(),
    "May I speak to someone younger?": Wish(HUMAN, "", 20),
    "I want a man": Wish(HUMAN, MASCULINE, None),
    "I'd rather talk to a man in his sixties": Wish(HUMAN, MASCULINE, 65),
    "I prefer a young woman": Wish(HUMAN, FEMININE, 22),
    "Switch to the robot": Wish(ROBOT),
    "Change to a different person": Wish(),
    "Show me a woman of about twenty": Wish(HUMAN, FEMININE, 20),
    "Is there an older gentleman I could talk to?": Wish(HUMAN, MASCULINE, 65),
    "give me the old man instead": Wish(HUMAN, MASCULINE, 70),
    "Please talk to a man, not to a woman": Wish(HUMAN, MASCULINE, None),
}
NO_REQUESTS = (
    "I want a ticket for a man of sixty",
    "How old is the Tyrannosaurus?",
    "Who was the first woman in space?",
    "I don't want to talk to a man",
    "I would like to talk to the manager",
    "Can I talk to a real person?",
    "I have lost a young boy in the dinosaur hall",
    "Is there a discount for old people?",
    "Is there a discount for students?",
    "Do you have a robot in the exhibition?",
    "My daughter is 12 years old",
    "I would like to see the old steam machine",
    "Tell me about the oldest machine",
    "Are you a robot?",
    "Am I speaking to a machine?",
    "Are you a woman?",
    "You talk like a robot",
)


@pytest.mark.parametrize("text", WISHES)
def test_a_description_is_read(text: str) -> None:
    assert read_wish(text) == WISHES[text]


@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_is_read(text: str) -> None:
    assert read_request(text) == REQUESTS[text]


@pytest.mark.parametrize("text", NO_REQUESTS)
def test_what_is_no_request_is_left_alone(text: str) -> None:
    assert read_request(text) is None


@given(
    st.integers(1, 120), st.sampled_from(["woman", "man", "lady", "gentleman"]), st.sampled_from(["", "please", "!"])
)
def test_every_age_in_digits_is_read(age: int, noun: str, end: str) -> None:
    side = FEMININE if noun in ("woman", "lady") else MASCULINE
    for text in (f"a {age}-year-old {noun} {end}", f"{noun}, {age} years old {end}", f"a {noun} aged {age}"):
        assert read_wish(text) == Wish(HUMAN, side, age)


@given(st.text(max_size=300))
def test_any_text_gives_a_wish_within_range_or_none(text: str) -> None:
    for read in (read_wish, read_request):
        wish = read(text)
        assert wish is None or (wish.kind in (HUMAN, ROBOT) and (wish.age is None or 1 <= wish.age <= 120))


@given(
    st.lists(
        st.sampled_from("I want to talk a an old young not no woman man robot 30 year thirties in her s else".split())
    )
)
def test_any_order_of_its_words_is_survived(words: list[str]) -> None:
    text = " ".join(words)
    assert read_request(text) is None or read_wish(text) is not None


def test_presentation_counts_before_age() -> None:
    assert fitting(CAST, Wish(HUMAN, FEMININE, 62)) == ["ann"]
    assert fitting(CAST, Wish(HUMAN, MASCULINE, 20)) == ["carl"]
    assert fitting(CAST, Wish(HUMAN, "", 24)) == ["bea"]
    assert fitting(CAST, Wish(ROBOT)) == ["r2"]
    assert fitting({"ann": CAST["ann"]}, Wish(HUMAN, MASCULINE, 30)) == []


def test_equally_near_ones_are_equally_likely_and_the_seed_decides() -> None:
    wish = Wish(HUMAN, FEMININE, 26)
    assert fitting(CAST, wish) == ["ann", "bea"]
    rng = np.random.default_rng(3)
    drawn = Counter(choose(CAST, wish, rng) for _ in range(400))
    assert set(drawn) == {"ann", "bea"}
    assert min(drawn.values()) > 160
    first, second = (choose(CAST, wish, np.random.default_rng(11)) for _ in range(2))
    assert first == second


def test_somebody_else_is_not_who_is_there() -> None:
    assert fitting(CAST, Wish(), present="ann") == ["bea", "carl"]
    assert fitting({"ann": CAST["ann"]}, Wish(), present="ann") == ["ann"]
    assert choose({}, Wish(), np.random.default_rng(0)) is None


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.builds(Who, st.just(HUMAN), st.sampled_from([FEMININE, MASCULINE]), st.none() | st.integers(1, 120)),
        min_size=1,
    ),
    st.integers(1, 120),
    st.sampled_from([FEMININE, MASCULINE]),
)
def test_nobody_of_the_same_presentation_is_nearer(cast: dict[str, Who], age: int, side: str) -> None:
    chosen = fitting(cast, Wish(HUMAN, side, age))
    same = {name: who for name, who in cast.items() if who.presentation == side}
    assert bool(chosen) == bool(same)
    known = [abs(who.age - age) for who in same.values() if who.age is not None]
    for name in chosen:
        own = cast[name].age
        assert (own is None and not known) or (own is not None and abs(own - age) == min(known))

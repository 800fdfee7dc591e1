from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.affect import AgentAffect, temperament
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.persona import DisplayRules, Personality

CALM = Personality()
OPEN = DisplayRules()


def test_temperament_follows_mehrabian() -> None:
    warm = Personality(extraversion=1.0, agreeableness=1.0, neuroticism=-1.0)
    assert temperament(warm) == pytest.approx((0.99, 0.30 - 0.57, 0.60 - 0.32))
    assert temperament(Personality(openness=1.0, conscientiousness=1.0)) == pytest.approx((0.0, 0.15, 0.42))
    nervous = Personality(neuroticism=1.0)
    assert temperament(nervous) == pytest.approx((-0.19, 0.57, 0.0))


def test_an_average_person_rests_in_neutral() -> None:
    affect = AgentAffect(CALM, OPEN)
    assert affect.calm
    assert affect.shown().label == "neutral"
    assert affect.shown().intensity == 0.0


@pytest.mark.parametrize("label", [label for label in EMOTIONS if label != "neutral"])
def test_an_answer_moves_the_mood_to_its_own_emotion(label: str) -> None:
    affect = AgentAffect(CALM, OPEN)
    affect.appraise(label)
    shown = affect.shown()
    assert max(EMOTIONS[1:], key=shown.probability) == label
    assert shown.intensity > 0.4


def test_the_mood_returns_to_the_baseline() -> None:
    affect = AgentAffect(Personality(extraversion=1.0), OPEN)
    rest = affect.state
    affect.appraise("anger")
    far = math.dist(affect.state, rest)
    affect.advance(10 * SECOND)
    near = math.dist(affect.state, rest)
    assert 0 < near < far
    affect.advance(300 * SECOND)
    assert affect.calm


def test_time_never_runs_backwards() -> None:
    affect = AgentAffect(CALM, OPEN, now_ns=10 * SECOND)
    affect.appraise("joy")
    state = affect.state
    affect.advance(5 * SECOND)
    assert affect.state == state


def test_joy_is_contagious_and_anger_calls_for_concern_not_anger() -> None:
    affect = AgentAffect(CALM, OPEN)
    affect.feel_with(emotion_from({"joy": 1.0}, 1.0))
    assert affect.state[0] > 0.2
    affect = AgentAffect(CALM, OPEN)
    affect.feel_with(emotion_from({"anger": 1.0}, 1.0))
    assert affect.state[0] < -0.05
    assert affect.shown().probability("anger") < 0.05


def test_gladness_gives_way_to_anothers_trouble_and_sorrow_stays() -> None:
    glad, sorry = AgentAffect(CALM, OPEN), AgentAffect(CALM, OPEN)
    resting = glad.state
    glad.appraise("joy")
    sorry.appraise("sadness")
    before = sorry.state
    glad.give_way()
    sorry.give_way()
    assert glad.state[0] == pytest.approx(resting[0])
    assert sorry.state == before


def test_an_unsure_reading_moves_less_and_an_agreeable_agent_more() -> None:
    def moved(personality: Personality, confidence: float) -> float:
        affect = AgentAffect(personality, OPEN)
        before = affect.state
        affect.feel_with(emotion_from({"sadness": 1.0}, confidence))
        return math.dist(before, affect.state) / math.dist(before, (-0.45, -0.20, -0.10))

    assert moved(CALM, 0.2) < moved(CALM, 0.9)
    assert moved(Personality(agreeableness=1.0), 0.9) > moved(CALM, 0.9)
    assert moved(CALM, 0.0) == 0.0


def toned(valence: float, arousal: float) -> Emotion:
    return Emotion.of({"neutral": 1.0}, valence=valence, arousal=arousal, confidence=0.5)


def test_the_agent_follows_the_tone_of_somebody_whose_words_say_nothing() -> None:
    warm = Personality(extraversion=0.5, agreeableness=0.7, neuroticism=-0.5)
    lively, subdued = AgentAffect(warm, OPEN), AgentAffect(warm, OPEN)
    lively.feel_with(toned(0.1, 0.5))
    subdued.feel_with(toned(-0.1, -0.5))
    assert lively.shown().label == "joy"
    assert lively.shown().arousal > 0.1
    assert subdued.shown().probability("sadness") > 0.1
    assert subdued.shown().probability("joy") < 0.01
    assert subdued.shown().arousal < -0.1


def test_a_slight_tone_moves_next_to_nothing() -> None:
    affect = AgentAffect(CALM, OPEN)
    affect.feel_with(toned(0.05, 0.08))
    assert math.dist(affect.state, (0.0, 0.0, 0.0)) < 0.01


def test_a_mood_without_a_name_is_shown_all_the_same() -> None:
    affect = AgentAffect(Personality(extraversion=0.5, agreeableness=0.7, neuroticism=-0.5), OPEN)
    affect.feel_with(toned(0.2, -0.35))
    shown = affect.shown()
    assert shown.label == "neutral"
    assert shown.arousal == pytest.approx(affect.state[1], rel=0.05)
    assert shown.arousal < -0.05


def test_display_rules_limit_what_is_shown() -> None:
    affect = AgentAffect(CALM, DisplayRules(anger=0.1))
    affect.appraise("anger")
    affect.appraise("anger")
    assert affect.shown().probability("anger") <= 0.1 + 1e-9
    assert affect.expressed("anger").intensity <= 0.1
    assert affect.expressed("joy").label == "joy"
    assert affect.expressed("neutral").label == "neutral"


EVENTS = st.one_of(
    st.tuples(st.just("appraise"), st.sampled_from(["", *EMOTIONS])),
    st.tuples(st.just("advance"), st.integers(0, 10**12)),
    st.tuples(st.just("feel"), st.tuples(st.sampled_from(EMOTIONS), st.floats(0, 1))),
)
TRAIT = st.floats(-1, 1)


@given(st.builds(Personality, TRAIT, TRAIT, TRAIT, TRAIT, TRAIT), st.lists(EVENTS, max_size=30))
def test_whatever_happens_the_shown_emotion_is_valid(personality: Personality, events: list[tuple]) -> None:
    affect = AgentAffect(personality, OPEN)
    for name, value in events:
        if name == "appraise":
            affect.appraise(value)
        elif name == "advance":
            affect.advance(value)
        else:
            affect.feel_with(emotion_from({value[0]: 1.0}, value[1]))
        affect.shown()  # the record itself refuses numbers out of range
        assert all(-1.0 <= axis <= 1.0 for axis in affect.state)

"""Signs of the hands are answered as a person would: a wave, a thumb, a raised hand; and who goes gets a good-bye."""

from __future__ import annotations

import pytest

from tests.unit.conversation.talk import Talk, speaking_agent
from visavis_agent.conversation.gestures import in_words
from visavis_agent.core.records import HandGesture, Phase, Playback, TextSource, Zone

NONE, WAVE, THUMB, HAND = HandGesture.NONE, HandGesture.WAVE, HandGesture.THUMBS_UP, HandGesture.RAISED_HAND


def attentive() -> Talk:
    """An agent who has greeted p1 and listens now."""
    talk = Talk()
    talk.shows(NONE, 40)
    talk.finishes(talk.answers())
    talk.shows(NONE, 200)
    assert talk.state.phase is Phase.LISTENING
    return talk


def test_a_wave_is_answered_as_a_hello_and_once_only() -> None:
    talk = attentive()
    talk.shows(WAVE, 1000)
    assert talk.texts[1:] == ["Hello!"]
    assert talk.turns[-1].source is TextSource.GESTURE and talk.turns[-1].person_id == "p1"
    talk.finishes(talk.answers())
    talk.shows(NONE, 400)
    talk.shows(WAVE, 400)  # the same wave, seen with a gap
    assert len(talk.turns) == 2


def test_who_waves_from_afar_is_answered_though_not_engaged() -> None:
    talk = Talk()
    talk.shows(WAVE, 400, zone=Zone.PASSING)
    assert talk.texts == ["Hello!"]


def test_a_wave_does_not_interrupt_the_agent_or_the_visitor() -> None:
    talk, id = speaking_agent()
    talk.shows(WAVE, 400)
    assert talk.state.id == id and talk.state.playback is Playback.PLAY
    other = attentive()
    other.begins()
    other.shows(WAVE, 400)
    assert len(other.turns) == 1


def test_a_thumb_is_a_yes_to_an_agent_who_listens() -> None:
    talk = attentive()
    talk.shows(THUMB, 400)
    assert talk.texts[1:] == ["Yes"]


def test_a_raised_hand_silences_the_agent_and_a_lowered_one_lets_it_go_on() -> None:
    talk, id = speaking_agent()
    talk.shows(HAND, 800)
    assert talk.state.playback is Playback.HOLD and talk.state.reason == "raised hand"
    talk.shows(NONE, 40)
    assert talk.state.playback is Playback.PLAY and talk.state.id == id and talk.state.phase is Phase.SPEAKING


def test_a_hand_that_stays_up_ends_the_reply() -> None:
    talk, id = speaking_agent()
    talk.shows(HAND, 4500)
    assert talk.state.id > id and talk.state.phase is Phase.LISTENING and talk.state.playback is Playback.PLAY


def test_who_raises_a_hand_and_speaks_has_the_floor() -> None:
    talk, id = speaking_agent()
    talk.shows(HAND, 600)
    talk.says("where are the toilets")
    talk.wait(1500)
    assert talk.state.id > id
    assert talk.texts[-1] == "where are the toilets"


def test_who_was_talked_with_and_goes_gets_a_goodbye_and_a_passer_by_none() -> None:
    talk = attentive()
    talk.shows(NONE, 2000, zone=Zone.LEAVING)
    assert talk.texts[1:] == ["Goodbye!"]
    passer_by = Talk(greet=False)
    passer_by.shows(NONE, 400)
    passer_by.shows(NONE, 2000, zone=Zone.LEAVING)
    assert not passer_by.turns


def test_who_is_hidden_for_a_moment_gets_no_goodbye() -> None:
    talk = attentive()
    talk.shows(NONE, 900, zone=Zone.LEAVING)
    talk.shows(NONE, 2000)
    assert len(talk.turns) == 1


@pytest.mark.parametrize("setting", ["gestures", "farewell"])
def test_each_can_be_switched_off(setting: str) -> None:
    talk = Talk(greet=False, **{setting: False})
    talk.shows(NONE, 40)
    talk.shows(WAVE, 400) if setting == "gestures" else talk.shows(NONE, 2000, zone=Zone.LEAVING)
    assert not talk.turns


def test_signs_are_put_in_the_visitors_language() -> None:
    assert in_words("hello", "de-AT") == ("Hallo!", "de")
    assert in_words("hello", "fi") == ("Hello!", "en")

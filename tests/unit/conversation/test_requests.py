"""Texts to say, and switched devices."""

from __future__ import annotations

from tests.unit.conversation.talk import Talk
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import DevicesEnabled, Phase, TextInput, TextSource, TurnReport


def test_a_text_to_say_is_a_turn_at_once_and_keeps_its_tag() -> None:
    talk = Talk()
    before = talk.state.id
    sad = Emotion.of({"sadness": 1.0}, intensity=0.5, confidence=1.0)
    fields = {"source": TextSource.SERVICE, "say": True, "emotion": sad, "request": "r1", "locale": "de"}
    talk.send(TextInput(media_ns=0, text="<gesture wave>Guten Tag", **fields))
    turn = talk.turns[-1]
    assert (turn.say, turn.emotion, turn.request, turn.locale) == ("<gesture wave>Guten Tag", sad, "r1", "de")
    assert not turn.hypotheses and turn.id == talk.state.id > before
    assert talk.state.phase is Phase.THINKING
    talk.send(TextInput(media_ns=0, text="", source=TextSource.SERVICE))
    assert talk.state.id > turn.id and talk.state.phase is Phase.LISTENING
    assert not talk.of(TurnReport), "nobody asked anything"


def test_every_state_says_which_devices_are_on() -> None:
    talk = Talk()
    talk.send(DevicesEnabled(media_ns=0, microphone=False, sound=False))
    talk.types("Hello")
    assert (talk.state.microphone, talk.state.camera, talk.state.sound) == (False, True, False)

"""The sound switched off: the sink is told, the reply goes on."""

from __future__ import annotations

from tests.unit.speech.conftest import turn
from tests.unit.speech.test_playback import audio, playback
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import DevicesEnabled, WordsHeard


def test_a_reply_goes_on_in_silence_when_the_sound_is_switched_off() -> None:
    host, stage = playback()
    told: list[bool] = []
    stage.sink.mute = told.append  # type: ignore[method-assign]
    stage.handle(turn())
    stage.handle(audio(0, 16_000, last=True))
    stage.handle(DevicesEnabled(media_ns=0, sound=False))
    stage.handle(DevicesEnabled(media_ns=0))
    host.advance(2 * SECOND)
    assert told == [True, False]
    assert host.of(WordsHeard)[-1].complete
    assert any("switched off" in text for _, text in host.diagnostics)

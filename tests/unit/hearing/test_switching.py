"""An ear that is switched off in the middle of speech."""

from __future__ import annotations

from tests.unit.fake_host import FakeHost
from tests.unit.hearing.scripted import ScriptedRecogniser
from tests.unit.hearing.sounds import blocks, noise
from tests.unit.hearing.test_stage import scripted  # noqa: F401
from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.records import DevicesEnabled, Level, MicrophoneAudio, VoiceActivity
from visavis_agent.hearing.stage import HearingSettings, HearingStage


def test_speech_ends_when_the_microphone_is_switched_off(scripted: ScriptedRecogniser) -> None:  # noqa: F811
    host = FakeHost()
    stage = HearingStage(HearingSettings(), host)
    stage.start()

    def hear(records: list[MicrophoneAudio]) -> None:
        for record in records:
            complete = record.media_ns + sample_time(len(record.pcm), record.sample_rate)
            host.advance(max(0, complete - host.now()))
            stage.handle(record)

    hear(blocks(noise(1.0, 0.0003)))
    stage._speaking_since = host.now()
    stage._reader.begin(host.now(), ())
    if stage._transcriber is not None:
        stage._transcriber.begin(host.now(), ())
    stage.handle(DevicesEnabled(media_ns=host.now(), microphone=False))
    assert not host.of(VoiceActivity)[-1].speaking and stage._speaking_since is None
    told = len(host.of(VoiceActivity))
    hear(blocks(noise(1.0, 0.1)))
    assert len(host.of(VoiceActivity)) == told
    assert any("switched off" in text for _, text in host.diagnostics)
    host.advance(10 * SECOND)
    stage.handle(DevicesEnabled(media_ns=host.now()))
    again = [MicrophoneAudio(media_ns=r.media_ns + host.now(), pcm=r.pcm) for r in blocks(noise(1.0, 0.0003))]
    hear(again)
    assert len(host.of(VoiceActivity)) > told
    assert not any("lost" in text for level, text in host.diagnostics if level is not Level.OK)
    stage.stop()

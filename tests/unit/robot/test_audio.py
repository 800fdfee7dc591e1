"""A robot's own microphone and loudspeaker, which carry raw bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DevicesEnabled,
    Lane,
    MicrophoneAudio,
    Phase,
    Playback,
    PlaybackStatus,
    RobotSound,
    RobotVoice,
    SinkState,
    SpeechAudio,
    TurnState,
)
from visavis_agent.robot.audio_in import AudioInSettings, AudioInStage
from visavis_agent.robot.audio_out import AudioOutSettings, AudioOutStage

RATE = 16_000
ONE = ReplyId(1, 1)


# ----------------------------------------------------------------------------------------------------- microphone
def ear(**settings: int) -> tuple[FakeHost, AudioInStage]:
    host = FakeHost()
    stage = AudioInStage(AudioInSettings(enabled=True, **settings), host)
    stage.start()
    host.advance(SECOND)
    return host, stage


def as_bytes(samples: object) -> np.ndarray:
    return np.asarray(samples, "<i2").reshape(-1).view(np.uint8)


def test_both_are_idle_until_they_are_enabled() -> None:
    assert AudioInStage.idle(AudioInSettings()) and AudioOutStage.idle(AudioOutSettings())
    assert not AudioInStage.idle(AudioInSettings(enabled=True))


def test_a_block_ends_when_it_comes_and_channels_are_mixed() -> None:
    host, stage = ear(sample_rate=48_000, channels=2)
    stage.handle(RobotSound(media_ns=0, data=as_bytes([[100, 300]] * 480)))
    heard = host.of(MicrophoneAudio)[0]
    assert (heard.media_ns, heard.sample_rate) == (SECOND - 10 * MS, 48_000)
    assert heard.pcm.tolist() == [200] * 480


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 3))
def test_however_the_bytes_are_cut_the_samples_are_the_same(cuts: list[int], channels: int) -> None:
    samples = np.arange(6 * 40, dtype=np.int16)
    data, place = as_bytes(samples), 0
    host, stage = ear(channels=channels)
    for cut in [*cuts, len(data)]:
        stage.handle(RobotSound(media_ns=0, data=data[place : place + cut]))
        place += cut
    whole = np.concatenate([audio.pcm for audio in host.of(MicrophoneAudio)])
    assert whole.tolist() == samples.reshape(-1, channels).mean(axis=1).astype(np.int16).tolist()


def test_a_block_of_minutes_is_refused_and_the_next_one_heard() -> None:
    host, stage = ear()
    with pytest.raises(InputError, match="samples at once"):
        stage.handle(RobotSound(media_ns=0, data=np.zeros(60 * 2 * RATE, np.uint8)))
    stage.handle(RobotSound(media_ns=0, data=as_bytes([1, 2, 3])))
    assert len(host.of(MicrophoneAudio)) == 1


# ---------------------------------------------------------------------------------------------------- loudspeaker
class Mouth:
    """An audio_out stage; the test plays playback."""

    def __init__(self, rate: int = RATE) -> None:
        self.host, self.rate = FakeHost(), rate
        self.stage = AudioOutStage(AudioOutSettings(enabled=True), self.host)
        self.stage.start()
        self.host.advance(SECOND)

    def piece(self, first: int, count: int, id: ReplyId = ONE) -> np.ndarray:
        pcm = (1000 + np.arange(first, first + count) % 5000).astype(np.int16)
        self.stage.handle(
            SpeechAudio(
                media_ns=0, id=id, lane=Lane.REPLY, clause=0, sample_rate=self.rate, first_sample=first, pcm=pcm,
                last=False,
            )
        )  # fmt: skip
        return pcm

    def status(self, sample: int, state: SinkState = SinkState.PLAYING, in_ns: int = 0) -> None:
        now = self.host.now() + in_ns
        fields = {"id": ONE, "lane": Lane.REPLY, "sample_rate": self.rate}
        self.stage.handle(PlaybackStatus(media_ns=now, state=state, sample=sample, **fields))  # type: ignore[arg-type]

    @property
    def sent(self) -> np.ndarray:
        blocks = [np.zeros(0, np.int16), *(voice.data.view("<i2") for voice in self.host.of(RobotVoice))]
        return np.concatenate(blocks)


def test_the_voice_is_sent_whole_and_in_time() -> None:
    mouth = Mouth()
    pcm = mouth.piece(0, RATE)
    mouth.status(0, in_ns=60 * MS)
    mouth.host.advance(10 * MS)
    assert not len(mouth.sent), "it is not due yet"
    for k in range(1, 10):
        mouth.host.advance(100 * MS)
        mouth.status(max(0, (k * 100 - 50) * 16))
    heard = len(mouth.sent)
    assert np.array_equal(mouth.sent, pcm[:heard])
    assert 850 * 16 <= heard <= 980 * 16
    mouth.host.advance(SECOND)
    assert np.array_equal(mouth.sent, pcm)


def test_a_hold_ends_the_sending_and_a_resumption_goes_back_to_its_word() -> None:
    mouth = Mouth()
    pcm = mouth.piece(0, 2 * RATE)
    mouth.status(0)
    mouth.host.advance(500 * MS)
    mouth.stage.handle(TurnState(media_ns=0, id=ONE, phase=Phase.SPEAKING, playback=Playback.HOLD))
    before = len(mouth.sent)
    mouth.host.advance(SECOND)
    assert len(mouth.sent) == before
    mouth.status(RATE // 4)
    mouth.host.advance(100 * MS)
    assert np.array_equal(mouth.sent[before : before + 1000], pcm[RATE // 4 : RATE // 4 + 1000])


@pytest.mark.parametrize("how", ["turn", "muted"])
def test_an_older_reply_and_a_muted_one_are_not_sent(how: str) -> None:
    mouth = Mouth()
    mouth.piece(0, RATE)
    if how == "turn":
        mouth.stage.handle(TurnState(media_ns=0, id=ReplyId(1, 2), phase=Phase.THINKING))
    else:
        mouth.stage.handle(DevicesEnabled(media_ns=0, sound=False))
    mouth.status(0)
    mouth.host.advance(SECOND)
    assert not len(mouth.sent)


def test_another_rate_is_converted_to_16_khz() -> None:
    mouth = Mouth(rate=22_050)
    mouth.piece(0, 22_050)
    mouth.status(0)
    mouth.host.advance(2 * SECOND)
    assert abs(len(mouth.sent) - RATE) < 100

from __future__ import annotations

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio
from visavis_agent.evaluation.voice_onset import VoiceOnsets

REPLY = ReplyId(1, 1, 0)
RATE = 16_000


def piece(silent: int, lane: Lane = Lane.REPLY) -> SpeechAudio:
    pcm = np.concatenate([np.zeros(silent, np.int16), np.full(800, 5000, np.int16)])
    return SpeechAudio(media_ns=0, id=REPLY, lane=lane, clause=0, sample_rate=RATE, first_sample=0, pcm=pcm, last=False)


def status(media_ns: int, sample: int, state: SinkState = SinkState.PLAYING) -> PlaybackStatus:
    return PlaybackStatus(media_ns=media_ns, id=REPLY, lane=Lane.REPLY, state=state, sample=sample, sample_rate=RATE)


def test_silence_before_the_first_sound_is_taken_into_account() -> None:
    onsets = VoiceOnsets()
    onsets.take(piece(silent=1600))
    onsets.take(status(media_ns=1000 * MS, sample=0))
    assert onsets.error_ns(1100 * MS) == 0
    assert onsets.error_ns(1107 * MS) == 7 * MS
    assert onsets.error_ns(1095 * MS) == -5 * MS


def test_the_last_report_before_the_onset_counts() -> None:
    onsets = VoiceOnsets()
    onsets.take(piece(silent=3200))
    onsets.take(status(media_ns=1000 * MS, sample=0))
    onsets.take(status(media_ns=1110 * MS, sample=1600))
    onsets.take(status(media_ns=1310 * MS, sample=4000))
    assert onsets.error_ns(1210 * MS) == 0


def test_fillers_and_other_times_are_no_answers() -> None:
    onsets = VoiceOnsets()
    onsets.take(piece(silent=0, lane=Lane.FILLER))
    onsets.take(status(media_ns=1000 * MS, sample=0))
    assert onsets.error_ns(1000 * MS) is None
    onsets.take(piece(silent=0))
    onsets.take(status(media_ns=1000 * MS, sample=0))
    assert onsets.error_ns(1400 * MS) is None
    assert onsets.error_ns(None) is None

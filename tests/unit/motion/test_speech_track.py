"""Which sample is heard when, and what of a reply motion keeps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.motion.scene import FIRST, RATE, phones, piece, sound
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    GestureCue,
    Lane,
    Phase,
    PhoneMark,
    Playback,
    PlaybackStatus,
    SinkState,
    TurnState,
)
from visavis_agent.motion.phonemes import PUCKER
from visavis_agent.motion.reply import Reply
from visavis_agent.motion.speech_track import SpeechTrack

TEXT = "pau:100 m:80 aa1:150 p:90 iy1:120 pau:200 s:90 ow1:160 pau:150"


def status(ms: float, state: SinkState, sample: int, reply: ReplyId = FIRST, starved: bool = False) -> PlaybackStatus:
    return PlaybackStatus(
        media_ns=round(ms * MS),
        id=reply,
        lane=Lane.REPLY,
        state=state,
        sample=sample,
        sample_rate=RATE,
        starved=starved,
    )


def turn(reply: ReplyId = FIRST, playback: Playback = Playback.PLAY) -> TurnState:
    return TurnState(media_ns=0, id=reply, phase=Phase.SPEAKING, playback=playback)


def speaking() -> SpeechTrack:
    track = SpeechTrack()
    track.on_turn(turn())
    track.on_audio(piece(phones(TEXT)))
    track.on_status(status(1000, SinkState.PLAYING, 0))
    return track


def test_reply_time_follows_the_reported_sample() -> None:
    track = speaking()
    assert track.at(1000 * MS).jumped
    assert track.at(1260 * MS).time == pytest.approx(0.26)
    assert not track.at(1280 * MS).jumped


def test_lips_that_are_seen_late_run_ahead_of_the_sound() -> None:
    track = speaking()
    track.at(1200 * MS)
    track.on_status(replace(status(1200, SinkState.PLAYING, RATE // 5), picture_delay_ns=30 * MS))
    for ms in range(1220, 1620, 20):  # without a jump
        assert not track.at(ms * MS).jumped
    track.on_status(replace(status(1620, SinkState.PLAYING, 62 * RATE // 100), picture_delay_ns=30 * MS))
    assert track.at(1640 * MS).time == pytest.approx(0.67)


def test_jitter_of_reports_is_smoothed_and_a_jump_is_followed_at_once() -> None:
    track = speaking()
    for ms in range(1000, 1101, 20):
        track.at(ms * MS)
    track.on_status(status(1100, SinkState.PLAYING, (100 + 20) * RATE // 1000))
    moment = track.at(1120 * MS)
    assert 0.12 < moment.time < 0.125
    assert not moment.jumped
    track.on_status(status(1200, SinkState.PLAYING, 500 * RATE // 1000))
    moment = track.at(1220 * MS)
    assert moment.jumped
    assert moment.time == pytest.approx(0.52)


@pytest.mark.parametrize(
    "event",
    [
        status(1300, SinkState.HELD, 4800),
        status(1300, SinkState.FLUSHED, 4800),
        status(1300, SinkState.PLAYING, 4800, starved=True),
        turn(playback=Playback.HOLD),
        turn(ReplyId(0, 2, 0)),
    ],
)
def test_sound_that_stops_is_not_audible(event: TurnState | PlaybackStatus) -> None:
    track = speaking()
    assert track.at(1280 * MS).audible
    (track.on_turn if isinstance(event, TurnState) else track.on_status)(event)  # type: ignore[operator]
    moment = track.at(1300 * MS)
    assert moment.jumped
    assert moment.cut
    assert not moment.audible


def test_an_announced_start_is_anticipated_and_an_announced_resume_is_waited_for() -> None:
    track = SpeechTrack()
    track.on_turn(turn())
    track.on_audio(piece(phones(TEXT)))
    track.on_status(status(1060, SinkState.PLAYING, 0))
    moment = track.at(1020 * MS)
    assert moment.audible
    assert moment.time == pytest.approx(-0.04)
    track.on_status(status(1100, SinkState.HELD, 4000))
    assert not track.at(1100 * MS).audible
    track.on_status(status(1460, SinkState.PLAYING, 3200))
    assert not track.at(1420 * MS).audible
    assert track.at(1440 * MS).audible
    assert track.at(1460 * MS).time == pytest.approx(0.2)


def test_a_sink_that_falls_silent_is_not_believed_for_ever() -> None:
    track = speaking()
    assert track.at(1400 * MS).audible
    assert not track.at(1600 * MS).audible


def test_a_finished_reply_runs_out_without_a_cut() -> None:
    track = speaking()
    track.at(1980 * MS)
    track.on_status(status(2000, SinkState.FINISHED, RATE))
    assert track.at(2020 * MS).audible
    after = track.at(3100 * MS)
    assert not after.audible
    assert not after.cut


def test_old_ids_are_dropped() -> None:
    track = speaking()
    track.on_turn(turn(ReplyId(0, 2, 0)))
    assert track.on_audio(piece(phones(TEXT))) is None
    track.on_status(status(1300, SinkState.PLAYING, 0))
    assert not track.at(1320 * MS).audible
    track.on_turn(turn(FIRST))
    assert track.reply((FIRST, Lane.REPLY)) is None


def test_pieces_that_overlap_repeat_or_leave_a_hole_keep_time() -> None:
    marks = phones(TEXT)
    reply = Reply(RATE)
    reply.add(piece(marks[:4], last=False))
    reply.add(piece(marks[:4], last=False))
    reply.add(piece(marks[5:]))
    assert [s.phone for s in reply.segments] == ["pau", "m", "aa", "p", "pau", "pau", "s", "ow", "pau"]
    assert all(a.end == b.start for a, b in zip(reply.segments, reply.segments[1:], strict=False))
    assert reply.remaining(0.0) == pytest.approx(marks[-1].end / RATE)


def test_a_pause_over_several_pieces_leaves_the_next_word_its_coarticulation() -> None:
    marks = phones("pau:20 hh:60 aa1:200 pau:400 w:80 ah1:160 t:60 pau:200")
    pause, word = marks[3], marks[4]
    cuts = [0, marks[2].start, pause.start, pause.start + 3200, word.start, marks[-1].end]
    whole, reply, pcm = Reply(RATE), Reply(RATE), sound(marks)
    whole.add(piece(marks))
    for a, b in pairwise(cuts):
        begun = tuple(mark for mark in marks if a <= mark.start < b)
        reply.add(replace(piece(marks, last=b == cuts[-1]), first_sample=a, pcm=pcm[a:b], phones=begun))
    assert not reply.take_sound() and not reply.from_sound
    for ms in (-80, -50, -20, 0, 40):
        at = word.start / RATE + 0.001 * ms
        assert reply.shape(at, 0.01, 1.0).values[PUCKER] == pytest.approx(whole.shape(at, 0.01, 1.0).values[PUCKER])
    assert reply.shape(word.start / RATE - 0.02, 0.0, 1.0).values[PUCKER] > 0.05


def test_an_unknown_phone_is_a_schwa_and_remembered() -> None:
    reply = Reply(RATE)
    reply.add(piece((PhoneMark("xx", 0, 1600),)))
    assert [s.phone for s in reply.segments] == ["ax"]
    assert reply.unknown_phones == {"xx"}


def test_cues_emotions_and_phrase_ends_are_found_by_reply_time() -> None:
    marks = phones(TEXT)
    joy = Emotion.of({"joy": 1.0}, intensity=0.8)
    reply = Reply(RATE)
    reply.add(piece(marks[:6], last=False, gestures=(GestureCue("wave", 3200),)))
    reply.add(piece(marks[6:], clause=1, emotion=joy))
    assert [cue.name for cue in reply.cues(0.15, 0.25)] == ["wave"]
    assert not reply.cues(0.2, 0.3)
    assert reply.emotion(0.1).label == "neutral"
    assert reply.emotion(0.8) == joy
    assert reply.phrase_ends(0.53, 0.55)
    assert not reply.phrase_ends(0.2, 0.3)
    assert [s.phone for s in reply.starting(0.18, 0.3)] == ["aa"]


def test_a_plosive_opens_on_its_burst() -> None:
    marks = phones("aa1:100 p:100 aa1:100")
    pcm = np.zeros(marks[-1].end, np.int16)
    noise = np.random.default_rng(0).integers(-8000, 8000, len(pcm)).astype(np.int16)
    burst = round(0.180 * RATE)
    pcm[:1600], pcm[burst:] = noise[:1600], noise[burst:]
    reply = Reply(RATE)
    reply.add(replace(piece(marks), pcm=pcm))
    found = reply.segments[1].burst
    assert found == pytest.approx(0.180, abs=0.006)


def test_a_louder_vowel_opens_wider_within_bounds() -> None:
    marks = phones("aa1:150 aa1:150 aa1:150 aa1:150 aa1:150")
    audio = piece(marks)
    scaled = audio.pcm.astype(float)
    scaled[2400:4800] *= 0.4
    scaled[7200:9600] *= 2.0
    reply = Reply(RATE)
    reply.add(replace(piece(marks), pcm=scaled.clip(-32000, 32000).astype(np.int16)))
    quiet, normal, loud = (reply.shape(t, 0.0, 1.0).values[0] for t in (0.225, 0.375, 0.525))
    assert quiet < normal < loud
    assert quiet / normal > 0.74
    assert loud / normal < 1.25


def test_reply_time_is_exact_after_an_hour() -> None:
    track = SpeechTrack()
    track.on_turn(turn())
    track.on_audio(piece(phones(TEXT)))
    hour = 3600 * SECOND
    track.on_status(
        PlaybackStatus(
            media_ns=hour,
            id=FIRST,
            lane=Lane.REPLY,
            state=SinkState.PLAYING,
            sample=hour * RATE // SECOND,
            sample_rate=RATE,
        )
    )
    assert track.at(hour + 40 * MS).time == pytest.approx(3600.04, abs=1e-6)


def test_a_reply_that_has_run_out_is_forgotten() -> None:
    track = speaking()
    track.at(1000 * MS)
    track.on_status(status(2200, SinkState.FINISHED, 1200 * RATE // 1000))
    assert track.at(2300 * MS).audible and track.reply((FIRST, Lane.REPLY)) is not None
    assert not track.at(3300 * MS).audible
    assert track.reply((FIRST, Lane.REPLY)) is None

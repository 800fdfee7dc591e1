"""The listener: orienting, nods, returned smiles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import FaceAffect, Phase, Playback, Prosody, TurnState, VoiceActivity
from visavis_agent.motion.listening import Listener, ListeningPose, PauseFinder

DT = 0.02


def voice(speaking: bool) -> VoiceActivity:
    return VoiceActivity(media_ns=0, speaking=speaking, probability=float(speaking), since_ns=0)


def turn(phase: Phase, playback: Playback = Playback.PLAY) -> TurnState:
    return TurnState(media_ns=0, id=ReplyId(0, 1, 0), phase=phase, playback=playback)


def prosody(voiced_ms: int, quiet_ms: int) -> Prosody:
    voiced, quiet = voiced_ms // 10, quiet_ms // 10
    pitch = np.concatenate([np.full(voiced, 150.0), np.zeros(quiet)]).astype(np.float32)
    level = np.concatenate([np.full(voiced, -25.0), np.full(quiet, -70.0)]).astype(np.float32)
    return Prosody(media_ns=0, f0_hz=pitch, level_dbfs=level)


def watched(listener: Listener, start: float, seconds: float) -> list[ListeningPose]:
    return [listener.step(start + k * DT, DT) for k in range(round(seconds / DT))]


def test_the_first_frames_after_an_onset_raise_brows_and_lids() -> None:
    listener = Listener(np.random.default_rng(0), 0.5)
    watched(listener, 0.0, 2.0)
    assert listener.on_voice(2.0, voice(True))
    assert listener.wants_contact(2.0)
    early = watched(listener, 2.0, 0.14)[-1]
    assert early.raise_brows > 0.2
    assert early.wide > 0.2
    late = watched(listener, 2.14, 2.0)[-1]
    assert late.raise_brows < 0.1
    assert not listener.wants_contact(4.2)


def test_going_on_after_a_breath_is_no_new_onset() -> None:
    listener = Listener(np.random.default_rng(0), 0.5)
    assert listener.on_voice(2.0, voice(True))
    listener.on_voice(4.0, voice(False))
    assert not listener.on_voice(4.4, voice(True))
    listener.on_voice(6.0, voice(False))
    assert listener.on_voice(8.0, voice(True))


def test_a_hold_makes_the_agent_look_up() -> None:
    listener = Listener(np.random.default_rng(0), 0.5)
    listener.on_turn(0.0, turn(Phase.SPEAKING))
    assert not listener.wants_contact(5.0)
    assert listener.on_turn(5.0, turn(Phase.SPEAKING, Playback.HOLD))
    assert listener.wants_contact(9.0)
    assert max(p.raise_brows for p in watched(listener, 5.0, 0.3)) > 0.25


def test_a_pause_after_enough_voice_is_found() -> None:
    finder = PauseFinder()
    assert finder.feed(prosody(900, 200))
    assert not finder.feed(prosody(0, 300))
    assert not finder.feed(prosody(200, 200))
    assert finder.feed(prosody(900, 200))


def test_not_finite_prosody_is_passed_over() -> None:
    finder = PauseFinder()
    broken = prosody(900, 200)
    broken.level_dbfs[3] = np.nan
    broken.f0_hz[5] = np.inf
    assert finder.feed(broken)


def test_nods_come_at_pauses_now_and_then_and_never_in_a_rush() -> None:
    listener = Listener(np.random.default_rng(1), 0.5)
    listener.on_voice(0.0, voice(True))
    starts, last = [], 0.0
    for second in range(60):
        listener.on_prosody(float(second), prosody(800, 200))
        for k, pose in enumerate(watched(listener, float(second), 1.0)):
            if pose.nod > 0.0 == last:
                starts.append(second + k * DT)
            last = pose.nod
    assert 8 < len(starts) < 45
    without = Listener(np.random.default_rng(1), 0.5)
    without.on_voice(0.0, voice(True))
    assert all(pose.nod == 0.0 for pose in watched(without, 0.0, 20.0))


def test_no_nods_while_the_agent_itself_speaks() -> None:
    listener = Listener(np.random.default_rng(1), 0.5)
    listener.on_turn(0.0, turn(Phase.SPEAKING))
    for second in range(20):
        listener.on_prosody(float(second), prosody(800, 200))
        assert all(pose.nod == 0.0 for pose in watched(listener, float(second), 1.0))


@pytest.mark.parametrize("seed", range(5))
def test_a_smile_is_returned_after_300_to_1000_ms_and_smaller(seed: int) -> None:
    listener = Listener(np.random.default_rng(seed), 0.5)
    seen = FaceAffect(media_ns=0, person_id="a", action_units=(6, 12), intensities=(0.5, 0.8))
    shown = []
    for k in range(150):
        if k % 5 == 0:
            listener.on_face(k * DT, seen)
        shown.append(listener.step(k * DT, DT).smile)
    first = next(k * DT for k, value in enumerate(shown) if value > 0.01)
    assert 0.3 <= first <= 1.1
    assert 0.3 < shown[-1] <= 0.4
    gone = watched(listener, 3.0, 4.0)[-1]
    assert gone.smile < 0.02


def test_a_joyful_face_counts_as_a_smile_and_a_still_one_does_not() -> None:
    listener = Listener(np.random.default_rng(0), 0.5)
    listener.on_face(0.0, FaceAffect(media_ns=0, person_id="a", action_units=(12,), intensities=(0.0,)))
    assert max(p.smile for p in watched(listener, 0.0, 1.3)) == 0.0
    joy = Emotion.of({"joy": 1.0}, intensity=0.9)
    listener.on_face(2.0, FaceAffect(media_ns=0, person_id="a", emotion=joy))
    assert max(p.smile for p in watched(listener, 2.0, 2.0)) > 0.15


def test_thinking_shows() -> None:
    listener = Listener(np.random.default_rng(0), 0.5)
    listener.on_turn(0.0, turn(Phase.THINKING))
    pose = watched(listener, 0.0, 1.5)[-1]
    assert pose.press > 0.1
    assert pose.knit > 0.1
    assert abs(pose.tilt) > math.radians(2.0)

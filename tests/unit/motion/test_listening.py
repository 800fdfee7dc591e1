"""The listener: orienting, backchannels, returned smiles."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    FaceAffect,
    Person,
    Phase,
    Playback,
    Presence,
    Prosody,
    TurnState,
    VoiceActivity,
)
from visavis_agent.motion.backchannels import FORMS, Backchannels, OpportunityFinder, RecentPitches
from visavis_agent.motion.listening import Listener, ListeningPose
from visavis_agent.motion.orienting import Cause
from visavis_agent.motion.settings import LayerWeights

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


def calm(seed: int, mimicry: float = 0.5) -> Listener:
    """Without expressions of its own, so that what it does has a cause."""
    return Listener(np.random.default_rng(seed), mimicry, LayerWeights(listening=0.0))


def watched(listener: Listener, start: float, seconds: float) -> list[ListeningPose]:
    return [listener.step(start + k * DT, DT) for k in range(round(seconds / DT))]


def test_the_first_frames_after_an_onset_raise_brows_and_lids() -> None:
    listener = calm(0)
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
    listener = calm(0)
    assert listener.on_voice(2.0, voice(True)) is Cause.ONSET
    listener.on_voice(4.0, voice(False))
    assert listener.on_voice(4.4, voice(True)) is None
    listener.on_voice(6.0, voice(False))
    assert listener.on_voice(8.0, voice(True)) is Cause.ONSET


def test_a_hold_makes_the_agent_look_up() -> None:
    listener = calm(0)
    listener.on_turn(0.0, turn(Phase.SPEAKING))
    assert not listener.wants_contact(5.0)
    assert listener.on_turn(5.0, turn(Phase.SPEAKING, Playback.HOLD))
    assert listener.wants_contact(9.0)
    assert max(p.raise_brows for p in watched(listener, 5.0, 0.3)) > 0.25


def test_a_pause_after_enough_voice_is_found() -> None:
    finder = OpportunityFinder()
    assert finder.feed(prosody(900, 250)) > 0.0
    assert finder.feed(prosody(0, 300)) == 0.0
    assert finder.feed(prosody(200, 250)) == 0.0
    assert finder.feed(prosody(900, 150)) == 0.0
    assert finder.feed(prosody(0, 100)) > 0.0


def test_a_pause_after_low_pitch_is_a_better_opportunity() -> None:
    level = OpportunityFinder()
    low = OpportunityFinder()
    for _ in range(3):
        level.feed(prosody(900, 0))
        low.feed(prosody(900, 0))
    falling = prosody(150, 250)
    falling.f0_hz[:15] = 90.0
    assert low.feed(falling) > level.feed(prosody(150, 250)) > 0.0


def test_not_finite_prosody_is_passed_over() -> None:
    finder = OpportunityFinder()
    broken = prosody(900, 250)
    broken.level_dbfs[3] = np.nan
    broken.f0_hz[5] = np.inf
    assert finder.feed(broken) > 0.0


def test_the_same_sign_is_never_given_twice_in_a_row_and_each_is_given() -> None:
    given = Backchannels(np.random.default_rng(0))
    forms = []
    for k in range(60):
        given.consider(3.0 * k, 1.0)
        forms.append(given._form)
    assert given.given == 60
    assert all(a is not b for a, b in pairwise(forms))
    assert set(forms) == set(FORMS)


def test_one_pause_is_one_opportunity() -> None:
    given = Backchannels(np.random.default_rng(0))
    given.consider(1.0, 0.0)
    given.at_end(1.3)
    assert given.given == 0


def test_nods_come_at_pauses_now_and_then_and_never_in_a_rush() -> None:
    listener = calm(1)
    listener.on_voice(0.0, voice(True))
    starts, last = [], 0.0
    for second in range(60):
        listener.on_prosody(float(second), prosody(750, 250))
        for k, pose in enumerate(watched(listener, float(second), 1.0)):
            if pose.nod > 0.0 == last:
                starts.append(second + k * DT)
            last = pose.nod
    assert 8 < len(starts) < 45
    without = calm(1)
    without.on_voice(0.0, voice(True))
    assert all(pose.nod == 0.0 for pose in watched(without, 0.0, 20.0))


def test_no_nods_while_the_agent_itself_speaks() -> None:
    listener = calm(1)
    listener.on_turn(0.0, turn(Phase.SPEAKING))
    for second in range(20):
        listener.on_prosody(float(second), prosody(750, 250))
        assert all(pose.nod == 0.0 for pose in watched(listener, float(second), 1.0))


@pytest.mark.parametrize("seed", range(5))
def test_a_smile_is_returned_later_and_smaller(seed: int) -> None:
    listener = calm(seed)
    seen = FaceAffect(media_ns=0, person_id="a", action_units=(6, 12), intensities=(0.5, 0.8))
    shown = []
    for k in range(150):
        if k % 5 == 0:
            listener.on_face(k * DT, seen)
        shown.append(listener.step(k * DT, DT).smile)
    first = next(k * DT for k, value in enumerate(shown) if value > 0.01)
    assert 0.1 <= first <= 0.9  # eyes and screen add 0.1 to 0.2 s
    assert 0.3 < shown[-1] <= 0.4
    gone = watched(listener, 3.0, 4.0)[-1]
    assert gone.smile < 0.02


def test_a_joyful_face_counts_as_a_smile_and_a_still_one_does_not() -> None:
    listener = calm(0)
    listener.on_face(0.0, FaceAffect(media_ns=0, person_id="a", action_units=(12,), intensities=(0.0,)))
    assert max(p.smile for p in watched(listener, 0.0, 1.3)) == 0.0
    joy = Emotion.of({"joy": 1.0}, intensity=0.9)
    listener.on_face(2.0, FaceAffect(media_ns=0, person_id="a", emotion=joy))
    assert max(p.smile for p in watched(listener, 2.0, 2.0)) > 0.15


def test_thinking_shows() -> None:
    listener = calm(0)
    listener.on_turn(0.0, turn(Phase.THINKING))
    pose = watched(listener, 0.0, 1.5)[-1]
    assert pose.press > 0.1
    assert pose.knit > 0.1
    assert abs(pose.tilt) > math.radians(2.0)


def level(dbfs: float, speaking: bool = False) -> VoiceActivity:
    return VoiceActivity(media_ns=0, speaking=speaking, probability=0.0, since_ns=0, level_dbfs=dbfs)


def test_a_sudden_sound_is_looked_at_and_its_repetition_less() -> None:
    listener = calm(0, 0.0)
    strengths = []
    for start in (5.0, 7.0):
        for k in range(20):
            assert listener.on_voice(start - 2.0 + 0.1 * k, level(-68.0)) is None
        assert listener.on_voice(start, level(-42.0)) is Cause.SOUND
        strengths.append(max(p.raise_brows for p in watched(listener, start, 1.2)))
    assert strengths[0] > 0.2
    assert 0.05 < strengths[1] < 0.8 * strengths[0]


def test_a_bang_is_told_from_a_sound() -> None:
    listener = calm(0, 0.0)
    for k in range(20):
        listener.on_voice(0.1 * k, level(-68.0))
    assert listener.on_voice(2.0, level(-15.0)) is Cause.BANG


def test_neither_slow_noise_nor_the_own_voice_surprises() -> None:
    listener = calm(0, 0.0)
    for k in range(200):
        assert listener.on_voice(0.1 * k, level(-70.0 + 0.2 * k)) is None
    listener.own_voice(20.0)
    assert listener.on_voice(20.1, level(-5.0)) is None


def seen(smile: float) -> FaceAffect:
    return FaceAffect(media_ns=0, person_id="a", action_units=(12,), intensities=(smile,))


def test_a_smile_that_begins_is_looked_at_and_one_that_stays_is_not() -> None:
    listener = calm(0, 0.0)
    for k in range(20):
        assert listener.on_face(k / 15, seen(0.05)) is None
    assert listener.on_face(20 / 15, seen(0.3)) is Cause.SMILE
    assert all(listener.on_face(3.0 + k / 15, seen(0.6)) is None for k in range(1, 20))


def somebody(width: float, name: str = "a", height: float | None = None) -> Person:
    box = (0.4, 0.3, width, 1.3 * width if height is None else height)
    return Person(person_id=name, presence=Presence.CONFIRMED, box=box)


def test_coming_near_and_appearing_are_looked_at_and_standing_is_not() -> None:
    listener = calm(0, 0.0)
    assert listener.on_person(0.0, somebody(0.2)) is Cause.ARRIVAL
    noise = np.random.default_rng(1).uniform(-0.004, 0.004, 60)
    for k in range(60):
        assert listener.on_person(1.0 + k / 15, somebody(0.2 + noise[k])) is None
    nearer = [listener.on_person(6.0 + k / 15, somebody(0.2 + 0.01 * k)) for k in range(6)]
    assert Cause.APPROACH in nearer
    assert listener.on_person(12.0, None) is None
    assert listener.on_person(14.0, somebody(0.2)) is Cause.ARRIVAL


@pytest.mark.parametrize(("wider", "higher"), [(1.0, 1.12), (1.18, 1.0)], ids=["mouth_opens", "head_turns_back"])
def test_a_face_that_changes_its_shape_does_not_come_near(wider: float, higher: float) -> None:
    listener = calm(0, 0.0)
    listener.on_person(0.0, somebody(0.2))
    for k in range(60):
        part = min(1.0, max(0.0, (k - 30) / 5))
        shape = somebody(0.2 * (1 + part * (wider - 1)), height=0.26 * (1 + part * (higher - 1)))
        assert listener.on_person(1.0 + k / 15, shape) is None


def test_a_step_nearer_is_noticed_when_the_face_has_grown_by_a_twentieth() -> None:
    listener = calm(0, 0.0)
    listener.on_person(0.0, somebody(0.2))
    for k in range(15):
        assert listener.on_person(1.0 + k / 15, somebody(0.2)) is None
    assert listener.on_person(2.0, somebody(0.204)) is None
    assert listener.on_person(2.0 + 1 / 15, somebody(0.21)) is Cause.APPROACH


def test_a_layer_that_is_switched_off_is_not_seen() -> None:
    weights = LayerWeights(listening=0.0, backchannels=0.0, orienting=0.0)
    listener = Listener(np.random.default_rng(0), 0.0, weights)
    listener.on_voice(2.0, voice(True))
    listener.on_prosody(3.0, prosody(900, 300))
    poses = watched(listener, 2.0, 6.0)
    assert max(p.raise_brows for p in poses) < 0.1
    assert all(p.nod == 0.0 and p.knit == 0.0 for p in poses)


def test_percentiles_of_the_newest_pitches_are_numpys() -> None:
    rng = np.random.default_rng(3)
    drawn = np.round(rng.normal(7.0, 0.4, 1500), 2)  # rounded: some are equal
    pitches = RecentPitches()
    for count, value in enumerate(drawn.tolist(), 1):
        pitches.add(value)
        if count in (59, 60, 61, 599, 600, 601, 1500):
            newest = drawn[max(0, count - 600) : count]
            expected = np.percentile(newest, 26.0) if count >= 60 else -math.inf
            assert pitches.percentile(26.0) == pytest.approx(expected, abs=1e-12)

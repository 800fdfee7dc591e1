"""Phones become lips: targets, coarticulation, contacts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.motion.scene import phones, segments
from visavis_agent.core.phones import PHONES
from visavis_agent.motion.coarticulation import DominanceTrack
from visavis_agent.motion.constraints import (
    HOLD,
    ContactTrack,
    Limit,
    Mouth,
    bounded,
    hide_tongue,
    make_contact,
    seal,
)
from visavis_agent.motion.lips import LipTrack
from visavis_agent.motion.mixer import opening
from visavis_agent.motion.phonemes import ARTICULATORS, JAW, PUCKER, TARGETS, TIP, Segment, alphas

FRAME = 0.02


def lips(text: str) -> LipTrack:
    track = LipTrack()
    for segment in segments(phones(text)):
        track.append(segment)
    return track


def mouth_at(track: LipTrack, time: float) -> Mouth:
    shape = track.shape(time, 0.01, 1.0)
    v = shape.values
    mouth = Mouth(v[0], 0, v[1], v[2], v[3], v[4], v[5], v[6], 0, 0, v[7], v[8])
    make_contact(mouth, shape.contact)
    return mouth


def test_every_phone_has_targets_and_weights_in_range() -> None:
    for phone in PHONES | {"ax"}:
        for row in (*TARGETS[phone], alphas(phone)):
            assert len(row) == len(ARTICULATORS)
            assert all(0.0 <= value <= 1.0 for value in row)


def test_phones_that_arrive_while_speaking_give_the_same_values_as_all_at_once() -> None:
    marks = segments(phones("pau:90 b:70 ay1:160 dh:40 ax:45 w:70 ey1!:130 m:80 f:90 uw1:120 l:60 t:50 " * 4))
    batch, online = DominanceTrack(), DominanceTrack()
    for segment in marks:
        batch.append(segment)
    fed = 0
    for frame in range(round(marks[-1].end / FRAME)):
        time = frame * FRAME
        while fed < len(marks) and (marks[fed].start <= time + 0.45):
            online.append(marks[fed])
            fed += 1
        if fed < len(marks):
            assert online.values(time).tobytes() == batch.values(time).tobytes()


def test_an_open_vowel_opens_more_than_a_close_one_and_unstressed_less_than_stressed() -> None:
    def jaw(vowel: str) -> float:
        return lips(f"pau:200 t:60 {vowel}:140 t:60 pau:200").shape(0.33, 0.0, 1.0).values[JAW]

    assert jaw("aa1") > 2 * jaw("iy1")
    assert jaw("aa1!") > jaw("aa1") > jaw("aa0")


def test_rounding_starts_before_the_vowel_and_silence_is_shut() -> None:
    track = lips("pau:300 s:80 t:60 uw1:160 pau:400")
    assert track.shape(0.38, 0.0, 1.0).values[PUCKER] > 0.1
    assert track.shape(0.52, 0.0, 1.0).values[PUCKER] > 0.7
    assert opening(mouth_at(track, 0.05)) == pytest.approx(0.0, abs=1e-3)
    assert opening(mouth_at(track, 0.72)) == pytest.approx(0.0, abs=0.05)


def test_a_diphthong_moves_from_its_first_target_to_its_second() -> None:
    track = lips("pau:200 aw1:240 pau:200")
    early, late = track.shape(0.26, 0.0, 1.0).values, track.shape(0.41, 0.0, 1.0).values
    assert early[JAW] > 0.45 > late[JAW]
    assert late[PUCKER] > 0.4 > early[PUCKER]


def test_lips_before_any_phone_is_known_are_shut() -> None:
    shape = LipTrack().shape(3.0, 0.01, 1.0)
    assert max(shape.values) == 0.0
    assert shape.contact.seal == 0.0


PHONE = st.sampled_from(sorted(PHONES))


@given(
    st.lists(st.tuples(PHONE, st.integers(20, 400), st.integers(0, 2)), min_size=1, max_size=30),
    st.integers(0, 19),
)
def test_any_sequence_keeps_closures_teeth_and_range(spoken: list[tuple[str, int, int]], phase: int) -> None:
    time, marks, track = 0.0, [], LipTrack()
    for phone, milliseconds, stress in spoken:
        segment = Segment(phone, time, time + milliseconds / 1000, stress)
        track.append(segment)
        marks.append(segment)
        time = segment.end
    frames = np.arange(phase / 1000, time + 0.5, FRAME)
    mouths = [mouth_at(track, t) for t in frames]
    for mouth in mouths:
        values = [getattr(mouth, name) for name in Mouth.__slots__]
        assert all(np.isfinite(values))
        assert min(values) >= -1e-9
        assert max(values) <= 1.0
        assert mouth.close <= mouth.jaw
    for closure in track.closures:
        inside = [m for m, t in zip(mouths, frames, strict=True) if closure.start <= t <= closure.release]
        assert inside, "a closure is long enough for a frame"
        assert all(opening(m) == 0.0 for m in inside)
    assert len(track.closures) == sum(segment.phone in "pbm" for segment in marks)
    assert opening(mouths[-1]) < 0.2


def test_a_closure_lasts_two_frames_and_opens_on_the_burst() -> None:
    contacts = ContactTrack()
    for segment in (Segment("ax", 0, 0.1), Segment("p", 0.1, 0.2, burst=0.185), Segment("aa", 0.2, 0.4)):
        contacts.append(segment)
    contacts.append(Segment("m", 0.4, 0.42))
    plosive, short = contacts.closures
    assert (plosive.start, plosive.release) == (0.1, 0.185)
    assert short.release - short.start == pytest.approx(HOLD)


def test_a_short_vowel_between_closures_gets_time_from_both() -> None:
    contacts = ContactTrack()
    for segment in segments(phones("m:120 ax:40 m:120 pau:100")):
        contacts.append(segment)
    first, second = contacts.closures
    assert second.start - first.release == pytest.approx(0.065)
    between = 0.5 * (first.release + second.start)
    assert max(first.seal(between), second.seal(between)) < 0.7


def test_closures_do_not_depend_on_when_phones_became_known() -> None:
    marks = segments(phones("m:60 ax:30 b:50 ax:40 p:45 iy1:90 f:60 m:50 pau:80 m:40 aa1:30 m:70"))
    whole, grown = ContactTrack(), ContactTrack()
    for segment in marks:
        whole.append(segment)
    for segment in marks:
        grown.append(segment)
        grown.contact(segment.start)
    assert whole.closures == grown.closures


def test_the_lower_lip_meets_the_teeth_for_f_while_lips_stay_apart() -> None:
    mouth = mouth_at(lips("pau:200 aa1:150 f:90 aa1:150 pau:200"), 0.395)
    assert mouth.roll_lower == pytest.approx(0.6, abs=0.01)
    assert mouth.upper == pytest.approx(0.68, abs=0.01)
    assert mouth.jaw <= 0.09
    assert mouth.lower == pytest.approx(0.0, abs=0.01)


def test_the_tongue_shows_for_th_and_touches_the_gums_for_l() -> None:
    track = lips("pau:200 th:110 ih1:100 l:90 ih1:90 pau:200")
    assert mouth_at(track, 0.25).tongue > 0.6
    assert track.shape(0.455, 0.0, 1.0).values[TIP] > 0.8


def test_a_wide_open_mouth_hides_the_tongue() -> None:
    wide, narrow = Mouth(jaw=0.5, tip=0.8), Mouth(jaw=0.15, tip=0.8)
    hide_tongue(wide)
    hide_tongue(narrow)
    assert wide.tip < 0.45
    assert narrow.tip == 0.8


def test_limits_hold_by_their_weight() -> None:
    values = [0.5] * 9
    bounded(values, [Limit(JAW, True, 0.1, 1.0), Limit(PUCKER, False, 0.9, 0.5)])
    assert values[JAW] == pytest.approx(0.1)
    assert values[PUCKER] == pytest.approx(0.7)


def test_contact_is_reached_with_speed_and_kept_exactly() -> None:
    assert seal(1.0, 1.0, 1.1, 0.08, 0.08) == 1.0
    assert seal(1.1, 1.0, 1.1, 0.08, 0.08) == 1.0
    assert seal(0.9, 1.0, 1.1, 0.08, 0.08) == 0.0
    assert seal(0.98, 1.0, 1.1, 0.08, 0.08) < 0.9

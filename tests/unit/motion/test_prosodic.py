"""Head and brows on the accents of the agent's own voice."""

from __future__ import annotations

import math

import numpy as np

from tests.unit.motion.scene import RATE, phones, piece
from visavis_agent.motion.prosodic import LIMIT, SPEED_LIMIT, Prosodic, ProsodicPose
from visavis_agent.motion.reply import Reply
from visavis_agent.motion.speech_track import Moment

DT = 0.02
TEXT = "pau:400 t:80 aa1!:160 pau:600 t:80 aa1:160 pau:600 t:80 aa0:160 pau:600"


def moved(text: str = TEXT, semitones: float = 4.0, liveliness: float = 0.0, cut: float = 99.0) -> list[ProsodicPose]:
    marks = phones(text)
    reply = Reply(RATE)
    reply.add(piece(marks))
    length = marks[-1].end / RATE
    times = np.arange(0.0, length, 0.01)
    vowel = np.zeros(len(times), bool)
    for mark in marks:
        if mark.phone == "aa" and mark.accented:
            vowel |= (times >= mark.start / RATE) & (times < mark.end / RATE)
    reply.pitch.add(0.0, (times, np.where(vowel, 180.0 * 2 ** (semitones / 12), 180.0)))
    prosodic = Prosodic(np.random.default_rng(0), liveliness)
    poses = []
    for k in range(round(length / DT)):
        audible = k * DT < cut
        poses.append(prosodic.step(k * DT, DT, Moment(reply, k * DT, audible, k == 0)))
    return poses


def test_an_accent_nods_around_its_vowel_and_a_weak_syllable_does_not() -> None:
    pitch = np.array([pose.head[1] for pose in moved()])
    around = {centre: pitch[round((centre - 0.2) / DT) : round((centre + 0.3) / DT)] for centre in (0.56, 1.4, 2.24)}
    rise = {centre: part.max() - part[0] for centre, part in around.items()}
    assert rise[0.56] > math.radians(1.2)
    assert 0.0 < rise[1.4] < 0.5 * rise[0.56]
    assert rise[2.24] < math.radians(0.1)


def test_brows_rise_on_a_strong_accent_just_before_the_vowel_centre() -> None:
    brow = [pose.brow for pose in moved()]
    top = int(np.argmax(brow)) * DT
    assert max(brow) > 0.9
    assert 0.45 <= top <= 0.56
    assert max(brow[60:]) == 0.0


def test_brows_do_not_rise_in_a_row() -> None:
    brow = np.array([pose.brow for pose in moved("pau:300 " + "aa1!:150 t:250 " * 10 + "pau:400")])
    onsets = np.flatnonzero((brow[1:] > 0.05) & (brow[:-1] <= 0.05)) * DT
    assert len(onsets) >= 2
    assert np.diff(onsets).min() >= 1.5


def test_a_cut_lets_the_accent_fade() -> None:
    poses = moved(cut=0.5)
    assert poses[round(0.75 / DT)].brow < 0.05
    assert np.abs(np.diff([pose.brow for pose in poses])).max() < 0.3


def test_the_head_keeps_its_limits_of_angle_and_speed() -> None:
    heads = np.array([pose.head for pose in moved("aa1!:90 t:40 " * 60, semitones=12.0, liveliness=2.0)])
    assert np.abs(heads).max() <= LIMIT
    assert np.abs(np.diff(heads, axis=0)).max() <= SPEED_LIMIT * DT + 1e-12


def test_the_head_is_never_still() -> None:
    heads = np.array([pose.head for pose in moved("pau:20000", liveliness=1.0)])
    assert heads.std(0).min() > math.radians(0.1)

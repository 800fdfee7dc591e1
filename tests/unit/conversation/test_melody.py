"""Whether a voice is held up at its end."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.conversation.melody import Melody
from visavis_agent.core.records import Prosody

SENTENCE = np.concatenate([np.linspace(2.0, -2.0, 40), np.linspace(3.0, -2.0, 40), np.linspace(1.0, -1.0, 20)])


def held_up(semitones: np.ndarray, hertz: float = 120.0, level: np.ndarray | None = None, piece: int = 3) -> bool:
    """Of a voice that has said a sentence before."""
    melody = Melody()
    for row in (np.concatenate([SENTENCE, np.linspace(-2.0, -4.0, 10)]), semitones):
        melody.begin()
        f0 = (hertz * 2.0 ** (row / 12.0)).astype(np.float32)
        loud = np.full(len(row), -25.0, np.float32) if level is None or row is not semitones else level
        for at in range(0, len(row), piece):
            melody.hear(Prosody(media_ns=0, f0_hz=f0[at : at + piece], level_dbfs=loud[at : at + piece]))
    return melody.held_up


def test_a_level_end_in_the_middle_of_the_voice_is_held_up_and_a_fall_or_rise_is_not() -> None:
    assert held_up(np.concatenate([SENTENCE, np.zeros(20)]))
    assert not held_up(np.concatenate([SENTENCE, np.linspace(-2.0, -4.5, 15)]))
    assert not held_up(np.concatenate([SENTENCE, np.linspace(0.0, 6.0, 15)]))


@given(st.floats(80.0, 350.0), st.integers(1, 40), st.floats(-6.0, 6.0))
def test_neither_the_height_of_a_voice_nor_how_its_frames_come_matters(hertz: float, piece: int, end: float) -> None:
    sung = np.concatenate([SENTENCE, np.full(15, end)])
    assert held_up(sung, hertz, piece=piece) == held_up(sung)


def test_what_is_left_of_the_voice_in_the_room_does_not_count() -> None:
    sung = np.concatenate([SENTENCE, np.linspace(-2.0, -4.5, 15), np.full(20, 0.5)])
    level = np.concatenate([np.full(len(sung) - 20, -25.0), np.full(20, -60.0)]).astype(np.float32)
    assert not held_up(sung, level=level)


def test_nothing_is_known_of_half_a_second_of_voice_or_none() -> None:
    melody = Melody()
    assert not melody.held_up
    empty = np.zeros(0, np.float32)
    melody.hear(Prosody(media_ns=0, f0_hz=empty, level_dbfs=empty))
    melody.hear(Prosody(media_ns=0, f0_hz=np.full(20, 120.0, np.float32), level_dbfs=np.full(20, -20.0, np.float32)))
    assert not melody.held_up

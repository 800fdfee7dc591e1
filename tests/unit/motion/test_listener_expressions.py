"""The listener's expressions: drawn for what is felt, never twice in a row, without a jump."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.motion.listener_expressions import LEED, PITCH, ROLL, UNITS, ListenerExpressions, Shown

DT = 0.02


def played(expressions: ListenerExpressions, seconds: float, emotion: Emotion, start: float = 0.0) -> list[Shown]:
    return [expressions.step(start + k * DT, DT, emotion, 1.0) for k in range(round(seconds / DT))]


def feeling(label: str) -> Emotion:
    return Emotion() if label == "neutral" else Emotion.of({label: 1.0}, intensity=0.8)


@pytest.mark.parametrize("label", EMOTIONS)
def test_what_is_shown_is_of_the_emotion_and_never_the_same_twice_in_a_row(label: str) -> None:
    expressions = ListenerExpressions(np.random.default_rng(3))
    names = []
    for k in range(3000):
        expressions.step(k * DT, DT, feeling(label), 1.0)
        if not names or expressions.played[-8:] != names[-1]:
            names.append(expressions.played[-8:])
    drawn = [name[-1] for name in names]
    assert len(drawn) > 11
    assert all(a != b for a, b in pairwise(drawn))
    assert set(drawn) == {sequence.name for sequence in LEED[label]}


def test_every_sequence_is_made_of_known_parts_and_moves_something() -> None:
    known = {*UNITS, PITCH, ROLL}
    for label in EMOTIONS:
        assert len(LEED[label]) >= 3
        for sequence in LEED[label]:
            times = [at for at, _ in sequence.points]
            assert times == sorted(times)
            assert times[-1] < sequence.seconds
            assert all(set(values) <= known and any(values.values()) for _, values in sequence.points)


def test_a_change_of_feeling_changes_the_face_soon_and_without_a_jump() -> None:
    expressions = ListenerExpressions(np.random.default_rng(0))
    course = played(expressions, 10.0, feeling("joy")) + played(expressions, 3.0, feeling("sadness"), 10.0)
    units = np.array([shown.units for shown in course])
    speed = np.diff(units, axis=0) / DT
    assert np.abs(speed).max() < 3.0
    assert np.abs(np.diff(speed, axis=0)).max() / DT < 60.0
    smile, brow = UNITS.index("smile"), UNITS.index("inner_brow")
    assert units[:500, smile].max() > 0.2
    assert units[-40:, brow].max() > 0.18


def test_it_comes_to_rest_when_nobody_speaks() -> None:
    expressions = ListenerExpressions(np.random.default_rng(0))
    assert max(shown.units.max() for shown in played(expressions, 8.0, Emotion())) > 0.1
    rest = [expressions.step(8.0 + k * DT, DT, Emotion(), 0.0) for k in range(150)]
    assert rest[-1].units.max() < 0.01

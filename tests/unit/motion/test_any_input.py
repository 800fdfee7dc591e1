"""Whatever comes, in whatever order, late, twice or broken: motion stays finite, in range and within speed limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.motion.scene import Scene, piece
from visavis_agent.core.arkit import ARKIT_INDEX, ARKIT_NAMES
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import PHONES
from visavis_agent.core.records import (
    AgentEmotion,
    BodyMotion,
    ExpressionRequest,
    FaceAffect,
    GazeRequest,
    GestureCue,
    GestureRequest,
    Lane,
    Person,
    Persons,
    Phase,
    PhoneMark,
    Playback,
    PlaybackStatus,
    Presence,
    Prosody,
    Record,
    SinkState,
    TurnState,
    VoiceActivity,
)
from visavis_agent.evaluation.face_course import EYE_SPEED, FaceCourse, speed_limits
from visavis_agent.motion.gestures import GESTURES
from visavis_agent.motion.head import PITCH_LIMIT, ROLL_LIMIT, SPEED_LIMIT, YAW_LIMIT

ANY = st.floats(width=32)  # NaN and infinities, too
TIME = st.integers(-5 * SECOND, 20 * SECOND)
REPLY = st.builds(ReplyId, st.integers(0, 1), st.integers(0, 3), st.integers(0, 2))
ID = st.sampled_from(["a", "b", ""])


@st.composite
def speech(draw: Any) -> Record:
    marks, start = [], draw(st.integers(0, 40_000))
    first = start
    for phone in draw(st.lists(st.sampled_from(sorted(PHONES)), min_size=1, max_size=6)):
        marks.append(PhoneMark(phone, start, start + draw(st.integers(1, 4_000)), 1, True))
        start = marks[-1].end
    cue = GestureCue(draw(st.sampled_from([*sorted(GESTURES), "nonsense"])), draw(st.integers(0, 60_000)))
    made = piece(tuple(marks), draw(REPLY), gestures=(cue,), last=draw(st.booleans()))
    assert made.first_sample == first
    return made


@st.composite
def prosody(draw: Any) -> Record:
    """Its arrays may be spoilt after it was checked."""
    n = draw(st.integers(0, 12))
    made = Prosody(media_ns=0, f0_hz=np.zeros(n, np.float32), level_dbfs=np.zeros(n, np.float32))
    for row in (made.f0_hz, made.level_dbfs):
        row[:] = draw(st.lists(st.one_of(ANY, st.sampled_from([150.0, -20.0, -70.0])), min_size=n, max_size=n))
    return made


def persons(media_ns: int, names: list[str], numbers: list[float], engaged: str) -> Persons:
    box, position, opening = tuple(numbers[:4]), tuple(numbers[4:7]), numbers[7]
    here = tuple(
        Person(person_id=n, presence=Presence.CONFIRMED, box=box, position=position, mouth_open=opening, attention=1.0)  # type: ignore[arg-type]
        for n in names
    )
    return Persons(media_ns=media_ns, persons=here, engaged_id=engaged)


def feeling(label: str, intensity: float, arousal: float) -> Emotion:
    return Emotion.of({label: 1.0}, intensity=intensity, arousal=arousal)


FEELING = st.builds(feeling, st.sampled_from(EMOTIONS), st.floats(0, 1), st.floats(-1, 1))


def made(build: Callable[..., Record], *parts: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> Any:
    """The record, or None where it refuses what it is given: so no such number travels."""

    def attempt(*args: Any, **kwargs: Any) -> Record | None:
        try:
            return build(*args, **kwargs)
        except ValueError:
            return None

    return st.builds(attempt, *parts, **named)


RECORD = st.one_of(
    speech(),
    prosody(),
    made(
        TurnState, media_ns=TIME, id=REPLY, phase=st.sampled_from(Phase), playback=st.sampled_from(Playback)
    ),
    made(
        PlaybackStatus, media_ns=TIME, id=REPLY, lane=st.sampled_from(Lane), state=st.sampled_from(SinkState),
        sample=st.integers(-100, 80_000), sample_rate=st.integers(1, 48_000), starved=st.booleans(),
    ),
    made(
        VoiceActivity, media_ns=TIME, speaking=st.booleans(), probability=ANY, since_ns=TIME,
        level_dbfs=st.one_of(ANY, st.floats(-120, 0)),
    ),
    made(persons, TIME, st.lists(ID, max_size=3), st.lists(ANY, min_size=8, max_size=8), ID),
    made(FaceAffect, media_ns=TIME, person_id=ID, emotion=FEELING, action_units=st.just((1, 2, 12)),
         intensities=st.tuples(ANY, ANY, ANY)),
    made(AgentEmotion, media_ns=TIME, emotion=FEELING),
    made(ExpressionRequest, media_ns=TIME, enabled=st.booleans(), emotion=FEELING, duration_s=st.floats(0, 9)),
    made(GazeRequest, media_ns=TIME, enabled=st.booleans(), point=st.tuples(ANY, ANY, ANY), person_id=ID),
    made(GestureRequest, media_ns=TIME, name=st.sampled_from([*sorted(GESTURES), "?"]), intensity=st.floats(0, 1)),
)  # fmt: skip
# A record (None: refused), how long the world then goes on, ms, and whether it comes twice.
STEP = st.tuples(RECORD, st.sampled_from([0, 0, 7, 20, 60, 300]), st.booleans())


@given(st.lists(STEP, max_size=30), st.integers(0, 3))
@example([], 0)
def test_motion_stays_finite_in_range_and_within_speed_limits(
    steps: list[tuple[Record | None, int, bool]], seed: int
) -> None:
    scene = Scene(seed=seed)
    scene.wait(100)
    for record, milliseconds, twice in steps:
        for _ in range(1 + twice if record is not None else 0):
            scene.stage.handle(record)  # type: ignore[arg-type]
        if milliseconds:
            scene.wait(milliseconds)
    scene.wait(400)
    times = [face.media_ns for face in scene.faces]
    assert times == list(range(times[0], times[-1] + 1, 20 * MS))
    check(scene)


def check(scene: Scene) -> None:
    """Records check by themselves that coefficients are finite and 0–1."""
    course = FaceCourse.of(scene.faces)
    assert (np.abs(course.head) <= np.array([ROLL_LIMIT, PITCH_LIMIT, YAW_LIMIT]) + 1e-9).all()
    assert np.abs(np.diff(course.head, axis=0)).max() <= SPEED_LIMIT * 0.02 + 1e-9
    assert np.abs(np.diff(course.gaze, axis=0)).max() <= EYE_SPEED * 0.02
    moved = np.abs(course.coefficients[2:] - course.coefficients[:-2]) / 0.04
    ruled = np.ones(moved.shape[1], bool)
    for name in ("jawOpen", "mouthClose"):  # of speech, where contacts may not be late
        ruled[ARKIT_INDEX[name]] = False
    fast = (moved > speed_limits() + 1e-6).any(axis=0) & ruled
    assert not [ARKIT_NAMES[i] for i in np.flatnonzero(fast)]
    rotations = np.array([body.rotations for body in scene.host.of(BodyMotion)], np.float64)
    assert np.abs(np.linalg.norm(rotations, axis=2) - 1.0).max() < 1e-4
    assert np.abs(np.diff(rotations, axis=0)).max() < 0.25

"""Frames of a face as arrays, and what can be read off them without knowing how they were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_INDEX, ARKIT_NAMES
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import FaceMotion

Floats = npt.NDArray[np.float64]
Spans = Sequence[tuple[float, float]]

_UPPER = ("brow", "eyeWide", "eyeSquint", "cheekSquint")
_LIDS = ("eyeBlink",)
REACTION = 0.05
"""Change of a brow or lid coefficient that is seen as a reaction: a sixth of a plain raise."""
GLANCE = np.radians(2.0)
"""The same for the direction of gaze, rad: more than the eyes wander within a face."""
SMILE = 0.03
_SHUT, _APART = 0.5, 0.15
_NOD_DEPTH = np.radians(1.2)
_NOD_RISE, _NOD_FALL = 0.36, 0.60

# Fastest change of each coefficient, 1/s, between pictures 1/30 s apart, in a range-of-motion recording of one person
# (two films, 7,800 pictures, Live Link Face). Other people are not slower by nature: a quarter is added. Gaze is judged
# by its angles.
_RECORDED = {
    "eyeBlink": 15.8, "eyeSquint": 6.0, "eyeWide": 14.9, "jawOpen": 11.6, "jaw": 3.5,
    "mouthClose": 6.5, "mouthSmile": 12.0, "mouthFrown": 11.5, "mouthDimple": 7.4, "browDown": 11.7, "browInnerUp": 9.1,
    "browOuterUp": 10.0, "cheekSquint": 6.8, "cheekPuff": 3.4, "noseSneer": 9.5,
}  # fmt: skip
_MARGIN = 1.25
_SAMPLED_S = 0.04
HEAD_SPEED = np.radians(90.0)
"""Fastest head in conversation about any axis, rad/s; nods reach 60°/s (Hadar, Steiner and Clifford Rose 1985)."""
EYE_SPEED = np.radians(700.0)
"""Ceiling of the main sequence of saccades (Bahill, Clark and Stark 1975)."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceCourse:
    """n frames: times (s), (n, 52) coefficients, (n, 3) head roll, pitch, yaw and (n, 2, 2) eyes' yaw, pitch, rad."""

    times: Floats
    coefficients: Floats
    head: Floats
    eyes: Floats

    @classmethod
    def of(cls, faces: Sequence[FaceMotion]) -> FaceCourse:
        return cls(
            np.array([face.media_ns / SECOND for face in faces]),
            np.array([face.coefficients for face in faces], np.float64).reshape(-1, len(ARKIT_NAMES)),
            np.array([face.head for face in faces], np.float64).reshape(-1, 3),
            np.array([(face.left_eye, face.right_eye) for face in faces], np.float64).reshape(-1, 2, 2),
        )

    def frames(self, chosen: npt.NDArray[np.int_]) -> FaceCourse:
        """Only these frames."""
        return FaceCourse(self.times[chosen], self.coefficients[chosen], self.head[chosen], self.eyes[chosen])

    @property
    def gaze(self) -> Floats:
        """(n, 2) yaw and pitch of the line of sight in the body's frame, rad."""
        return np.asarray(self.head[:, [2, 1]] + self.eyes.mean(axis=1))

    def named(self, *prefixes: str) -> Floats:
        """(n, m) coefficients whose names begin so."""
        return np.asarray(self.coefficients[:, columns(*prefixes)])


def columns(*prefixes: str) -> list[int]:
    return [i for name, i in ARKIT_INDEX.items() if name.startswith(prefixes)]


def difference(calm: FaceCourse, moved: FaceCourse) -> Floats:
    """(n,) how far eyes, brows and lids of two runs are apart in each frame; above 1 it is seen as a reaction."""
    upper = np.abs(moved.named(*_UPPER, *_LIDS) - calm.named(*_UPPER, *_LIDS)).max(axis=1) / REACTION
    glance = np.linalg.norm(moved.gaze - calm.gaze, axis=1) / GLANCE
    return np.asarray(np.maximum(upper, glance))


def first_reaction(calm: FaceCourse, moved: FaceCourse) -> float | None:
    """When eyes, brows or lids first differ visibly between two runs of the same seed, s; None: never."""
    return _first(moved.times, difference(calm, moved) > 1.0)


def first_smile(calm: FaceCourse, moved: FaceCourse) -> float | None:
    """When the smile first differs visibly, s."""
    more = (moved.named("mouthSmile") - calm.named("mouthSmile")).mean(axis=1)
    return _first(moved.times, more > SMILE)


def _first(times: Floats, seen: npt.NDArray[np.bool_]) -> float | None:
    found = np.flatnonzero(seen)
    return float(times[found[0]]) if len(found) else None


def blinks(course: FaceCourse) -> Floats:
    """Times at which the lids shut, s."""
    shut = course.named("eyeBlink").mean(axis=1) > _SHUT
    starts = course.times[1:][shut[1:] & ~shut[:-1]]
    return starts[np.diff(starts, prepend=-1.0) > _APART]


def nods(course: FaceCourse) -> Floats:
    """Times at which the head starts to go down by 1.2° or more and comes back soon, s: as an onlooker would tell."""
    pitch, times = course.head[:, 1], course.times
    step = float(np.median(np.diff(times)))
    rise, fall = round(_NOD_RISE / step), round(_NOD_FALL / step)
    found: list[float] = []
    for k in np.flatnonzero((pitch[1:-1] > pitch[:-2]) & (pitch[1:-1] >= pitch[2:])) + 1:
        before, after = pitch[max(0, k - rise) : k + 1], pitch[k : k + fall + 1]
        if pitch[k] - before.min() > _NOD_DEPTH and pitch[k] - after.min() > 0.7 * _NOD_DEPTH:
            start = float(times[k - int(before[::-1].argmin())])
            if not found or start - found[-1] > 0.3:
                found.append(start)
    return np.array(found)


def on_target(course: FaceCourse, target: tuple[float, float], within: float) -> npt.NDArray[np.bool_]:
    """(n,) whether the line of sight is within `within` rad of a direction."""
    return np.asarray(np.linalg.norm(course.gaze - np.array(target), axis=1) < within)


def inside(times: Floats, spans: Spans) -> npt.NDArray[np.bool_]:
    """(n,) whether a time lies in one of the spans."""
    found = np.zeros(len(times), bool)
    for start, end in spans:
        found |= (times >= start) & (times < end)
    return found


def upper_variance(course: FaceCourse, chosen: npt.NDArray[np.bool_]) -> float:
    """Mean variance of brows, lid width, squint and cheeks over the chosen frames; blinks do not count."""
    return float(course.named(*_UPPER)[chosen].var(axis=0).mean()) if chosen.any() else 0.0


def speed_limits() -> Floats:
    """(52,) fastest change of each coefficient, 1/s; infinite for eyes (see EYE_SPEED) and the mouth of speech."""
    return np.array(
        [
            next((_MARGIN * most for prefix, most in _RECORDED.items() if name.startswith(prefix)), np.inf)
            for name in ARKIT_NAMES
        ]
    )


def speed_violations(course: FaceCourse) -> dict[str, int]:
    """Frames in which something moves faster than people do, by what; nothing where all is well."""
    span = max(1, round(_SAMPLED_S / float(np.median(np.diff(course.times)))))
    apart = (course.times[span:] - course.times[:-span])[:, None]
    face = np.abs(course.coefficients[span:] - course.coefficients[:-span]) / apart
    found = {name: int(n) for name, n in zip(ARKIT_NAMES, (face > speed_limits()).sum(axis=0), strict=True) if n}
    step = np.diff(course.times)[:, None]
    head = np.abs(np.diff(course.head, axis=0)) / step
    eyes = np.abs(np.diff(course.gaze, axis=0)) / step
    for name, fast in (("head", head > HEAD_SPEED), ("gaze", eyes > EYE_SPEED)):
        if fast.any():
            found[name] = int(fast.any(axis=1).sum())
    return found


def peak_jerk(values: Floats, step: float) -> float:
    """Largest third derivative of any column, per s³."""
    return float(np.abs(np.diff(values, 3, axis=0)).max() / step**3) if len(values) > 3 else 0.0

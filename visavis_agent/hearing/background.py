"""How loud people talk elsewhere: what is hardly louder than that is not the visitor."""

from __future__ import annotations

from collections import deque

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.hearing.intake import FRAME_NS

_WINDOW = 5 * SECOND // FRAME_NS
_FEWEST = 2 * SECOND // FRAME_NS
# Found on synthetic questions in four-voice babble (5 to 20 dB), white noise (5 and 10 dB) and silence, and on 130 s of
# human speech without a pause before it. Voice activity alone never ended in any babble; with these, all questions end
# within 0.1 s of where they do (0.3 s in white noise of 5 dB), and none of the human utterances is cut.
_PERCENTILE = 20.0
# Voice activity tells steady noise from speech by itself. There the weak sounds of a visitor, which are hardly louder,
# were taken for pauses: 24 of 60 questions in white noise of 20 dB were cut up, now one, as in silence.
_TALK_SHARE = 0.3
_MARGIN_DB = 7.0
_KEEP_DB = 2.0
_SMOOTHED = 3
# Long speech without a breath is background: a voice comes down to the room's level sooner than that.
_TRUSTED_NS = 4 * SECOND


class Background:
    """Level of what goes on all the time, if it sounds like speech: a low percentile of the last 5 s.

    It is not learnt from speech that has begun, for 4 s: a visitor who talks does not become the background.
    """

    def __init__(self) -> None:
        self._powers: deque[float] = deque(maxlen=_SMOOTHED)
        self._levels: deque[float] = deque(maxlen=_WINDOW)
        self._talk: deque[bool] = deque(maxlen=_WINDOW)
        self._level: float | None = None

    @property
    def level_dbfs(self) -> float | None:
        """None until 2 s were heard."""
        return self._level

    @property
    def talks(self) -> bool:
        """People talk."""
        return sum(self._talk) > _TALK_SHARE * max(1, len(self._talk))

    def covers(self, level_dbfs: float, talk: bool, spoken_ns: int | None) -> bool:
        """Take the next frame; whether it is lost in the talk of others.

        Args:
            level_dbfs: of the frame.
            talk: it sounds like speech.
            spoken_ns: for how long speech has been going on; None: nobody speaks.
        """
        self._powers.append(10.0 ** (level_dbfs / 10.0))
        level = 10.0 * float(np.log10(sum(self._powers) / len(self._powers)))
        if spoken_ns is None or spoken_ns >= _TRUSTED_NS:
            self._levels.append(level)
            self._talk.append(talk)
            if len(self._levels) >= _FEWEST:
                self._level = float(np.percentile(self._levels, _PERCENTILE))
        if self._level is None or not self.talks:
            return False
        return level < self._level + (_MARGIN_DB if spoken_ns is None else _MARGIN_DB - _KEEP_DB)

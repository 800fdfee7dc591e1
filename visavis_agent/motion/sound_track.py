"""The mouth of a sound in reply time, from what the net heard: contacts made certain, values between the steps.

A net blurs what it is not sure of, and half a closure is none. A contact that is likely enough is therefore made
whole, and held for two steps; the mixer forces it upon the finished mouth as it does with the contacts of phones.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from visavis_agent.core.phones import SILENCE
from visavis_agent.motion.constraints import Contact
from visavis_agent.motion.curves import clamp
from visavis_agent.motion.lips import LipShape
from visavis_agent.motion.phonemes import JAW, LOWER, UPPER, Segment
from visavis_agent.motion.sound_net import AHEAD, LEAD_S, OUTPUTS, SEAL, STEP_S, TEETH

Array = npt.NDArray[np.float32]
# Seal and teeth; these and the next were chosen on speakers that were kept from training (models/lips.md).
_NONE_BELOW, _WHOLE_FROM = np.array([0.10, 0.04], np.float32), np.array([0.20, 0.12], np.float32)
_OVER_BELOW, _SURER = 0.6, 1.1
_TEETH_COUNT = 2.0
"""One lip cannot be at the other and at the teeth: a seal less than so many times as sure gives way to them."""
_PRESS = 0.5
_AT_REST, _SEALED = 0.06, 0.30
_HELD_S, _FADE_S = 0.10, 0.10
_NUCLEUS, _NUCLEI_APART, _HALF_NUCLEUS = 0.22, 0.12, 0.04
_ACCENT = 1.15
_PAUSE_STEPS = 8


class SoundTrack:
    """Stretches of sound without phones, in order of time."""

    def __init__(self) -> None:
        self._stretches: list[_Stretch] = []

    def begin(self, start: float) -> None:
        """A sound that follows no other; it starts at reply time `start`, s."""
        self._stretches.append(_Stretch(start))

    def add(self, heard: Array) -> list[Segment]:
        """Take the next (n, OUTPUTS) of the net; gives the syllables' nuclei and the pauses that it found."""
        return self._stretches[-1].add(heard)

    def end(self, time: float) -> None:
        """From `time` (s) on phones move the mouth again."""
        if self._stretches:
            self._stretches[-1].ended = min(self._stretches[-1].ended, time)

    @property
    def active_until(self) -> float:
        """When the mouth comes to rest as far as is known, s; 0 when nothing was heard."""
        return max((stretch.active_until for stretch in self._stretches), default=0.0)

    def shape(self, time: float, lead: float, gain: float) -> LipShape | None:
        """The shape at reply time `time` (s), everything but contacts `lead` s ahead; None where no sound was heard."""
        for stretch in reversed(self._stretches):
            if time >= stretch.begin:
                return stretch.shape(time, lead, gain) if time < stretch.ended else None
        return None


class _Stretch:
    def __init__(self, start: float) -> None:
        self._start = start
        self._rows = np.zeros((0, OUTPUTS), np.float32)
        self.active_until = 0.0
        self.ended = math.inf
        self._nucleus, self._peaks = start - 1.0, 0.0
        self._still = 0
        self._surges = _Surges()

    @property
    def begin(self) -> float:
        """Its first moment, s: before the sound, when the mouth already opens for it."""
        return self._time(0)

    def _time(self, row: int) -> float:
        return self._start + (row + 1 - AHEAD) * STEP_S

    def add(self, heard: Array) -> list[Segment]:
        first = len(self._rows)
        heard = heard.copy()
        heard[:, SEAL:] = _decided(self._surges.cut(heard[:, SEAL:]))
        self._rows = np.concatenate([self._rows, heard])
        found: list[Segment] = []
        for row in range(first, len(self._rows)):
            self._hold(row)
            found += self._nuclei(row) + self._pauses(row)
        return found

    def _hold(self, row: int) -> None:
        """A contact that was whole for one step only stays for another."""
        for column in (SEAL, TEETH):
            before = self._rows[max(0, row - 2) : row, column]
            if row >= 2 and before[1] >= 1.0 > before[0]:
                self._rows[row, column] = 1.0

    def _nuclei(self, row: int) -> list[Segment]:
        """A syllable's nucleus: the jaw was at its lowest one step ago."""
        if row < 2:
            return []
        before, peak, now = (float(value) for value in self._rows[row - 2 : row + 1, JAW])
        time = self._time(row - 1)
        if peak < _NUCLEUS or not before < peak >= now or time - self._nucleus < _NUCLEI_APART:
            return []
        accented = peak > _ACCENT * self._peaks > 0.0
        self._nucleus, self._peaks = time, peak if self._peaks == 0.0 else 0.8 * self._peaks + 0.2 * peak
        return [Segment("ah", time - _HALF_NUCLEUS, time + _HALF_NUCLEUS, 1, accented)]

    def _pauses(self, row: int) -> list[Segment]:
        values = self._rows[row]
        if values[JAW] + values[UPPER] + values[LOWER] > _AT_REST or values[SEAL] > _SEALED:
            self.active_until, self._still = self._time(row), 0
            return []
        self._still += 1
        if self._still != _PAUSE_STEPS or self.active_until == 0.0:
            return []
        return [Segment(SILENCE, self._time(row + 1 - _PAUSE_STEPS), self._time(row))]

    def shape(self, time: float, lead: float, gain: float) -> LipShape:
        values = self._at(time + lead - LEAD_S)[:SEAL].tolist()
        for articulator in (JAW, UPPER, LOWER):
            values[articulator] *= gain
        contacts = self._at(time)
        seal, teeth = float(contacts[SEAL]), float(contacts[TEETH])
        return LipShape(tuple(values), Contact(seal, _PRESS * seal**3, teeth))

    def _at(self, time: float) -> Array:
        """Between the steps; what is not heard yet stays as it was for a moment, then the mouth shuts."""
        if not len(self._rows):
            return np.zeros(OUTPUTS, np.float32)
        place = max(0.0, (time - self._time(0)) / STEP_S)
        last = len(self._rows) - 1
        row = min(int(place), last)
        after = self._rows[min(row + 1, last)]
        value: Array = self._rows[row] + np.float32(min(1.0, place - row)) * (after - self._rows[row])
        late = (place - last) * STEP_S - _HELD_S
        return value * np.float32(clamp(1.0 - late / _FADE_S, 0.0, 1.0)) if late > 0.0 else value


class _Surges:
    """The net is as slow to let go of a contact as it is to see it come. A contact is over when it is clearly less sure
    than it was, until it becomes surer again.
    """

    def __init__(self) -> None:
        self._last, self._peak = np.zeros(2, np.float32), np.zeros(2, np.float32)
        self._over = np.zeros(2, np.bool_)

    def cut(self, sure: Array) -> Array:
        """(n, 2) how sure the contacts are in the next steps; 0 where they are over."""
        cut = sure.copy()
        for step in cut:
            again = self._over & (step > _SURER * self._last)
            self._peak = np.where(again, step, np.maximum(self._peak, step))
            self._over = step < _OVER_BELOW * self._peak
            self._last = step.copy()
            step[self._over] = 0.0
        return cut


def _decided(sure: Array) -> Array:
    """(n, 2) contacts 0–1, made whole or none, of how sure they are."""
    contacts = np.clip((sure - _NONE_BELOW) / (_WHOLE_FROM - _NONE_BELOW), 0.0, 1.0)
    given_way = (contacts[:, 1] >= 1.0) & (_TEETH_COUNT * sure[:, 1] > sure[:, 0])
    contacts[given_way, 0] = 0.0
    return contacts.astype(np.float32)

"""How well lips fit the phones: closures, contacts, timing, range. Lengths in mm, times in s."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.phones import SILENCE, VOWELS
from visavis_agent.core.records import FaceMotion, PhoneMark
from visavis_agent.evaluation.spoken_motion import SpokenMotion
from visavis_agent.motion.mixer import FUNNEL_MM, JAW_MM, LOWER_MM, UPPER_MM
from visavis_agent.motion.phonemes import BILABIALS, DIPHTHONG_SWITCH, LABIODENTALS

Course = npt.NDArray[np.float64]
_SHORTEST_VOWEL = 0.06
_PAUSE = 0.2
_SEARCH = 0.15
_ROLLED, _LIFTED, _JAW_AT_MOST = 0.5, 0.5, 0.12


def coefficient_opening(face: FaceMotion) -> float:
    """Lip opening of a 50 mm mouth that the coefficients ask for, mm."""
    jaw = JAW_MM * (_value(face, "jawOpen") - _value(face, "mouthClose"))
    upper, lower = UPPER_MM * _value(face, "mouthUpperUpLeft"), LOWER_MM * _value(face, "mouthLowerDownLeft")
    return jaw + upper + lower + FUNNEL_MM * _value(face, "mouthFunnel")


def _value(face: FaceMotion, name: str) -> float:
    return float(face.coefficients[ARKIT_INDEX[name]])


def wilson(successes: int, n: int) -> list[float] | None:
    """95 % interval of a rate (Wilson 1927); None without trials."""
    if not n:
        return None
    z, p = 1.96, successes / n
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round((centre + sign * half) / (1 + z * z / n), 4) for sign in (-1.0, 1.0)]


@dataclass(slots=True)
class LipScore:
    """Sums over utterances.

    Attributes:
        closed_below: opening under which lips count as shut, mm.
        targets: opening that each phone asks for, mm; two of them for a diphthong.
    """

    closed_below: float
    targets: dict[str, tuple[float, ...]]
    closures: list[bool] = field(default_factory=list)
    contacts: list[bool] = field(default_factory=list)
    closing_errors: list[float] = field(default_factory=list)
    release_errors: list[float] = field(default_factory=list)
    vowel_peaks: list[float] = field(default_factory=list)
    vowel_targets: list[float] = field(default_factory=list)
    vowels_shut: list[bool] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    driven: list[float] = field(default_factory=list)

    def add(self, motion: SpokenMotion, opening: Course) -> None:
        """Score one utterance with the lip `opening` of each of its frames, mm."""
        times, rate = np.array(motion.times()), motion.utterance.sample_rate
        marks = motion.utterance.phones
        for i, mark in enumerate(marks):
            start, end = mark.start / rate, mark.end / rate
            inside = _frames(times, start, end)
            self.openings += opening[inside].tolist()
            self.driven += [self._driven(mark.phone, (t - start) / (end - start)) for t in times[inside]]
            if mark.phone in BILABIALS:
                self.closures.append(bool(opening[inside].min() < self.closed_below))
                self._add_errors(times, opening, start, end)
            elif mark.phone in LABIODENTALS:
                faces = [face for face, near in zip(motion.faces, inside, strict=True) if near]
                self.contacts.append(any(_on_teeth(face) for face in faces))
            elif mark.phone in VOWELS and mark.stress and end - start >= _SHORTEST_VOWEL:
                self.vowel_peaks.append(float(opening[inside].max()))
                self.vowel_targets.append(self.targets[mark.phone][0])
                middle = int(np.argmin(np.abs(times - 0.5 * (start + end))))
                self.vowels_shut.append(bool(opening[middle] < self.closed_below))
            elif _is_pause(marks, i, rate):
                self.silences.append(_first(times, opening < self.closed_below, start) - start)

    def _driven(self, phone: str, share: float) -> float:
        """The opening asked for when this share of the phone is over."""
        return self.targets[phone][0 if share < DIPHTHONG_SWITCH else -1]

    def _add_errors(self, times: Course, opening: Course, start: float, end: float) -> None:
        """When lips meet and part against the phone's boundaries; not where they were shut already."""
        middle = int(np.argmin(np.abs(times - (start + 0.35 * (end - start)))))
        if opening[middle] >= self.closed_below:
            return
        met = _crossing(times, opening, self.closed_below, middle, -1)
        parted = _crossing(times, opening, self.closed_below, middle, 1)
        if met is not None and met > start - _SEARCH:
            self.closing_errors.append(met - start)
        if parted is not None and parted < end + _SEARCH:
            self.release_errors.append(parted - end)

    def report(self) -> dict[str, Any]:
        """The keys of `visavis bench lipsync` for one source; None where there is nothing to count."""
        n, closed = len(self.closures), sum(self.closures)
        m, touched = len(self.contacts), sum(self.contacts)
        return {
            "n_bilabial": n,
            "bilabial_closure": _share(closed, n),
            "bilabial_closure_ci95": wilson(closed, n) if n < 200 else None,
            "n_labiodental": m,
            "labiodental_contact": _share(touched, m),
            "labiodental_contact_ci95": wilson(touched, m) if m < 200 else None,
            "onset_error_ms": _ms(np.median(np.abs(self.closing_errors)) if self.closing_errors else None),
            "release_error_ms": _ms(np.median(np.abs(self.release_errors)) if self.release_errors else None),
            "vowel_opening_r": self._correlation(),
            "vowels_shut": _share(sum(self.vowels_shut), len(self.vowels_shut)),
            "opening_range_ratio": self._range_ratio(),
            "closed_in_silence_ms": _ms(np.percentile(self.silences, 95) if self.silences else None),
        }

    def _correlation(self) -> float | None:
        if len(self.vowel_peaks) < 3 or np.ptp(self.vowel_peaks) == 0.0 or np.ptp(self.vowel_targets) == 0.0:
            return None
        return round(float(np.corrcoef(self.vowel_peaks, self.vowel_targets)[0, 1]), 3)

    def _range_ratio(self) -> float | None:
        if not self.openings or not self.driven:
            return None
        return round(float(np.percentile(self.openings, 95) / np.percentile(self.driven, 95)), 3)


def _frames(times: Course, start: float, end: float) -> npt.NDArray[np.bool_]:
    """Frames inside [start, end], or the one nearest its middle when a phone is shorter than a frame."""
    inside = (times >= start) & (times <= end)
    if not inside.any():
        inside[int(np.argmin(np.abs(times - 0.5 * (start + end))))] = True
    return inside


def _on_teeth(face: FaceMotion) -> bool:
    lip = _value(face, "mouthRollLower") > _ROLLED and _value(face, "mouthUpperUpLeft") > _LIFTED
    return lip and _value(face, "jawOpen") < _JAW_AT_MOST


def _is_pause(marks: tuple[PhoneMark, ...], index: int, rate: int) -> bool:
    """A silence after speech that lasts, or ends the utterance (after which motion goes on for a while)."""
    mark = marks[index]
    last = index == len(marks) - 1
    return mark.phone == SILENCE and index > 0 and (last or mark.end - mark.start >= _PAUSE * rate)


def _first(times: Course, condition: npt.NDArray[np.bool_], start: float) -> float:
    """First frame time from `start` on where the condition holds; the last frame if it never does."""
    found = np.flatnonzero(condition & (times >= start))
    return float(times[found[0]]) if len(found) else float(times[-1])


def _crossing(times: Course, values: Course, level: float, index: int, step: int) -> float | None:
    """Time at which `values` leave the region under `level` around `index`, going by `step`; interpolated."""
    while 0 <= index + step < len(values):
        outer = index + step
        if values[outer] >= level:
            share = (level - values[index]) / max(values[outer] - values[index], 1e-9)
            return float(times[index] + share * (times[outer] - times[index]))
        index = outer
    return None


def _share(successes: int, n: int) -> float | None:
    return round(successes / n, 4) if n else None


def _ms(value: Any) -> float | None:
    return None if value is None else round(1000.0 * float(value), 1)

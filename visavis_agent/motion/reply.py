"""One reply as motion needs it: phones, loudness, pitch, emotions, gestures and pauses in reply time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.phones import PHONES, SILENCE, VOWELS
from visavis_agent.core.records import PhoneMark, SpeechAudio
from visavis_agent.motion.lips import LipShape, LipTrack
from visavis_agent.motion.loudness import Loudness
from visavis_agent.motion.phonemes import Segment
from visavis_agent.motion.pitch import PitchContour
from visavis_agent.motion.sound_lips import Ear
from visavis_agent.motion.sound_track import Array, SoundTrack

_PHRASE_PAUSE = 0.15
_STROKE_WITHIN = 1.0
_PITCH_OVERLAP = 0.04


@dataclass(frozen=True, slots=True)
class Cue:
    """A gesture at a moment of reply time, s."""

    name: str
    time: float


@dataclass(frozen=True, slots=True)
class PitchJob:
    """Sound whose pitch is still to be found; `start` is the reply time of its first sample, s."""

    pcm: npt.NDArray[np.int16]
    sample_rate: int
    start: float


@dataclass(frozen=True, slots=True)
class SoundJob:
    """Sound without phones that is to be heard for its lips.

    Attributes:
        start: reply time of its first sample, s.
        fresh: it does not go on from the last one.
        last: the reply ends with it.
        clause: it is part of.
    """

    pcm: npt.NDArray[np.int16]
    start: float
    fresh: bool
    last: bool
    clause: int


class Reply:
    """Pieces in, motion's view of the reply out. Pieces come in order; what was there already is skipped."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.segments: list[Segment] = []
        self.pitch = PitchContour()
        self.unknown_phones: set[str] = set()
        self.complete = False
        self._cues: list[Cue] = []
        self._lips = LipTrack()
        self._loudness = Loudness(sample_rate)
        self._sound_end = 0
        self._phones_end = 0
        self._tail = np.zeros(0, np.int16)
        self._emotions: list[tuple[float, Emotion]] = []
        self._sound = SoundTrack()
        self._unheard: list[SoundJob] = []
        self._heard_end = -1
        self._voiced_end = 0
        self.ear: Ear | None = None

    def add(self, audio: SpeechAudio) -> PitchJob | None:
        """Take a piece; the job, if there is one, gives the contour for `pitch.add(job.start, …)`."""
        pcm = self._new_sound(audio)
        job = self._pitch_job(pcm)
        self._loudness.append(pcm)
        new = [segment for mark in audio.phones for segment in self._segments_of(mark)]
        self._keep_unheard(pcm, audio)
        self._loudness.learn(new, audio.clause)
        for segment in new:
            self.segments.append(segment)
            self._lips.append(segment)
        self._cues += [Cue(cue.name, cue.sample / self.sample_rate) for cue in audio.gestures]
        if not self._emotions or self._emotions[-1][1] != audio.emotion:
            self._emotions.append((audio.first_sample / self.sample_rate, audio.emotion))
        self.complete = self.complete or audio.last
        return job

    def _keep_unheard(self, pcm: npt.NDArray[np.int16], audio: SpeechAudio) -> None:
        """What no phone covers is to be heard; a silence after it as well, so that the mouth shuts with the sound."""
        piece = self._sound_end - len(pcm)
        begin = max(self._voiced_end, piece)
        going_on = self._heard_end == begin
        spoken = any(mark.phone != SILENCE for mark in audio.phones)
        if spoken:
            self._sound.end(piece / self.sample_rate)
        if spoken or (audio.phones and not going_on):
            # A pause may be marked in one piece and last through the next, which then has no phones.
            self._voiced_end = max(self._voiced_end, self._phones_end)
            return
        heard = begin < self._sound_end and (going_on or not audio.phones)
        if heard or (audio.last and going_on):
            start = begin / self.sample_rate
            sound = pcm[begin - piece :]
            self._unheard.append(SoundJob(sound, start, not going_on, audio.last, audio.clause))
            self._heard_end = self._sound_end

    def take_sound(self) -> list[SoundJob]:
        """What came since the last call and is to be heard, in order."""
        jobs, self._unheard = self._unheard, []
        return jobs

    @property
    def from_sound(self) -> bool:
        """Whether some of it came without phones."""
        return self._heard_end >= 0

    def hear(self, job: SoundJob, heard: Array) -> None:
        """Take what the net heard in the sound of the job, (n, OUTPUTS); jobs come in order."""
        if job.fresh:
            self._sound.begin(job.start)
        if not len(heard):
            return
        nuclei = self._sound.add(heard)
        self._loudness.learn([s for s in nuclei if s.phone != SILENCE], job.clause)
        self.segments += nuclei

    def _new_sound(self, audio: SpeechAudio) -> npt.NDArray[np.int16]:
        """The samples that were not there yet; a hole before them is silence."""
        hole = np.zeros(max(0, audio.first_sample - self._sound_end), np.int16)
        pcm = audio.pcm[max(0, self._sound_end - audio.first_sample) :]
        self._sound_end = max(self._sound_end, audio.first_sample + len(audio.pcm))
        return np.concatenate([hole, pcm])

    def _pitch_job(self, pcm: npt.NDArray[np.int16]) -> PitchJob | None:
        if not len(pcm):
            return None
        sound = np.concatenate([self._tail, pcm])
        start = (self._sound_end - len(sound)) / self.sample_rate
        self._tail = sound[-round(_PITCH_OVERLAP * self.sample_rate) :]
        return PitchJob(sound, self.sample_rate, start)

    def _segments_of(self, mark: PhoneMark) -> list[Segment]:
        """The phone, with the silence before it; nothing when it is not new."""
        start = max(mark.start, self._phones_end)
        if mark.end <= start:
            return []
        found = []
        if start > self._phones_end:
            found.append(Segment(SILENCE, self._phones_end / self.sample_rate, start / self.sample_rate))
        phone = mark.phone
        if phone not in PHONES and phone != "ax":
            self.unknown_phones.add(phone)
            phone = "ax"
        begin, end = start / self.sample_rate, mark.end / self.sample_rate
        burst = self._loudness.burst(begin, end) if phone == "p" else None
        found.append(Segment(phone, begin, end, mark.stress, mark.accented, burst))
        self._phones_end = mark.end
        return found

    def shape(self, time: float, lead: float, effort: float) -> LipShape:
        """The lips for reply time `time` (s), everything but the contacts `lead` s ahead of the sound."""
        gain = effort * self._loudness.gain(time + lead)
        return self._sound.shape(time, lead, gain) or self._lips.shape(time, lead, gain)

    def emotion(self, time: float) -> Emotion:
        """With which the sound at reply time `time` (s) is said."""
        index = bisect_right(self._emotions, time, key=lambda item: item[0]) - 1
        return self._emotions[max(index, 0)][1] if self._emotions else Emotion()

    def cues(self, after: float, until: float) -> list[Cue]:
        """Gestures on (after, until], s."""
        return [cue for cue in self._cues if after < cue.time <= until]

    def stroke(self, cue: Cue) -> float:
        """When a gesture that is asked for before a word has its stroke: on the next stressed vowel, best an accented
        one; at the cue itself where there is none within a second. Reply time, s.
        """
        vowels = [s for s in self.starting(cue.time, cue.time + _STROKE_WITHIN) if s.phone in VOWELS and s.stress == 1]
        accented = [s.centre for s in vowels if s.accented]
        return accented[0] if accented else vowels[0].centre if vowels else cue.time

    def starting(self, after: float, until: float) -> list[Segment]:
        """Phones whose centre lies on (after, until], s."""
        first = bisect_right(self.segments, after, key=lambda segment: segment.centre)
        last = bisect_right(self.segments, until, key=lambda segment: segment.centre)
        return self.segments[first:last]

    def phrase_ends(self, after: float, until: float) -> bool:
        """Whether a phrase ends on (after, until], s: a pause of 150 ms or more, or the end of the reply."""
        first = bisect_right(self.segments, after, key=lambda segment: segment.start)
        last = bisect_right(self.segments, until, key=lambda segment: segment.start)
        pause = any(s.phone == SILENCE and s.duration >= _PHRASE_PAUSE for s in self.segments[first:last])
        return pause or (self.complete and after < self._end <= until)

    def remaining(self, time: float) -> float:
        """Seconds of the reply still to be said as far as it is known."""
        return self._end - time

    @property
    def _end(self) -> float:
        """When the mouth has done what is known of it, s."""
        return max(self._phones_end / self.sample_rate, self._sound.active_until)

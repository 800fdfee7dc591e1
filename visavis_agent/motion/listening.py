"""The listener's part: orienting, nods at pauses, an attentive face, returned smiles, thinking.

Orienting comes at once (its latency is the detector's), nods at pauses of the visitor's voice (Ward and
Tsukahara 2000; Maynard 1987), a smile is returned after 300–1000 ms (Dimberg, Thunberg and Elmehed 2000),
less than it was seen.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import FaceAffect, Phase, Playback, Prosody, TurnState, VoiceActivity
from visavis_agent.motion.curves import Spring, bump, clamp

_ORIENT_TIMES = (0.12, 0.25, 0.60)
_ORIENT_AFTER_SILENCE = 1.2
_CONTACT_AFTER_ONSET = 1.5
_NOD_TIMES = (0.18, 0.02, 0.24)
_NOD_SIZE = math.radians(2.8)
_NOD_APART = 2.2
_NOD_CHANCE = 0.65
_VOICE_BEFORE_NOD = 0.7
_PAUSE = 0.16
_DROP_DB = 12.0
_SMILE_UNIT = 12
_SMILE_SEEN = 0.15
_AFFECT_KEPT = 1.5
_ATTENTIVE_SMILE = 0.10
_TILT = math.radians(2.2)


@dataclass(frozen=True, slots=True)
class ListeningPose:
    """What listening adds to the face.

    Attributes:
        raise_brows, smile, press, knit: 0–1.
        wide: 0–1, lids.
        nod: head down, rad.
        tilt: head roll, rad.
    """

    raise_brows: float = 0.0
    wide: float = 0.0
    smile: float = 0.0
    press: float = 0.0
    knit: float = 0.0
    nod: float = 0.0
    tilt: float = 0.0


class PauseFinder:
    """Finds short pauses in the visitor's voice from its level, relative to how loud the voice is."""

    def __init__(self) -> None:
        self._level = -60.0
        self._voiced = 0.0
        self._quiet = 0.0

    def feed(self, prosody: Prosody) -> bool:
        """Whether a pause of 160 ms, after at least 700 ms of voice, is complete in these frames."""
        found = False
        hop = prosody.hop_ns / SECOND
        for level, pitch in zip(prosody.level_dbfs.tolist(), prosody.f0_hz.tolist(), strict=True):
            if not (math.isfinite(level) and math.isfinite(pitch)):
                continue
            if pitch > 0.0 and level > self._level - _DROP_DB:
                self._level += 0.05 * (level - self._level) if level < self._level else 0.3 * (level - self._level)
                self._voiced += hop
                self._quiet = 0.0
            elif level < self._level - _DROP_DB:
                self._quiet += hop
                if self._quiet >= _PAUSE:
                    found = found or self._voiced >= _VOICE_BEFORE_NOD
                    self._voiced = 0.0
        return found


class Mimicry:
    """A seen smile, later and smaller."""

    def __init__(self, rng: np.random.Generator, gain: float) -> None:
        self._rng = rng
        self._gain = gain
        self._seen: deque[tuple[float, float]] = deque()
        self._delay = 0.5
        self._smiling = False
        self._goal = 0.0
        self._until = 0.0
        self._spring = Spring(5.0)

    def see(self, time: float, affect: FaceAffect) -> None:
        units = dict(zip(affect.action_units, affect.intensities, strict=True))
        smile = max(units.get(_SMILE_UNIT, 0.0), affect.emotion.probability("joy") * affect.emotion.intensity)
        smile = clamp(smile, 0.0, 1.0) if math.isfinite(smile) else 0.0
        if smile > _SMILE_SEEN and not self._smiling:
            self._delay = float(self._rng.uniform(0.3, 1.0))
        self._smiling = smile > _SMILE_SEEN
        self._seen.append((time + self._delay, smile if self._smiling else 0.0))

    def step(self, time: float, dt: float) -> float:
        """The returned smile, 0–1."""
        while self._seen and self._seen[0][0] <= time:
            self._goal = self._seen.popleft()[1]
            self._until = time + _AFFECT_KEPT
        if self._goal and time > self._until:
            self._goal = 0.0
        return self._gain * self._spring.step(self._goal, dt)


class Listener:
    """Turns what is heard and seen of the visitor into the listener's face and head."""

    def __init__(self, rng: np.random.Generator, mimicry: float) -> None:
        self._rng = rng
        self._mimicry = Mimicry(rng, mimicry)
        self._pauses = PauseFinder()
        self._speaking = False
        self._silent_since = -math.inf
        self._oriented = -math.inf
        self._nods: deque[tuple[float, float]] = deque()
        self._last_nod = -math.inf
        self._phase = Phase.IDLE
        self._held = False
        self._attention = Spring(4.0)
        self._thinking = Spring(5.0)
        self._side = 1.0

    @property
    def user_speaking(self) -> bool:
        return self._speaking

    @property
    def held(self) -> bool:
        return self._held

    @property
    def phase(self) -> Phase:
        return self._phase

    def on_voice(self, time: float, activity: VoiceActivity) -> bool:
        """Take a voice decision; True when it makes the agent orient to the visitor."""
        onset = activity.speaking and not self._speaking
        if self._speaking and not activity.speaking:
            self._silent_since = time
            self._consider_nod(time, 0.5)
        self._speaking = activity.speaking
        return onset and self._orient(time, time - self._silent_since > _ORIENT_AFTER_SILENCE)

    def on_turn(self, time: float, turn: TurnState) -> bool:
        """Take the turn's state; True when a hold makes the agent look up."""
        held = turn.playback is Playback.HOLD
        caught = held and not self._held
        if turn.phase is Phase.THINKING and self._phase is not Phase.THINKING:
            self._side = 1.0 if self._rng.random() < 0.5 else -1.0
        self._held, self._phase = held, turn.phase
        return caught and self._orient(time, True)

    def on_prosody(self, time: float, prosody: Prosody) -> None:
        if self._pauses.feed(prosody) and self._phase is not Phase.SPEAKING:
            self._consider_nod(time, _NOD_CHANCE)

    def on_face(self, time: float, affect: FaceAffect) -> None:
        self._mimicry.see(time, affect)

    def wants_contact(self, time: float) -> bool:
        """Whether the eyes belong on the visitor now: right after an onset, and as long as speech is held."""
        return self._held or time - self._oriented < _CONTACT_AFTER_ONSET

    def _orient(self, time: float, fresh: bool) -> bool:
        if fresh:
            self._oriented = time
        return fresh

    def _consider_nod(self, time: float, chance: float) -> None:
        if time - self._last_nod > _NOD_APART and self._rng.random() < chance:
            self._last_nod = time
            size = _NOD_SIZE * float(self._rng.uniform(0.7, 1.1))
            self._nods.append((time + 0.08, size))
            if self._rng.random() < 0.5:
                self._nods.append((time + 0.08 + 0.8 * sum(_NOD_TIMES), 0.6 * size))

    def step(self, time: float, dt: float) -> ListeningPose:
        """The pose at media time `time` (s), `dt` s after the last step."""
        while self._nods and time > self._nods[0][0] + sum(_NOD_TIMES):
            self._nods.popleft()
        nod = sum(size * bump(time - start, *_NOD_TIMES) for start, size in self._nods)
        listening = self._speaking or self._phase is Phase.LISTENING
        attention = self._attention.step(1.0 if listening else 0.0, dt)
        thinking = self._thinking.step(1.0 if self._phase is Phase.THINKING else 0.0, dt)
        orient = bump(time - self._oriented, *_ORIENT_TIMES)
        return ListeningPose(
            raise_brows=0.30 * orient + 0.06 * attention + 0.10 * thinking,
            wide=0.28 * orient + 0.05 * attention,
            smile=_ATTENTIVE_SMILE * attention + self._mimicry.step(time, dt),
            press=0.18 * thinking,
            knit=0.14 * thinking,
            nod=nod,
            tilt=_TILT * (attention - 1.3 * thinking) * self._side,
        )

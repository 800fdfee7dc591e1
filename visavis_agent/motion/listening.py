"""The listener's part: orienting, backchannels, expressions while it listens, what it returns of a face, thinking.

Inner life goes on below it (life.py); this is what the visitor's voice, face and place make of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import FaceAffect, Person, Phase, Playback, Prosody, TurnState, VoiceActivity
from visavis_agent.motion.backchannels import HUM, NOD_SIZE, Backchannels, OpportunityFinder
from visavis_agent.motion.curves import Spring
from visavis_agent.motion.listener_expressions import UNITS, ListenerExpressions
from visavis_agent.motion.mimicry import Mimicry
from visavis_agent.motion.orienting import Approach, Brightening, Cause, Orienting, SuddenSound
from visavis_agent.motion.settings import LayerWeights

_OWN_TURN = (Phase.THINKING, Phase.SPEAKING)  # an answer says more than a nod
_AFTER_SILENCE = 1.2
_OWN_VOICE_KEPT = 0.6
_ATTENTIVE_SMILE = 0.10
_AT_REST = 0.4  # of the expressions while nobody speaks: a face is never still
_TILT = math.radians(2.2)


@dataclass(frozen=True, slots=True)
class ListeningPose:
    """What listening adds to the face.

    Attributes:
        raise_brows, inner_brow, wide, squint, cheeks, smile, corners_down, chin, press, knit: 0–1.
        nod: head down, rad.
        tilt: head roll, rad.
    """

    raise_brows: float = 0.0
    inner_brow: float = 0.0
    wide: float = 0.0
    squint: float = 0.0
    cheeks: float = 0.0
    smile: float = 0.0
    corners_down: float = 0.0
    chin: float = 0.0
    press: float = 0.0
    knit: float = 0.0
    nod: float = 0.0
    tilt: float = 0.0


class Listener:
    """Turns what is heard and seen of the visitor into the listener's face and head.

    Args:
        mimicry: share of a seen expression that is returned, 0–1.
        weights: of the layers.
    """

    def __init__(self, rng: np.random.Generator, mimicry: float, weights: LayerWeights | None = None) -> None:
        self._rng = rng
        self._weights = weights or LayerWeights()
        returned, sequences, given = rng.spawn(3)
        self._mimicry = Mimicry(returned, mimicry)
        self._expressions = ListenerExpressions(sequences)
        self._backchannels = Backchannels(given)
        self._opportunities = OpportunityFinder()
        self._orienting = Orienting()
        self._sounds, self._brightening, self._approach = SuddenSound(), Brightening(), Approach()
        self._speaking = False
        self._silent_since = -math.inf
        self._spoke = -math.inf
        self._phase = Phase.IDLE
        self._held = False
        self._attention = Spring(4.0)
        self._thinking = Spring(5.0)
        self._side = 1.0
        self.shares: dict[str, float] = {}
        """How active each part is at the moment, 0–1, by name."""

    @property
    def user_speaking(self) -> bool:
        return self._speaking

    @property
    def held(self) -> bool:
        return self._held

    @property
    def phase(self) -> Phase:
        return self._phase

    def own_voice(self, time: float) -> None:
        """The agent itself is heard now: what its loudspeaker does to the microphone surprises nobody."""
        self._spoke = time

    def on_voice(self, time: float, activity: VoiceActivity) -> Cause | None:
        """Take a voice decision; why the agent orients to the visitor, if it does."""
        onset = activity.speaking and not self._speaking
        fresh = time - self._silent_since > _AFTER_SILENCE
        if self._speaking and not activity.speaking:
            self._silent_since = time
            if self._phase not in _OWN_TURN:
                self._backchannels.at_end(time)
        self._speaking = activity.speaking
        sudden, bang = self._sounds.hear(time, activity)
        if onset and fresh:
            return self._orient(time, Cause.ONSET)
        own = time - self._spoke < _OWN_VOICE_KEPT
        if sudden and fresh and not activity.speaking and not own:
            return self._orient(time, Cause.BANG if bang else Cause.SOUND)
        return None

    def on_turn(self, time: float, turn: TurnState) -> Cause | None:
        """Take the turn's state; a hold makes the agent look up."""
        held = turn.playback is Playback.HOLD
        caught = held and not self._held
        if turn.phase is Phase.THINKING and self._phase is not Phase.THINKING:
            self._side = 1.0 if self._rng.random() < 0.5 else -1.0
        if turn.phase is Phase.SPEAKING:
            self._backchannels.drop(time)
        self._held, self._phase = held, turn.phase
        return self._orient(time, Cause.HOLD) if caught else None

    def on_prosody(self, time: float, prosody: Prosody) -> None:
        chance = self._opportunities.feed(prosody)
        if chance > 0.0 and self._phase not in _OWN_TURN:
            self._backchannels.consider(time, chance)

    def on_face(self, time: float, affect: FaceAffect) -> Cause | None:
        """Take what the visitor's face shows; a smile that begins makes the agent look."""
        self._mimicry.see(time, affect)
        return self._orient(time, Cause.SMILE) if self._brightening.see(time, affect) else None

    def on_person(self, time: float, person: Person | None) -> Cause | None:
        """Take where the engaged person is; coming near, or being there at last, makes the agent look."""
        seen = self._approach.see(time, person)
        return self._orient(time, seen) if seen is not None else None

    def on_passer_by(self, time: float) -> Cause | None:
        """Take that somebody was noticed to whom the agent does not talk."""
        return self._orient(time, Cause.ARRIVAL)

    def wants_contact(self, time: float) -> bool:
        """Whether the eyes belong on the visitor now: right after an onset, and as long as speech is held."""
        return self._held or self._orienting.wants_contact(time)

    def _orient(self, time: float, cause: Cause) -> Cause | None:
        return cause if self._orienting.respond(time, cause) else None

    def step(self, time: float, dt: float, emotion: Emotion | None = None, speaking: float = 0.0) -> ListeningPose:
        """The pose at media time `time` (s), `dt` s after the last step.

        Args:
            emotion: the agent's own.
            speaking: 0–1, how far the mouth belongs to speech.
        """
        listening = self._speaking or self._phase is Phase.LISTENING
        attention = self._attention.step(1.0 if listening else 0.0, dt)
        thinking = self._thinking.step(1.0 if self._phase is Phase.THINKING else 0.0, dt)
        orient = self._weights.orienting * self._orienting.at(time)
        given = self._backchannels.at(time)
        nods = self._weights.backchannels
        returned = self._mimicry.step(time, dt)
        free = 1.0 - speaking
        alive = 1.0 if listening else _AT_REST * free
        shown = self._expressions.step(time, dt, emotion or Emotion(), alive)
        units = dict(zip(UNITS, (self._weights.listening * shown.units).tolist(), strict=True))
        self.shares = {
            "orienting": orient,
            "backchannel": nods * max(given.nod / NOD_SIZE, given.hum / HUM, 0.0),
            "listening": max(units.values()),
            "mimicry": max(returned.smile, returned.brows),
            "thinking": thinking,
        }
        brows = 0.30 * orient + 0.06 * attention + 0.10 * thinking
        return ListeningPose(
            raise_brows=brows + units["outer_brow"] + nods * given.brows + returned.brows,
            inner_brow=units["inner_brow"] - 0.8 * units["outer_brow"],
            wide=0.28 * orient + 0.05 * attention + units["lids"],
            squint=units["squint"],
            cheeks=units["cheeks"],
            smile=_ATTENTIVE_SMILE * attention + returned.smile + units["smile"] + 0.4 * free * nods * given.hum,
            corners_down=free * units["corners_down"],
            chin=free * units["chin"],
            press=free * (0.18 * thinking + units["press"] + nods * given.hum),
            knit=0.14 * thinking + units["frown"],
            nod=nods * given.nod + self._weights.listening * shown.pitch,
            tilt=_TILT * (attention - 1.3 * thinking) * self._side + self._weights.listening * shown.roll,
        )

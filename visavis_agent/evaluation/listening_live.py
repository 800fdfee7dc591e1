"""How soon a live agent's face answers to a sound in the room, against its own face without the sound.

The motion stage begins anew with the same random numbers before each trial, so that its frames are the same from trial
to trial as long as nothing happens; they are laid side by side by what they show, as nobody knows which frame is the
first to arrive.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE, FaceMotion, Phase, Record, TurnState
from visavis_agent.evaluation.face_course import FaceCourse, Floats, difference, first_reaction
from visavis_agent.evaluation.listening_visit import Pcm, room
from visavis_agent.evaluation.live_agent import LiveAgent, kiosk
from visavis_agent.evaluation.live_interview import found, sound_settings
from visavis_agent.evaluation.loopback import ROOM, Loopback
from visavis_agent.evaluation.observer import Observer

_FRAME_S = 0.02
_MOST_SHIFT = 150  # frames that one run may have been seen earlier or later from its beginning than another
_SAME = 0.2  # of what counts as a reaction; runs that differ more before the sound are not the same life
_LEAST_S = 1.0
_AT_S = (2.2, 4.2)
_AFTER_S = 0.9
_CALM_S = 7.5
_QUIET_S = 15.0
_DISCOVERY_S = 30.0
_RENEWAL_S = 60.0
_TRIALS = 3
_ALIKE = 0.6
_NOISE_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """Frames of one run of the face: as they are due, and when they came, s; and when the sound began, if it did."""

    course: FaceCourse
    came: Floats
    sound_s: float | None = None

    @property
    def late_ms(self) -> Floats:
        """How long after it was due each frame came, ms; negative: in time."""
        return 1e3 * (self.came - self.course.times)


def side_by_side(calm: FaceCourse, moved: FaceCourse, until_s: float) -> tuple[FaceCourse, FaceCourse, float]:
    """The frames that both runs have, by their number since the beginning; times are those of `moved`.

    Args:
        until_s: before it both runs are the same life.

    Returns:
        both, and the largest difference before `until_s` in units of a reaction (infinite: they have too little in
        common).
    """
    numbers = np.rint((calm.times - calm.times[0]) / _FRAME_S).astype(int)
    others = np.rint((moved.times - moved.times[0]) / _FRAME_S).astype(int)
    best: tuple[FaceCourse, FaceCourse, float] = (calm, moved, np.inf)
    least = np.inf
    for shift in range(-_MOST_SHIFT, _MOST_SHIFT + 1):
        _, here, there = np.intersect1d(numbers, others + shift, assume_unique=True, return_indices=True)
        before = moved.times[there] < until_s
        if before.sum() * _FRAME_S < _LEAST_S:
            continue
        one, two = calm.frames(here), moved.frames(there)
        apart = difference(one, two)[before]
        if apart.mean() < least:
            least = float(apart.mean())
            best = (FaceCourse(two.times, one.coefficients, one.head, one.eyes), two, float(apart.max()))
    return best


@dataclass(frozen=True, slots=True)
class LiveReaction:
    """What one sound did.

    Attributes:
        stimulus: its name.
        orienting: ms from its first sample in the room to the first frame that differs, due or come; None: nothing.
        apart: how far both runs were from each other before it, in units of a reaction.
    """

    stimulus: str
    orienting: float | None
    apart: float


def reaction(stimulus: str, calms: Sequence[Watched], moved: Watched) -> LiveReaction | None:
    """Against the run without the sound that is most alike before it; None where none is the same life."""
    if moved.sound_s is None:
        return None
    pairs = [side_by_side(calm.course, moved.course, moved.sound_s) for calm in calms]
    before, after, apart = min(pairs, key=lambda pair: pair[2])
    if apart > _SAME:
        return None
    seen = first_reaction(before, after)
    if seen is None:
        return LiveReaction(stimulus, None, apart)
    came = float(moved.came[int(np.argmin(np.abs(moved.course.times - seen)))])
    return LiveReaction(stimulus, 1e3 * (max(seen, came) - moved.sound_s), apart)


class LiveListening:
    """An agent in a loopback, and somebody who makes sounds in front of it; use it with `with`.

    Raises:
        DeviceError: there is no PulseAudio.
        EngineError: the agent did not start, or its motion could not begin anew.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._stack = contextlib.ExitStack()
        self._changed = threading.Condition()
        self._state: TurnState | None = None
        self._faces: list[tuple[FaceMotion, int]] = []
        self.watched: list[Watched] = []
        """All runs so far."""
        self.repeated = 0
        """Trials that were made again: the sound was torn, or the face was not the same before it."""

    def __enter__(self) -> LiveListening:
        sections: dict[str, Any] = {**sound_settings(), "seed": self._seed}
        sections["microphone"]["echo"] = "none"  # the loopback's microphone does not hear its loudspeaker
        sections["hearing"] = {"recogniser": "none"}  # an answer would end the listening
        with self._stack:
            self._loopback = self._stack.enter_context(Loopback())
            environment = self._loopback.child_environment
            settings = kiosk(sections, without=("page", "camera"))
            self._agent = self._stack.enter_context(LiveAgent(settings, environment))
            self._stack.enter_context(Observer((TurnState, FaceMotion), self._agent.namespace, self.take, environment))
            self._stack.enter_context(self._loopback.playing(room(_NOISE_S, self._seed), MICROPHONE_RATE))
            with self._changed:
                if not self._changed.wait_for(lambda: bool(self._faces), _DISCOVERY_S):
                    raise EngineError("the agent runs, but its face does not come", "motion/face", "")
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def take(self, record: Record, at_ns: int) -> None:
        """What the agent says of itself; on the observer's thread."""
        with self._changed:
            if isinstance(record, TurnState):
                self._state = record
            elif isinstance(record, FaceMotion):
                self._faces.append((record, at_ns))
            self._changed.notify_all()

    def trials(self, sounds: Sequence[tuple[str, Pcm]], deadline_s: float | None = None) -> Iterator[LiveReaction]:
        """One for each (name, sound), none after `deadline_s` (perf_counter)."""
        calms = [self._watch(None)]
        for name, pcm in sounds:
            for _ in range(_TRIALS):
                if deadline_s is not None and time.perf_counter() > deadline_s:
                    return
                moved = self._watch(pcm)
                made = reaction(name, calms, moved)
                if made is not None:
                    yield made
                    break
                self.repeated += 1
                if moved.sound_s is not None:
                    calms = [*calms[-2:], self._watch(None)]

    def _watch(self, pcm: Pcm | None) -> Watched:
        """From the beginning of the motion until the sound has had its effect."""
        self._wait_until_idle()
        self._renew()
        with self._changed:
            self._faces.clear()
        if pcm is None:
            time.sleep(_CALM_S)
            sound_s = None
        else:
            time.sleep(float(self._rng.uniform(*_AT_S)))
            sound_s = self._sound(pcm)
        with self._changed:
            pairs = sorted({face.media_ns: (face, at) for face, at in self._faces}.items())
        if not pairs:
            raise EngineError("the face does not come any more", "motion/face", "See what the agent says above")
        faces, came = [face for _, (face, _) in pairs], [at / SECOND for _, (_, at) in pairs]
        self.watched.append(Watched(FaceCourse.of(faces), np.array(came), sound_s))
        return self.watched[-1]

    def _sound(self, pcm: Pcm) -> float | None:
        """Play it; when its first sample was heard, s; None when it did not come through whole."""
        padded = np.concatenate([pcm, np.zeros(MICROPHONE_RATE // 5, np.int16)])
        with self._loopback.recording(time.monotonic_ns, f"{ROOM}.monitor") as heard:
            self._loopback.play(padded, MICROPHONE_RATE)
            time.sleep(_AFTER_S)
        place, likeness = found(heard.pcm, pcm)
        return heard.time(place) / SECOND if likeness > _ALIKE else None

    def _wait_until_idle(self) -> None:
        def idle() -> bool:
            state = self._state
            return state is None or (state.phase is Phase.IDLE and not state.user_speaking)

        with self._changed:
            self._changed.wait_for(idle, _QUIET_S)

    def _renew(self) -> None:
        renew("motion", self._agent.namespace, self._agent.environment)


def renew(stage: str, namespace: str, environment: Mapping[str, str]) -> None:
    """Let a stage of a live agent begin anew, with its random numbers from the beginning.

    Raises:
        EngineError: it does not.
    """
    command = [sys.executable, "-m", "visavis_agent.nodes.renew", "--namespace", namespace, "--stage", stage]
    done = subprocess.run(
        command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_RENEWAL_S
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EngineError(f"the stage {stage} did not begin anew: {said}", stage, "")

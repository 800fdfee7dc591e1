"""Lips from any sound: the net that hears how the mouth moves, run over a sound piece by piece."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.inference import InferenceBackend, InferenceSession, InferenceSettings, Shapes
from visavis_agent.core.paths import models_directory
from visavis_agent.core.records import Level
from visavis_agent.motion.mel import BANDS, LOWEST_RATE, SILENT, MelStream
from visavis_agent.motion.sound_net import (
    DILATIONS,
    FRAMES_PER_STEP,
    HEARD,
    INPUTS,
    LIPS_FILE,
    PAST,
    TAPS,
    WIDTH,
    silent_steps,
    stacked,
)

Array = npt.NDArray[np.float32]
State = tuple[Array, ...]
_USUAL_STEPS, _MOST_STEPS = 10, 500
TAIL_S = 0.12
"""Silence that is heard after the end of a sound, so that the mouth shuts, s."""


class SoundLips:
    """The net; one serves all sounds."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        blank = tuple(np.zeros((1, WIDTH, (TAPS - 1) * d), np.float32) for d in DILATIONS)
        _, self.at_rest = self.run(silent_steps((TAPS - 1) * sum(DILATIONS)), blank)

    @property
    def provider(self) -> str:
        """What the net runs on."""
        return self._session.provider

    def run(self, steps: Array, state: State) -> tuple[Array, State]:
        """(n, OUTPUTS) of (n, INPUTS) steps, and the state to go on from."""
        fed: dict[str, Array] = {HEARD: np.ascontiguousarray(steps.T[None])}
        fed |= {f"{PAST}{k}": value for k, value in enumerate(state)}
        mouth, *kept = self._session.run(fed)
        return np.ascontiguousarray(mouth[0].T), tuple(kept)


class Ear:
    """Listens to one sound from silence on.

    Args:
        rate: of the sound, Hz; at least mel.LOWEST_RATE.
    """

    def __init__(self, net: SoundLips, rate: int) -> None:
        self._net = net
        self._rate = rate
        self._mel = MelStream(rate)
        self._frames = np.full((0, BANDS), SILENT, np.float32)
        self._state = net.at_rest

    def feed(self, pcm: npt.NDArray[np.int16], last: bool) -> Array:
        """(n, OUTPUTS) of the steps that end within the next samples; after the `last` ones comes silence."""
        if last:
            pcm = np.concatenate([pcm, np.zeros(round(TAIL_S * self._rate), np.int16)])
        self._frames = np.concatenate([self._frames, self._mel.feed(pcm)])
        steps = stacked(self._frames)
        self._frames = self._frames[len(steps) * FRAMES_PER_STEP :]
        found = [np.zeros((0, 0), np.float32)]
        for start in range(0, len(steps), _MOST_STEPS):
            mouth, self._state = self._net.run(steps[start : start + _MOST_STEPS], self._state)
            found.append(mouth)
        return np.concatenate(found[1:]) if len(found) > 1 else found[0]


def hears(rate: int) -> bool:
    """Whether a sound of that rate holds enough of speech."""
    return rate >= LOWEST_RATE


def shapes() -> Shapes:
    """Smallest, usual and largest inputs: an accelerator builds its engine for this range."""
    steps = tuple((1, INPUTS, count) for count in (1, _USUAL_STEPS, _MOST_STEPS))
    found = {HEARD: (steps[0], steps[1], steps[2])}
    for k, dilation in enumerate(DILATIONS):
        past = (1, WIDTH, (TAPS - 1) * dilation)
        found[f"{PAST}{k}"] = (past, past, past)
    return found


@lru_cache(maxsize=4)
def open_sound_lips(
    settings: InferenceSettings, models: Path | None = None
) -> tuple[SoundLips, tuple[tuple[Level, str], ...]]:
    """The net that set-up built, once a process, and what there is to say about how it runs.

    Raises:
        EngineError: it is missing or damaged.
    """
    notes: list[tuple[Level, str]] = []
    backend = InferenceBackend(settings, report=lambda level, words: notes.append((level, words)))
    net = SoundLips(backend.load((models or models_directory()) / LIPS_FILE, shapes()))
    return net, tuple(notes)

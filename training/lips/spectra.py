"""What is varied anew in every epoch, on the spectra: other throats, microphones, levels and voices in the room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis_agent.motion.mel import BANDS, SILENT, SPREAD
from visavis_agent.motion.sound_net import FRAMES_PER_STEP

Heard = npt.NDArray[np.float32]
_CURVE = 0.22
"""Deviation of each cosine of a microphone's curve, in units of the spectra (1 is 17 dB)."""
_COSINES = np.cos(np.pi * np.outer(np.arange(5), (np.arange(BANDS) + 0.5) / BANDS))


def revaried(heard: Heard, rng: np.random.Generator) -> Heard:
    """(size, length, INPUTS) steps as another day would have brought them; what the mouth does stays the same."""
    size, length, _ = heard.shape
    frames = heard.reshape(size, length * FRAMES_PER_STEP, BANDS)
    frames = frames @ _throats(size, rng)
    curves = (rng.normal(0.0, _CURVE, (size, len(_COSINES))) @ _COSINES).astype(np.float32)
    frames = np.maximum(frames + curves[:, None], SILENT)
    frames = _with_others(frames, rng)
    for row in np.flatnonzero(rng.random(size) < 0.4):
        first = int(rng.integers(BANDS))
        frames[row, :, first : first + int(rng.integers(1, 7))] = SILENT
    return frames.reshape(heard.shape)


def unvaried(heard: Heard, rng: np.random.Generator) -> Heard:
    """As they came."""
    return heard


def _throats(size: int, rng: np.random.Generator) -> Heard:
    """(size, BANDS, BANDS): half of them stretch the bands by up to an eighth."""
    factors = np.where(rng.random(size) < 0.5, rng.uniform(0.88, 1.125, size), 1.0)
    places = np.clip(np.arange(BANDS) * factors[:, None], 0, BANDS - 1)
    distance = np.abs(places[:, None, :] - np.arange(BANDS)[None, :, None])
    return np.maximum(0.0, 1.0 - distance).astype(np.float32)


def _with_others(frames: Heard, rng: np.random.Generator) -> Heard:
    """Two in five have another's speech under them, 5 to 30 dB below."""
    chosen = np.flatnonzero(rng.random(len(frames)) < 0.4)
    others = frames[rng.permutation(len(frames))[: len(chosen)]]
    mine, theirs = (np.percentile(part[:, ::4, ::2], 90, axis=(1, 2)) for part in (frames[chosen], others))
    below = rng.uniform(5.0, 30.0, len(chosen)) * np.log(10.0) / 10.0 / SPREAD
    added = others + (mine - theirs - below).astype(np.float32)[:, None, None]
    frames[chosen] = np.logaddexp(SPREAD * frames[chosen], SPREAD * added) / SPREAD
    return frames

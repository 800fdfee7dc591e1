"""The shape of the net that hears how the mouth moves.

A causal temporal convolutional net (Bai, Kolter and Koltun 2018): blocks of a dilated convolution over time and a
residual path. What a convolution still needs of the past goes in and comes out as its state, so that a sound can be
fed in pieces of any length and gives the same numbers as in one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis_agent.motion.mel import BANDS, SILENT
from visavis_agent.motion.phonemes import ARTICULATORS

Array = npt.NDArray[np.float32]
STEP_S = 0.020
"""Time between outputs, s."""
FRAMES_PER_STEP = 2
INPUTS = FRAMES_PER_STEP * BANDS
OUTPUTS = len(ARTICULATORS) + 2
"""The articulators, then the seal of the lips and the lower lip on the teeth, 0–1 each."""
SEAL, TEETH = len(ARTICULATORS), len(ARTICULATORS) + 1
AHEAD = 3
"""Steps of sound heard beyond the moment that an output is about. With the step to the output after it (between which
the mouth is interpolated) the mouth knows 80 ms of what comes."""
LEAD_S = 0.010
"""How far everything but contacts runs ahead of the sound in what the net was taught, s."""
WIDTH = 112
TAPS = 3
LIPS_FILE = "lips.onnx"
HEARD, MOUTH, PAST, KEPT = "heard", "mouth", "past", "kept"
"""Names in the graph; the states are numbered."""
DILATIONS = (1, 2, 4, 8, 1, 2)


def stacked(frames: Array) -> Array:
    """(n, INPUTS) steps of (FRAMES_PER_STEP · n, BANDS) spectra."""
    count = len(frames) // FRAMES_PER_STEP
    return frames[: count * FRAMES_PER_STEP].reshape(count, INPUTS)


def silent_steps(count: int) -> Array:
    """What silence sounds like."""
    return np.full((count, INPUTS), SILENT, np.float32)

"""What coefficients do to each other before they reach the linear deltas.

Blend shapes are made one by one; some pairs, added up, give a mouth that no mouth makes. These rules take
back what a rounded or closed mouth excludes; without them rounded vowels of a smiling face look like a toothy
smile.
"""

from __future__ import annotations

import numpy as np

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.rendering.avatar import COEFFICIENT_COUNT, Array

PUCKER, FUNNEL = ARKIT_INDEX["mouthPucker"], ARKIT_INDEX["mouthFunnel"]
JAW, CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
SIDES = ("Left", "Right")
SPREAD = [ARKIT_INDEX[name + side] for name in ("mouthSmile", "mouthDimple", "mouthStretch") for side in SIDES]
RAISED = [ARKIT_INDEX["mouthUpperUp" + side] for side in SIDES]
FUNNEL_SHARE = 0.7  # of a pucker, in rounding the lips
SPREAD_LEFT = 0.2  # of smile, dimple and stretch in fully rounded lips
RAISED_LEFT = 0.4  # of a raised upper lip
TEETH_DIM = 0.62  # of the light, when the lips stand forward and shade the teeth


def rounding(coefficients: Array) -> float:
    """How round the lips are, 0–1."""
    return float(min(1.0, coefficients[PUCKER] + FUNNEL_SHARE * coefficients[FUNNEL]))


def corrected(coefficients: Array, tongue_up: float) -> Array:
    """The (53,) coefficients of the delta fields from ARKit's (52,) and `tongue_up`, each clamped to 0–1.

    mouthClose counts up to jawOpen, so that lips meet and do not cross; rounded lips do not smile.
    """
    out = np.empty(COEFFICIENT_COUNT, np.float32)
    np.clip(coefficients, 0.0, 1.0, out=out[:-1])
    out[-1] = min(max(tongue_up, 0.0), 1.0)
    out[CLOSE] = min(out[CLOSE], out[JAW])
    round_ = rounding(out)
    out[SPREAD] *= 1.0 - (1.0 - SPREAD_LEFT) * round_
    out[RAISED] *= 1.0 - (1.0 - RAISED_LEFT) * round_
    return out


def teeth_light(coefficients: Array) -> float:
    """Light on the teeth, 0–1."""
    return 1.0 - TEETH_DIM * float(min(1.0, coefficients[PUCKER] + 0.5 * coefficients[FUNNEL]))

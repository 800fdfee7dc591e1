"""The 52 ARKit blend shapes in the order of Apple's ARFaceAnchor.BlendShapeLocation; coefficients are 0–1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ARKIT_NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel",
    "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft",
    "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
ARKIT_INDEX: dict[str, int] = {name: i for i, name in enumerate(ARKIT_NAMES)}
ARKIT_COUNT = 52


def coefficients(**values: float) -> npt.NDArray[np.float32]:
    """A (52,) vector from keywords; a name without Left/Right sets both sides (`mouthSmile=0.5`).

    Raises:
        KeyError: the name is no ARKit blend shape.
    """
    out = np.zeros(ARKIT_COUNT, np.float32)
    for name, value in values.items():
        for full in (name,) if name in ARKIT_INDEX else (name + "Left", name + "Right"):
            out[ARKIT_INDEX[full]] = value
    return out

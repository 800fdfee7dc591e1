"""The one place where layers become a face. Order:

1. expression: emotion, resting and listening face, brow raises, slow drift, added up;
2. speech: its mouth is added where the expression leaves the mouth free;
3. contacts: lips on p/b/m, lip on teeth for f/v, forced upon the sum, so nothing above can lose them;
4. the speed of opening lips is limited (closing is not: contacts must not be late);
5. eyes follow gaze, and blinks close them over everything else;
6. the speed of every other coefficient is limited, and all are cut to 0–1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX, ARKIT_NAMES
from visavis_agent.motion.constraints import Contact, Mouth, hide_tongue, make_contact
from visavis_agent.motion.curves import clamp, unit_range
from visavis_agent.motion.eyes import EyePose
from visavis_agent.motion.listening import ListeningPose

Array = npt.NDArray[np.float64]
Face = list[float]
"""The 52 coefficients while they are put together: numbers one by one are three times as fast as in an array."""
JAW_MM, UPPER_MM, LOWER_MM, FUNNEL_MM = 28.0, 5.7, 7.1, 12.3
"""How far a coefficient of 1 parts the lips of a mouth 50 mm wide, mm; measured on the rendered hero."""
OPENING_SPEED = 300.0
"""Fastest opening of the lips, mm/s on a 50 mm mouth; people reach about 250 (Löfqvist and Gracco 1997)."""
_SPEEDS = {"brow": 6.0, "mouthSmile": 5.0, "eyeWide": 8.0, "cheek": 5.0, "nose": 5.0, "eyeSquint": 6.0}
_UNLIMITED = 1e3
_PAIRS = {
    name.removesuffix("Left"): (i, ARKIT_INDEX[name.removesuffix("Left") + "Right"])
    for name, i in ARKIT_INDEX.items()
    if name.endswith("Left") and name.removesuffix("Left") + "Right" in ARKIT_INDEX
}


@dataclass(frozen=True, slots=True)
class Layers:
    """What is mixed for one frame.

    Attributes:
        emotion: (52,) coefficients.
        smile: of the face at rest, 0–1.
        listening: the listener's part.
        brow: raise on an accent, 0–1.
        drift: slow noise for brows and smile, about ± 0.03.
        mouth: of speech, before contacts.
        contact: to force upon it.
        eyes: rotations in the head.
        blink: lid closure, 0–1.
    """

    emotion: Array
    smile: float
    listening: ListeningPose
    brow: float
    drift: tuple[float, float]
    mouth: Mouth
    contact: Contact
    eyes: EyePose
    blink: float


def opening(mouth: Mouth) -> float:
    """Lip opening of a 50 mm mouth, mm, as the coefficients ask for it."""
    return JAW_MM * mouth.gap + UPPER_MM * mouth.upper + LOWER_MM * mouth.lower + FUNNEL_MM * mouth.funnel


class Mixer:
    """Mixes frame after frame; remembers the last one for the speed limits."""

    def __init__(self) -> None:
        self._mouth = Mouth()
        self._last = np.zeros(ARKIT_COUNT)
        self._speed = np.array(
            [
                next((speed for prefix, speed in _SPEEDS.items() if name.startswith(prefix)), _UNLIMITED)
                for name in ARKIT_NAMES
            ]
        )
        self._started = False

    @property
    def mouth(self) -> Mouth:
        """The mouth as shown in the last frame."""
        return self._mouth

    def mix(self, layers: Layers, dt: float) -> npt.NDArray[np.float32]:
        """(52,) float32 ARKit coefficients, 0–1, of the frame `dt` s after the last one."""
        face = self._expression(layers)
        mouth = layers.mouth
        hide_tongue(mouth)
        make_contact(mouth, layers.contact)
        _slow_opening(mouth, self._mouth, OPENING_SPEED * dt)
        self._mouth = mouth
        _add_mouth(face, mouth, layers.contact)
        for name, value in layers.eyes.coefficients().items():
            face[ARKIT_INDEX[name]] = value
        _close_lids(face, layers.blink)
        step = self._speed * dt if self._started else np.full(ARKIT_COUNT, _UNLIMITED)
        self._started = True
        self._last = unit_range(np.minimum(np.maximum(face, self._last - step), self._last + step))
        return self._last.astype(np.float32)

    def _expression(self, layers: Layers) -> Face:
        face: Face = layers.emotion.tolist()
        listening, (brow_drift, smile_drift) = layers.listening, layers.drift
        smile = (layers.smile + smile_drift + listening.smile) * (1.0 - clamp(layers.mouth.pucker, 0.0, 1.0))
        raised = listening.raise_brows + brow_drift
        for name, value in (
            ("cheekSquint", 0.3 * listening.smile + listening.cheeks),
            ("eyeSquint", listening.squint),
            ("mouthFrown", listening.corners_down),
            ("browOuterUp", raised + 0.45 * layers.brow),
            ("browDown", listening.knit),
            ("eyeWide", listening.wide + 0.20 * layers.brow),
            ("mouthPress", listening.press),
        ):
            for i in _PAIRS[name]:
                face[i] += value
        for i in _PAIRS["mouthSmile"]:
            # Smiles of several causes do not add up to a grin.
            face[i] = 1.0 - (1.0 - clamp(face[i], 0.0, 1.0)) * (1.0 - clamp(smile, 0.0, 1.0))
        face[ARKIT_INDEX["browInnerUp"]] += 0.8 * raised + listening.inner_brow + 0.35 * layers.brow
        face[ARKIT_INDEX["mouthShrugLower"]] += listening.chin
        return face


def _slow_opening(mouth: Mouth, last: Mouth, most: float) -> None:
    """Scale the opening down, in place, where it grows by more than `most` mm since the last frame."""
    grown = opening(mouth) - opening(last)
    if grown <= most:
        return
    share = most / grown
    gap = last.gap + share * (mouth.gap - last.gap)
    mouth.close = clamp(mouth.jaw - gap, 0.0, mouth.jaw)
    mouth.upper = last.upper + share * (mouth.upper - last.upper)
    mouth.lower = last.lower + share * (mouth.lower - last.lower)
    mouth.funnel = last.funnel + share * (mouth.funnel - last.funnel)


def _add_mouth(face: Face, mouth: Mouth, contact: Contact) -> None:
    """Speech over the expression's mouth; a seal also takes back what lifts a lip."""
    for name, value in (
        ("jawOpen", mouth.jaw),
        ("mouthClose", mouth.close),
        ("mouthFunnel", mouth.funnel),
        ("mouthPucker", mouth.pucker),
        ("mouthRollLower", mouth.roll_lower),
        ("mouthRollUpper", mouth.roll_upper),
        ("tongueOut", mouth.tongue),
    ):
        face[ARKIT_INDEX[name]] += value
    for name, value in (
        ("mouthUpperUp", mouth.upper),
        ("mouthLowerDown", mouth.lower),
        ("mouthStretch", mouth.stretch),
        ("mouthPress", mouth.press),
    ):
        for i in _PAIRS[name]:
            face[i] += value
    for i in _PAIRS["noseSneer"]:
        face[i] *= 1.0 - 0.8 * contact.seal


def _close_lids(face: Face, blink: float) -> None:
    for i in _PAIRS["eyeBlink"]:
        face[i] = max(blink, face[i])
    for i in _PAIRS["eyeWide"]:
        face[i] *= 1.0 - blink

"""The renderer: an avatar, a picture size and a framing; face and body motion in, pictures out."""

from __future__ import annotations

import math

import numpy as np

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.records import BodyMotion, FaceMotion
from visavis_agent.rendering import correctives, framing
from visavis_agent.rendering.avatar import LEVELS, Array, Avatar
from visavis_agent.rendering.kinematics import Kinematics
from visavis_agent.rendering.native import Camera, FrameReport, Pose, PosedGaussians, Scene

Float2 = tuple[float, float]
FULL = float(LEVELS - 1)  # every level of detail
# turn of an eye at full eyeLook, rad; less to the nose, or the iris would slip under the inner corner
LOOK_OUT, LOOK_IN, LOOK_PITCH = 0.38, 0.28, 0.34
TURN_MOST = math.pi / 2
LID_COEFFICIENTS = ("eyeBlink", "eyeWide", "eyeSquint", "cheekSquint", "mouthSmile", "browDown")


def eye_rotations(face: FaceMotion) -> tuple[Float2, Float2]:
    """Yaw and pitch (rad) of both eyes, left first: the record's within ±90°, or, if all 0, from ARKit's eyeLook."""
    if any(face.left_eye) or any(face.right_eye):
        return _within(face.left_eye), _within(face.right_eye)
    return _look(face.coefficients, "Left", 1.0), _look(face.coefficients, "Right", -1.0)


def _within(turn: Float2) -> Float2:
    return min(max(turn[0], -TURN_MOST), TURN_MOST), min(max(turn[1], -TURN_MOST), TURN_MOST)


def _look(coefficients: Array, side: str, outward: float) -> Float2:
    def of(direction: str) -> float:
        return float(coefficients[ARKIT_INDEX[f"eyeLook{direction}{side}"]])

    return outward * (LOOK_OUT * of("Out") - LOOK_IN * of("In")), LOOK_PITCH * (of("Down") - of("Up"))


class Renderer:
    """Draws one avatar. Not for use by two threads at a time; several renderers may run at once.

    Args:
        avatar: a loaded avatar.
        size: (width, height), each 16–4096 pixels.
        threads: 1–64.
        framing: bust, half or face.
        isa: instruction set: best, baseline or avx2.

    Raises:
        ConfigurationError: bad size or framing.
        EngineError: the native library is missing, or has no such instruction set.
    """

    def __init__(
        self,
        avatar: Avatar,
        size: tuple[int, int],
        threads: int = 1,
        framing: str = "bust",
        isa: str = "best",
    ) -> None:
        self.avatar = avatar
        self.reframe(size, framing)
        self._kinematics = Kinematics(avatar)
        self._scene = Scene(avatar, threads, isa)

    def reframe(self, size: tuple[int, int], framing_name: str) -> None:
        """Change picture size and framing from the next frame on."""
        self.camera: Camera = framing.camera(self.avatar, framing_name, size)
        self.background: Array = framing.plate(size)

    def close(self) -> None:
        """Give memory and threads back."""
        self._scene.close()

    def pose(self, face: FaceMotion, body: BodyMotion | None = None, detail: float = FULL) -> Pose:
        """What the native core gets for a frame; `body` None is the rest pose (arms hanging).

        `detail` is 0 – 2: the levels that are drawn; a fraction fades the next one in.
        """
        left, right = eye_rotations(face)
        coefficients = correctives.corrected(face.coefficients, face.tongue_up)
        joints = self._kinematics.transforms(
            face.head,
            left,
            right,
            None if body is None else body.rotations,
            (0.0, 0.0, 0.0) if body is None else body.root,
        )
        lids = np.empty((len(LID_COEFFICIENTS) + 1, 2), np.float32)
        for row, name in enumerate(LID_COEFFICIENTS):
            lids[row] = coefficients[ARKIT_INDEX[name + "Left"]], coefficients[ARKIT_INDEX[name + "Right"]]
        lids[-1] = -left[1], -right[1]
        return Pose(coefficients, joints, lids, correctives.teeth_light(coefficients), detail)

    def draw(self, face: FaceMotion, body: BodyMotion | None = None, detail: float = FULL) -> tuple[Array, FrameReport]:
        """One picture, (height, width, 3) uint8 RGB over the background, and what was measured."""
        return self._scene.draw(self.pose(face, body, detail), self.camera, self.background)

    def draw_alpha(self, face: FaceMotion, body: BodyMotion | None = None) -> tuple[Array, FrameReport]:
        """The character alone, (height, width, 4) uint8 RGBA with straight alpha, and what was measured."""
        return self._scene.draw(self.pose(face, body), self.camera, None, alpha=True)

    def posed(
        self, face: FaceMotion, body: BodyMotion | None = None, detail: float = FULL
    ) -> tuple[PosedGaussians, FrameReport]:
        """The deformed and lit Gaussians of a frame, for the reference renderer and tools."""
        return self._scene.pose(self.pose(face, body, detail), self.camera)

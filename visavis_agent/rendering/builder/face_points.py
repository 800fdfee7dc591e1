"""Measures that the shapes of the face share: where a point lies relative to lips, corners and front."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, smoothstep, unit


class FacePoints:
    """Points of the face at rest, in the frame of the unscaled head.

    Attributes:
        position: (N, 3) mm; x, y, z are its columns and side_x = |x|.
        below, above: (N,) 1 for points that go with the lower or the upper lip.
        height: (N,) above the line at which the lips meet, mm.
        within: (N,) 1 in the middle of the mouth, 0 at the corners.
        outward: (N,) 0 in the middle, 1 at the corners, up to 2.
        front: (N,) 1 on the face, 0 at the back of the head.
        lip_zone: (N,) 1 at the contact line, fading over 13 mm.
        corner: (N,) 1 at the mouth corners, rising along the lips with power 2.3: a smile is a U, not a V.
    """

    def __init__(self, position: Array, below: Array, face: FaceField) -> None:
        self.position, self.below, self.above = position, below, 1 - below
        self.face = face
        self.x, self.y, self.z = position.T
        self.side_x = np.abs(self.x)
        lips = face.lips
        self.height = self.y - lips.contact(self.x)
        self.within = lips.within(self.x, 1.0)
        self.outward = np.clip(self.side_x / lips.half_width, 0, 2)
        self.front = smoothstep(self.z, -10, 40)
        self.lip_zone = np.exp(-((self.height / 13.0) ** 2)) * smoothstep(self.z, 30, 50)
        beyond = np.clip(self.side_x - lips.half_width, 0, 99)
        self.corner = (
            np.exp(-0.5 * (beyond / 12.0) ** 2 - 0.5 * ((self.y - lips.corner_height) / 13.0) ** 2)
            * np.clip(self.outward, 0, 1) ** 2.3
            * smoothstep(self.z, 15, 40)
        )

    def on_side(self, side: int) -> Array:
        """1 on one side of the face, soft over 14 mm in the middle, (N, 1)."""
        return smoothstep(self.x * side, -7, 7)[:, None]

    def move(self, dx: Array | float = 0.0, dy: Array | float = 0.0, dz: Array | float = 0.0) -> Array:
        """Displacements (N, 3), mm."""
        zero = np.zeros(len(self.x))
        return np.stack([zero + dx, zero + dy, zero + dz], 1)

    def outwards(self, distance: Array) -> Array:
        """Displacements by `distance` (N,) mm along the rough normal of the face."""
        return unit(self.position * [1, 0.5, 1] + [0, 12, 30]) * distance[:, None]

"""Sparse linear deltas of every coefficient: of position and of both tangents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis_agent.rendering.builder import expression_shapes as expression
from visavis_agent.rendering.builder import interior_shapes as interior
from visavis_agent.rendering.builder import mouth_shapes as mouth
from visavis_agent.rendering.builder.cloud import Cloud, Ints
from visavis_agent.rendering.builder.eyes import LID_PARTS
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.face_points import FacePoints
from visavis_agent.rendering.builder.fields import Array, smoothstep, unit

FACE_PARTS = ("skin", "inner_lip", "lip_contour", "brow", "beard", "glow_lip", "glow_brow", "glow_cheek")
SMALLEST = 0.02
"""Displacements below this are left out, mm."""
Shape = Callable[[FacePoints], Array]


@dataclass(frozen=True)
class Delta:
    """What a coefficient does at 1: Gaussians `index` (M,), changes of position and tangents (M, 3), mm."""

    index: Ints
    position: Array
    tangent_a: Array
    tangent_b: Array


def face_shapes(face: FaceField, brow_height: float) -> dict[str, Shape]:
    """The shape of each coefficient that moves skin."""
    shapes: dict[str, Shape] = {
        "jawOpen": mouth.jaw_open,
        "jawForward": mouth.jaw_forward,
        "mouthClose": mouth.MouthClose(face),
        "mouthFunnel": mouth.funnel,
        "mouthPucker": mouth.pucker,
        "mouthRollLower": mouth.roll_lower,
        "mouthRollUpper": mouth.roll_upper,
        "mouthShrugLower": mouth.shrug_lower,
        "mouthShrugUpper": mouth.shrug_upper,
        "cheekPuff": expression.cheek_puff,
        "browInnerUp": lambda p: expression.brow_inner_up(p, brow_height),
    }
    for name, side in (("Left", LEFT), ("Right", RIGHT)):
        shapes |= _sided_shapes(name, side, brow_height)
    return shapes


def _sided_shapes(name: str, side: int, brow_height: float) -> dict[str, Shape]:
    sided: dict[str, Callable[[FacePoints, int], Array]] = {
        "jaw": mouth.jaw_sideways,
        "mouth": mouth.mouth_sideways,
        "mouthSmile": mouth.smile,
        "mouthFrown": mouth.frown,
        "mouthDimple": mouth.dimple,
        "mouthStretch": mouth.stretch,
        "mouthPress": mouth.press,
        "mouthLowerDown": mouth.lower_down,
        "mouthUpperUp": mouth.upper_up,
        "cheekSquint": expression.cheek_squint,
        "noseSneer": expression.nose_sneer,
        "eyeSquint": expression.eye_squint,
        "browDown": lambda p, s: expression.brow_down(p, s, brow_height),
        "browOuterUp": lambda p, s: expression.brow_outer_up(p, s, brow_height),
    }

    def bind(shape: Callable[[FacePoints, int], Array]) -> Shape:
        return lambda p: shape(p, side)

    return {stem + name: bind(shape) for stem, shape in sided.items()}


def face_deltas(cloud: Cloud, face: FaceField, brow_height: float) -> dict[str, Delta]:
    """Deltas of skin, lips, brows and lids, in the frame of the unscaled head.

    The outer rows of the lids ride on the skin; the closer to the edge, the less.
    """
    lid_parts = (*LID_PARTS[LEFT], *LID_PARTS[RIGHT])
    index = np.nonzero(cloud.mask(*FACE_PARTS, *lid_parts))[0]
    follow = np.where(cloud.mask(*lid_parts)[index], smoothstep(cloud.parameter[index, 1], 0.85, 0.0), 1.0)[:, None]
    position, below = cloud.position[index], cloud.below[index]
    tangents = cloud.tangent_a[index], cloud.tangent_b[index]
    step = 0.25
    rest = FacePoints(position, below, face)
    stepped = [FacePoints(position + step * unit(t), below, face) for t in tangents]
    length = [np.linalg.norm(t, axis=1, keepdims=True) for t in tangents]
    deltas = {}
    for name, shape in face_shapes(face, brow_height).items():
        moved = face.constrain(position, shape(rest), name)
        near = [face.constrain(s.position, shape(s), name) for s in stepped]
        bent = [(there - moved) / step * size for there, size in zip(near, length, strict=True)]
        on = np.abs(moved * follow).max(1) > SMALLEST
        deltas[name] = Delta(index[on], *((v * follow)[on] for v in (moved, *bent)))
    return deltas


def interior_deltas(cloud: Cloud) -> dict[str, list[Delta]]:
    """Deltas of teeth, tongue and cavity, in the frame of the unscaled head."""
    makers: dict[str, Callable[[Array, Array], dict[str, Array]]] = {
        "teeth_low": lambda p, _: interior.lower_teeth(p),
        "teeth_up": lambda p, _: interior.upper_teeth(p),
        "tongue": interior.tongue,
        "cavity": lambda p, parameter: interior.cavity(p, parameter[:, 0]),
    }
    deltas: dict[str, list[Delta]] = {}
    for part, maker in makers.items():
        index = np.nonzero(cloud.mask(part))[0]
        still = np.zeros((len(index), 3))
        stretch = cloud.tangent_b[index] if part == "cavity" else still
        for name, moved in maker(cloud.position[index], cloud.parameter[index]).items():
            growth = {"jawOpen": 1.3, "mouthFunnel": 0.4}.get(name, 0.0)
            deltas.setdefault(name, []).append(Delta(index, moved, still, stretch * growth))
    return deltas

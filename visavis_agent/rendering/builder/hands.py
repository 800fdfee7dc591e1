"""Hands: palm, thumb and four fingers with nails, bound to two joints a finger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agent.rendering.builder.arms import ARM_LENGTH, shoulder
from visavis_agent.rendering.builder.cloud import Binding, CloudBuilder
from visavis_agent.rendering.builder.fields import (
    Array,
    capsule,
    ellipsoid,
    linear,
    mix,
    smooth_union,
    smoothstep,
)
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, sample_surface


@dataclass(frozen=True)
class Finger:
    """A finger in the frame of the hand (origin at the wrist, fingers along -y, thumb side +z), mm.

    Attributes:
        forward: z of the knuckle.
        down: distance of the knuckle below the wrist.
        lengths: of the proximal part and of the rest.
        radii: at the knuckle and at the tip.
        spread: angle to the hand's axis towards the thumb, rad.
        palmward: how far the knuckle lies towards the palm.
    """

    name: str
    forward: float
    down: float
    lengths: tuple[float, float]
    radii: tuple[float, float]
    spread: float
    palmward: float = 0.0

    @property
    def direction(self) -> Array:
        """Unit vector from the knuckle to the tip, (3,)."""
        return np.array([0.0, -np.cos(self.spread), np.sin(self.spread)])

    def knuckle(self, side: int) -> Array:
        """Rest position of the proximal joint from the wrist, (3,)."""
        return np.array([-side * self.palmward, -self.down, self.forward])

    def middle(self, side: int) -> Array:
        """Rest position of the distal joint from the wrist, (3,)."""
        return np.asarray(self.knuckle(side) + self.direction * self.lengths[0])

    def tip(self, side: int) -> Array:
        """Centre of the finger tip from the wrist, (3,)."""
        return np.asarray(self.knuckle(side) + self.direction * sum(self.lengths))


FINGERS = (
    Finger("thumb", 21.0, 34.0, (36.0, 30.0), (10.0, 8.0), 0.62, palmward=6.0),
    Finger("index", 22.0, 84.0, (36.0, 33.0), (9.0, 7.0), 0.09),
    Finger("middle", 7.5, 89.0, (40.0, 36.0), (9.2, 7.2), 0.02),
    Finger("ring", -7.0, 86.0, (37.0, 33.0), (8.8, 6.9), -0.05),
    Finger("little", -20.5, 78.0, (28.0, 26.0), (7.8, 6.2), -0.14),
)


def wrist(character: Character, side: int) -> Array:
    """Rest position of a wrist, mm."""
    return shoulder(character, side) - [0, ARM_LENGTH, 0]


def hand(points: Array, character: Character, side: int) -> Array:
    """Distance to a hand in its own frame; the palm faces the body."""
    scale = character.body.hand_scale
    q = points / scale
    palm = capsule(q * [1.18, 1, 1], (0, 12, 0), (0, -16, 0), 16.5, 21)
    for finger in FINGERS[1:]:
        ray = capsule(
            q * [1.05, 1, 1],
            (0, -16, finger.forward * 0.55),
            (0, -finger.down + 2, finger.forward),
            13.5,
            finger.radii[0] + 1.2,
        )
        palm = smooth_union(palm, ray, 9)
    palm = smooth_union(palm, ellipsoid(q, (-side * 5, -34, 15), (13, 26, 14)), 10)
    fingers = np.full(len(q), 1e3)
    for finger in FINGERS:
        solid = _finger(q, finger, side)
        if finger.name == "thumb":
            solid = smooth_union(palm, solid, 9)
        fingers = np.minimum(fingers, solid)
    return np.asarray(smooth_union(palm, fingers, 3.5) * scale)


def _finger(points: Array, finger: Finger, side: int) -> Array:
    knuckle, middle, tip = finger.knuckle(side), finger.middle(side), finger.tip(side)
    joint_radius = sum(finger.radii) / 2 + 0.2
    proximal = capsule(points, knuckle, middle, finger.radii[0], joint_radius)
    return smooth_union(proximal, capsule(points, middle, tip, joint_radius, finger.radii[1]), 1.5)


def add_hand(cloud: CloudBuilder, character: Character, side: int, rng: np.random.Generator) -> None:
    """Add one hand."""
    scale, spacing = character.body.hand_scale, character.detail.hand
    position, normal, distance = sample_surface(
        lambda p: hand(p, character, side),
        (-34 * scale, -190 * scale, -50 * scale),
        (34 * scale, 34, 70 * scale),
        lambda p: np.full(len(p), spacing),
        rng,
        cell=6.0,
    )
    local = position / scale
    finger, along = _nearest_finger(local, side)
    binding = _binding(finger, along, side)
    colour = _hand_colour(local, normal, character, side, finger, along)
    part = f"hand_{'l' if side > 0 else 'r'}"
    placed, sigma = position + wrist(character, side), distance * SIGMA_PER_SPACING
    cloud.add_undercoat(part, placed, normal, sigma, colour * 0.95, every=3, grow=1.6, binding=binding, specular=0.05)
    cloud.add(part, placed, normal, sigma, colour, binding=binding, specular=0.12)


def _nearest_finger(points: Array, side: int) -> tuple[Array, Array]:
    """For each point the index of its finger (-1: palm) and how far along it from the knuckle, mm."""
    nearest, along = np.full(len(points), -1), np.zeros(len(points))
    best = np.full(len(points), 1e3)
    for i, finger in enumerate(FINGERS):
        t = (points - finger.knuckle(side)) @ finger.direction
        foot = finger.knuckle(side) + np.clip(t, 0, sum(finger.lengths))[:, None] * finger.direction
        distance = np.linalg.norm(points - foot, axis=1) - finger.radii[0]
        closer = (distance < best) & (t > -10)
        best, nearest, along = (
            np.where(closer, distance, best),
            np.where(closer, i, nearest),
            np.where(closer, t, along),
        )
    nearest[best > 4.0] = -1
    return nearest, along


def _binding(finger: Array, along: Array, side: int) -> Binding:
    tag = "l" if side > 0 else "r"
    joint = np.full(len(finger), f"wrist_{tag}", dtype="<U24")
    second, weight = joint.copy(), np.zeros(len(finger))
    for i, shape in enumerate(FINGERS):
        proximal, distal = f"{shape.name}_proximal_{tag}", f"{shape.name}_distal_{tag}"
        near = (finger == i) & (along < shape.lengths[0] * 0.5)
        far = (finger == i) & ~near
        second[near] = proximal
        weight[near] = np.clip((along[near] + 8) / 16, 0, 1)
        joint[far], second[far] = proximal, distal
        weight[far] = np.clip((along[far] - shape.lengths[0] + 7) / 14, 0, 1)
    return Binding(list(joint), list(second), weight)


def _palm_creases(points: Array) -> Array:
    """1 on the three lines of a palm: around the ball of the thumb, and two below the fingers."""
    y, z = points[:, 1], points[:, 2]
    thumb = np.hypot(y + 38, z - 30) - 27.0
    head = y + 58 + 0.42 * (z + 4)
    heart = y + 70 - 0.30 * (z + 10) + 0.012 * (z + 4) ** 2
    reach = smoothstep(y, -92, -84) * smoothstep(y, -8, -16)
    lines = [np.exp(-((line / 1.5) ** 2)) for line in (thumb, head, heart)]
    return np.asarray(np.max(lines, axis=0) * reach * smoothstep(z, 28, 22))


def _hand_colour(points: Array, normal: Array, character: Character, side: int, finger: Array, along: Array) -> Array:
    """Skin, redder at tips and palm, with nails."""
    if character.kind == "robot":  # gloves of rubber
        return np.tile(linear(character.palette.shirt), (len(points), 1))
    colour = np.tile(linear(character.palette.skin) * [0.96, 0.88, 0.84], (len(points), 1))
    beyond = np.zeros(len(points))
    for i, shape in enumerate(FINGERS):
        beyond = np.where(finger == i, np.clip((along - shape.lengths[0]) / 26, 0, 1), beyond)
    palm = smoothstep(-side * normal[:, 0], 0.1, 0.8)
    colour = mix(colour, linear(character.palette.blush), 0.28 * beyond + 0.16 * palm)
    if character.palette.palm is not None:
        colour = mix(colour, linear(character.palette.palm), 0.75 * palm)
    joints = np.zeros(len(points))
    for i, shape in enumerate(FINGERS):
        bend = np.exp(-(((along - shape.lengths[0]) / 4.0) ** 2)) + 0.7 * np.exp(-((along / 5.5) ** 2))
        joints = np.where(finger == i, bend, joints)
    back = smoothstep(side * normal[:, 0], 0.2, 0.8)
    colour = mix(colour, linear(character.palette.blush), 0.22 * joints * back)
    creases = _palm_creases(points) * palm
    colour = mix(colour, linear(character.palette.blush) * 0.62, 0.26 * creases)
    for i, shape in enumerate(FINGERS):
        offset = points - (shape.tip(side) - shape.direction)
        lengthwise = offset @ shape.direction
        across = offset @ np.cross(shape.direction, [1.0, 0, 0])
        nail = (lengthwise / 6.5) ** 2 + (across / (shape.radii[1] * 0.68)) ** 2 < 1
        nail &= (side * normal[:, 0] > 0.15) & (finger == i)
        colour[nail] += 0.6 * (linear(character.palette.palm or (252, 206, 200)) - colour[nail])
        rim = nail & (lengthwise > 4.0)
        colour[rim] += 0.5 * (linear([255, 236, 230]) - colour[rim])
    return colour

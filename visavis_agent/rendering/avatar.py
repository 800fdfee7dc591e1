"""What an avatar is: rest Gaussians, binding, deltas, lids, lips and joints (docs/avatar-format.md).

Units are millimetres and radians. Axes: x to the character's own left, y up, z forward; origin at the skull's
centre at eye height. Sides ("left", "right") are the character's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_NAMES
from visavis_agent.core.errors import FormatError
from visavis_agent.core.skeleton import JOINTS

Array = npt.NDArray[Any]
Float2 = tuple[float, float]
Float3 = tuple[float, float, float]

COEFFICIENT_NAMES: tuple[str, ...] = (*ARKIT_NAMES, "tongueUp")
COEFFICIENT_COUNT = len(COEFFICIENT_NAMES)
AVATAR_JOINT_NAMES: tuple[str, ...] = (*(joint.name for joint in JOINTS), "eye_l", "eye_r")
AVATAR_JOINT_PARENTS: tuple[str, ...] = (*(joint.parent for joint in JOINTS), "head", "head")
FRAMING_NAMES = ("bust", "half", "face")


class AvatarError(FormatError):
    """An avatar, or its file, breaks a rule of the format."""


class Material(IntEnum):
    """How a Gaussian is lit, and whether it is dropped when it faces away."""

    SKIN = 0
    INNER_LIP = 1  # lit like skin, seen from behind as well
    HAIR = 2
    BEARD = 3  # lit like hair, seen from behind as well
    CLOTH = 4  # and every other opaque solid: plastic, metal, glasses
    EYE = 5
    GLINT = 6  # stays with the light while the eye turns
    CAVITY = 7
    TEETH = 8
    TONGUE = 9
    LASH = 10
    BROW = 11


class Stencil(IntEnum):
    """Which opening a Gaussian is seen through; none: always seen."""

    NONE = 0
    MOUTH = 1
    LEFT_EYE = 2
    RIGHT_EYE = 3


class LidPart(IntEnum):
    """Which lid a lid Gaussian belongs to."""

    LEFT_UPPER = 0
    LEFT_LOWER = 1
    RIGHT_UPPER = 2
    RIGHT_LOWER = 3


@dataclass(frozen=True, slots=True)
class JointRest:
    """A joint: its parent's name (empty for the root) and its rest position, mm."""

    name: str
    parent: str
    position: Float3


@dataclass(frozen=True, slots=True)
class Lid:
    """The edge of one lid as elevation over azimuth on the eye's sphere, rad.

    With u in [-1, 1] from the inner to the outer corner, it lies at corner_elevation + corner_tilt·u
    + profile(u)·e, profile(u) = max(0, 1 - |u + skew·(1 - u²)|^power), e = (1 - blink)·max(opening, shut)
    + blink·shut for the upper lid and (1 - blink)·opening + blink·shut for the lower one; opening = open +
    gaze·elevation of the gaze + wide·eyeWide + squint·eyeSquint + cheek_squint·cheekSquint + smile·mouthSmile
    + brow_down·browDown·clip(½ - u, 0, 1).
    """

    crease: float
    open: float
    shut: float
    power: float
    skew: float
    gaze: float = 0.0
    wide: float = 0.0
    squint: float = 0.0
    cheek_squint: float = 0.0
    smile: float = 0.0
    brow_down: float = 0.0


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye: a sphere, its lids and the opening between them.

    Attributes:
        centre: of the eyeball, mm.
        radius: of the eyeball, mm.
        nasal, temporal: azimuths of the inner and outer corner, rad, positive away from the nose.
        corner_elevation: elevation of the line through the corners at its middle, rad.
        corner_tilt: how much higher than the middle the outer corner is, rad.
        opening_radius: sphere on which the lid edges bound the opening, mm.
        lash_radius: sphere on which the lashes are rooted, mm.
        sigma_low, sigma_high: bounds of a lid Gaussian's sigma along azimuth and along its rows, mm.
    """

    centre: Float3
    radius: float
    nasal: float
    temporal: float
    corner_elevation: float
    corner_tilt: float
    opening_radius: float
    lash_radius: float
    sigma_low: Float2
    sigma_high: Float2
    upper: Lid
    lower: Lid


@dataclass(frozen=True, slots=True)
class Framing:
    """The box in the plane z = 0 (mm) that a picture of the same shape shows."""

    centre: Float2
    size: Float2


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the character is, for choosing one by wish; age in years, None when it has none."""

    kind: str
    presentation: str
    age: int | None = None


LEVELS = 3  # of detail
KINDS = ("human", "robot")
PRESENTATIONS = ("feminine", "masculine", "neutral")


@dataclass(frozen=True, slots=True)
class Surface:
    """Of skin materials: subsurface scattering 0 (plastic) – 1 (skin), and a factor on their highlights."""

    subsurface: float = 1.0
    gloss: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Avatar:
    """An avatar in its rest pose; docs/avatar-format.md describes every array.

    N Gaussians, M delta entries, P lip contour points, K lip points, L lid Gaussians, H lash Gaussians.

    Attributes:
        position: (N, 3) float32, mm.
        tangent_a, tangent_b: (N, 3) float32, mm, each already times its sigma;
            covariance = a·aᵀ + b·bᵀ + t²·n·nᵀ.
        thickness: (N,) float32, sigma t along the normal n, mm.
        normal: (N, 3) float32, unit.
        albedo: (N, 3) float32, linear RGB.
        opacity, specular, ambient, key_visibility: (N,) float32.
        rim_visibility: (N, 2) float32.
        material, stencil: (N,) uint8, values of Material and Stencil.
        level: (N,) uint8, the level of detail (0 – 2) from which on a Gaussian is drawn.
        grown: (N, 2) float32, factor on both tangents where only level 0, or levels 0 and 1, are drawn.
        joint: (N, 2) uint8, indices into joints; joint_weight: (N,) float32, of the second one.
        delta_offset: (54,) uint32; the entries of coefficient c are [delta_offset[c], delta_offset[c + 1]).
        delta_index: (M,) uint32, Gaussians, ascending within a coefficient.
        delta_value: (M, 9) float16 or float32, added to position, tangent_a, tangent_b per unit of the
            coefficient, mm.
        lip_upper, lip_lower: (P,) uint32, Gaussians (opacity 0) on the inner lip line from the own right to
            the left.
        lip_index: (K,) uint32; lip_position: (K,) float32, place along the contour 0 … P-1;
            lip_weight: (K,) float32, how far it goes with the lip line when lips would cross, >0 upper, <0
                lower.
        lid_index: (L,) uint32; lid_part: (L,) uint8, values of LidPart; lid_param: (L, 2) float32, azimuth
            (rad, positive to +x) and row (0 crease – 1 edge); lid_radius: (L, 3) float32, distance r from the
            eye's centre (mm), dr/dazimuth, dr/drow; lid_sigma: (L, 2) float32, sigma along azimuth (rad) and
            rows (rows).
        lash_index: (H,) uint32; lash_eye: (H,) uint8, 0 left, 1 right; lash_param: (H, 3) float32, azimuth
            (rad), place along the lash (0 root – 1 tip), its length (mm).
    """

    name: str
    description: str
    licence: str
    provenance: dict[str, Any]
    attributes: Attributes
    surface: Surface
    joints: tuple[JointRest, ...]
    eyes: dict[str, Eye]
    framings: dict[str, Framing]
    position: Array
    tangent_a: Array
    tangent_b: Array
    thickness: Array
    normal: Array
    albedo: Array
    opacity: Array
    specular: Array
    ambient: Array
    key_visibility: Array
    rim_visibility: Array
    material: Array
    stencil: Array
    level: Array
    grown: Array
    joint: Array
    joint_weight: Array
    delta_offset: Array
    delta_index: Array
    delta_value: Array
    lip_upper: Array
    lip_lower: Array
    lip_index: Array
    lip_position: Array
    lip_weight: Array
    lid_index: Array = field(default_factory=lambda: np.zeros(0, np.uint32))
    lid_part: Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    lid_param: Array = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    lid_radius: Array = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    lid_sigma: Array = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    lash_index: Array = field(default_factory=lambda: np.zeros(0, np.uint32))
    lash_eye: Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    lash_param: Array = field(default_factory=lambda: np.zeros((0, 3), np.float32))

    @property
    def count(self) -> int:
        """Number of Gaussians."""
        return len(self.position)

    def level_counts(self) -> tuple[int, ...]:
        """Number of Gaussians that are drawn at each level of detail, the last one all of them."""
        return tuple(int(n) for n in np.cumsum(np.bincount(self.level, minlength=LEVELS)))

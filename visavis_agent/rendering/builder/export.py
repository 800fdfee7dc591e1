"""From the placed cloud to an avatar."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import numpy.typing as npt

from visavis_agent.rendering.avatar import (
    COEFFICIENT_NAMES,
    Attributes,
    Avatar,
    Eye,
    Float2,
    Framing,
    LidPart,
    Material,
    Stencil,
    Surface,
)
from visavis_agent.rendering.builder.bake import Light
from visavis_agent.rendering.builder.cloud import Cloud, Ints
from visavis_agent.rendering.builder.eyes import (
    LID_OVERLAP,
    LID_PARTS,
    LID_SPAN,
    eye_description,
    lid_grid,
    lid_radius,
)
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Array, smoothstep
from visavis_agent.rendering.builder.mouth import CONTOUR_POINTS
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.placing import joints, place_head
from visavis_agent.rendering.builder.shapes import Delta

SIDES = {LEFT: "left", RIGHT: "right"}
_LIDS = (LidPart.LEFT_UPPER, LidPart.LEFT_LOWER, LidPart.RIGHT_UPPER, LidPart.RIGHT_LOWER)
_MATERIALS = {
    "skin": Material.SKIN,
    "ear": Material.SKIN,
    "neck": Material.SKIN,
    "hand": Material.SKIN,
    "lid": Material.SKIN,
    "inner": Material.INNER_LIP,
    "hair": Material.HAIR,
    "beard": Material.BEARD,
    "eye": Material.EYE,
    "glint": Material.GLINT,
    "cavity": Material.CAVITY,
    "teeth": Material.TEETH,
    "tongue": Material.TONGUE,
    "lash": Material.LASH,
    "glow": Material.CAVITY,
    "brow": Material.BROW,
}
_STENCILS = {
    "cavity": Stencil.MOUTH,
    "teeth_up": Stencil.MOUTH,
    "teeth_low": Stencil.MOUTH,
    "tongue": Stencil.MOUTH,
    "eye_l": Stencil.LEFT_EYE,
    "glint_l": Stencil.LEFT_EYE,
    "eye_r": Stencil.RIGHT_EYE,
    "glint_r": Stencil.RIGHT_EYE,
}
_FRAMINGS = {
    "bust": Framing((0.0, -78.0), (477.0, 477.0)),
    "half": Framing((0.0, -216.0), (763.0, 763.0)),
    "face": Framing((0.0, -28.0), (290.0, 290.0)),
}
F32 = npt.NDArray[np.float32]


def export(
    placed: Cloud,
    light: Light,
    level: npt.NDArray[np.uint8],
    grown: Array,
    deltas: dict[str, list[Delta]],
    character: Character,
    face: FaceField,
    seed: int,
) -> Avatar:
    """The avatar of a placed and lit character with its levels of detail; `deltas` are in the unscaled head's frame."""
    offset, index, value = _pack_deltas(deltas, character.head.scale)
    return Avatar(
        name=character.name,
        description=character.description,
        licence="Apache-2.0",
        provenance={
            "generator": "visavis_agent.rendering.builder",
            "seed": seed,
            "parameters": asdict(character),
        },
        attributes=Attributes(character.kind, character.presentation, character.age),
        surface=_surface(character),
        joints=joints(character, face),
        eyes={name: _scaled_eye(eye_description(character, face, side), character) for side, name in SIDES.items()},
        framings=_FRAMINGS,
        position=_f32(placed.position),
        tangent_a=_f32(placed.tangent_a),
        tangent_b=_f32(placed.tangent_b),
        thickness=_f32(placed.thickness),
        normal=_f32(placed.normal),
        albedo=_f32(placed.albedo),
        opacity=_f32(placed.opacity),
        specular=_f32(placed.specular),
        ambient=_f32(light.ambient),
        key_visibility=_f32(np.clip(light.key, 0, 1)),
        rim_visibility=_f32(np.clip(light.rim, 0, 1)),
        material=_by_part(placed, [_MATERIALS.get(name.split("_")[0], Material.CLOTH) for name in placed.parts]),
        stencil=_by_part(placed, [_STENCILS.get(name, Stencil.NONE) for name in placed.parts]),
        level=level,
        grown=_f32(grown),
        joint=np.stack([placed.joint_a, placed.joint_b], 1).astype(np.uint8),
        joint_weight=_f32(placed.joint_weight),
        delta_offset=offset,
        delta_index=index,
        delta_value=value,
        **_lip_arrays(placed, character, face),
        **_lid_arrays(placed, character, face),
        **_lash_arrays(placed, character),
    )


def _surface(character: Character) -> Surface:
    return Surface(0.0 if character.kind == "robot" else 1.0, character.gloss)


def _f32(values: Array) -> F32:
    """As float32, rounded to 1e-6: another order of sums in a library must not change the file."""
    return np.ascontiguousarray(np.round(values, 6) + 0.0, np.float32)


def _by_part(cloud: Cloud, values: list[Material] | list[Stencil]) -> npt.NDArray[np.uint8]:
    return np.array(values, np.uint8)[cloud.part]


def _scaled_eye(eye: Eye, character: Character) -> Eye:
    scale = character.head.scale
    x, y, z = (float(v) for v in place_head(np.array(eye.centre), character))

    def scaled(pair: Float2) -> Float2:
        return (pair[0] * scale, pair[1] * scale)

    return replace(
        eye,
        centre=(x, y, z),
        radius=eye.radius * scale,
        opening_radius=eye.opening_radius * scale,
        lash_radius=eye.lash_radius * scale,
        sigma_low=scaled(eye.sigma_low),
        sigma_high=scaled(eye.sigma_high),
    )


def _pack_deltas(
    deltas: dict[str, list[Delta]], scale: float
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.float16]]:
    """Offsets (54,), Gaussians (M,) and values (M, 9) in the order of the coefficients."""
    counts, indices, values = [0], [], []
    for name in COEFFICIENT_NAMES:
        parts = deltas.get(name, [])
        index = np.concatenate([np.zeros(0, np.int64), *(d.index for d in parts)])
        value = np.concatenate([np.zeros((0, 9)), *(np.hstack([d.position, d.tangent_a, d.tangent_b]) for d in parts)])
        order = np.argsort(index, kind="stable")
        counts.append(len(index))
        indices.append(index[order])
        values.append(value[order] * scale)
    return (
        np.cumsum(counts).astype(np.uint32),
        np.concatenate(indices).astype(np.uint32),
        np.concatenate(values).astype(np.float16),
    )


# ------------------------------------------------------------------------------------------------------- lips
def _lip_arrays(cloud: Cloud, character: Character, face: FaceField) -> dict[str, npt.NDArray[np.generic]]:
    """The inner lip line, and what follows it if lips would cross: lips and, less, the skin around."""
    contour = cloud.mask("lip_contour")
    upper = np.nonzero(contour & (cloud.below < 0.5))[0]
    lower = np.nonzero(contour & (cloud.below > 0.5))[0]
    line = cloud.position[upper]
    near = np.nonzero(cloud.mask("skin", "inner_lip", "lip_contour", "beard", "glow_lip"))[0]
    scale, half_width = character.head.scale, face.lips.half_width
    x, y, z = cloud.position[near].T
    height = (y - np.interp(x, line[:, 0], line[:, 1])) / scale
    weight = np.exp(-((np.clip(np.abs(height) - 4.0, 0, None) / 7.0) ** 2))
    weight *= smoothstep(np.abs(x) / scale, half_width + 6, half_width) * smoothstep(z, 45, 65)
    on = weight > 0.02
    place = np.interp(x, line[:, 0], np.arange(CONTOUR_POINTS, dtype=float))
    sign = np.where(cloud.below[near] > 0.5, -1.0, 1.0)
    return {
        "lip_upper": upper.astype(np.uint32),
        "lip_lower": lower.astype(np.uint32),
        "lip_index": near[on].astype(np.uint32),
        "lip_position": _f32(place[on]),
        "lip_weight": _f32((sign * weight)[on]),
    }


# ------------------------------------------------------------------------------------------------------- lids
def _lid_arrays(cloud: Cloud, character: Character, face: FaceField) -> dict[str, npt.NDArray[np.generic]]:
    parts = (*LID_PARTS[LEFT], *LID_PARTS[RIGHT])
    index = np.nonzero(cloud.mask(*parts))[0]
    number = np.array([parts.index(name) if name in parts else 0 for name in cloud.parts])[cloud.part[index]]
    azimuth, row = cloud.parameter[index, 0], cloud.parameter[index, 1]
    radius, sigma = np.zeros((len(index), 3)), np.zeros((len(index), 2))
    eye = eye_description(character, face, LEFT)
    for lower in (False, True):
        which = number % 2 == int(lower)
        radius[which] = _radius_and_slopes(eye, lower, azimuth[which], row[which]) * character.head.scale
        columns, rows = lid_grid(character, lower)
        sigma[which] = LID_OVERLAP * np.array([2 * LID_SPAN / columns, 1 / rows])
    return {
        "lid_index": index.astype(np.uint32),
        "lid_part": np.array(_LIDS, np.uint8)[number],
        "lid_param": _f32(np.stack([azimuth, row], 1)),
        "lid_radius": _f32(radius),
        "lid_sigma": _f32(sigma),
    }


def _radius_and_slopes(eye: Eye, lower: bool, azimuth: Array, row: Array) -> Array:
    step = 1e-3
    radius = lid_radius(eye, lower, azimuth, row)
    by_azimuth = (lid_radius(eye, lower, azimuth + step, row) - radius) / step
    by_row = (lid_radius(eye, lower, azimuth, row + step) - radius) / step
    return np.stack([radius, by_azimuth, by_row], 1)


def _lash_arrays(cloud: Cloud, character: Character) -> dict[str, npt.NDArray[np.generic]]:
    index: Ints = np.nonzero(cloud.mask("lash_l", "lash_r"))[0]
    right = cloud.mask("lash_r")[index]
    return {
        "lash_index": index.astype(np.uint32),
        "lash_eye": right.astype(np.uint8),
        "lash_param": _f32(cloud.parameter[index] * [1, 1, character.head.scale]),
    }

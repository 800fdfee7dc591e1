"""Eyeballs, highlights, parametric lids and lashes.

Lids are grids of Gaussians in (azimuth, row) on a shell around the eyeball: row 0 lies at the crease, row 1
is the edge. Where the edge runs follows from the gaze and the coefficients (`avatar.Lid`), so lid Gaussians
have no rest of their own beyond the place at which the builder puts them for baking the light.
"""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.avatar import Eye, Lid
from visavis_agent.rendering.builder.cloud import HEAD, Binding, CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Array, linear, mix, smoothstep, unit
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.robot_face import screen_eye
from visavis_agent.rendering.builder.sampling import fibonacci_cap

LID_SPAN = 1.16
"""The lid shell reaches this far to both sides, rad of azimuth."""
LID_THICKNESS = 1.5
"""Lid shell above the eyeball, mm."""
LID_TINT = np.array([0.97, 0.88, 0.85])
"""Lids are a little redder and darker than the cheeks."""
LID_PARTS = {LEFT: ("lid_up_l", "lid_low_l"), RIGHT: ("lid_up_r", "lid_low_r")}
LID_OVERLAP = 0.8
"""Sigma of a lid Gaussian relative to the distance of its neighbours."""
LASH_POINTS = 7
_GLINTS = (((-0.20, 0.20, 0.96), 0.120, 0.98), ((0.19, -0.20, 0.96), 0.06, 0.55))


def eye_description(character: Character, face: FaceField, side: int) -> Eye:
    """Geometry of an eye and its lids in the frame of the unscaled head."""
    if character.kind == "robot":
        return screen_eye(character, face, side)
    shape = character.eyes
    x, y, z = (float(v) for v in face.eye_centre(side))
    upper = Lid(0.88, shape.upper_lid, -0.15, 2.3, 0.06, gaze=0.42, wide=0.16, squint=-0.03, brow_down=-0.13)
    lower = Lid(
        -0.80,
        shape.lower_lid,
        -0.10,
        2.0,
        -0.12,
        gaze=0.16,
        wide=-0.05,
        squint=0.17,
        cheek_squint=0.07,
        smile=0.10,
    )
    return Eye(
        centre=(x, y, z),
        radius=shape.radius,
        nasal=-0.70,
        temporal=0.86,
        corner_elevation=-0.02,
        corner_tilt=0.095,
        opening_radius=shape.radius + LID_THICKNESS,
        lash_radius=shape.radius + 2.0,
        sigma_low=(0.45, 0.38),
        sigma_high=(2.0, 2.2),
        upper=upper,
        lower=lower,
    )


def rest_edge(eye: Eye, side: int, lower: bool, azimuth: Array) -> Array:
    """Elevation of a lid's edge at rest, rad; azimuth positive towards +x."""
    lid = eye.lower if lower else eye.upper
    half, middle = 0.5 * (eye.temporal - eye.nasal), 0.5 * (eye.temporal + eye.nasal)
    u = np.clip((azimuth * side - middle) / half, -1, 1)
    profile = np.clip(1 - np.abs(u + lid.skew * (1 - u * u)) ** lid.power, 0, 1)
    return np.asarray(eye.corner_elevation + eye.corner_tilt * u + profile * lid.open)


def lid_radius(eye: Eye, lower: bool, azimuth: Array, row: Array) -> Array:
    """Distance of lid points from the centre of the eye, mm: tucked in at crease and sides, a raised rim."""
    crease_tuck = (0.1 if lower else 0.5) * smoothstep(row, 0.14, 0.0)
    tuck = np.maximum(crease_tuck, 1.4 * smoothstep(np.abs(azimuth), 0.98, 1.14))
    rim = (0.2 if lower else 0.5) * smoothstep(row, 0.86, 0.95) - 0.9 * smoothstep(row, 0.97, 1.0)
    return np.asarray(eye.radius + LID_THICKNESS - tuck + rim)


def lid_direction(eye: Eye, side: int, lower: bool, azimuth: Array, row: Array) -> Array:
    """Directions (N, 3) of lid points from the centre of the eye at rest."""
    crease = (eye.lower if lower else eye.upper).crease
    elevation = crease + (rest_edge(eye, side, lower, azimuth) - crease) * row
    cos = np.cos(elevation)
    return np.stack([np.sin(azimuth) * cos, np.sin(elevation), np.cos(azimuth) * cos], 1)


def lid_grid(character: Character, lower: bool) -> tuple[int, int]:
    """Columns and rows of a lid."""
    rows = character.detail.lid_rows * (0.73 if lower else 1.0)
    return int(character.detail.lid_columns), int(rows)


def add_eyes(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """Add eyeballs, highlights, lids and lashes of both eyes."""
    for side in (RIGHT, LEFT):
        eye = eye_description(character, face, side)
        _add_eyeball(cloud, character, eye, side)
        _add_glints(cloud, eye, side)
        if character.kind == "robot":
            continue  # its lids are light: openings without anything that covers them
        for lower in (False, True):
            _add_lid(cloud, character, eye, side, lower)
        if character.eyes.lash_length > 0:
            _add_lashes(cloud, character, eye, side)


def _add_eyeball(cloud: CloudBuilder, character: Character, eye: Eye, side: int) -> None:
    iris = character.eyes.iris_angle
    directions, sigmas = [], []
    for count, inner, outer in (
        (character.detail.iris, 0.0, iris * 1.08),
        (character.detail.eye_white, iris * 1.06, 1.45),
    ):
        directions.append(fibonacci_cap(int(count), inner, outer))
        spacing = np.sqrt(2 * np.pi * (np.cos(inner) - np.cos(outer)) / int(count))
        sigmas.append(np.full(int(count), 0.72 * eye.radius * spacing))
    direction, sigma = np.concatenate(directions), np.concatenate(sigmas)
    cloud.add(
        _sided("eye", side),
        np.array(eye.centre) + eye.radius * direction,
        direction,
        sigma,
        _eye_colour(direction, character, side),
        binding=Binding(_sided("eye", side)),
        parameter=direction,
        specular=0,
        flatness=0.2,
    )


def _eye_colour(direction: Array, character: Character, side: int) -> Array:
    """White, iris with spokes, bright lower half and dark ring, warm collarette, pupil, pink inner corner."""
    angle = np.arccos(np.clip(direction[:, 2], -1, 1))
    r = angle / character.eyes.iris_angle
    around = np.arctan2(direction[:, 1], direction[:, 0])
    white = np.tile(linear(character.palette.eye_white), (len(direction), 1))
    white *= (1 - 0.10 * smoothstep(angle, 0.6, 1.0))[:, None] * [1, 0.97, 0.96]
    spokes = 1 + 0.22 * np.sin(around * 19 + 2 * np.sin(around * 5)) * smoothstep(r, 0.4, 0.7)
    down = np.clip(-direction[:, 1] / np.sin(character.eyes.iris_angle), -0.45, 1)
    glow = 1.0 + 1.25 * down * smoothstep(r, 1.05, 0.5)
    ring = 1 - 0.80 * smoothstep(r, 0.78, 1.0)
    iris = linear(character.palette.iris) * (spokes * glow * ring)[:, None]
    iris = iris + (0.35 * np.exp(-(((r - 0.52) / 0.08) ** 2)))[:, None] * linear([214, 170, 96])
    colour = white + smoothstep(r, 1.035, 0.975)[:, None] * (iris - white)
    colour = mix(colour, linear([16, 12, 14]), smoothstep(r, 0.475, 0.43))
    azimuth = np.arctan2(direction[:, 0], direction[:, 2]) * side
    corner = smoothstep(azimuth, -0.60, -0.76) * smoothstep(np.abs(direction[:, 1] + 0.05), 0.30, 0.12)
    return mix(colour, linear(character.palette.eye_corner), 0.55 * corner)


def _add_glints(cloud: CloudBuilder, eye: Eye, side: int) -> None:
    """Two discs of light on the cornea; the renderer keeps them where the light is."""
    count = 60
    radius = np.sqrt(np.arange(count) / count)
    turn = np.arange(count) * 2.39996
    for towards, size, opacity in _GLINTS:
        middle = unit(np.array(towards))
        right = unit(np.cross([0, 1.0, 0], middle))
        up = np.cross(middle, right)
        spread = np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * up
        direction = unit(middle + np.tan(radius * size)[:, None] * spread)
        cloud.add(
            _sided("glint", side),
            np.array(eye.centre) + (eye.radius + 0.8) * direction,
            direction,
            size * eye.radius / 4.3,
            1.0,
            binding=HEAD,
            parameter=direction,
            specular=0,
            opacity=opacity,
        )


def _add_lid(cloud: CloudBuilder, character: Character, eye: Eye, side: int, lower: bool) -> None:
    columns, rows = lid_grid(character, lower)
    azimuth, row = (
        v.ravel() for v in np.meshgrid(np.linspace(-1, 1, columns) * LID_SPAN, np.linspace(0, 1, rows) ** 0.9)
    )
    direction = lid_direction(eye, side, lower, azimuth, row)
    colour = (
        _lower_lid_colour(character, azimuth * side, row)
        if lower
        else _upper_lid_colour(character, azimuth * side, row)
    )
    cloud.add(
        LID_PARTS[side][int(lower)],
        np.array(eye.centre) + lid_radius(eye, lower, azimuth, row)[:, None] * direction,
        direction,
        66 / columns,
        colour,
        binding=HEAD,
        parameter=np.stack([azimuth, row, 0 * row], 1),
        specular=0.10,
        flatness=0.4,
    )


def _upper_lid_colour(character: Character, outwards: Array, row: Array) -> Array:
    """Soft eye shadow and a dark liner that thins towards the nose."""
    skin = linear(character.palette.skin)
    colour = np.tile(skin * LID_TINT, (len(row), 1))
    lash = character.eyes.lash_length
    colour = colour * (1 - 0.22 * smoothstep(row, 0.55, 0.9)[:, None] * [0.6, 1, 1] * lash)
    start = 0.925 + 0.055 * smoothstep(outwards, -0.35, -0.75)
    line = smoothstep(row - start, -0.012, 0.012) * (1 - 0.75 * smoothstep(outwards, -0.72, -0.85))
    liner = linear([44, 24, 20]) if lash > 0.5 else skin * [0.30, 0.22, 0.20]
    return mix(colour, liner, line)


def _lower_lid_colour(character: Character, outwards: Array, row: Array) -> Array:
    """A moist rim, and a thin line of shade under the outer lashes."""
    skin = linear(character.palette.skin)
    colour = np.where((row > 0.95)[:, None], skin * [0.86, 0.62, 0.58], skin * LID_TINT)
    shade = smoothstep(row, 0.84, 0.93) * smoothstep(outwards, 0.15, 0.75) * min(character.eyes.lash_length, 1.0)
    return mix(colour, skin * [0.30, 0.19, 0.16], 0.75 * shade)


def _add_lashes(cloud: CloudBuilder, character: Character, eye: Eye, side: int) -> None:
    """Fine lashes, longest at the outer corner, that merge into one wing."""
    count = 48
    place = np.linspace(0, 1, LASH_POINTS)
    azimuth, along = (v.ravel() for v in np.meshgrid(np.linspace(-0.22, 0.93, count) * side, place))
    length = np.tile((1.0 + 3.6 * np.linspace(0, 1, count) ** 2) * character.eyes.lash_length, LASH_POINTS)
    direction = lid_direction(eye, side, False, azimuth, np.ones_like(azimuth))
    cloud.add(
        _sided("lash", side),
        np.array(eye.centre) + (eye.lash_radius + along * length)[:, None] * direction,
        direction,
        (1.0 - 0.5 * along) * (0.5 + 0.5 * min(character.eyes.lash_length, 1.0)),
        linear([34, 18, 16]),
        binding=HEAD,
        parameter=np.stack([azimuth, along, length], 1),
        specular=0,
        flatness=1.0,
    )


def _sided(name: str, side: int) -> str:
    return f"{name}_{'l' if side > 0 else 'r'}"

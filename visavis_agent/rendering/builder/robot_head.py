"""The robot's head: casing, glass, trim, cups and antenna, and the face that glows on its screen."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.eyes import eye_description, lid_direction
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT
from visavis_agent.rendering.builder.fields import Array, Mask, bump, front_depth, linear, mix, smoothstep
from visavis_agent.rendering.builder.mouth import add_contour
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.robot_face import (
    WINDOW_CENTRE,
    WINDOW_HALF,
    WINDOW_RADIUS,
    RobotFace,
)
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, fibonacci_sphere, sample_surface
from visavis_agent.rendering.builder.tubes import tube

_SIDEWAYS = np.array([[1.0, 0, 0]])
_FRONT = (0.0, 0.0, 1.0)
_GLASS, _TRIM, _RUBBER = linear([17, 25, 38]), linear([146, 160, 172]), linear([58, 70, 82])


def add_robot_head(cloud: CloudBuilder, character: Character, face: RobotFace, rng: np.random.Generator) -> None:
    """Add everything of the head but its eyes."""
    _add_casing(cloud, character, face, rng)
    _add_trim(cloud, character, face)
    for side in (RIGHT, LEFT):
        _add_cup(cloud, character, side)
    _add_antenna(cloud, character)
    _add_mouth(cloud, character, face)
    for side in (RIGHT, LEFT):
        _add_brow(cloud, character, face, side)
        _add_cheek(cloud, character, face, side)
        _add_lid_line(cloud, character, face, side)


def _add_casing(cloud: CloudBuilder, character: Character, face: RobotFace, rng: np.random.Generator) -> None:
    detail = character.detail

    def spacing(points: Array) -> Array:
        edge = (np.abs(face.window(points)) < 7) & (points[:, 2] > 0)
        return np.where(edge, 1.35 * detail.face, np.where(points[:, 2] > -5, 1.9 * detail.face, 2.6 * detail.face))

    def keep(points: Array) -> Mask:
        return np.asarray(points[:, 2] > -62)

    position, normal, distance = sample_surface(
        face.skin, (-110, -110, -70), (110, 100, 90), spacing, rng, cell=8.0, keep=keep
    )
    glass = smoothstep(face.window(position), 0.8, -0.8) * (position[:, 2] > 0)
    x, y, _ = position.T
    shine = smoothstep(np.abs(0.8 * x + y + 8), 15, 9) + 0.6 * smoothstep(np.abs(0.8 * x + y - 20), 7, 4)
    shine = shine * smoothstep(y, -10, 50) * smoothstep(x, 30, -30)
    pane = _GLASS * (1 + 1.1 * shine + 0.5 * smoothstep(y, -60, 60))[:, None]
    colour = mix(np.tile(linear(character.palette.skin), (len(position), 1)), pane, glass)
    sigma = distance * SIGMA_PER_SPACING
    cloud.add_undercoat("casing", position, normal, sigma, colour, binding=HEAD, specular=0.2)
    cloud.add("casing", position, normal, sigma, colour, binding=HEAD, specular=0.45)


def _add_trim(cloud: CloudBuilder, character: Character, face: RobotFace) -> None:
    """A smooth metal frame over the border between casing and glass."""
    quarter = np.linspace(0, np.pi / 2, 31)
    turn = np.concatenate([quarter + k * np.pi / 2 for k in range(4)])
    corner = np.repeat([[1, 1], [-1, 1], [-1, -1], [1, -1]], len(quarter), 0) * (WINDOW_HALF - WINDOW_RADIUS)
    edge = WINDOW_CENTRE + corner + WINDOW_RADIUS * np.stack([np.cos(turn), np.sin(turn)], 1)
    edge = np.concatenate([edge, edge[:1]])
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(edge, axis=0), axis=1))]
    at = np.linspace(0, length[-1], 300)
    x, y = (np.interp(at, length, edge[:, k]) for k in (0, 1))
    path = np.stack([x, y, front_depth(face.casing, x, y) - 0.2], 1)
    spacing = 0.85 * character.detail.face
    frame = tube(path, [3.4, 3.4], spacing, up=_FRONT, around=12)
    facing = frame.normal[:, 2] > -0.3
    cloud.add(
        "trim",
        frame.position[facing],
        frame.normal[facing],
        0.80 * spacing,
        _TRIM,
        tangent=frame.tangent[facing],
        binding=HEAD,
        specular=0.8,
    )


def _add_cup(cloud: CloudBuilder, character: Character, side: int) -> None:
    """A drum at the side of the casing, with a cap as white as the casing."""
    spacing = 1.3 * character.detail.face
    path = np.array([[side * x, -4.0, -12.0] for x in np.linspace(88, 113, 9)])
    drum = tube(path, [26, 27.5, 28, 28, 28, 27.5, 25], spacing, up=_FRONT)
    accent, casing = linear(character.palette.accent), linear(character.palette.skin)
    sigma = 0.84 * spacing
    cloud.add("cup", drum.position, drum.normal, sigma, accent, tangent=drum.tangent, binding=HEAD, specular=0.5)
    count = int(np.pi * 25**2 / spacing**2)
    radius, turn = 25.5 * np.sqrt((np.arange(count) + 0.5) / count), np.arange(count) * 2.39996
    out = 113 + 3 * np.sqrt(np.clip(1 - (radius / 26) ** 2, 0, 1))
    cap = np.stack([side * out, -4 + radius * np.cos(turn), -12 + radius * np.sin(turn)], 1)
    cloud.add("cup", cap, cap - [side * 60, -4, -12], sigma, casing, binding=HEAD, specular=0.5)


def _add_antenna(cloud: CloudBuilder, character: Character) -> None:
    path = np.array([[0, 80, -14], [1, 98, -15], [2, 113, -16.0]])
    stem = tube(path, [8, 3.4, 2.8], 2.0, around=12)
    cloud.add("trim", stem.position, stem.normal, 1.7, _RUBBER, tangent=stem.tangent, binding=HEAD, specular=0.5)
    direction = fibonacci_sphere(420)
    ball = np.array([2.2, 121.0, -16.0]) + direction * 10.5
    cloud.add("trim", ball, direction, 1.35, linear(character.palette.accent), binding=HEAD, specular=0.8)


# ------------------------------------------------------------------------------------------------- on the screen
def _add_mouth(cloud: CloudBuilder, character: Character, face: RobotFace) -> None:
    """Two glowing lips, and a warm glow with a tongue of light between them."""
    add_contour(cloud, face)
    lips, glow = face.lips, linear(character.palette.lip)
    x = np.linspace(-1, 1, 96) * lips.half_width
    contact, taper = lips.contact(x), 0.45 + 0.55 * lips.within(x, 0.6)
    for below, sign in ((0.0, 1.0), (1.0, -1.0)):
        for row in range(3):
            y = contact + sign * (0.5 + 1.15 * row) * taper
            points = face.on_screen(x, y, 3.2)
            bright = glow * (1.25 - 0.12 * row)
            cloud.add(
                "glow_lip", points, _FRONT, 0.80, bright, tangent=_SIDEWAYS, binding=HEAD, below=below, flatness=0.4
            )
    across, down = (a.ravel() for a in np.meshgrid(np.linspace(-1.3, 1.3, 34), np.linspace(0, 1, 22)))
    y = character.mouth.height + 12 - 44 * down
    points = face.on_screen(across * lips.half_width, y, 0.8)
    tongue = bump(across, down, 0, 0.80, 0.42, 0.16)
    tone = mix(np.tile(linear([16, 74, 96]), (len(y), 1)), 1.2 * linear(character.palette.accent), tongue)
    parameter = np.stack([down, across, 0 * down], 1)
    cloud.add("cavity", points, _FRONT, 1.45, tone, tangent=_SIDEWAYS, binding=HEAD, parameter=parameter, flatness=0.3)


def _add_brow(cloud: CloudBuilder, character: Character, face: RobotFace, side: int) -> None:
    t = np.linspace(0, 1, 34)
    for row in np.linspace(-1, 1, 4):
        half = character.brows.thickness * np.interp(t, [0, 0.12, 0.7, 1], [0.55, 1, 0.85, 0.35])
        x = 18 + 36 * t
        y = character.brows.height + 4.5 * np.sin(np.pi * t * 0.85) - 3.5 * t**3 + half * row
        points = face.on_screen(side * x, y, 2.2)
        cloud.add("glow_brow", points, _FRONT, 0.85, linear(character.palette.brow), tangent=_SIDEWAYS, binding=HEAD)


def _add_cheek(cloud: CloudBuilder, character: Character, face: RobotFace, side: int) -> None:
    """A blush of warm light."""
    count = 70
    radius, turn = np.sqrt((np.arange(count) + 0.5) / count), np.arange(count) * 2.39996
    x, y = side * 55 + 10.5 * radius * np.cos(turn), -31 + 6.5 * radius * np.sin(turn)
    fade = smoothstep(radius, 1.0, 0.3)
    cloud.add(
        "glow_cheek",
        face.on_screen(x, y, 1.2),
        _FRONT,
        1.6,
        linear(character.palette.accent) * 1.5,
        binding=HEAD,
        opacity=0.12 + 0.62 * fade,
        flatness=0.3,
    )


def _add_lid_line(cloud: CloudBuilder, character: Character, face: RobotFace, side: int) -> None:
    """A line of light along the upper edge of the eye's opening: it is what is left of a shut eye."""
    eye = eye_description(character, face, side)
    azimuth, along = (
        a.ravel() for a in np.meshgrid(np.linspace(eye.nasal, eye.temporal, 54) * side, np.linspace(0, 1, 3))
    )
    direction = lid_direction(eye, side, False, azimuth, np.ones_like(azimuth))
    length = np.full(len(azimuth), 0.8)
    cloud.add(
        f"lash_{'l' if side > 0 else 'r'}",
        np.array(eye.centre) + (eye.lash_radius + along * length)[:, None] * direction,
        direction,
        0.62,
        3.0 * linear(character.palette.lip),
        binding=HEAD,
        parameter=np.stack([azimuth, along, length], 1),
        specular=0,
        flatness=1.0,
    )

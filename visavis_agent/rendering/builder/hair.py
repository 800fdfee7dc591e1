"""The style `bob`, chin-length: a dark cap on the scalp, and overlapping tapered locks along guide curves.

Each lock carries strand tinting, grooves in its normals, and its tangent for the anisotropic sheen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.fields import Array, linear, mix, smoothstep, unit
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import fibonacci_sphere

HULL_CENTRE = np.array([0, 22.0, -12.0])
HULL_RADII = np.array([86.0, 102.0, 100.0])
"""The ellipsoid on which the hair lies, mm."""
PARTING_X = 24.0
"""The parting runs to the character's left of the middle, mm."""


@dataclass(frozen=True)
class Lock:
    """One lock: path (M, 3) and radius profile in mm, flatness, brightness, and the seed of its strands."""

    path: Array
    radius: Array
    flat: float
    tone: float
    seed: int
    up: Array
    smoothing: int = 8


def add_bob(cloud: CloudBuilder, character: Character, rng: np.random.Generator) -> None:
    """Add scalp, inner curtain, back, sides, fringe, the ridge of the parting and bright single strands."""
    _add_scalp(cloud, character, rng)
    _add_curtain(cloud, character)
    for lock in [*_falling_locks(rng), *_fringe(), _parting_ridge()]:
        _add_lock(cloud, character, lock)
    _add_strands(cloud, character, rng)


def _on_hull(direction: Array, lift: Array | float) -> Array:
    """Points `lift` mm above the hull in these directions."""
    return np.asarray(HULL_CENTRE + direction * (HULL_RADII + np.reshape(lift, (-1, 1))))


def _slerp(start: Array, end: Array, t: Array) -> Array:
    angle = np.arccos(np.clip(start @ end, -1, 1))
    blend = np.sin((1 - t) * angle)[:, None] * start + np.sin(t * angle)[:, None] * end
    return np.asarray(blend / np.sin(angle))


# ------------------------------------------------------------------------------------------------------ locks
def _add_lock(cloud: CloudBuilder, character: Character, lock: Lock) -> None:
    """Strands side by side over the outer half of a flat tube: each keeps its tone from root to tip."""
    path, up = _smooth(lock.path, lock.smoothing), unit(_smooth(lock.up, 2))
    tangent = unit(np.gradient(path, axis=0))
    side = unit(np.cross(tangent, up))
    top = np.cross(side, tangent)
    step = character.detail.hair_length
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    rng = np.random.default_rng(lock.seed)
    count = max(6, int(character.detail.hair_around))
    root, tip = linear(character.palette.hair), linear(character.palette.hair_tip)
    tones = _strand_tones(count, rng)
    for angle, tone in zip(np.linspace(-0.10, 1.10, count) * np.pi, tones, strict=True):
        end = length[-1] * (1 - 0.09 * rng.random())
        at = np.arange(step * rng.random(), end, step)
        t = at / length[-1]
        radius = np.interp(t, np.linspace(0, 1, len(lock.radius)), lock.radius)
        radius = radius * (1 + 0.03 * rng.normal()) * (1 - 0.5 * smoothstep(at, end - 22, end))
        centre, across, over, along = (_along_path(v, t, length) for v in (path, side, top, tangent))
        c, s = np.cos(angle), np.sin(angle)
        position = centre + radius[:, None] * (c * across + lock.flat * s * over)
        normal = unit(lock.flat * c * across + s * over)
        normal = normal + rng.normal(0, 0.28) * np.cross(normal, along)
        sigma = np.clip(0.72 * 1.2 * np.pi * radius * (1 + lock.flat) / 2 / count, 0.7, 2.6)
        shade = tone * lock.tone * (0.70 + 0.30 * smoothstep(t, 0, 0.16)) * (0.80 + 0.20 * max(s, 0.0))
        colour = mix(np.tile(root, (len(t), 1)), tip, 0.06 + 0.62 * smoothstep(t, 0.30, 1.0))
        cloud.add(
            "hair",
            position,
            normal,
            sigma * (1 - 0.55 * smoothstep(at, end - 16, end)),
            colour * shade[:, None],
            tangent=np.gradient(position, axis=0) if len(position) > 1 else along,
            aspect=np.clip(step * 0.64 / sigma, 1, 6),
            binding=HEAD,
            specular=0.5,
            flatness=0.5,
        )


def _strand_tones(count: int, rng: np.random.Generator) -> Array:
    """Brightness of neighbouring strands: clumps, and single strands within them."""
    phase = rng.uniform(0, 2 * np.pi, 2)
    place = np.arange(count)
    clumps = 0.17 * np.sin(place * 1.1 + phase[0]) + 0.10 * np.sin(place * 2.3 + phase[1])
    return np.asarray(1 + clumps + rng.normal(0, 0.10, count))


def _smooth(values: Array, times: int) -> Array:
    """A polyline (M, 3) smoothed in place, its ends fixed."""
    for _ in range(times):
        inner = 0.25 * values[:-2] + 0.5 * values[1:-1] + 0.25 * values[2:]
        values = np.concatenate([values[:1], inner, values[-1:]])
    return values


def _along_path(values: Array, t: Array, length: Array) -> Array:
    """Values (M, 3) of the path's points at shares t, 0–1, of its length."""
    at = length / length[-1]
    return np.stack([np.interp(t, at, values[:, k]) for k in range(3)], 1)


def _falling_locks(rng: np.random.Generator) -> list[Lock]:
    """Back and sides; the very back is left to the curtain, because nobody sees it."""
    locks: list[Lock] = []
    for side in (-1, 1):
        for azimuth in (2.65, 2.4):
            end, tone = -90 + rng.normal(0, 2), rng.uniform(0.72, 0.9)
            locks.append(_falling(len(locks), side * azimuth, end, 0.10, tone, 17, -0.25, 0.0, 1.0))
        for j, azimuth in enumerate(np.linspace(1.02, 2.2, 9)):
            end, tone = -86 - 2.5 * np.sin(2.0 * j), rng.uniform(0.86, 1.12)
            layer = 2 + 2.5 * (j % 2)
            locks.append(_falling(len(locks), side * azimuth, end, 0.13, tone, 13.5, 0.30 - 0.09 * j, layer, 1.15))
    return locks


def _falling(
    seed: int,
    azimuth: float,
    end: float,
    flare: float,
    tone: float,
    width: float,
    root_z: float,
    layer: float,
    curl: float,
) -> Lock:
    """From the parting over the crown to `azimuth` (0 front, + own left), then straight down to y = `end`."""
    side = unit(np.array([np.sin(azimuth), 0.03, np.cos(azimuth)]))
    root = unit(np.array([PARTING_X / 86.0, 0.98, root_z]))
    t = np.linspace(0.02, 1, 22)
    lift = 3 + layer + 5 * np.sin(np.pi * np.clip(t * 1.1, 0, 1))
    top = _on_hull(unit(_slerp(root, side, t)), lift)
    s = np.linspace(0, 1, 15)
    y = np.linspace(top[-1, 1], end, 16)[1:]
    swell = 1 + flare * np.sin(np.pi * 0.62 * s) - 0.30 * curl * smoothstep(s, 0.62, 1.0)
    z = (top[-1, 2] + 12) * (1 + (swell - 1) * 0.8) - 12 - 4 * s
    path = np.concatenate([top, np.stack([top[-1, 0] * swell, y, z], 1)])
    profile = np.array([0.25, 0.75, 1.0, 1.0, 1.0, 1.0, 0.98, 0.90, 0.45]) * width
    return Lock(path, profile, 0.38, tone, seed + 1, unit((path - HULL_CENTRE) * [1, 0.5, 1] + [0, 8, 0]))


# ----------------------------------------------------------------------------------------------------- fringe
def _fringe() -> list[Lock]:
    """Locks swept from the parting over the forehead to both temples, then down in front of the ears."""
    right_tones = [1.0, 1.16, 0.95, 1.1, 0.92, 1.08, 0.98]
    left_tones = [1.08, 0.95, 1.12, 0.96, 1.05]
    locks = []
    for j, tone in enumerate(right_tones):
        sweep = _Sweep(-1.18 - 0.05 * j, 0.08 + 0.10 * j, 0.85 - 0.145 * j, 6 + 0.8 * (6 - j))
        locks.append(_swept(41 + j, sweep, -80 + 5 * j, 13.5, tone))
    for j, tone in enumerate(left_tones):
        sweep = _Sweep(1.12 + 0.07 * j, 0.04 + 0.11 * j, 0.85 - 0.20 * j, 5 + 0.8 * (4 - j))
        locks.append(_swept(51 + j, sweep, -80 + 5 * j, 12.5, tone))
    return locks


@dataclass(frozen=True)
class _Sweep:
    """An arc over the forehead: azimuth of its end (rad), height of its middle and depth of its root (both as
    directions from the hull's centre), and its lift above the hull, mm."""

    end_azimuth: float
    middle_height: float
    root_z: float
    lift: float


def _arc(sweep: _Sweep, t: Array) -> Array:
    """Directions (len(t), 3) along the arc: a quadratic Bezier curve from the parting."""
    root = unit(np.array([PARTING_X / 86.0, 0.95, sweep.root_z]))
    side = unit(np.array([np.sin(sweep.end_azimuth), 0.10, np.cos(sweep.end_azimuth)]))
    half = sweep.end_azimuth * 0.52
    middle = unit(np.array([np.sin(half) + 0.10, sweep.middle_height, np.cos(half)])) * 1.08
    s = t[:, None]
    return unit((1 - s) ** 2 * root + 2 * s * (1 - s) * middle + s**2 * side)


def _swept(seed: int, sweep: _Sweep, end: float, width: float, tone: float) -> Lock:
    t = np.linspace(0, 1, 24)
    top = _on_hull(_arc(sweep, t), sweep.lift + 6 * np.sin(np.pi * t))
    path = np.concatenate([top, _hanging(top[-1], end, 0.26, 0.35)])
    profile = np.array([0.35, 0.8, 1.0, 1.0, 0.95, 0.95, 0.93, 0.88, 0.45]) * width
    return Lock(path, profile, 0.36, tone, seed, unit(path - HULL_CENTRE), smoothing=45)


def _hanging(start: Array, end: float, curl: float, forward: float) -> Array:
    """The lower half of a lock, from the temple down to y = `end`."""
    s = np.linspace(0, 1, 16)[1:]
    swell = 1 + 0.13 * np.sin(np.pi * 0.6 * s) - curl * smoothstep(s, 0.6, 1)
    y = start[1] + (end - start[1]) * s
    return np.stack([start[0] * swell, y, start[2] * (1 - forward * s)], 1)


def _parting_ridge() -> Lock:
    """A lock along the parting that closes it."""
    z = np.linspace(0.92, -0.7, 24)
    direction = unit(np.stack([0 * z + PARTING_X / 86.0, 0 * z + 0.95, z], 1))
    profile = np.array([0.3, 0.8, 1, 1, 0.8, 0.3]) * 10
    return Lock(_on_hull(direction, 2.5), profile, 0.55, 0.85, 999, direction)


def _add_strands(cloud: CloudBuilder, character: Character, rng: np.random.Generator) -> None:
    """Thin bright strands just above the surface, one Gaussian wide, break up the big shapes."""
    step = 0.8 * character.detail.hair_length
    for j in range(34):
        azimuth = (-1 if j % 2 else 1) * rng.uniform(0.95, 1.9)
        sweep = _Sweep(azimuth, rng.uniform(0.15, 0.75), rng.uniform(-0.25, 0.4), 10 + rng.uniform(0, 3))
        t = np.linspace(0.05, 1, 26)
        top = _on_hull(_arc(sweep, t), sweep.lift * (0.4 + 0.6 * smoothstep(t, 0, 0.4)) + 5 * np.sin(np.pi * t))
        path = np.concatenate([top, _hanging(top[-1], rng.uniform(-80, -55), 0.16, 0.3)])
        length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
        at = np.arange(0, length[-1], step)
        position = np.stack([np.interp(at, length, path[:, k]) for k in range(3)], 1)
        tangent = unit(np.gradient(position, axis=0))
        outward = position - HULL_CENTRE
        outward = outward - (outward * tangent).sum(1, keepdims=True) * tangent
        thin = 0.7 * np.interp(at / length[-1], [0, 0.2, 0.8, 1], [0.5, 1, 0.9, 0.4])
        cloud.add(
            "hair",
            position,
            outward,
            thin,
            linear(character.palette.hair_tip) * rng.uniform(0.6, 0.95),
            tangent=tangent,
            aspect=step * 0.7 / thin,
            binding=HEAD,
            specular=0.5,
            opacity=0.75,
            flatness=0.9,
        )


# -------------------------------------------------------------------------------------------- below the locks
def _add_scalp(cloud: CloudBuilder, character: Character, rng: np.random.Generator) -> None:
    """Skin-tight hair: fine strokes at hairline and parting, coarse and dark everywhere."""
    direction = fibonacci_sphere(int(character.detail.scalp))
    x, y, z = direction.T
    hairline = 0.80 - 0.62 * x**2
    behind_ears = (z < 0.40) & (np.abs(x) > 0.7) & (y > -0.55)
    direction = direction[(y > np.where(z > -0.05, hairline, -0.75)) | behind_ears]
    fine = direction[direction[:, 2] > 0.15]
    size = (15000 / character.detail.scalp) ** 0.5
    position = _on_hull(fine, -4.0)
    hair = linear(character.palette.hair)
    cloud.add(
        "scalp",
        position,
        fine,
        1.5 * size,
        hair * rng.uniform(0.55, 0.95, (len(fine), 1)),
        tangent=unit(HULL_CENTRE + [PARTING_X, 110, -20] - position),
        aspect=2.6,
        binding=HEAD,
        specular=0.1,
        flatness=1.0,
    )
    inside = direction[:, 1] > np.where(direction[:, 2] > -0.05, 0.90 - 0.5 * direction[:, 0] ** 2, -1.0)
    coarse = direction[inside][::4]
    cloud.add(
        "scalp",
        _on_hull(coarse, -10.0),
        coarse,
        4.2 * size,
        hair * 0.5,
        binding=HEAD,
        specular=0.0,
        flatness=0.9,
    )


def _add_curtain(cloud: CloudBuilder, character: Character) -> None:
    """A coarse dark sheet inside the falling locks, so that nothing shines through between them."""
    step = 0.9 * character.detail.hair_length
    azimuth, down = (
        v.ravel() for v in np.meshgrid(np.arange(0.92, 2 * np.pi - 0.92, step / 84), np.arange(0.0, 1.0, step / 100))
    )
    outward = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    radius = HULL_RADII * (0.98 - 0.16 * smoothstep(down, 0.4, 1.0))[:, None]
    position = HULL_CENTRE + outward * radius
    position[:, 1] = 30 - 100 * down
    cloud.add(
        "scalp",
        position,
        (0, 0, 1),  # it is seen from within, past the cheeks
        0.75 * step,
        linear(character.palette.hair) * 0.75,
        binding=HEAD,
        specular=0.0,
        flatness=0.4,
    )

"""A small avatar for tests: a ball with a mouth, two eyes, a trunk and two arms; a few thousand Gaussians."""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis_agent.core.skeleton import JOINTS
from visavis_agent.rendering.avatar import (
    AVATAR_JOINT_NAMES,
    COEFFICIENT_COUNT,
    COEFFICIENT_NAMES,
    Array,
    Attributes,
    Avatar,
    Eye,
    Framing,
    JointRest,
    Lid,
    LidPart,
    Material,
    Stencil,
    Surface,
)

JOINT = {name: i for i, name in enumerate(AVATAR_JOINT_NAMES)}
HEAD_RADIUS = 90.0
EYE_RADIUS = 16.0
EYE_CENTRES = {"left": (32.0, 5.0, 74.0), "right": (-32.0, 5.0, 74.0)}
MOUTH_Y, MOUTH_HALF = -40.0, 26.0
JAW_DROP = np.array([0.0, -22.0, -4.0])
CONTOUR = 21


class Parts:
    """Collects Gaussians part by part."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Array]] = {}
        self.count = 0

    def add(
        self,
        position: Array,
        normal: Array,
        sigma: float,
        albedo: tuple[float, float, float],
        material: Material,
        joint: str,
        stencil: Stencil = Stencil.NONE,
        opacity: float = 0.95,
    ) -> Array:
        n = len(position)
        normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
        reference = np.where(np.abs(normal[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
        a = np.cross(reference, normal)
        a /= np.linalg.norm(a, axis=1, keepdims=True)
        rows = {
            "position": position,
            "tangent_a": a * sigma,
            "tangent_b": np.cross(normal, a) * sigma,
            "thickness": np.full(n, sigma * 0.3),
            "normal": normal,
            "albedo": np.tile(albedo, (n, 1)),
            "opacity": np.full(n, opacity),
            "specular": np.full(n, 0.1),
            "ambient": np.full(n, 0.9),
            "key_visibility": np.full(n, 0.8),
            "rim_visibility": np.full((n, 2), 0.7),
            "material": np.full(n, int(material)),
            "stencil": np.full(n, int(stencil)),
            "level": np.arange(n) % 3 if material == Material.CLOTH else np.zeros(n),
            "grown": np.ones((n, 2)),
            "joint": np.full((n, 2), JOINT[joint]),
            "joint_weight": np.zeros(n),
        }
        for key, value in rows.items():
            self.columns.setdefault(key, []).append(value)
        self.count += n
        return np.arange(self.count - n, self.count)

    def arrays(self) -> dict[str, Array]:
        small = ("material", "stencil", "level", "joint")
        return {
            key: np.concatenate(value).astype(np.uint8 if key in small else np.float32)
            for key, value in self.columns.items()
        }


def sphere(count: int) -> Array:
    """Even points on the unit sphere."""
    i = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * i / count), np.pi * (1 + 5**0.5) * i
    return np.stack([np.cos(turn) * np.sin(polar), np.cos(polar), np.sin(turn) * np.sin(polar)], 1)


def _joints() -> tuple[JointRest, ...]:
    # metres in REP-103 from the floor -> millimetres in the avatar's axes from the skull's centre
    rest = [
        JointRest(j.name, j.parent, (1000 * j.position[1], 1000 * (j.position[2] - 1.65), 1000 * j.position[0]))
        for j in JOINTS
    ]
    eyes = [JointRest(f"eye_{side[0]}", "head", EYE_CENTRES[side]) for side in ("left", "right")]
    return (*rest, *eyes)


def _eye(side: str) -> Eye:
    return Eye(
        centre=EYE_CENTRES[side],
        radius=EYE_RADIUS,
        nasal=-0.7,
        temporal=0.86,
        corner_elevation=-0.02,
        corner_tilt=0.09,
        opening_radius=EYE_RADIUS + 1,
        lash_radius=EYE_RADIUS + 1.2,
        sigma_low=(0.4, 0.4),
        sigma_high=(2.0, 2.0),
        upper=Lid(0.8, 0.43, -0.27, 2.3, 0.06, gaze=1.2, wide=0.2, squint=-0.03, brow_down=-0.13),
        lower=Lid(-0.74, -0.38, -0.25, 2.0, -0.12, gaze=0.47, wide=-0.05, squint=0.17, cheek_squint=0.07, smile=0.1),
    )


def _lids(parts: Parts) -> dict[str, Array]:
    index, part, param = [], [], []
    for which in LidPart:
        side = "left" if which in (LidPart.LEFT_UPPER, LidPart.LEFT_LOWER) else "right"
        phi, row = (v.ravel() for v in np.meshgrid(np.linspace(-1.1, 1.1, 24), np.linspace(0, 1, 10)))
        rest = np.tile(EYE_CENTRES[side], (len(phi), 1)) + [0, 0, EYE_RADIUS + 1]
        forward = np.tile([0.0, 0.0, 1.0], (len(phi), 1))
        index.append(parts.add(rest, forward, 1.0, (0.6, 0.35, 0.25), Material.SKIN, "head"))
        part.append(np.full(len(phi), int(which)))
        param.append(np.stack([phi, row], 1))
    count = sum(len(i) for i in index)
    return {
        "lid_index": np.concatenate(index).astype(np.uint32),
        "lid_part": np.concatenate(part).astype(np.uint8),
        "lid_param": np.concatenate(param).astype(np.float32),
        "lid_radius": np.tile([EYE_RADIUS + 1, 0, 0], (count, 1)).astype(np.float32),
        "lid_sigma": np.tile([0.06, 0.07], (count, 1)).astype(np.float32),
    }


def _lashes(parts: Parts) -> dict[str, Array]:
    index, eye, param = [], [], []
    for which, side in enumerate(("left", "right")):
        azimuth, place = (v.ravel() for v in np.meshgrid(np.linspace(-0.4, 0.8, 8), np.linspace(0, 1, 3)))
        rest = np.tile(EYE_CENTRES[side], (len(azimuth), 1)) + [0, 8, EYE_RADIUS]
        forward = np.tile([0.0, 0.0, 1.0], (len(azimuth), 1))
        index.append(parts.add(rest, forward, 0.6, (0.02, 0.01, 0.01), Material.LASH, "head"))
        eye.append(np.full(len(azimuth), which))
        param.append(np.stack([azimuth * (1 - 2 * which), place, np.full(len(azimuth), 3.0)], 1))
    return {
        "lash_index": np.concatenate(index).astype(np.uint32),
        "lash_eye": np.concatenate(eye).astype(np.uint8),
        "lash_param": np.concatenate(param).astype(np.float32),
    }


def _eyes(parts: Parts) -> None:
    for side, stencil in (("left", Stencil.LEFT_EYE), ("right", Stencil.RIGHT_EYE)):
        d = sphere(500)
        d = d[d[:, 2] > 0.1]
        centre, joint = np.array(EYE_CENTRES[side]), f"eye_{side[0]}"
        iris = d[:, 2] > np.cos(0.5)
        parts.add(centre + EYE_RADIUS * d[iris], d[iris], 1.4, (0.02, 0.1, 0.3), Material.EYE, joint, stencil)
        parts.add(centre + EYE_RADIUS * d[~iris], d[~iris], 1.4, (0.9, 0.9, 0.9), Material.EYE, joint, stencil)
        g = np.tile([-0.22, 0.21, 0.95], (6, 1)) + 0.03 * sphere(6)
        g /= np.linalg.norm(g, axis=1, keepdims=True)
        parts.add(centre + (EYE_RADIUS + 0.5) * g, g, 0.7, (1, 1, 1), Material.GLINT, joint, stencil)


def lip_line(x: Array) -> Array:
    return MOUTH_Y + 3.0 * (x / MOUTH_HALF) ** 2


def _front(x: Array, y: Array) -> Array:
    return np.stack([x, y, np.sqrt(np.maximum(HEAD_RADIUS**2 - x**2 - y**2, 1.0))], 1)


def _mouth(parts: Parts) -> dict[str, Array]:
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-30, 30, 25), np.linspace(MOUTH_Y + 14, MOUTH_Y - 40, 20)))
    inside = _front(x, y) - [0, 0, 26]
    inside[:, 2] = 50
    forward = np.tile([0.0, 0.0, 1.0], (len(x), 1))
    cavity = parts.add(inside, forward, 3.0, (0.1, 0.02, 0.02), Material.CAVITY, "head", Stencil.MOUTH)
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-20, 20, 30), np.linspace(0, 8, 8)))
    forward = np.tile([0.0, 0.0, 1.0], (len(x), 1))
    for sign, material in ((1.0, Material.TEETH), (-1.0, Material.TEETH)):
        rest = np.stack([x, MOUTH_Y - 3 + sign * y, np.full_like(x, 64)], 1)
        last = parts.add(rest, forward, 1.2, (0.9, 0.88, 0.8), material, "head", Stencil.MOUTH)
    xc = np.linspace(-MOUTH_HALF, MOUTH_HALF, CONTOUR)
    guides = [
        parts.add(
            _front(xc, lip_line(xc)) + [0, 0, 0.5],
            np.tile([0.0, 0.0, 1.0], (CONTOUR, 1)),
            0.3,
            (0, 0, 0),
            Material.SKIN,
            "head",
            opacity=0.0,
        ).astype(np.uint32)
        for _ in range(2)
    ]
    return {"lip_upper": guides[0], "lip_lower": guides[1], "lower_teeth": last, "cavity": cavity}


def _fields(arrays: dict[str, Array], face: Array, mouth: dict[str, Array]) -> dict[str, tuple[Array, Array]]:
    """Displacement (mm per unit) of the coefficients that tests use: name -> (indices, (n, 3))."""
    guides = np.concatenate([mouth["lip_upper"], mouth["lip_lower"]])
    index = np.unique(np.concatenate([face, guides]))
    p = arrays["position"][index].astype(float)
    below = p[:, 1] < lip_line(p[:, 0])
    below[np.isin(index, mouth["lip_upper"])] = False
    below[np.isin(index, mouth["lip_lower"])] = True
    inside = np.sqrt(np.clip(1 - (p[:, 0] / MOUTH_HALF) ** 2, 0, 1))
    near = np.exp(-(((p[:, 1] - lip_line(p[:, 0])) / 14) ** 2)) * (p[:, 2] > 40)
    chin = np.clip((MOUTH_Y - p[:, 1]) / 25, 0, 1) * (p[:, 2] > 0)
    w = np.where(below, np.maximum(chin, inside * near), 0.0)[:, None]
    corner = np.exp(-(((np.abs(p[:, 0]) - MOUTH_HALF) / 9) ** 2) - ((p[:, 1] - MOUTH_Y - 3) / 12) ** 2) * (p[:, 2] > 0)
    line = (inside * near)[:, None]
    moved = {
        "jawOpen": (index, w * JAW_DROP),
        "mouthClose": (index, -line * np.where(below, 0.75, -0.25)[:, None] * JAW_DROP),
        "mouthRollLower": (index, line * below[:, None] * np.array([0, 4.0, -4.0])),
        "mouthPucker": (index, line * np.array([0, 0, 8.0]) - (0.4 * p[:, :1] * line) * [1, 0, 0]),
    }
    for side, sign in (("Left", 1), ("Right", -1)):
        half = (np.sign(p[:, 0]) == sign)[:, None]
        moved[f"mouthSmile{side}"] = (index, half * corner[:, None] * np.array([sign * 8.0, 10.0, -4.0]))
        moved[f"mouthUpperUp{side}"] = (index, half * line * (~below[:, None]) * np.array([0, 6.0, 0]))
    jaw = (mouth["lower_teeth"], np.tile(JAW_DROP, (len(mouth["lower_teeth"]), 1)))
    both = np.concatenate([moved["jawOpen"][0], jaw[0]])
    order = np.argsort(both)
    moved["jawOpen"] = (both[order], np.concatenate([moved["jawOpen"][1], jaw[1]])[order])
    return moved


def _deltas(moved: dict[str, tuple[Array, Array]]) -> dict[str, Array]:
    offset = np.zeros(COEFFICIENT_COUNT + 1, np.uint32)
    index, value = [], []
    for c, name in enumerate(COEFFICIENT_NAMES):
        if name in moved:
            which, shift = moved[name]
            on = np.abs(shift).max(1) > 1e-3
            index.append(which[on])
            value.append(np.concatenate([shift[on], np.zeros((int(on.sum()), 6))], 1))
        offset[c + 1] = sum(len(i) for i in index)
    return {
        "delta_offset": offset,
        "delta_index": np.concatenate(index).astype(np.uint32),
        "delta_value": np.concatenate(value).astype(np.float16),
    }


def tiny_avatar(**changes: Any) -> Avatar:
    """The avatar; `changes` replace fields."""
    parts = Parts()
    d = sphere(2500)
    p = d * HEAD_RADIUS
    hole = np.zeros(len(p), bool)
    for centre in EYE_CENTRES.values():
        hole |= np.hypot(p[:, 0] - centre[0], p[:, 1] - centre[1]) < EYE_RADIUS
    keep = ~(hole & (p[:, 2] > 0))
    p, d = p[keep], d[keep]
    face = parts.add(p, d, 3.2, (0.65, 0.4, 0.3), Material.SKIN, "head")
    top = p[:, 1] > 40
    parts.add(p[top] * 1.05, d[top], 3.5, (0.1, 0.05, 0.03), Material.HAIR, "head")
    mouth = _mouth(parts)
    _eyes(parts)
    lids = _lids(parts)
    lashes = _lashes(parts)
    body = sphere(1200) * [170, 220, 90] + [0, -400, -20]
    parts.add(body, sphere(1200) / [170, 220, 90], 12.0, (0.05, 0.25, 0.35), Material.CLOTH, "chest")
    for side, sign in (("l", 1), ("r", -1)):
        arm = sphere(300) * [30, 250, 30] + [sign * 170, -540, -30]
        parts.add(arm, sphere(300) / [30, 250, 30], 9.0, (0.05, 0.3, 0.4), Material.CLOTH, f"shoulder_{side}")
    arrays = parts.arrays()
    lip = face[(np.abs(p[:, 1] - lip_line(p[:, 0])) < 12) & (np.abs(p[:, 0]) < MOUTH_HALF) & (p[:, 2] > 40)]
    lp = arrays["position"][lip].astype(float)
    fields: dict[str, Any] = {
        "name": "tiny",
        "description": "a ball with a face",
        "licence": "Apache-2.0",
        "provenance": {"generator": "tests", "seed": 0, "parameters": {}},
        "attributes": Attributes("human", "neutral", 30),
        "surface": Surface(1.0, 1.0),
        "joints": _joints(),
        "eyes": {side: _eye(side) for side in ("left", "right")},
        "framings": {
            "bust": Framing((0.0, -78.0), (477.0, 477.0)),
            "half": Framing((0.0, -216.0), (763.0, 763.0)),
            "face": Framing((0.0, -28.0), (290.0, 290.0)),
        },
        **arrays,
        **_deltas(_fields(arrays, face, mouth)),
        "lip_upper": mouth["lip_upper"],
        "lip_lower": mouth["lip_lower"],
        "lip_index": lip.astype(np.uint32),
        "lip_position": ((lp[:, 0] / MOUTH_HALF + 1) / 2 * (CONTOUR - 1)).clip(0, CONTOUR - 1).astype(np.float32),
        "lip_weight": np.where(lp[:, 1] > lip_line(lp[:, 0]), 1.0, -1.0).astype(np.float32),
        **lids,
        **lashes,
    }
    return Avatar(**{**fields, **changes})

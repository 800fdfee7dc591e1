"""The growing set of Gaussians of a character, part by part.

A Gaussian is a position, two tangent vectors whose lengths are its sigmas, and a thickness along the normal:
a deformation only has to move three vectors, and covariance and normal follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from visavis_agent.rendering.builder.fields import Array, Mask, unit

_VECTORS = ("position", "normal", "tangent_a", "tangent_b", "albedo", "parameter")
Ints = npt.NDArray[np.int64]


@dataclass
class Cloud:
    """All Gaussians of a character, each part still in the frame in which it was modelled (see `placing.py`).

    Attributes:
        position, normal, tangent_a, tangent_b: (N, 3), mm; tangents have the length of their sigma.
        thickness: (N,) sigma along the normal, mm.
        albedo: (N, 3) linear.
        opacity, specular: (N,) 0–1.
        parameter: (N, 3) what a part's rig needs (lid azimuth and row, eye direction, …).
        below: (N,) 1 where the Gaussian belongs below the line at which the lips meet, 0 above.
        undercoat: (N,) 1 for Gaussians below the surface, which only show where it leaks.
        joint_a, joint_b: (N,) indices into `joints`; `joint_weight` (N,) is the share of joint_b.
        part: (N,) indices into `parts`.
        parts, joints: names.
    """

    position: Array
    normal: Array
    tangent_a: Array
    tangent_b: Array
    thickness: Array
    albedo: Array
    opacity: Array
    specular: Array
    parameter: Array
    below: Array
    undercoat: Array
    joint_a: Ints
    joint_b: Ints
    joint_weight: Array
    part: Ints
    parts: list[str]
    joints: list[str]

    def __len__(self) -> int:
        return len(self.position)

    def mask(self, *parts: str) -> Mask:
        """True for the Gaussians of these parts."""
        wanted = [self.parts.index(name) for name in parts if name in self.parts]
        return np.isin(self.part, wanted)

    def select(self, keep: Mask | Ints) -> Cloud:
        """A cloud of the Gaussians in `keep`, in the same order, or in the order of the indices `keep`."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{k: v[keep] for k, v in arrays.items() if not isinstance(v, list)})

    def counts(self) -> dict[str, int]:
        """Number of Gaussians of each part."""
        return {name: int((self.part == i).sum()) for i, name in enumerate(self.parts)}


@dataclass(frozen=True)
class Binding:
    """Joints that move Gaussians: one name for all, or one for each; `weight` is the share of `second`."""

    joint: str | Sequence[str]
    second: str | Sequence[str] | None = None
    weight: npt.ArrayLike = 0.0

    def pick(self, chosen: Mask) -> Binding:
        """The binding of some of the Gaussians."""
        joint = self.joint if isinstance(self.joint, str) else list(np.asarray(self.joint)[chosen])
        second = self.second
        if second is not None and not isinstance(second, str):
            second = list(np.asarray(second)[chosen])
        weight = np.asarray(self.weight)
        return Binding(joint, second, weight[chosen] if weight.ndim else weight)


HEAD = Binding("head")
CHEST = Binding("chest")


class CloudBuilder:
    """Collects Gaussians chunk by chunk."""

    def __init__(self) -> None:
        self._chunks: dict[str, list[npt.NDArray[np.generic]]] = {
            f.name: [] for f in fields(Cloud) if f.name not in ("parts", "joints")
        }
        self._parts: list[str] = []
        self._joints: list[str] = []

    def add(
        self,
        part: str,
        position: Array,
        normal: npt.ArrayLike,
        sigma: npt.ArrayLike,
        albedo: npt.ArrayLike,
        *,
        tangent: Array | None = None,
        aspect: npt.ArrayLike = 1.0,
        opacity: npt.ArrayLike = 0.97,
        specular: npt.ArrayLike = 0.1,
        parameter: npt.ArrayLike = 0.0,
        binding: Binding = CHEST,
        below: npt.ArrayLike = 0.0,
        undercoat: float = 0.0,
        flatness: float = 0.28,
    ) -> None:
        """Append Gaussians.

        Args:
            part: name of the part.
            position, normal: (N, 3), mm.
            sigma: standard deviation across the surface, mm.
            albedo: linear colour.
            tangent: direction of tangent_a; vertical where not given.
            aspect: tangent_a is longer than tangent_b by this factor.
            opacity, specular, parameter, below, undercoat: see `Cloud`.
            binding: joints.
            flatness: thickness relative to sigma.
        """
        n = len(position)
        normals = np.broadcast_to(unit(normal), (n, 3))
        along, across = _tangents(normals, tangent)
        size = np.broadcast_to(np.asarray(sigma, float), (n,))
        values: dict[str, npt.ArrayLike] = {
            "position": position,
            "normal": normals,
            "tangent_a": along * (size * aspect)[:, None],
            "tangent_b": across * size[:, None],
            "thickness": size * flatness,
            "albedo": albedo,
            "opacity": opacity,
            "specular": specular,
            "parameter": parameter,
            "below": below,
            "undercoat": undercoat,
            "joint_weight": binding.weight,
        }
        for name, value in values.items():
            shape = (n, 3) if name in _VECTORS else (n,)
            self._chunks[name].append(np.array(np.broadcast_to(np.asarray(value, float), shape)))
        self._chunks["joint_a"].append(self._joint_indices(binding.joint, n))
        self._chunks["joint_b"].append(self._joint_indices(binding.second or binding.joint, n))
        self._chunks["part"].append(np.full(n, _index(self._parts, part)))

    def add_undercoat(
        self,
        part: str,
        position: Array,
        normal: Array,
        sigma: Array,
        albedo: Array,
        *,
        every: int = 4,
        grow: float = 2.0,
        where: Mask | None = None,
        specular: float = 0.1,
        binding: Binding = CHEST,
        below: Array | None = None,
    ) -> None:
        """Every n-th Gaussian again, larger and just below the surface: no leaks where it stretches."""
        pick = np.zeros(len(position), bool)
        pick[::every] = True
        if where is not None:
            pick &= where
        self.add(
            part,
            position[pick] - normal[pick] * (1.95 * sigma[pick])[:, None],
            normal[pick],
            sigma[pick] * grow,
            albedo[pick],
            specular=specular,
            binding=binding.pick(pick),
            below=0.0 if below is None else below[pick],
            undercoat=1.0,
        )

    def finish(self) -> Cloud:
        """The cloud of everything added so far."""
        arrays = {name: np.concatenate(chunks) for name, chunks in self._chunks.items()}
        return Cloud(**arrays, parts=list(self._parts), joints=list(self._joints))  # type: ignore[arg-type]

    def _joint_indices(self, joint: str | Sequence[str], count: int) -> Ints:
        if isinstance(joint, str):
            return np.full(count, _index(self._joints, joint))
        return np.array([_index(self._joints, name) for name in joint])


def _index(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def _tangents(normal: Array, wanted: Array | None) -> tuple[Array, Array]:
    """Two unit vectors across each normal; the first as near to `wanted` (default: up) as can be."""
    if wanted is None:
        wanted = np.where(np.abs(normal[:, 1:2]) < 0.9, [[0, 1.0, 0]], [[1.0, 0, 0]])
    along = unit(wanted - (wanted * normal).sum(1, keepdims=True) * normal)
    return along, np.cross(normal, along)

"""A small buffer of tf transforms: where frames are, as they were told last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import InputError
from visavis_agent.core.records import Float3

Array = npt.NDArray[np.float64]
_MOST_FRAMES = 2000
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Transform:
    """A point p of a frame is `rotation @ p + translation` in its parent's frame, m."""

    rotation: Array
    translation: Array

    def after(self, inner: Transform) -> Transform:
        """First `inner`, then this."""
        return Transform(self.rotation @ inner.rotation, self.rotation @ inner.translation + self.translation)

    def inverse(self) -> Transform:
        return Transform(self.rotation.T, -self.rotation.T @ self.translation)

    def apply(self, point: Float3) -> Float3:
        x, y, z = (self.rotation @ np.array(point) + self.translation).tolist()
        return x, y, z


IDENTITY = Transform(np.eye(3), np.zeros(3))


class FrameBuffer:
    """The newest transform of every frame to its parent (tf2_msgs/TFMessage); times are not kept."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, Transform]] = {}

    def add(self, parent: str, child: str, translation: Float3, quaternion: tuple[float, float, float, float]) -> None:
        """Take a transform; quaternion x y z w.

        Raises:
            InputError: numbers that are not finite, a quaternion of no length, or too many frames.
        """
        q = np.array(quaternion, np.float64)
        length = float(np.linalg.norm(q))
        if not np.isfinite([*translation, length]).all() or length < 1e-6:
            raise InputError(f"the transform of {child!r} is none", "tf", "Send finite numbers and a unit quaternion")
        if child not in self._parents and len(self._parents) >= _MOST_FRAMES:
            raise InputError(f"there are more than {_MOST_FRAMES} frames", "tf", "Remap tf to a topic with fewer")
        self._parents[child.lstrip("/")] = (parent.lstrip("/"), Transform(_matrix(q / length), np.array(translation)))

    def lookup(self, target: str, source: str) -> Transform:
        """What brings points of the frame `source` into the frame `target`.

        Raises:
            InputError: one of them is not known, or nothing connects them.
        """
        to_root, from_root = self._chain(source), self._chain(target)
        shared = next((name for name in to_root if name in from_root), None)
        if shared is None:
            told = dict(self._parents)  # another thread may add to it
            known = sorted({*told, *(parent for parent, _ in told.values())})
            named = ", ".join(known[:_NAMED]) + (", …" if len(known) > _NAMED else "")
            raise InputError(
                f"nothing leads from the frame {source!r} to {target!r}", "tf", f"Known by tf: {named or 'none'}"
            )
        return from_root[shared].inverse().after(to_root[shared])

    def _chain(self, name: str) -> dict[str, Transform]:
        """Every frame above `name` and itself, with what brings points of `name` into it; a loop ends the chain."""
        chain = {name: IDENTITY}
        while name in self._parents:
            parent, transform = self._parents[name]
            if parent in chain:
                break
            chain[parent] = transform.after(chain[name])
            name = parent
        return chain


def _matrix(q: Array) -> Array:
    """The rotation matrix of a unit quaternion x y z w."""
    x, y, z, w = q.tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
